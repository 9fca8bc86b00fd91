/* test_hub.c - who gets what, how often, and what the source is asked for. */
#include "session_fixture.h"

static unsigned count_of(const struct client *client, const char *part) {
  unsigned count = 0;
  for (unsigned i = 0; i < client->sent_count; i++) {
    count += has(client->sent[i], part);
  }
  return count;
}

static void each_follower_gets_samples_at_its_own_pace(void **state) {
  struct fixture *fixture = *state;
  struct client *fast = &fixture->clients[0], *slow = &fixture->clients[1];
  client_open(fixture, fast, PROTO_OBSERVER);
  client_open(fixture, slow, PROTO_OBSERVER);
  say(slow, SUBSCRIBE("\"sample\"", ",\"interval_ms\":1000"));
  assert_int_equal(fixture->source.watch_ms, 1000);
  say(fast, SUBSCRIBE("\"sample\"", ",\"interval_ms\":100"));
  assert_int_equal(fixture->source.watch_ms, 100);
  for (unsigned i = 0; i < 50; i++) {
    fake_source_sample(&fixture->source);
    /* A timer is never exact: 97, 103, 97 ... */
    the_time.monotonic_ms += i % 2 ? 103 : 97;
  }
  assert_int_equal(count_of(fast, "\"method\":\"sample\""), 50);
  assert_int_equal(count_of(slow, "\"method\":\"sample\""), 5);
  client_end(fast);
  assert_int_equal(fixture->source.watch_ms, 1000);
}

static void nobody_watching_means_no_samples_are_asked_for(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ""));
  assert_int_equal(fixture->source.watch_calls, 0);
  say(client, SUBSCRIBE("\"pools\"", ",\"interval_ms\":500"));
  assert_int_equal(fixture->source.watch_ms, 500);
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"stream.unsubscribe\","
              "\"params\":{\"subscription\":2}}");
  assert_int_equal(fixture->source.watch_ms, 0);
}

static void change_of_a_heap_is_told_to_those_who_asked(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0], *other = &fixture->clients[1];
  client_open(fixture, client, PROTO_OBSERVER);
  client_open(fixture, other, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"heap\"", ""));
  fixture->source.base.info.thresholds[0] = 1234;
  fixture->hub.sink.changed(fixture->hub.sink.context, &fixture->source.base);
  client->seen = 2;
  const char *event = next(client);
  assert_says(event, "\"event\":\"changed\"");
  assert_says(event, "1234");
  assert_int_equal(other->sent_count, 1);
}

static void collections_that_go_back_are_not_told_twice(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ""));
  fake_source_collect(&fixture->source);
  fixture->source.base.last_seq = 0;
  fake_source_collect(&fixture->source);
  assert_int_equal(count_of(client, "\"method\":\"collection\""), 1);
}

static void gap_is_found_at_once_however_wide(void **state) {
  struct fixture *fixture = *state;
  struct hub_heap *heap = hub_find(&fixture->hub, "documents");
  fake_source_collect(&fixture->source);
  fake_source_lose(&fixture->source, 1000000000000u);
  fake_source_collect(&fixture->source);
  assert_non_null(hub_collection(heap, 1));
  assert_null(hub_collection(heap, 2));
  assert_int_equal(hub_gap_end(heap, 2), 1000000000001u);
  assert_non_null(hub_collection(heap, 1000000000002u));
}

static void heap_that_goes_takes_its_followers_along(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"sample\",\"collection\"", ""));
  client->is_clear = false;
  for (unsigned i = 0; i < 3000; i++) {
    fake_source_collect(&fixture->source);
  }
  unsigned calls = fixture->source.watch_calls;
  fixture->hub.sink.gone(fixture->hub.sink.context, &fixture->source.base);
  assert_int_equal(fixture->hub.heap_count, 0);
  assert_int_equal(fixture->source.watch_calls, calls); /* nothing is asked of it */
  client_drain(client);
  client->seen = client->sent_count - 1;
  const char *last = next(client);
  assert_says(last, "\"stream.lagged\"");
  assert_says(last, "\"last_seq\":3000");
  fixture->source.watch_ms = 0;
}

/* A tap that counts what it sees. */
struct counting_tap {
  struct hub_tap base; /* first */
  unsigned heaps, samples, collections, audits;
  uint64_t lost;
};

static void count_heap(struct hub_tap *tap, struct hub_heap *heap,
                       enum hub_heap_event event) {
  (void)heap;
  ((struct counting_tap *)tap)->heaps += event == HUB_HEAP_ADDED;
}

static void count_sample(struct hub_tap *tap, struct hub_heap *heap,
                         const struct proto_sample *sample) {
  (void)heap;
  (void)sample;
  ((struct counting_tap *)tap)->samples++;
}

static void count_collection(struct hub_tap *tap, struct hub_heap *heap,
                             const struct proto_collection *collection) {
  assert_int_equal(collection->seq, heap->newest_seq);
  ((struct counting_tap *)tap)->collections++;
}

static void count_lost(struct hub_tap *tap, struct hub_heap *heap, uint64_t first_seq,
                       uint64_t last_seq) {
  (void)heap;
  ((struct counting_tap *)tap)->lost += last_seq - first_seq + 1;
}

static void count_audit(struct hub_tap *tap, const struct proto_audit *audit) {
  assert_string_equal(audit->method, "gc.collect");
  ((struct counting_tap *)tap)->audits++;
}

static const struct hub_tap_ops counting_ops = {.heap = count_heap,
                                                .sample = count_sample,
                                                .collection = count_collection,
                                                .lost = count_lost,
                                                .audit = count_audit};

static void a_tap_sees_everything_without_a_listener(void **state) {
  struct fixture *fixture = *state;
  struct proto_audit audit = {.method = "gc.collect"};
  struct counting_tap tap = {.base = {.ops = &counting_ops, .interval_ms = 1000}};
  hub_add_tap(&fixture->hub, &tap.base);
  assert_int_equal(tap.heaps, 1);
  assert_int_equal(fixture->source.watch_ms, 1000);
  fake_source_sample(&fixture->source);
  fake_source_collect(&fixture->source);
  fake_source_lose(&fixture->source, 3);
  hub_audit(&fixture->hub, &audit);
  assert_int_equal(tap.samples, 1);
  assert_int_equal(tap.collections, 1);
  assert_int_equal(tap.lost, 3);
  assert_int_equal(tap.audits, 1);
  hub_remove_tap(&fixture->hub, &tap.base);
  assert_int_equal(fixture->source.watch_ms, 0);
  fake_source_collect(&fixture->source);
  assert_int_equal(tap.collections, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      fixture_test(each_follower_gets_samples_at_its_own_pace),
      fixture_test(nobody_watching_means_no_samples_are_asked_for),
      fixture_test(change_of_a_heap_is_told_to_those_who_asked),
      fixture_test(collections_that_go_back_are_not_told_twice),
      fixture_test(gap_is_found_at_once_however_wide),
      fixture_test(heap_that_goes_takes_its_followers_along),
      fixture_test(a_tap_sees_everything_without_a_listener),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
