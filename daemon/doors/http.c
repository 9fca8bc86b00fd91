/* http.c - what the daemon answers over HTTP, without a socket in sight.
 *
 *   GET HEAD  /                 page; with ?token= a login: 302 and a cookie
 *             /...              files of the web root
 *             /healthz          open: how are you
 *             /metrics          for Prometheus; any role
 *   POST      /rpc              JSON-RPC: type, length, token, in this order
 *   GET       /ws               upgrade
 *             /download/ID      with a credential: what was prepared, once
 *   else      404, or 405 with Allow
 *
 * Refusals of /rpc have a JSON-RPC body; those of pages are a line of text. */
#include "http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Header lines that one kind of response adds. */
#define LINES_BYTES (GATE_COOKIE_BYTES + 64)

#define DOWNLOAD_PATH "/download/"

static const struct {
  int status;
  const char *reason;
} reasons[] = {
    {200, "OK"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
};

static const char *reason_of(int status) {
  for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
    if (reasons[i].status == status) {
      return reasons[i].reason;
    }
  }
  return "";
}

void http_init(struct http *http, struct dispatch *dispatch,
               struct credentials *credentials, const struct web *web,
               const struct gate *gate) {
  *http = (struct http){
      .dispatch = dispatch, .credentials = credentials, .web = web, .gate = gate};
}

void http_response_fini(struct http_response *response) {
  free(response->head);
  free(response->owned_body);
  download_free(response->download);
  metrics_scrape_free(response->scrape);
  *response = (struct http_response){0};
}

void http_tick(struct http *http) {
  downloads_expire(http->dispatch->downloads, http->dispatch->now());
}

/* --- making responses --- */

/* Write the head of a response whose status and body are set. `extra` is whole header
 * lines, or "". On a lack of memory head stays NULL. A body that is made while it is
 * sent has no length: it comes in chunks, or ends with the connection. */
static void finish(const struct http *http, struct http_response *response,
                   const char *type, const char *extra) {
  size_t size = 2048 + strlen(extra);
  char *head = malloc(size);
  char content[160] = "";
  if (!head) {
    return;
  }
  if (response->scrape) {
    snprintf(content, sizeof(content), "Content-Type: %s\r\n%s", type,
             response->is_chunked ? "Transfer-Encoding: chunked\r\n" : "");
  } else if (response->status != 304) {
    snprintf(content, sizeof(content), "Content-Type: %s\r\nContent-Length: %zu\r\n",
             type, response->body_length);
  }
  int length =
      snprintf(head, size,
               "HTTP/1.1 %d %s\r\n"
               "%s%s%s"
               "Content-Security-Policy: %s\r\n"
               "X-Content-Type-Options: nosniff\r\n"
               "Referrer-Policy: no-referrer\r\n"
               "Cross-Origin-Opener-Policy: same-origin\r\n"
               "Cross-Origin-Resource-Policy: same-origin\r\n"
               "\r\n",
               response->status, reason_of(response->status), content, extra,
               response->is_last ? "Connection: close\r\n" : "", http->web->policy);
  if (length < 0 || (size_t)length >= size) {
    free(head);
    return;
  }
  response->head = head;
  response->head_length = (size_t)length;
}

static void respond_text(const struct http *http, struct http_response *ret, int status,
                         const char *text, const char *extra) {
  char lines[LINES_BYTES + 32];
  snprintf(lines, sizeof(lines), "Cache-Control: no-store\r\n%s", extra);
  *ret = (struct http_response){
      .status = status, .body = text, .body_length = strlen(text)};
  finish(http, ret, "text/plain; charset=utf-8", lines);
}

/* A refusal at the door of /rpc: a JSON-RPC error without an id. */
static void respond_error(const struct http *http, struct http_response *ret,
                          int status, const struct proto_error *error,
                          const char *extra) {
  char lines[LINES_BYTES + 32];
  size_t length = 0;
  char *text = proto_encode_error("null", error, &length);
  snprintf(lines, sizeof(lines), "Cache-Control: no-store\r\n%s", extra);
  *ret = (struct http_response){
      .status = status, .body = text, .body_length = length, .owned_body = text};
  finish(http, ret, "application/json", lines);
}

/* --- pages --- */

