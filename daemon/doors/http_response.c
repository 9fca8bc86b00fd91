/* http_response.c - heads and small bodies: what every response carries.
 *
 * The same security headers go with all of them, refusals too: a browser shows those as
 * pages as well. */
#include "http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void http_response_fini(struct http_response *response) {
  free(response->head);
  free(response->owned_body);
  download_free(response->download);
  metrics_scrape_free(response->scrape);
  *response = (struct http_response){0};
}

void http_finish(const struct http *http, struct http_response *response,
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

void http_respond_text(const struct http *http, struct http_response *ret, int status,
                       const char *text, const char *extra) {
  char lines[LINES_BYTES + 32];
  snprintf(lines, sizeof(lines), "Cache-Control: no-store\r\n%s", extra);
  *ret = (struct http_response){
      .status = status, .body = text, .body_length = strlen(text)};
  http_finish(http, ret, "text/plain; charset=utf-8", lines);
}

void http_respond_error(const struct http *http, struct http_response *ret, int status,
                        const struct proto_error *error, const char *extra) {
  char lines[LINES_BYTES + 32];
  size_t length = 0;
  char *text = proto_encode_error("null", error, &length);
  snprintf(lines, sizeof(lines), "Cache-Control: no-store\r\n%s", extra);
  *ret = (struct http_response){
      .status = status, .body = text, .body_length = length, .owned_body = text};
  http_finish(http, ret, "application/json", lines);
}
