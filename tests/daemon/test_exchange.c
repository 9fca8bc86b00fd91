/* test_exchange.c - phases, chunks and deadlines of HTTP on one connection. */
#include "scratch.h"

#include "exchange.h"
#include "fake_source.h"
#include "log.h"

static struct moment the_time;

static struct moment fake_now(void) {
  return the_time;
}

struct fixture {
  void *directory;
  struct hub hub;
  struct fake_source source;
  struct dispatch dispatch;
  struct downloads downloads;
  struct credentials *credentials;
  struct web *web;
  struct http http;
  struct http_request get, post;
  struct peer peer;
  struct gate gate;
  struct alarms alarms;
  struct metrics metrics;
  struct exchange exchange;
  char bearer[128];
  char large[EXCHANGE_CHUNK_BYTES * 3];
};

static unsigned asked;

static void want_send(struct exchange *exchange) {
  (void)exchange;
  asked++;
}

static int setup(void **state) {
  struct fixture *fixture = calloc(1, sizeof(*fixture));
  char message[256] = "";
  asked = 0;
  the_time = (struct moment){100000, 1700000000000};
  scratch_setup(&fixture->directory);
  memset(fixture->large, 'x', sizeof(fixture->large) - 1);
  mkdir(scratch_path(fixture->directory, "state"), 0700);
  scratch_write(fixture->directory, "index.html", fixture->large);
  hub_init(&fixture->hub, fake_now);
  fake_source_init(&fixture->source, &fixture->hub.sink, "documents");
  hub_add(&fixture->hub, &fixture->source.base);
  fixture->credentials = credentials_open(scratch_path(fixture->directory, "state"),
                                          the_time, message, sizeof(message));
  fixture->web = web_load(fixture->directory, message, sizeof(message));
  assert_non_null(fixture->credentials);
  assert_non_null(fixture->web);
  fixture->dispatch = (struct dispatch){.hub = &fixture->hub,
                                        .limits = &proto_limits_default,
                                        .credentials = fixture->credentials,
                                        .downloads = &fixture->downloads,
                                        .alarms = &fixture->alarms,
                                        .now = fake_now,
                                        .version = "test"};
  gate_init(&fixture->gate, "127.0.0.1", 6876, false);
  http_init(&fixture->http, &fixture->dispatch, fixture->credentials, fixture->web,
            &fixture->gate);
  metrics_init(&fixture->metrics, &fixture->hub, &fixture->dispatch);
  fixture->http.metrics = &fixture->metrics;
  snprintf(fixture->bearer, sizeof(fixture->bearer), "Bearer %s",
           credentials_token(fixture->credentials, PROTO_OPERATOR));
  peer_of_text(&fixture->peer, "127.0.0.1");
  fixture->get = (struct http_request){
      .path = "/", .host = "127.0.0.1:6876", .peer = &fixture->peer};
  fixture->post = fixture->get;
  fixture->post.method = HTTP_POST;
  fixture->post.path = "/rpc";
  fixture->post.authorization = fixture->bearer;
  fixture->post.content_type = "application/json";
  exchange_init(&fixture->exchange, &fixture->http, &fixture->peer, want_send);
  *state = fixture;
  return 0;
}

static int teardown(void **state) {
  struct fixture *fixture = *state;
  exchange_fini(&fixture->exchange);
  exchange_fini(&fixture->exchange); /* twice does no harm */
  web_free(fixture->web);
  credentials_free(fixture->credentials);
  downloads_fini(&fixture->downloads);
  metrics_fini(&fixture->metrics);
  hub_fini(&fixture->hub);
  scratch_teardown(&fixture->directory);
  free(fixture);
  return 0;
}

/* Send all of a response; the number of bytes, and how it ended. */
static size_t drain(struct exchange *exchange, enum exchange_next *ret) {
  size_t total = 0, length = 0;
  *ret = EXCHANGE_MORE;
  while (*ret == EXCHANGE_MORE) {
    assert_non_null(exchange_chunk(exchange, &length));
    assert_in_range(length, 1, EXCHANGE_CHUNK_BYTES);
    total += length;
    *ret = exchange_sent(exchange, length);
  }
  return total;
}