static void respond_file(const struct http *http, const struct http_request *request,
                         const struct web_file *file, struct http_response *ret) {
  const struct web_variant *variant = &file->plain;
  char lines[LINES_BYTES];
  /* A plain look for the word: "gzip;q=0" is not worth a parser, browsers never say it.
   */
  bool is_gzip = file->gzip.data && request->accept_encoding &&
                 strstr(request->accept_encoding, "gzip") &&
                 !strstr(request->accept_encoding, "gzip;q=0");
  if (is_gzip) {
    variant = &file->gzip;
  }
  bool is_known =
      request->if_none_match && (strcmp(request->if_none_match, "*") == 0 ||
                                 strstr(request->if_none_match, variant->etag) != NULL);
  snprintf(lines, sizeof(lines), "ETag: %s\r\nCache-Control: no-cache\r\n%s%s",
           variant->etag, file->gzip.data ? "Vary: Accept-Encoding\r\n" : "",
           is_gzip && !is_known ? "Content-Encoding: gzip\r\n" : "");
  *ret = (struct http_response){.status = is_known ? 304 : 200,
                                .body = is_known ? NULL : variant->data,
                                .body_length = is_known ? 0 : variant->length};
  finish(http, ret, file->type, lines);
}

/* GET /?token=...: a good token becomes a cookie, and the address is clean again. */
static void respond_login(struct http *http, const struct http_request *request,
                          struct http_response *ret) {
  struct moment now = http->dispatch->now();
  enum proto_role role = PROTO_OBSERVER;
  char id[CREDENTIALS_SECRET_BYTES], cookie[GATE_COOKIE_BYTES];
  char lines[GATE_COOKIE_BYTES + 32];
  switch (credentials_redeem(http->credentials, request->token, strlen(request->token),
                             request->peer, now, &role)) {
  case CREDENTIALS_WRONG:
    respond_text(http, ret, 401,
                 "This address has been used, is older than a minute, or was never "
                 "good.\nAsk the daemon for a new one.\n",
                 "");
    return;
  case CREDENTIALS_TOO_MANY:
    respond_text(http, ret, 429, "Too many wrong tokens. Wait a minute.\n",
                 "Retry-After: 60\r\n");
    return;
  case CREDENTIALS_OK: break;
  }
  if (credentials_login(http->credentials, role, now, id) != 0) {
    respond_text(http, ret, 500, "The system gives no random numbers.\n", "");
    return;
  }
  gate_cookie(http->gate, request->host, request->has_base_path, id, cookie);
  snprintf(lines, sizeof(lines), "Location: ./\r\n%s", cookie);
  respond_text(http, ret, 302, "", lines);
}

/* Who asks, of GETs and upgrades: a script's token, the kernel's word for a local user,
 * or a browser's cookie. */
static enum credentials_verdict identify(struct http *http,
                                         const struct http_request *request,
                                         enum proto_role *ret_role) {
  size_t length = 0;
  struct moment now = http->dispatch->now();
  const char *token = auth_bearer(request->authorization, &length);
  if (token) {
    return credentials_check(http->credentials, token, length, request->peer, now,
                             ret_role);
  }
  if (request->peer->is_owner) {
    *ret_role = PROTO_OPERATOR;
    return CREDENTIALS_OK;
  }
  const char *id = auth_cookie(request->cookie, http->gate->cookie_name, &length);
  return id && credentials_resume(http->credentials, id, length, now, ret_role) == 0
             ? CREDENTIALS_OK
             : CREDENTIALS_WRONG;
}

/* For a GET of what is not for everybody. False: the refusal is in `*ret`. */
static bool is_authorized(struct http *http, const struct http_request *request,
                          struct http_response *ret, enum proto_role *ret_role) {
  switch (identify(http, request, ret_role)) {
  case CREDENTIALS_OK: return true;
  case CREDENTIALS_WRONG:
    respond_text(http, ret, 401,
                 "Log in, or send a token: Authorization: Bearer TOKEN\n",
                 "WWW-Authenticate: Bearer\r\n");
    break;
  case CREDENTIALS_TOO_MANY:
    respond_text(http, ret, 429, "Too many wrong tokens. Wait a minute.\n",
                 "Retry-After: 60\r\n");
    break;
  }
  return false;
}

