/* test_heap_alarms.c - a heap that stands still is an alarm until it moves or goes. */
#include "session_fixture.h"

#include "heap_alarms.h"

#define INFO  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.info\"}"
#define HEAPS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"heap.list\"}"

static void set_failed(struct fixture *fixture, bool failed) {
  fixture->source.base.info.failed = failed;
  fixture->hub.sink.changed(fixture->hub.sink.context, &fixture->source.base);
}

static void stuck_heap_raises_an_alarm_and_clears_it(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  struct heap_alarms heap_alarms;
  heap_alarms_init(&heap_alarms, &fixture->hub, &fixture->alarms);
  client_open(fixture, client, PROTO_OBSERVER);
  next(client); /* hello */
  say(client, INFO);
  assert_says(next(client), "\"status\":\"ok\",\"alarms\":[]");

  set_failed(fixture, true);
  set_failed(fixture, true);
  assert_int_equal(fixture->alarms.count, 1);
  assert_int_equal(fixture->alarms.list[0].since_ms, the_time.wall_ms);
  say(client, INFO);
  const char *info = next(client);
  assert_says(info, "\"status\":\"degraded\"");
  assert_says(info, "{\"name\":\"heap.documents\",\"message\":\"heap documents comes ");
  say(client, HEAPS);
  assert_says(next(client), "\"failed\":true");

  set_failed(fixture, false);
  assert_int_equal(fixture->alarms.count, 0);
  say(client, HEAPS);
  assert_false(has(next(client), "failed"));
  heap_alarms_fini(&heap_alarms);
}

static void alarm_of_a_heap_goes_with_the_heap(void **state) {
  struct fixture *fixture = *state;
  struct heap_alarms heap_alarms;
  fixture->source.base.info.failed = true; /* before anybody watched */
  heap_alarms_init(&heap_alarms, &fixture->hub, &fixture->alarms);
  assert_non_null(alarms_find(&fixture->alarms, "heap.documents"));
  fixture->hub.sink.gone(fixture->hub.sink.context, &fixture->source.base);
  assert_int_equal(fixture->alarms.count, 0);
  heap_alarms_fini(&heap_alarms);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      fixture_test(stuck_heap_raises_an_alarm_and_clears_it),
      fixture_test(alarm_of_a_heap_goes_with_the_heap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
