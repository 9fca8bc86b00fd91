/* http.c - what the daemon answers over HTTP, without a socket in sight.
 *
 *   GET HEAD  /                 page; with ?token= a login: 302 and a cookie
 *             /...              files of the web root              http_pages.c
 *             /healthz          open: how are you
 *             /metrics          for Prometheus; any role
 *             /download/ID      what was prepared, once
 *   POST      /rpc              JSON-RPC: type, length, token, in this order
 *   GET       /ws               upgrade
 *   else      404, or 405 with Allow
 *
 * Refusals of /rpc have a JSON-RPC body; those of pages are a line of text. */
#include "http_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_init(struct http *http, struct dispatch *dispatch,
               struct credentials *credentials, const struct web *web,
               const struct gate *gate) {
  *http = (struct http){
      .dispatch = dispatch, .credentials = credentials, .web = web, .gate = gate};
}

void http_tick(struct http *http) {
  downloads_expire(http->dispatch->downloads, http->dispatch->now());
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
    http_respond_error(http, ret, 415, &error, "");
  } else if (request->transfer_encoding || !request->content_length) {
    proto_error_set(&error, PROTO_INVALID_REQUEST,
                    "a request says its Content-Length and is not chunked");
    http_respond_error(http, ret, 411, &error, "");
  } else if (!read_length(request->content_length, &length)) {
    proto_error_set(&error, PROTO_INVALID_REQUEST, "Content-Length is no number");
    http_respond_error(http, ret, 400, &error, "");
  } else if (length > http->dispatch->limits->message_bytes) {
    proto_error_set(&error, PROTO_TOO_LARGE, "a request has at most %" PRIu64 " bytes",
                    http->dispatch->limits->message_bytes);
    http_respond_error(http, ret, 413, &error, "");
  } else if (!token && request->peer->is_owner) {
    *ret_body_length = length;
    *ret_role = PROTO_OPERATOR;
    return HTTP_READ_BODY;
  } else if (!token) {
    proto_error_set(&error, PROTO_UNAUTHORIZED,
                    "send a token: Authorization: Bearer TOKEN");
    http_respond_error(http, ret, 401, &error, "WWW-Authenticate: Bearer\r\n");
  } else {
    switch (credentials_check(http->credentials, token, token_length, request->peer,
                              http->dispatch->now(), ret_role)) {
    case CREDENTIALS_OK: *ret_body_length = length; return HTTP_READ_BODY;
    case CREDENTIALS_WRONG:
      proto_error_set(&error, PROTO_UNAUTHORIZED, "this token is not one of ours");
      http_respond_error(http, ret, 401, &error, "WWW-Authenticate: Bearer\r\n");
      break;
    case CREDENTIALS_TOO_MANY:
      proto_error_set(&error, PROTO_LIMIT, "too many wrong tokens: wait a minute");
      error.retry_after_ms = 60000;
      http_respond_error(http, ret, 429, &error, "Retry-After: 60\r\n");
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
    http_respond_error(http, ret, 403, &error, "");
  } else if (foreign) {
    http_respond_text(http, ret, 403, foreign, "");
  } else if (!request->path) {
    /* The page's addresses are relative: without the slash they would go astray. */
    char home[GATE_BASE_PATH_BYTES], lines[LINES_BYTES];
    snprintf(lines, sizeof(lines), "Location: %s\r\n", gate_home(http->gate, home));
    http_respond_text(http, ret, 302, "", lines);
  } else if (request->method == HTTP_GET || request->method == HTTP_HEAD) {
    http_respond_get(http, request, ret);
    if (request->method == HTTP_HEAD) {
      ret->body_length = 0; /* the head has told the length */
    }
  } else if (is_rpc && request->method == HTTP_POST) {
    return begin_rpc(http, request, ret, ret_body_length, ret_role);
  } else if (is_rpc) {
    proto_error_set(&error, PROTO_INVALID_REQUEST, "POST a JSON-RPC request here");
    http_respond_error(http, ret, 405, &error, "Allow: POST\r\n");
  } else {
    http_respond_text(http, ret, 405, "Only GET and HEAD work here.\n",
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
  http_finish(call->http, &response, "application/json", "Cache-Control: no-store\r\n");
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
    http_respond_text(http, ret, 403, foreign, "");
    return HTTP_UPGRADE_REFUSED;
  }
  if (request->method != HTTP_GET || !request->path ||
      strcmp(request->path, "/ws") != 0) {
    http_respond_text(http, ret, 404, "WebSocket is at /ws.\n", "");
    return HTTP_UPGRADE_REFUSED;
  }
  if (!request->websocket_version || strcmp(request->websocket_version, "13") != 0) {
    http_respond_text(http, ret, 426, "Version 13 of WebSocket, please.\n",
                      "Sec-WebSocket-Version: 13\r\n");
    return HTTP_UPGRADE_REFUSED;
  }
  if (!is_listed(request->subprotocols, HTTP_SUBPROTOCOL)) {
    http_respond_text(http, ret, 400, "Name the subprotocol " HTTP_SUBPROTOCOL ".\n",
                      "");
    return HTTP_UPGRADE_REFUSED;
  }
  const struct proto_limits *limits = http->dispatch->limits;
  if (sessions >= limits->sessions || of_address >= limits->sessions_an_address) {
    http_respond_text(http, ret, 429, "Too many sessions.\n", "Retry-After: 10\r\n");
    return HTTP_UPGRADE_REFUSED;
  }

  switch (http_identify(http, request, ret_role)) {
  case CREDENTIALS_OK: return HTTP_UPGRADE_ACCEPTED;
  case CREDENTIALS_WRONG: return HTTP_UPGRADE_UNAUTHORIZED;
  case CREDENTIALS_TOO_MANY: break;
  }
  http_respond_text(http, ret, 429, "Too many wrong tokens. Wait a minute.\n",
                    "Retry-After: 60\r\n");
  return HTTP_UPGRADE_REFUSED;
}