static void page_goes_out_in_chunks_and_the_connection_serves_again(void **state) {
  struct fixture *fixture = *state;
  enum exchange_next end = EXCHANGE_MORE;
  size_t length = 0;
  for (unsigned i = 1; i <= 3; i++) {
    assert_null(exchange_chunk(&fixture->exchange, &length));
    assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), 0);
    assert_int_equal(asked, i);
    assert_true(drain(&fixture->exchange, &end) > sizeof(fixture->large));
    assert_int_equal(end, EXCHANGE_DONE);
  }
}

/* The body of a response that is made while it is sent; owned, NUL-terminated. */
static char *drain_text(struct exchange *exchange, enum exchange_next *ret) {
  size_t used = 0, length = 0;
  char *text = calloc(1, 1u << 20);
  *ret = EXCHANGE_MORE;
  while (*ret == EXCHANGE_MORE) {
    const char *chunk = exchange_chunk(exchange, &length);
    assert_non_null(chunk);
    assert_true(length <= EXCHANGE_CHUNK_BYTES && used + length < 1u << 20);
    memcpy(text + used, chunk, length);
    used += length;
    *ret = exchange_sent(exchange, length);
  }
  return text;
}

static void many_collections(struct fixture *fixture) {
  /* A second heap with a long name, so that there is more than one chunk. */
  static struct fake_source other;
  fake_source_init(&other, &fixture->hub.sink,
                   "a-heap-with-a-long-name-so-that-there-is-more-than-one-chunk");
  hub_add(&fixture->hub, &other.base);
  for (unsigned i = 0; i < 6; i++) {
    struct proto_collection collection = {
        .seq = i + 1, .generation = i % 3, .pause_ns = i * 1000, .reason = "threshold"};
    fixture->hub.sink.collection(fixture->hub.sink.context, &other.base, &collection);
    fixture->hub.sink.collection(fixture->hub.sink.context, &fixture->source.base,
                                 &collection);
  }
}

static void metrics_come_in_chunks_and_the_connection_serves_again(void **state) {
  struct fixture *fixture = *state;
  enum exchange_next end = EXCHANGE_MORE;
  many_collections(fixture);
  fixture->get.path = "/metrics";
  fixture->get.authorization = fixture->bearer;
  fixture->get.takes_chunks = true;
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), 0);
    char *text = drain_text(&fixture->exchange, &end);
    assert_int_equal(end, EXCHANGE_DONE);
    char *at = strstr(text, "\r\n\r\n") + 4;
    assert_non_null(strstr(text, "\r\nTransfer-Encoding: chunked\r\n"));
    assert_null(strstr(text, "Content-Length"));
    /* Every chunk is as long as it says, and an empty one is the end. */
    unsigned chunks = 0;
    for (unsigned long size = 1; size > 0; chunks++) {
      size = strtoul(at, &at, 16);
      assert_memory_equal(at, "\r\n", 2);
      at += 2 + size;
      assert_memory_equal(at, "\r\n", 2);
      at += 2;
    }
    assert_true(chunks >= 3);
    assert_string_equal(at, "");
    free(text);
  }
}

static void metrics_for_an_old_client_end_with_the_connection(void **state) {
  struct fixture *fixture = *state;
  enum exchange_next end = EXCHANGE_MORE;
  many_collections(fixture);
  fixture->get.path = "/metrics";
  fixture->get.authorization = fixture->bearer;
  fixture->get.accept = "application/openmetrics-text";
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), 0);
  char *text = drain_text(&fixture->exchange, &end);
  assert_int_equal(end, EXCHANGE_END);
  assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
  assert_null(strstr(text, "chunked"));
  assert_non_null(strstr(text, "\r\n\r\n# HELP ouro_heap "));
  assert_string_equal(text + strlen(text) - 6, "# EOF\n");
  free(text);
}

static void scrape_that_is_hung_up_on_leaves_nothing(void **state) {
  struct fixture *fixture = *state;
  size_t length = 0;
  fixture->get.path = "/metrics";
  fixture->get.authorization = fixture->bearer;
  fixture->get.takes_chunks = true;
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), 0);
  for (unsigned i = 0; i < 2; i++) { /* the head, then a part of the first chunk */
    assert_non_null(exchange_chunk(&fixture->exchange, &length));
    assert_int_equal(exchange_sent(&fixture->exchange, i == 0 ? length : 5),
                     EXCHANGE_MORE);
  }
  /* teardown ends it */
}