/* A credential comes first: without one nobody learns which ids exist. */
static void respond_download(struct http *http, const struct http_request *request,
                             struct http_response *ret) {
  enum proto_role role = PROTO_OBSERVER;
  char lines[LINES_BYTES];
  if (!is_authorized(http, request, ret, &role)) {
    return;
  }
  struct download *download =
      downloads_find(http->dispatch->downloads, request->path + strlen(DOWNLOAD_PATH),
                     http->dispatch->now());
  if (!download) {
    respond_text(http, ret, 404,
                 "Nothing waits here: it was fetched, or is older than a minute.\n",
                 "");
    return;
  }
  if (role < download->role) {
    respond_text(http, ret, 403, "This download needs the operator's token.\n", "");
    return;
  }
  snprintf(lines, sizeof(lines),
           "Cache-Control: no-store\r\n"
           "Content-Disposition: attachment; filename=\"%s\"\r\n",
           download->name);
  *ret = (struct http_response){.status = 200, .body_length = download->bytes};
  finish(http, ret, download->type, lines);
  if (ret->head && request->method == HTTP_GET) {
    downloads_take(download);
    ret->download = download;
  }
}

/* Who asks whether the daemon is well has no token: a load balancer, a watchdog. */
static void respond_health(const struct http *http, struct http_response *ret) {
  struct proto_alarm alarms[ALARMS_MAX];
  unsigned count = alarms_list(http->dispatch->alarms, alarms);
  size_t length = 0;
  char *text = proto_encode_health(alarms, count, &length);
  *ret = (struct http_response){
      .status = 200, .body = text, .body_length = length, .owned_body = text};
  if (text) {
    finish(http, ret, "application/json", "Cache-Control: no-store\r\n");
  }
}

static void respond_metrics(struct http *http, const struct http_request *request,
                            struct http_response *ret) {
  enum proto_role role = PROTO_OBSERVER;
  enum exposition_format format = exposition_accepted(request->accept);
  if (!is_authorized(http, request, ret, &role)) {
    return;
  }
  struct metrics_scrape *scrape = metrics_scrape_new(http->metrics, format);
  if (!scrape) {
    respond_text(http, ret, 500, "Out of memory.\n", "");
    return;
  }
  *ret = (struct http_response){.status = 200,
                                .scrape = scrape,
                                .is_chunked = request->takes_chunks,
                                .is_last = !request->takes_chunks};
  finish(http, ret, exposition_content_type(format),
         "Cache-Control: no-store\r\nVary: Accept\r\n");
  if (request->method == HTTP_HEAD) {
    metrics_scrape_free(scrape);
    ret->scrape = NULL;
  }
}

static void respond_get(struct http *http, const struct http_request *request,
                        struct http_response *ret) {
  if (request->content_length || request->transfer_encoding) {
    respond_text(http, ret, 400, "A GET has no body.\n", "");
    ret->is_last = true;
    return;
  }
  if (request->token && strcmp(request->path, "/") == 0) {
    if (request->method == HTTP_HEAD) {
      respond_text(http, ret, 405, "Log in with GET.\n", "Allow: GET\r\n");
    } else {
      respond_login(http, request, ret);
    }
    return;
  }
  if (strcmp(request->path, "/healthz") == 0) {
    respond_health(http, ret);
    return;
  }
  if (http->metrics && strcmp(request->path, "/metrics") == 0) {
    respond_metrics(http, request, ret);
    return;
  }
  if (strcmp(request->path, "/ws") == 0) {
    respond_text(http, ret, 426,
                 "This address speaks WebSocket, " HTTP_SUBPROTOCOL ".\n",
                 "Upgrade: websocket\r\n");
    return;
  }
  if (strcmp(request->path, "/rpc") == 0) {
    struct proto_error error;
    proto_error_set(&error, PROTO_INVALID_REQUEST, "POST a JSON-RPC request here");
    respond_error(http, ret, 405, &error, "Allow: POST\r\n");
    return;
  }
  if (strncmp(request->path, DOWNLOAD_PATH, strlen(DOWNLOAD_PATH)) == 0) {
    respond_download(http, request, ret);
    return;
  }
  const struct web_file *file = web_find(http->web, request->path);
  if (file) {
    respond_file(http, request, file, ret);
  } else {
    respond_text(http, ret, 404, "There is nothing at this address.\n", "");
  }
}

/* --- /rpc --- */

static bool is_json(const char *type) {
  static const char json[] = "application/json";
  if (!type || strncasecmp(type, json, sizeof(json) - 1) != 0) {
    return false;
  }
  const char *rest = type + sizeof(json) - 1;
  return *rest == '\0' || *rest == ';' || *rest == ' ';
}

/* The number of a Content-Length header; false when it is none. Anything long enough to
 * overflow is too large anyway. */
