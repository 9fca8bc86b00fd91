/* test_http.c - every answer over HTTP, from the headers alone. */
#include "scratch.h"

#include "fake_source.h"
#include "http.h"
#include "log.h"

struct fixture {
  void *directory;
  struct hub hub;
  struct fake_source source;
  struct alarms alarms;
  struct dispatch dispatch;
  struct downloads downloads;
  struct credentials *credentials;
  struct web *web;
  struct http http;
  struct http_request request; /* a good GET of / */
  struct http_response response;
  struct http_call call;
  struct peer peer;
  struct gate gate;
  struct metrics metrics;
  char bearer[128];
};

static int setup(void **state) {
  struct fixture *fixture = calloc(1, sizeof(*fixture));
  char message[256] = "";
  scratch_setup(&fixture->directory);
  mkdir(scratch_path(fixture->directory, "state"), 0700);
  scratch_write(fixture->directory, "index.html", "page");
  scratch_write(fixture->directory, "app.js", "code");
  scratch_write(fixture->directory, "app.js.gz", "packed");
  hub_init(&fixture->hub, moment_now);
  fake_source_init(&fixture->source, &fixture->hub.sink, "documents");
  hub_add(&fixture->hub, &fixture->source.base);
  fixture->credentials = credentials_open(scratch_path(fixture->directory, "state"),
                                          moment_now(), message, sizeof(message));
  fixture->web = web_load(fixture->directory, message, sizeof(message));
  assert_non_null(fixture->credentials);
  assert_non_null(fixture->web);
  fixture->dispatch = (struct dispatch){.hub = &fixture->hub,
                                        .limits = &proto_limits_default,
                                        .credentials = fixture->credentials,
                                        .downloads = &fixture->downloads,
                                        .alarms = &fixture->alarms,
                                        .now = moment_now,
                                        .version = "test",
                                        .base_url = "http://127.0.0.1:6876"};
  gate_init(&fixture->gate, "127.0.0.1", 6876, false);
  http_init(&fixture->http, &fixture->dispatch, fixture->credentials, fixture->web,
            &fixture->gate);
  metrics_init(&fixture->metrics, &fixture->hub, &fixture->dispatch);
  fixture->http.metrics = &fixture->metrics;
  peer_of_text(&fixture->peer, "127.0.0.1");
  fixture->request = (struct http_request){
      .path = "/", .host = "127.0.0.1:6876", .peer = &fixture->peer};
  snprintf(fixture->bearer, sizeof(fixture->bearer), "Bearer %s",
           credentials_token(fixture->credentials, PROTO_OPERATOR));
  *state = fixture;
  return 0;
}

static int teardown(void **state) {
  struct fixture *fixture = *state;
  http_call_fini(&fixture->call);
  http_response_fini(&fixture->response);
  web_free(fixture->web);
  credentials_free(fixture->credentials);
  downloads_fini(&fixture->downloads);
  metrics_fini(&fixture->metrics);
  hub_fini(&fixture->hub);
  scratch_teardown(&fixture->directory);
  free(fixture);
  return 0;
}

/* The status of the answer; 0 when the body is to be read. */
static int ask(struct fixture *fixture) {
  size_t length = 0;
  enum proto_role role = PROTO_OBSERVER;
  http_response_fini(&fixture->response);
  if (http_begin(&fixture->http, &fixture->request, &fixture->response, &length,
                 &role) == HTTP_READ_BODY) {
    return 0;
  }
  assert_non_null(fixture->response.head);
  assert_non_null(strstr(fixture->response.head, "Content-Security-Policy: "));
  assert_non_null(
      strstr(fixture->response.head, "X-Content-Type-Options: nosniff\r\n"));
  return fixture->response.status;
}

static bool head_has(const struct fixture *fixture, const char *text) {
  return strstr(fixture->response.head, text) != NULL;
}

