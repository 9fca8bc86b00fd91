/* fuzz_http.c - any headers to everything that decides about a request.
 *
 * The input is lines, one for each field of a request in a fixed order; an empty line
 * is a header that is not there. What must hold for every request: a Host that is not
 * ours gets 403; nobody gets further than the door without a secret that is ours; an
 * answer's head is whole, its lines are ours, and its length is its body's. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alarms.h"
#include "downloads.h"
#include "http.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define REQUIRE(condition)                                                             \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      fprintf(stderr, "does not hold: %s\n", #condition);                              \
      abort();                                                                         \
    }                                                                                  \
  } while (0)

/* Known, so that the corpus has requests that get in. */
static const char operator_token[] = "operator-token-of-the-fuzzer-0123456789";
static const char observer_token[] = "observer-token-of-the-fuzzer-0123456789";

static char directory[] = "/tmp/ouro-fuzz-XXXXXX";
static struct hub hub;
static struct dispatch dispatch;
static struct http http;
static struct gate gate;
static struct web *web;
static struct alarms alarms;
static struct downloads downloads;

static void write_file(const char *name, const char *text) {
  char path[256];
  snprintf(path, sizeof(path), "%s/%s", directory, name);
  FILE *file = fopen(path, "we");
  REQUIRE(file != NULL);
  fputs(text, file);
  fclose(file);
}

static void remove_directory(void) {
  static const char *const names[] = {"operator_token", "observer_token",
                                      "index.html",     "app.js",
                                      "sessions",       "sessions.new"};
  char path[256];
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
    unlink(path);
  }
  rmdir(directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  char message[256] = "";
  log_init((enum log_level)0, 0);
  REQUIRE(mkdtemp(directory) != NULL);
  atexit(remove_directory);
  write_file("operator_token", operator_token);
  write_file("observer_token", observer_token);
  write_file("index.html", "<!doctype html>page");
  write_file("app.js", "code");
  setenv("CREDENTIALS_DIRECTORY", directory, 1);
  hub_init(&hub, moment_now);
  struct credentials *credentials =
      credentials_open(directory, moment_now(), message, sizeof(message));
  web = web_load(directory, message, sizeof(message));
  REQUIRE(credentials != NULL && web != NULL);
  dispatch = (struct dispatch){.hub = &hub,
                               .credentials = credentials,
                               .alarms = &alarms,
                               .downloads = &downloads,
                               .limits = &proto_limits_default,
                               .now = moment_now,
                               .version = "fuzz",
                               .base_url = "http://127.0.0.1:6876"};
  gate_init(&gate, "127.0.0.1", 6876, false);
  REQUIRE(auth_hosts_add(&gate.hosts, "https://ouro.example") == 0);
  REQUIRE(gate_set_base_path(&gate, "/ouro") == 0);
  REQUIRE(gate_add_proxy(&gate, "10.0.0.1") == 0);
  http_init(&http, &dispatch, credentials, web, &gate);
  return 0;
}

/* The next line of the input, ended by NUL; NULL for an empty one. */
static const char *next_line(char **at) {
  char *line = *at;
  if (!line) {
    return NULL;
  }
  char *end = strchr(line, '\n');
  *at = end ? end + 1 : NULL;
  if (end) {
    *end = '\0';
  }
  return line[0] == '\0' ? NULL : line;
}

/* Header lines end with CR LF and nothing else, and the last one is empty. */
static void check_response(const struct http_response *response) {
  REQUIRE(response->head != NULL);
  REQUIRE(strlen(response->head) == response->head_length);
  REQUIRE(strncmp(response->head, "HTTP/1.1 ", 9) == 0);
  REQUIRE(strcmp(response->head + response->head_length - 4, "\r\n\r\n") == 0);
  const char *end = strstr(response->head, "\r\n\r\n");
  REQUIRE((size_t)(end - response->head) == response->head_length - 4);
  for (const char *c = response->head; *c != '\0'; c++) {
    REQUIRE(*c != '\r' || c[1] == '\n');
    REQUIRE(*c != '\n' || c[-1] == '\r');
    REQUIRE((unsigned char)*c < 127);
  }
  REQUIRE(strstr(response->head, "Content-Security-Policy: ") != NULL);
  bool has_cookie = strstr(response->head, "Set-Cookie: ") != NULL;
  REQUIRE(!has_cookie || response->status == 302);
}

