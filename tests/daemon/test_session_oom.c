/* test_session_oom.c - memory runs short at every single allocation of a session that
 * subscribes and is streamed to (through the linker's --wrap).
 *
 *   the n-th allocation fails, n = 1, 2, 3 ... until none is left to fail
 *
 * Each time the client is refused or closed, or it is told of every number: nobody
 * believes to follow a heap and hears nothing. */
#include "session_fixture.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static bool is_armed;
static int until_failure; /* the allocation that fails counts it to 0 */

static bool is_refused(void) {
  return is_armed && until_failure-- == 1;
}

void *__wrap_malloc(size_t size) {
  return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
  return is_refused() ? NULL : __real_realloc(block, size);
}

/* The number that stands behind `name` in a message; 0: none does. */
static unsigned number_in(const char *text, const char *name) {
  const char *found = strstr(text, name);
  return found ? (unsigned)strtoul(found + strlen(name), NULL, 10) : 0;
}

/* Was every number up to `last` told, as a collection or as lost, in order? */
static void assert_told(struct client *client, unsigned after, unsigned last) {
  const char *text;
  while ((text = next(client))[0] != '\0') {
    if (has(text, "\"stream.lagged\"")) {
      assert_int_equal(number_in(text, "\"first_seq\":"), after + 1);
      after = number_in(text, "\"last_seq\":");
    } else if (has(text, "\"method\":\"collection\"")) {
      assert_int_equal(number_in(text, "\"seq\":"), after + 1);
      after++;
    }
  }
  assert_int_equal(after, last);
}

static void collect(struct fixture *fixture, unsigned count) {
  while (count-- > 0) {
    fake_source_collect(&fixture->source);
  }
}

/* What the client does with the n-th allocation failing; false: there were fewer. */
static bool run(struct fixture *fixture, int failing, const char *subscribe,
                unsigned after, bool is_full) {
  struct client *client = &fixture->clients[0];
  collect(fixture, 5);
  client_open(fixture, client, PROTO_OBSERVER);
  next(client);
  until_failure = failing;
  is_armed = true;
  say(client, subscribe);
  client->is_clear = !is_full;
  collect(fixture, 3);
  is_armed = false;
  bool has_failed = until_failure <= 0;
  if (client->close_code == 0) {
    client_drain(client);
    collect(fixture, 1);
  }
  const char *answer = next(client);
  if (client->close_code != 0) {
    assert_true(client->close_code == SESSION_CLOSE_INTERNAL ||
                client->close_code == SESSION_CLOSE_SLOW);
  } else if (has(answer, "\"result\"")) {
    assert_told(client, after, 9);
  } else {
    assert_says(answer, "\"error\"");
    assert_string_equal(next(client), "");
  }
  return has_failed;
}

static void assert_at_every_allocation(const char *subscribe, unsigned after,
                                       bool is_full) {
  bool has_failed = true;
  for (int failing = 1; has_failed; failing++) {
    void *state = NULL;
    assert_in_range(failing, 1, 1000);
    assert_int_equal(fixture_setup(&state), 0);
    has_failed = run(state, failing, subscribe, after, is_full);
    assert_int_equal(fixture_teardown(&state), 0);
  }
}

static void who_subscribes_is_told_everything_or_closed(void **state) {
  (void)state;
  assert_at_every_allocation(SUBSCRIBE("\"collection\",\"sample\"", ""), 5, false);
  assert_at_every_allocation(SUBSCRIBE("\"collection\"", ",\"after_seq\":2"), 2, false);
  assert_at_every_allocation(SUBSCRIBE("\"collection\"", ",\"after_seq\":2"), 2, true);
}

/* A heap that comes later, for who follows all of them. */
static void who_follows_all_is_told_of_a_new_heap_or_closed(void **state) {
  (void)state;
  bool has_failed = true;
  for (int failing = 1; has_failed; failing++) {
    void *made = NULL;
    assert_in_range(failing, 1, 1000);
    assert_int_equal(fixture_setup(&made), 0);
    struct fixture *fixture = made;
    struct client *client = &fixture->clients[0];
    struct fake_source other;
    client_open(fixture, client, PROTO_OBSERVER);
    next(client);
    say(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.subscribe\","
                "\"params\":{\"heap\":\"*\",\"topics\":[\"collection\"]}}");
    assert_says(next(client), "\"result\"");
    fake_source_init(&other, &fixture->hub.sink, "other");
    until_failure = failing;
    is_armed = true;
    bool is_added = hub_add(&fixture->hub, &other.base) == 0;
    is_armed = false;
    has_failed = until_failure <= 0;
    if (is_added && client->close_code == 0) {
      fake_source_collect(&other);
      assert_told(client, 0, 1);
    }
    assert_int_equal(fixture_teardown(&made), 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(who_subscribes_is_told_everything_or_closed),
      cmocka_unit_test(who_follows_all_is_told_of_a_new_heap_or_closed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