static void foreign_host_and_origin_get_nothing_at_all(void **state) {
  struct fixture *fixture = *state;
  static const char *const paths[] = {"/", "/app.js", "/healthz", "/rpc", "/nope"};
  for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
    fixture->request.path = paths[i];
    fixture->request.host = "evil.example";
    assert_int_equal(ask(fixture), 403);
    fixture->request.host = NULL;
    assert_int_equal(ask(fixture), 403);
    fixture->request.host = "127.0.0.1:6876";
    fixture->request.origin = "null";
    assert_int_equal(ask(fixture), 403);
    fixture->request.origin = NULL;
  }
  fixture->request.path = "/rpc";
  fixture->request.host = "evil.example";
  assert_int_equal(ask(fixture), 403);
  assert_non_null(strstr(fixture->response.body, "\"jsonrpc\":\"2.0\""));
}

static void files_come_plain_or_packed_with_their_tags(void **state) {
  struct fixture *fixture = *state;
  char etag[64];
  fixture->request.path = "/app.js";
  assert_int_equal(ask(fixture), 200);
  assert_memory_equal(fixture->response.body, "code", 4);
  assert_true(head_has(fixture, "Vary: Accept-Encoding\r\n"));
  assert_false(head_has(fixture, "Content-Encoding"));
  fixture->request.accept_encoding = "br, gzip";
  assert_int_equal(ask(fixture), 200);
  assert_memory_equal(fixture->response.body, "packed", 6);
  assert_true(head_has(fixture, "Content-Encoding: gzip\r\n"));

  snprintf(etag, sizeof(etag), "%s", web_find(fixture->web, "/app.js")->gzip.etag);
  fixture->request.if_none_match = etag;
  assert_int_equal(ask(fixture), 304);
  assert_int_equal(fixture->response.body_length, 0);
  fixture->request.accept_encoding = NULL;
  assert_int_equal(ask(fixture), 200); /* the other variant is another thing */
}

static void head_is_get_without_the_body(void **state) {
  struct fixture *fixture = *state;
  fixture->request.method = HTTP_HEAD;
  assert_int_equal(ask(fixture), 200);
  assert_true(head_has(fixture, "Content-Length: 4\r\n"));
  assert_int_equal(fixture->response.body_length, 0);
}

static void health_says_what_is_wrong_and_answers_200_all_the_same(void **state) {
  struct fixture *fixture = *state;
  fixture->request.path = "/healthz";
  assert_int_equal(ask(fixture), 200);
  assert_string_equal(fixture->response.body, "{\"status\":\"ok\",\"alarms\":[]}");
  assert_true(head_has(fixture, "Content-Type: application/json\r\n"));
  assert_true(head_has(fixture, "Cache-Control: no-store\r\n"));
  alarms_raise(&fixture->alarms, (struct moment){1, 1790000000000}, "history",
               "the disk is full");
  assert_int_equal(ask(fixture), 200);
  assert_string_equal(fixture->response.body,
                      "{\"status\":\"degraded\",\"alarms\":[{\"name\":\"history\","
                      "\"message\":\"the disk is full\",\"since_ms\":1790000000000}]}");
  fixture->request.method = HTTP_HEAD;
  assert_int_equal(ask(fixture), 200);
  assert_int_equal(fixture->response.body_length, 0);
}