/* Does the request bear a secret that could let it in? */
static bool has_secret(const struct http_request *request) {
  const char *given = request->authorization;
  return (given && (strstr(given, operator_token) || strstr(given, observer_token))) ||
         request->peer->is_owner;
}

static void check_request(struct http_request *request) {
  struct http_response response = {0};
  enum proto_role role = PROTO_OBSERVER;
  size_t length = 0;
  bool is_ours = request->peer->is_local
                     ? request->peer->is_owner && !request->origin
                     : auth_find_host(&gate.hosts, request->host) != NULL;
  if (http_begin(&http, request, &response, &length, &role) == HTTP_READ_BODY) {
    REQUIRE(is_ours && has_secret(request) && request->method == HTTP_POST);
    REQUIRE(length <= PROTO_MAX_MESSAGE_BYTES);
    REQUIRE(role == PROTO_OBSERVER || request->peer->is_owner ||
            strstr(request->authorization, operator_token));
  } else {
    check_response(&response);
    REQUIRE(is_ours || response.status == 403);
    REQUIRE(!strstr(response.head, "Set-Cookie: ") ||
            (request->token && (strcmp(request->token, operator_token) == 0 ||
                                strcmp(request->token, observer_token) == 0)));
  }
  http_response_fini(&response);

  switch (http_upgrade(&http, request, 0, 0, &response, &role)) {
  case HTTP_UPGRADE_ACCEPTED:
    REQUIRE(is_ours && has_secret(request));
    REQUIRE(role == PROTO_OBSERVER || request->peer->is_owner ||
            strstr(request->authorization, operator_token));
    break;
  case HTTP_UPGRADE_UNAUTHORIZED: REQUIRE(is_ours); break;
  case HTTP_UPGRADE_REFUSED:
    check_response(&response);
    REQUIRE(is_ours || response.status == 403);
    break;
  }
  http_response_fini(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const enum http_method methods[] = {HTTP_GET, HTTP_HEAD, HTTP_POST,
                                             HTTP_OTHER};
  char *text = malloc(size + 1), *at = text;
  struct peer socket, client;
  if (size < 2) {
    free(text);
    return 0;
  }
  REQUIRE(text != NULL);
  memcpy(text, data, size);
  text[size] = '\0';
  unsigned kind = (unsigned char)text[0];
  at += 1;

  /* A peer of the network, a trusted proxy, or one of the Unix socket. */
  peer_of_text(&socket, (kind & 4) != 0 ? "10.0.0.1" : "192.0.2.7");
  if ((kind & 24) == 24) {
    socket.is_local = true;
    socket.is_owner = (kind & 32) != 0;
  }
  struct http_request request = {.method = methods[kind & 3], .peer = &socket};
  const char *path = next_line(&at);
  request.path = path ? path : "/";
  request.token = next_line(&at);
  request.host = next_line(&at);
  request.origin = next_line(&at);
  request.authorization = next_line(&at);
  request.cookie = next_line(&at);
  request.content_type = next_line(&at);
  request.content_length = next_line(&at);
  request.transfer_encoding = next_line(&at);
  request.accept_encoding = next_line(&at);
  request.if_none_match = next_line(&at);
  request.subprotocols = next_line(&at);
  request.websocket_version = next_line(&at);
  request.forwarded_for = next_line(&at);
  http_enter(&http, &request, &client);
  REQUIRE(request.peer == &client);
  REQUIRE((kind & 4) != 0 || socket.is_local ||
          strcmp(client.address, "192.0.2.7") == 0);
  REQUIRE(memchr(client.address, '\0', sizeof(client.address)) != NULL);
  check_request(&request);
  free(text);
  return 0;
}