static bool read_length(const char *text, size_t *ret) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || text[digits] != '\0') {
    return false;
  }
  *ret = digits > 9 ? (size_t)-1 : (size_t)strtoul(text, NULL, 10);
  return true;
}

static enum http_next begin_rpc(struct http *http, const struct http_request *request,
                                struct http_response *ret, size_t *ret_body_length,
                                enum proto_role *ret_role) {
  struct proto_error error;
  size_t length = 0, token_length = 0;
  const char *token = auth_bearer(request->authorization, &token_length);
  if (!is_json(request->content_type)) {
    proto_error_set(&error, PROTO_INVALID_REQUEST,
                    "the Content-Type of a request is application/json");
    respond_error(http, ret, 415, &error, "");
  } else if (request->transfer_encoding || !request->content_length) {
    proto_error_set(&error, PROTO_INVALID_REQUEST,
                    "a request says its Content-Length and is not chunked");
    respond_error(http, ret, 411, &error, "");
  } else if (!read_length(request->content_length, &length)) {
    proto_error_set(&error, PROTO_INVALID_REQUEST, "Content-Length is no number");
    respond_error(http, ret, 400, &error, "");
  } else if (length > http->dispatch->limits->message_bytes) {
    proto_error_set(&error, PROTO_TOO_LARGE, "a request has at most %" PRIu64 " bytes",
                    http->dispatch->limits->message_bytes);
    respond_error(http, ret, 413, &error, "");
  } else if (!token && request->peer->is_owner) {
    *ret_body_length = length;
    *ret_role = PROTO_OPERATOR;
    return HTTP_READ_BODY;
  } else if (!token) {
    proto_error_set(&error, PROTO_UNAUTHORIZED,
                    "send a token: Authorization: Bearer TOKEN");
    respond_error(http, ret, 401, &error, "WWW-Authenticate: Bearer\r\n");
  } else {
    switch (credentials_check(http->credentials, token, token_length, request->peer,
                              http->dispatch->now(), ret_role)) {
    case CREDENTIALS_OK: *ret_body_length = length; return HTTP_READ_BODY;
    case CREDENTIALS_WRONG:
      proto_error_set(&error, PROTO_UNAUTHORIZED, "this token is not one of ours");
      respond_error(http, ret, 401, &error, "WWW-Authenticate: Bearer\r\n");
      break;
    case CREDENTIALS_TOO_MANY:
      proto_error_set(&error, PROTO_LIMIT, "too many wrong tokens: wait a minute");
      error.retry_after_ms = 60000;
      respond_error(http, ret, 429, &error, "Retry-After: 60\r\n");
      break;
    }
  }
  return HTTP_RESPOND;
}

void http_enter(const struct http *http, struct http_request *request,
                struct peer *ret_client) {
  gate_client(http->gate, request->peer, request->forwarded_for, ret_client);
  request->peer = ret_client;
  request->path = gate_path(http->gate, request->path, &request->has_base_path);
}

/* Where a body ends is in doubt: what follows may be this one's rest or a request that
 * somebody else has smuggled in, past a proxy that counts otherwise. */
static bool is_misframed(const struct http_request *request) {
  size_t length = 0;
  return request->transfer_encoding != NULL ||
         (request->content_length && !read_length(request->content_length, &length));
}

static enum http_next look_at(struct http *http, const struct http_request *request,
                              struct http_response *ret, size_t *ret_body_length,
                              enum proto_role *ret_role) {
  bool is_rpc = request->path && strcmp(request->path, "/rpc") == 0;
  const char *foreign =
      gate_refuses(http->gate, request->peer, request->host, request->origin);
  struct proto_error error;
  if (foreign && is_rpc) {
    proto_error_set(&error, PROTO_FORBIDDEN, "%.*s", (int)strlen(foreign) - 1, foreign);
    respond_error(http, ret, 403, &error, "");
  } else if (foreign) {
    respond_text(http, ret, 403, foreign, "");
  } else if (!request->path) {
    /* The page's addresses are relative: without the slash they would go astray. */
    char home[GATE_BASE_PATH_BYTES], lines[LINES_BYTES];
    snprintf(lines, sizeof(lines), "Location: %s\r\n", gate_home(http->gate, home));
    respond_text(http, ret, 302, "", lines);
  } else if (request->method == HTTP_GET || request->method == HTTP_HEAD) {
    respond_get(http, request, ret);
    if (request->method == HTTP_HEAD) {
      ret->body_length = 0; /* the head has told the length */
    }
  } else if (is_rpc && request->method == HTTP_POST) {
    return begin_rpc(http, request, ret, ret_body_length, ret_role);
  } else if (is_rpc) {
    proto_error_set(&error, PROTO_INVALID_REQUEST, "POST a JSON-RPC request here");
    respond_error(http, ret, 405, &error, "Allow: POST\r\n");
  } else {
    respond_text(http, ret, 405, "Only GET and HEAD work here.\n",
                 "Allow: GET, HEAD\r\n");
  }
  return HTTP_RESPOND;
}