static void metrics_are_for_who_shows_a_credential(void **state) {
  struct fixture *fixture = *state;
  char bearer[128];
  fixture->request.path = "/metrics";
  assert_int_equal(ask(fixture), 401);
  assert_true(head_has(fixture, "WWW-Authenticate: Bearer\r\n"));
  assert_null(fixture->response.scrape);
  fixture->request.authorization = "Bearer wrong";
  assert_int_equal(ask(fixture), 401);
  snprintf(bearer, sizeof(bearer), "Bearer %s",
           credentials_token(fixture->credentials, PROTO_OBSERVER));
  fixture->request.authorization = bearer;
  fixture->request.takes_chunks = true;
  assert_int_equal(ask(fixture), 200);
  assert_true(head_has(fixture, "Transfer-Encoding: chunked\r\n"));
  assert_true(
      head_has(fixture, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  assert_true(head_has(fixture, "Vary: Accept\r\n"));
  assert_non_null(fixture->response.scrape);

  fixture->request.accept = "application/openmetrics-text;version=1.0.0";
  fixture->request.method = HTTP_HEAD;
  assert_int_equal(ask(fixture), 200);
  assert_true(head_has(fixture, "Content-Type: application/openmetrics-text; "
                                "version=1.0.0; charset=utf-8\r\n"));
  assert_null(fixture->response.scrape);
}

static void other_methods_are_told_which_work(void **state) {
  struct fixture *fixture = *state;
  fixture->request.method = HTTP_POST;
  assert_int_equal(ask(fixture), 405);
  assert_true(head_has(fixture, "Allow: GET, HEAD\r\n"));
  fixture->request.path = "/rpc";
  fixture->request.method = HTTP_OTHER;
  assert_int_equal(ask(fixture), 405);
  assert_true(head_has(fixture, "Allow: POST\r\n"));
  fixture->request.method = HTTP_GET;
  assert_int_equal(ask(fixture), 405);
  assert_non_null(strstr(fixture->response.body, "-32600"));
}

static void one_time_address_logs_in_once(void **state) {
  struct fixture *fixture = *state;
  char token[CREDENTIALS_SECRET_BYTES];
  credentials_one_time(fixture->credentials, PROTO_OPERATOR, moment_now(), token);
  fixture->request.token = token;
  assert_int_equal(ask(fixture), 302);
  assert_true(head_has(fixture, "Location: ./\r\n"));
  assert_true(head_has(fixture, "Set-Cookie: ouro_6876="));
  assert_true(head_has(fixture, "; HttpOnly; SameSite=Strict\r\n"));
  assert_false(head_has(fixture, token)); /* the cookie is no token */
  assert_int_equal(ask(fixture), 401);
  fixture->request.token = credentials_token(fixture->credentials, PROTO_OBSERVER);
  assert_int_equal(ask(fixture), 302);
  fixture->request.token = "";
  assert_int_equal(ask(fixture), 401);
}

static void rpc_is_refused_before_its_body_is_read(void **state) {
  struct fixture *fixture = *state;
  struct http_request *request = &fixture->request;
  request->method = HTTP_POST;
  request->path = "/rpc";
  request->authorization = fixture->bearer;
  request->content_length = "10";
  static const char *const types[] = {NULL, "text/plain", "application/jsonx",
                                      "application/x-www-form-urlencoded"};
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
    request->content_type = types[i];
    assert_int_equal(ask(fixture), 415);
  }
  request->content_type = "application/json; charset=utf-8";
  assert_int_equal(ask(fixture), 0);
  request->content_length = "65537";
  assert_int_equal(ask(fixture), 413);
  assert_non_null(strstr(fixture->response.body, "\"too_large\""));
  request->content_length = "99999999999999999999999";
  assert_int_equal(ask(fixture), 413);
  request->content_length = "65536";
  assert_int_equal(ask(fixture), 0);
  request->content_length = "1,1";
  assert_int_equal(ask(fixture), 400);
  request->content_length = NULL;
  assert_int_equal(ask(fixture), 411);
  request->transfer_encoding = "chunked";
  request->content_length = "10";
  assert_int_equal(ask(fixture), 411);
  request->transfer_encoding = NULL;
  request->authorization = NULL;
  assert_int_equal(ask(fixture), 401);
  assert_non_null(strstr(fixture->response.body, "\"unauthorized\""));
  request->authorization = "Bearer wrong";
  for (unsigned i = 0; i < proto_limits_default.wrong_tokens_a_minute; i++) {
    assert_int_equal(ask(fixture), 401);
  }
  assert_int_equal(ask(fixture), 429);
  assert_true(head_has(fixture, "Retry-After: 60\r\n"));
  request->authorization = fixture->bearer;
  assert_int_equal(ask(fixture), 0);
}

static void cookie_does_not_open_rpc(void **state) {
  struct fixture *fixture = *state;
  char id[CREDENTIALS_SECRET_BYTES], cookie[128];
  credentials_login(fixture->credentials, PROTO_OPERATOR, moment_now(), id);
  snprintf(cookie, sizeof(cookie), "ouro_6876=%s", id);
  fixture->request.method = HTTP_POST;
  fixture->request.path = "/rpc";
  fixture->request.cookie = cookie;
  fixture->request.content_type = "application/json";
  fixture->request.content_length = "10";
  assert_int_equal(ask(fixture), 401);
}

static void respond(struct http_call *call, struct http_response *taken) {
  struct fixture *fixture =
      (struct fixture *)(void *)((char *)call - offsetof(struct fixture, call));
  http_response_fini(&fixture->response);
  fixture->response = *taken;
}

static void start_call(struct fixture *fixture, enum proto_role role,
                       const char *body) {
  http_response_fini(&fixture->response);
  http_call_fini(&fixture->call);
  fixture->call = (struct http_call){.respond = respond};
  http_call_start(&fixture->http, &fixture->call, role, "127.0.0.1", body,
                  strlen(body));
}

static void calls_are_answered_at_once_or_when_the_heap_answers(void **state) {
  struct fixture *fixture = *state;
  start_call(fixture, PROTO_OBSERVER,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.info\"}");
  assert_int_equal(fixture->response.status, 200);
  assert_non_null(strstr(fixture->response.body, "\"version\":\"test\""));

  static const char collect[] =
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"gc.collect\","
      "\"params\":{\"heap\":\"documents\"}}";
  start_call(fixture, PROTO_OBSERVER, collect);
  assert_int_equal(fixture->response.status, 403);
  start_call(fixture, PROTO_OPERATOR, collect);
  assert_int_equal(fixture->response.status, 0);
  fake_source_reply(&fixture->source);
  assert_int_equal(fixture->response.status, 200);
}

static void streams_are_not_for_rpc(void **state) {
  struct fixture *fixture = *state;
  start_call(fixture, PROTO_OPERATOR,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.subscribe\",\"params\":"
             "{\"heap\":\"*\",\"topics\":[\"sample\"]}}");
  assert_int_equal(fixture->response.status, 200);
  assert_non_null(strstr(fixture->response.body, "\"not_supported\""));
}

/* Over HTTP nobody would notice that the one who steps has gone. */
static void steps_are_not_for_rpc(void **state) {
  struct fixture *fixture = *state;
  start_call(fixture, PROTO_OPERATOR,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"repl.step\",\"params\":"
             "{\"heap\":\"documents\",\"action\":\"begin\"}}");
  assert_int_equal(fixture->response.status, 200);
  assert_non_null(strstr(fixture->response.body, "\"not_supported\""));
  assert_int_equal(fixture->source.requests, 0);
}

static void caller_that_hangs_up_is_not_answered(void **state) {
  struct fixture *fixture = *state;
  start_call(fixture, PROTO_OPERATOR,
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"gc.collect\","
             "\"params\":{\"heap\":\"documents\"}}");
  http_call_fini(&fixture->call);
  assert_int_equal(fixture->source.left, fixture->source.asker);
  fake_source_reply(&fixture->source);
  assert_int_equal(fixture->response.status, 0);
}

static void one_time_url_points_at_this_daemon(void **state) {
  struct fixture *fixture = *state;
  start_call(
      fixture, PROTO_OPERATOR,
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"auth.one_time_url\",\"params\":"
      "{\"role\":\"observer\"}}");
  assert_non_null(strstr(fixture->response.body, "http://127.0.0.1:6876/?token="));
}

static enum http_verdict upgrade(struct fixture *fixture, unsigned sessions) {
  enum proto_role role = PROTO_OBSERVER;
  http_response_fini(&fixture->response);
  return http_upgrade(&fixture->http, &fixture->request, sessions, 0,
                      &fixture->response, &role);
}

static void assert_refused(struct fixture *fixture, int status) {
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_REFUSED);
  assert_int_equal(fixture->response.status, status);
}