static void request_inside_a_request_ends_the_connection(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), 0);
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), -1);
}

static void get_with_a_body_is_answered_and_ends(void **state) {
  struct fixture *fixture = *state;
  enum exchange_next end = EXCHANGE_MORE;
  fixture->get.content_length = "5";
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), 0);
  assert_int_equal(exchange_body(&fixture->exchange, "12345", 5), 0);
  assert_int_equal(exchange_body_end(&fixture->exchange), 0);
  drain(&fixture->exchange, &end);
  assert_int_equal(end, EXCHANGE_END);
}

static void body_comes_in_pieces_and_not_a_byte_too_many(void **state) {
  struct fixture *fixture = *state;
  static const char body[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"heap.list\"}";
  char length[16];
  enum exchange_next end = EXCHANGE_MORE;
  snprintf(length, sizeof(length), "%zu", sizeof(body) - 1);
  fixture->post.content_length = length;
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->post), 0);
  for (size_t i = 0; i < sizeof(body) - 1; i++) {
    assert_int_equal(exchange_body(&fixture->exchange, body + i, 1), 0);
  }
  assert_int_equal(exchange_body(&fixture->exchange, "x", 1), -1);
  assert_int_equal(exchange_body_end(&fixture->exchange), 0);
  drain(&fixture->exchange, &end);
  assert_int_equal(end, EXCHANGE_DONE);
}

static void body_that_ends_twice_ends_the_connection(void **state) {
  struct fixture *fixture = *state;
  enum exchange_next end = EXCHANGE_MORE;
  fixture->post.host = "example.org"; /* refused before its body is read */
  fixture->post.content_length = "2";
  for (unsigned i = 0; i < 2; i++) {
    assert_int_equal(exchange_begin(&fixture->exchange, &fixture->post), 0);
    assert_int_equal(exchange_body(&fixture->exchange, "{}", 2), 0);
    assert_int_equal(exchange_body_end(&fixture->exchange), 0);
    if (i == 0) {
      drain(&fixture->exchange, &end);
      assert_int_equal(end, EXCHANGE_DONE);
    }
  }
  assert_int_equal(exchange_body_end(&fixture->exchange), -1);
}

static void body_that_ends_early_ends_the_connection(void **state) {
  struct fixture *fixture = *state;
  fixture->post.content_length = "10";
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->post), 0);
  assert_int_equal(exchange_body(&fixture->exchange, "12345", 5), 0);
  assert_int_equal(exchange_body_end(&fixture->exchange), -1);
}

static void call_waits_for_its_heap_and_takes_nothing_else_meanwhile(void **state) {
  struct fixture *fixture = *state;
  static const char body[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"gc.collect\","
                             "\"params\":{\"heap\":\"documents\"}}";
  char length[16];
  size_t chunk = 0;
  snprintf(length, sizeof(length), "%zu", sizeof(body) - 1);
  fixture->post.content_length = length;
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->post), 0);
  assert_int_equal(exchange_body(&fixture->exchange, body, sizeof(body) - 1), 0);
  assert_int_equal(exchange_body_end(&fixture->exchange), 0);
  assert_null(exchange_chunk(&fixture->exchange, &chunk));
  assert_true(fixture->exchange.deadline_ms > the_time.monotonic_ms + 30000);
  assert_int_equal(exchange_body_end(&fixture->exchange), -1); /* pipelined */
  fake_source_reply(&fixture->source);
  assert_int_equal(asked, 1);
  assert_non_null(exchange_chunk(&fixture->exchange, &chunk));
}

static void deadline_moves_with_progress_only(void **state) {
  struct fixture *fixture = *state;
  size_t length = 0;
  uint64_t first = fixture->exchange.deadline_ms;
  assert_int_equal(first, the_time.monotonic_ms + EXCHANGE_REQUEST_MS);
  exchange_begin(&fixture->exchange, &fixture->get);
  the_time.monotonic_ms += 5000;
  exchange_chunk(&fixture->exchange, &length);
  assert_int_equal(fixture->exchange.deadline_ms, first);
  exchange_sent(&fixture->exchange, length);
  assert_int_equal(fixture->exchange.deadline_ms, first + 5000);
}