enum http_next http_begin(struct http *http, const struct http_request *request,
                          struct http_response *ret, size_t *ret_body_length,
                          enum proto_role *ret_role) {
  enum http_next next = look_at(http, request, ret, ret_body_length, ret_role);
  ret->is_last |= next == HTTP_RESPOND && is_misframed(request);
  return next;
}

static void on_answer(struct caller *caller, int code, char *text, size_t length) {
  struct http_call *call = (struct http_call *)caller;
  struct http_response response = {
      .body = text, .body_length = length, .owned_body = text};
  response.status = !text                        ? 500
                    : code == PROTO_UNAUTHORIZED ? 401
                    : code == PROTO_FORBIDDEN    ? 403
                                                 : 200;
  finish(call->http, &response, "application/json", "Cache-Control: no-store\r\n");
  call->respond(call, &response);
}

static const struct caller_ops call_ops = {on_answer, NULL, NULL};

void http_call_start(struct http *http, struct http_call *call, enum proto_role role,
                     const char *name, const char *body, size_t length) {
  caller_init(&call->caller, &call_ops, role, name);
  call->http = http;
  call->is_started = true;
  dispatch_text(http->dispatch, &call->caller, body, length);
}

void http_call_fini(struct http_call *call) {
  if (call->is_started) {
    caller_fini(&call->caller);
    call->is_started = false;
  }
}

/* --- upgrades --- */

/* Is `name` one of a comma-separated list? */
static bool is_listed(const char *list, const char *name) {
  size_t name_length = strlen(name);
  while (list && *list) {
    list += strspn(list, ", \t");
    size_t length = strcspn(list, ", \t");
    if (length == name_length && memcmp(list, name, length) == 0) {
      return true;
    }
    list += length;
  }
  return false;
}

enum http_verdict http_upgrade(struct http *http, const struct http_request *request,
                               unsigned sessions, unsigned of_address,
                               struct http_response *ret, enum proto_role *ret_role) {
  const char *foreign =
      gate_refuses(http->gate, request->peer, request->host, request->origin);
  if (foreign) {
    respond_text(http, ret, 403, foreign, "");
    return HTTP_UPGRADE_REFUSED;
  }
  if (request->method != HTTP_GET || !request->path ||
      strcmp(request->path, "/ws") != 0) {
    respond_text(http, ret, 404, "WebSocket is at /ws.\n", "");
    return HTTP_UPGRADE_REFUSED;
  }
  if (!request->websocket_version || strcmp(request->websocket_version, "13") != 0) {
    respond_text(http, ret, 426, "Version 13 of WebSocket, please.\n",
                 "Sec-WebSocket-Version: 13\r\n");
    return HTTP_UPGRADE_REFUSED;
  }
  if (!is_listed(request->subprotocols, HTTP_SUBPROTOCOL)) {
    respond_text(http, ret, 400, "Name the subprotocol " HTTP_SUBPROTOCOL ".\n", "");
    return HTTP_UPGRADE_REFUSED;
  }
  const struct proto_limits *limits = http->dispatch->limits;
  if (sessions >= limits->sessions || of_address >= limits->sessions_an_address) {
    respond_text(http, ret, 429, "Too many sessions.\n", "Retry-After: 10\r\n");
    return HTTP_UPGRADE_REFUSED;
  }

  switch (identify(http, request, ret_role)) {
  case CREDENTIALS_OK: return HTTP_UPGRADE_ACCEPTED;
  case CREDENTIALS_WRONG: return HTTP_UPGRADE_UNAUTHORIZED;
  case CREDENTIALS_TOO_MANY: break;
  }
  respond_text(http, ret, 429, "Too many wrong tokens. Wait a minute.\n",
               "Retry-After: 60\r\n");
  return HTTP_UPGRADE_REFUSED;
}