static void upgrade_needs_all_of_its_headers(void **state) {
  struct fixture *fixture = *state;
  struct http_request *request = &fixture->request;
  request->path = "/ws";
  request->websocket_version = "13";
  request->subprotocols = "other, ouro.v1";
  request->authorization = fixture->bearer;
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_ACCEPTED);
  request->origin = "http://evil.example";
  assert_refused(fixture, 403);
  request->origin = "http://127.0.0.1:6876";
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_ACCEPTED);
  request->host = "evil.example";
  assert_refused(fixture, 403);
  request->host = "127.0.0.1:6876";
  request->subprotocols = NULL;
  assert_refused(fixture, 400);
  request->subprotocols = "ouro.v10,xouro.v1, http-only";
  assert_refused(fixture, 400);
  request->subprotocols = "ouro.v1";
  request->path = "/";
  assert_refused(fixture, 404);
  request->path = "/ws";
  request->websocket_version = "8";
  assert_refused(fixture, 426);
  request->websocket_version = "13";
  assert_int_equal(upgrade(fixture, (unsigned)proto_limits_default.sessions),
                   HTTP_UPGRADE_REFUSED);
  assert_int_equal(fixture->response.status, 429);
}

static void upgrade_without_credential_is_accepted_to_be_closed(void **state) {
  struct fixture *fixture = *state;
  struct http_request *request = &fixture->request;
  char id[CREDENTIALS_SECRET_BYTES], cookie[128];
  request->path = "/ws";
  request->websocket_version = "13";
  request->subprotocols = "ouro.v1";
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_UNAUTHORIZED);
  request->authorization = "Bearer wrong";
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_UNAUTHORIZED);
  request->authorization = NULL;
  request->cookie = "ouro_6876=stale; ouro_1=other";
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_UNAUTHORIZED);
  credentials_login(fixture->credentials, PROTO_OPERATOR, moment_now(), id);
  snprintf(cookie, sizeof(cookie), "x=y; ouro_6876=%s", id);
  request->cookie = cookie;
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_ACCEPTED);
}