/* A file of `written` bytes, offered as one of `bytes`; the path of it. */
static const char *offer(struct fixture *fixture, size_t written, uint64_t bytes) {
  static char path[64];
  char id[DOWNLOADS_ID_BYTES] = "";
  struct proto_error error = {0};
  int fd = downloads_temporary(fixture->directory);
  for (size_t i = 0; i < written; i++) {
    char byte = (char)('a' + i % 23);
    assert_int_equal(write(fd, &byte, 1), 1);
  }
  assert_int_equal(downloads_add_fd_take(&fixture->downloads, fd, bytes,
                                         "application/json", "x", PROTO_OBSERVER,
                                         the_time, id, &error),
                   0);
  snprintf(path, sizeof(path), "/download/%s", id);
  return path;
}

static void download_is_read_from_its_file_as_it_is_sent(void **state) {
  struct fixture *fixture = *state;
  struct exchange *exchange = &fixture->exchange;
  enum exchange_next next = EXCHANGE_MORE;
  size_t size = 2 * EXCHANGE_CHUNK_BYTES + 5, length = 0, at = 0;
  fixture->get.path = offer(fixture, size, size);
  fixture->get.authorization = fixture->bearer;
  assert_int_equal(exchange_begin(exchange, &fixture->get), 0);
  exchange_chunk(exchange, &length);
  assert_int_equal(exchange_sent(exchange, length), EXCHANGE_MORE); /* the head */
  while (next == EXCHANGE_MORE) {
    const char *chunk = exchange_chunk(exchange, &length);
    assert_non_null(chunk);
    assert_in_range(length, 1, EXCHANGE_CHUNK_BYTES);
    length = length > 1000 ? 1000 : length; /* the transport took a part of it */
    for (size_t i = 0; i < length; i++) {
      assert_int_equal(chunk[i], 'a' + (at + i) % 23);
    }
    at += length;
    next = exchange_sent(exchange, length);
  }
  assert_int_equal(at, size);
  assert_int_equal(next, EXCHANGE_DONE);
  assert_int_equal(fixture->downloads.count, 0);
}

static void download_that_is_shorter_than_it_was_ends_the_connection(void **state) {
  struct fixture *fixture = *state;
  size_t length = 0;
  fixture->get.path = offer(fixture, 100, 200);
  fixture->get.authorization = fixture->bearer;
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), 0);
  exchange_chunk(&fixture->exchange, &length);
  exchange_sent(&fixture->exchange, length);
  assert_non_null(exchange_chunk(&fixture->exchange, &length));
  assert_int_equal(length, 100);
  assert_int_equal(exchange_sent(&fixture->exchange, length), EXCHANGE_MORE);
  length = 0;
  assert_null(exchange_chunk(&fixture->exchange, &length));
  assert_int_equal(exchange_sent(&fixture->exchange, length), EXCHANGE_END);
}

static void empty_download_is_a_head_alone(void **state) {
  struct fixture *fixture = *state;
  enum exchange_next end = EXCHANGE_MORE;
  fixture->get.path = offer(fixture, 0, 0);
  fixture->get.authorization = fixture->bearer;
  assert_int_equal(exchange_begin(&fixture->exchange, &fixture->get), 0);
  drain(&fixture->exchange, &end);
  assert_int_equal(end, EXCHANGE_DONE);
}

#define exchange_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  log_init((enum log_level)0, LOG_FORMAT_TEXT);
  const struct CMUnitTest tests[] = {
      exchange_test(page_goes_out_in_chunks_and_the_connection_serves_again),
      exchange_test(metrics_come_in_chunks_and_the_connection_serves_again),
      exchange_test(metrics_for_an_old_client_end_with_the_connection),
      exchange_test(scrape_that_is_hung_up_on_leaves_nothing),
      exchange_test(request_inside_a_request_ends_the_connection),
      exchange_test(get_with_a_body_is_answered_and_ends),
      exchange_test(body_comes_in_pieces_and_not_a_byte_too_many),
      exchange_test(body_that_ends_twice_ends_the_connection),
      exchange_test(body_that_ends_early_ends_the_connection),
      exchange_test(call_waits_for_its_heap_and_takes_nothing_else_meanwhile),
      exchange_test(deadline_moves_with_progress_only),
      exchange_test(download_is_read_from_its_file_as_it_is_sent),
      exchange_test(download_that_is_shorter_than_it_was_ends_the_connection),
      exchange_test(empty_download_is_a_head_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
