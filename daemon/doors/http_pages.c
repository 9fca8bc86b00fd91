/* http_pages.c - what GET and HEAD answer: pages, logins, downloads, health, metrics.
 *
 * Who may: pages and /healthz everybody who came through the gate, since no secret is
 * in them; /metrics and /download with a token, a cookie or the kernel's word. */
#include "http_private.h"

#include <stdio.h>
#include <string.h>

#define DOWNLOAD_PATH "/download/"

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
  http_finish(http, ret, file->type, lines);
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
    http_respond_text(
        http, ret, 401,
        "This address has been used, is older than a minute, or was never "
        "good.\nAsk the daemon for a new one.\n",
        "");
    return;
  case CREDENTIALS_TOO_MANY:
    http_respond_text(http, ret, 429, "Too many wrong tokens. Wait a minute.\n",
                      "Retry-After: 60\r\n");
    return;
  case CREDENTIALS_OK: break;
  }
  if (credentials_login(http->credentials, role, now, id) != 0) {
    http_respond_text(http, ret, 500, "The system gives no random numbers.\n", "");
    return;
  }
  gate_cookie(http->gate, request->host, request->has_base_path, id, cookie);
  snprintf(lines, sizeof(lines), "Location: ./\r\n%s", cookie);
  http_respond_text(http, ret, 302, "", lines);
}

enum credentials_verdict http_identify(struct http *http,
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
  switch (http_identify(http, request, ret_role)) {
  case CREDENTIALS_OK: return true;
  case CREDENTIALS_WRONG:
    http_respond_text(http, ret, 401,
                      "Log in, or send a token: Authorization: Bearer TOKEN\n",
                      "WWW-Authenticate: Bearer\r\n");
    break;
  case CREDENTIALS_TOO_MANY:
    http_respond_text(http, ret, 429, "Too many wrong tokens. Wait a minute.\n",
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
    http_respond_text(
        http, ret, 404,
        "Nothing waits here: it was fetched, or is older than a minute.\n", "");
    return;
  }
  if (role < download->role) {
    http_respond_text(http, ret, 403, "This download needs the operator's token.\n",
                      "");
    return;
  }
  snprintf(lines, sizeof(lines),
           "Cache-Control: no-store\r\n"
           "Content-Disposition: attachment; filename=\"%s\"\r\n",
           download->name);
  *ret = (struct http_response){.status = 200, .body_length = download->bytes};
  http_finish(http, ret, download->type, lines);
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
    http_finish(http, ret, "application/json", "Cache-Control: no-store\r\n");
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
    http_respond_text(http, ret, 500, "Out of memory.\n", "");
    return;
  }
  *ret = (struct http_response){.status = 200,
                                .scrape = scrape,
                                .is_chunked = request->takes_chunks,
                                .is_last = !request->takes_chunks};
  http_finish(http, ret, exposition_content_type(format),
              "Cache-Control: no-store\r\nVary: Accept\r\n");
  if (request->method == HTTP_HEAD) {
    metrics_scrape_free(scrape);
    ret->scrape = NULL;
  }
}

void http_respond_get(struct http *http, const struct http_request *request,
                      struct http_response *ret) {
  if (request->content_length || request->transfer_encoding) {
    http_respond_text(http, ret, 400, "A GET has no body.\n", "");
    ret->is_last = true;
    return;
  }
  if (request->token && strcmp(request->path, "/") == 0) {
    if (request->method == HTTP_HEAD) {
      http_respond_text(http, ret, 405, "Log in with GET.\n", "Allow: GET\r\n");
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
    http_respond_text(http, ret, 426,
                      "This address speaks WebSocket, " HTTP_SUBPROTOCOL ".\n",
                      "Upgrade: websocket\r\n");
    return;
  }
  if (strcmp(request->path, "/rpc") == 0) {
    struct proto_error error;
    proto_error_set(&error, PROTO_INVALID_REQUEST, "POST a JSON-RPC request here");
    http_respond_error(http, ret, 405, &error, "Allow: POST\r\n");
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
    http_respond_text(http, ret, 404, "There is nothing at this address.\n", "");
  }
}