static void local_user_of_the_right_kind_is_operator_without_a_token(void **state) {
  struct fixture *fixture = *state;
  struct http_request *request = &fixture->request;
  fixture->peer = (struct peer){.is_local = true, .is_owner = true};
  request->host = NULL;
  assert_int_equal(ask(fixture), 200);
  request->host = "whatever.example";
  request->path = "/ws";
  request->websocket_version = "13";
  request->subprotocols = "ouro.v1";
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_ACCEPTED);
  request->origin = "http://whatever.example";
  assert_refused(fixture, 403);
  assert_int_equal(ask(fixture), 403);

  /* A token that is shown counts, so that a wrong one is not taken for a right one. */
  request->origin = NULL;
  request->authorization = "Bearer wrong";
  assert_int_equal(upgrade(fixture, 0), HTTP_UPGRADE_UNAUTHORIZED);
  request->authorization = NULL;
  request->path = "/rpc";
  request->method = HTTP_POST;
  request->content_type = "application/json";
  request->content_length = "2";
  assert_int_equal(ask(fixture), 0);
  fixture->peer.is_owner = false;
  assert_int_equal(ask(fixture), 403);
  request->authorization = fixture->bearer;
  assert_int_equal(ask(fixture), 403);
  assert_non_null(strstr(fixture->response.body, "in its group"));
}

