/* test_askers.c - who asks, what becomes of it when that client goes, and files that a
 * heap makes for it. */
#include "session_fixture.h"

#include <fcntl.h>
#include <unistd.h>

static struct downloads downloads;

static int setup(void **state) {
  fixture_setup(state);
  struct fixture *fixture = *state;
  downloads = (struct downloads){.first = NULL};
  fixture->dispatch.downloads = &downloads;
  fixture->dispatch.state_dir = "/state";
  return 0;
}

static int teardown(void **state) {
  fixture_teardown(state);
  downloads_fini(&downloads);
  return 0;
}

#define ASK(method, params)                                                            \
  "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" method "\",\"params\":"                \
  "{\"heap\":\"documents\"" params "}}"

static void requests_bear_the_number_of_their_client(void **state) {
  struct fixture *fixture = *state;
  struct client *one = &fixture->clients[0], *two = &fixture->clients[1];
  client_open(fixture, one, PROTO_OPERATOR);
  client_open(fixture, two, PROTO_OPERATOR);
  say(one, ASK("gc.get_count", ""));
  uint64_t first = fixture->source.asker;
  fake_source_reply(&fixture->source);
  say(two, ASK("gc.get_count", ""));
  uint64_t second = fixture->source.asker;
  fake_source_reply(&fixture->source);
  assert_true(first != 0 && second != 0 && first != second);
  say(one, ASK("gc.get_count", ""));
  assert_int_equal(fixture->source.asker, first);
  fake_source_reply(&fixture->source);
}

static void heap_hears_when_somebody_it_works_for_goes(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OPERATOR);
  say(client, ASK("gc.get_count", ""));
  fake_source_reply(&fixture->source);
  client_end(client);
  assert_int_equal(fixture->source.left, 0); /* nothing was under way */
  client_open(fixture, client, PROTO_OPERATOR);
  say(client, ASK("heap.path_to_root", ",\"id\":\"0x10\""));
  client_end(client);
  assert_int_equal(fixture->source.left, fixture->source.asker);
  fake_source_reply(&fixture->source);
}

static void heap_hears_when_somebody_who_stepped_goes(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OPERATOR);
  say(client, ASK("repl.step", ",\"action\":\"begin\""));
  fake_source_reply(&fixture->source);
  assert_int_equal(fixture->source.left, 0);
  client_end(client);
  assert_int_equal(fixture->source.left, fixture->source.asker);
}

static void graph_has_no_more_nodes_than_the_limit(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  struct proto_limits limits = *fixture->dispatch.limits;
  limits.graph_objects = 70;
  fixture->dispatch.limits = &limits;
  client_open(fixture, client, PROTO_OPERATOR);
  say(client, ASK("heap.graph", ",\"limit\":5000"));
  assert_int_equal(fixture->source.request.params.look.limit, 70);
  fake_source_reply(&fixture->source);
  say(client, ASK("heap.graph", ",\"limit\":7"));
  assert_int_equal(fixture->source.request.params.look.limit, 7);
  fake_source_reply(&fixture->source);
  client_end(client);
}

/* The heap's answer to heap.snapshot: a file of 9 bytes. */
static int reply_with_a_file(struct fake_source *fake) {
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  struct proto_result result = {
      .kind = PROTO_RESULT_FILE,
      .as.file = {.fd = fd, .bytes = 9, .type = "text/plain", .name = "a.json"}};
  assert_true(fd >= 0);
  source_reply *reply = fake->reply;
  fake->reply = NULL;
  reply(fake->reply_context, &result);
  return fd;
}

static bool is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

static void file_of_a_heap_becomes_a_download_for_operators(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OPERATOR);
  client->seen = 1;
  say(client, ASK("heap.snapshot", ",\"format\":\"heapsnapshot\""));
  assert_string_equal(fixture->source.request.params.snapshot.directory, "/state");
  int fd = reply_with_a_file(&fixture->source);
  assert_non_null(downloads.first);
  assert_int_equal(downloads.first->fd, fd);
  assert_int_equal(downloads.first->role, PROTO_OPERATOR);
  char expected[128];
  snprintf(expected, sizeof(expected), "\"result\":{\"download\":\"%s\",\"bytes\":9}",
           downloads.first->id);
  assert_says(next(client), expected);
}

static void file_for_a_client_that_left_is_closed(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OPERATOR);
  say(client, ASK("heap.snapshot", ""));
  client_end(client);
  assert_false(is_open(reply_with_a_file(&fixture->source)));
  assert_int_equal(downloads.count, 0);
}

static void file_that_is_one_too_many_is_refused_before_it_is_made(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OPERATOR);
  client->seen = 1;
  for (unsigned i = 0; i < DOWNLOADS_MAX; i++) {
    say(client, ASK("heap.snapshot", ""));
    reply_with_a_file(&fixture->source);
    assert_says(next(client), "\"download\":");
  }
  unsigned requests = fixture->source.requests;
  say(client, ASK("heap.snapshot", ""));
  assert_int_equal(fixture->source.requests, requests);
  assert_says(next(client), "\"name\":\"limit\",\"retry_after_ms\":60000");
  the_time.monotonic_ms += DOWNLOADS_EXPIRE_MS;
  say(client, ASK("heap.snapshot", ""));
  reply_with_a_file(&fixture->source);
  assert_says(next(client), "\"download\":");
}

static void
files_that_are_made_at_the_same_time_are_counted_at_their_end(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OPERATOR);
  client->seen = 1;
  for (unsigned i = 0; i + 1 < DOWNLOADS_MAX; i++) {
    say(client, ASK("heap.snapshot", ""));
    reply_with_a_file(&fixture->source);
    next(client);
  }
  say(client, ASK("heap.snapshot", ""));
  struct fake_source first = fixture->source;
  say(client, ASK("heap.snapshot", ""));
  reply_with_a_file(&first);
  assert_says(next(client), "\"download\":");
  assert_false(is_open(reply_with_a_file(&fixture->source)));
  assert_says(next(client), "\"name\":\"limit\",\"retry_after_ms\":60000");
}

#define asker_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      asker_test(requests_bear_the_number_of_their_client),
      asker_test(heap_hears_when_somebody_it_works_for_goes),
      asker_test(heap_hears_when_somebody_who_stepped_goes),
      asker_test(graph_has_no_more_nodes_than_the_limit),
      asker_test(file_of_a_heap_becomes_a_download_for_operators),
      asker_test(file_for_a_client_that_left_is_closed),
      asker_test(file_that_is_one_too_many_is_refused_before_it_is_made),
      asker_test(files_that_are_made_at_the_same_time_are_counted_at_their_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