/* Something to fetch for whoever has `role`; the path is valid until the next call. */
static const char *offer(struct fixture *fixture, enum proto_role role) {
  static char path[64];
  char id[DOWNLOADS_ID_BYTES] = "";
  struct proto_error error = {0};
  int fd = downloads_temporary(fixture->directory);
  assert_int_equal(write(fd, "snapshot", 8), 8);
  assert_int_equal(downloads_add_fd_take(&fixture->downloads, fd, 8, "application/json",
                                         "heap.json", role, moment_now(), id, &error),
                   0);
  snprintf(path, sizeof(path), "/download/%s", id);
  return path;
}

static void download_is_sent_once_to_who_may_have_it(void **state) {
  struct fixture *fixture = *state;
  struct http_request *request = &fixture->request;
  request->path = offer(fixture, PROTO_OPERATOR);
  assert_int_equal(ask(fixture), 401);
  assert_true(head_has(fixture, "WWW-Authenticate: Bearer\r\n"));
  request->authorization = "Bearer wrong";
  assert_int_equal(ask(fixture), 401);
  char observer[128];
  snprintf(observer, sizeof(observer), "Bearer %s",
           credentials_token(fixture->credentials, PROTO_OBSERVER));
  request->authorization = observer;
  assert_int_equal(ask(fixture), 403);
  request->authorization = fixture->bearer;
  request->method = HTTP_HEAD;
  assert_int_equal(ask(fixture), 200); /* looking does not use it up */
  assert_true(head_has(fixture, "Content-Length: 8\r\n"));
  assert_null(fixture->response.download);
  request->method = HTTP_GET;
  assert_int_equal(ask(fixture), 200);
  assert_true(head_has(fixture, "Cache-Control: no-store\r\n"));
  assert_true(
      head_has(fixture, "Content-Disposition: attachment; filename=\"heap.json\"\r\n"));
  assert_non_null(fixture->response.download);
  assert_int_equal(ask(fixture), 404);
  assert_int_equal(fixture->downloads.count, 0); /* given back with the response */
}

static void download_opens_to_a_cookie_but_not_to_a_page_elsewhere(void **state) {
  struct fixture *fixture = *state;
  char id[CREDENTIALS_SECRET_BYTES], cookie[128];
  credentials_login(fixture->credentials, PROTO_OBSERVER, moment_now(), id);
  snprintf(cookie, sizeof(cookie), "ouro_6876=%s", id);
  fixture->request.cookie = cookie;
  fixture->request.path = offer(fixture, PROTO_OBSERVER);
  fixture->request.origin = "http://evil.example";
  assert_int_equal(ask(fixture), 403);
  fixture->request.origin = NULL;
  assert_int_equal(ask(fixture), 200);
  fixture->request.path = "/download/";
  assert_int_equal(ask(fixture), 404);
}

#define http_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  log_init((enum log_level)0, LOG_FORMAT_TEXT);
  const struct CMUnitTest tests[] = {
      http_test(foreign_host_and_origin_get_nothing_at_all),
      http_test(files_come_plain_or_packed_with_their_tags),
      http_test(head_is_get_without_the_body),
      http_test(health_says_what_is_wrong_and_answers_200_all_the_same),
      http_test(metrics_are_for_who_shows_a_credential),
      http_test(other_methods_are_told_which_work),
      http_test(one_time_address_logs_in_once),
      http_test(rpc_is_refused_before_its_body_is_read),
      http_test(cookie_does_not_open_rpc),
      http_test(calls_are_answered_at_once_or_when_the_heap_answers),
      http_test(streams_are_not_for_rpc),
      http_test(steps_are_not_for_rpc),
      http_test(caller_that_hangs_up_is_not_answered),
      http_test(one_time_url_points_at_this_daemon),
      http_test(download_is_sent_once_to_who_may_have_it),
      http_test(download_opens_to_a_cookie_but_not_to_a_page_elsewhere),
      http_test(upgrade_needs_all_of_its_headers),
      http_test(upgrade_without_credential_is_accepted_to_be_closed),
      http_test(local_user_of_the_right_kind_is_operator_without_a_token),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
