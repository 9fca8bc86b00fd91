/* request_headers.c - one request's headers, out of the library and into our struct. */
#include "request_headers.h"

#include <libwebsockets.h>
#include <string.h>

/* The value of a header, or NULL when it is not there. Repeated ones come joined with a
 * comma, so a second Host or Length never matches anything. */
static const char *header(struct request_headers *headers, struct lws *wsi,
                          enum lws_token_indexes token) {
  int length = lws_hdr_total_length(wsi, token);
  char *place = headers->text + headers->used;
  size_t room = sizeof(headers->text) - headers->used;
  if (length <= 0) {
    return NULL;
  }
  if ((size_t)length + 8 > room || lws_hdr_copy(wsi, place, (int)room, token) < 0) {
    headers->is_cut = true;
    return NULL;
  }
  headers->used += strlen(place) + 1;
  return place;
}

/* The path without its query, and ?token= of the query. */
static void read_path(struct request_headers *headers, struct lws *wsi,
                      struct http_request *ret) {
  static const enum http_method methods[] = {HTTP_GET, HTTP_POST};
  char *path = NULL;
  int length = 0;
  int method = lws_http_get_uri_and_method(wsi, &path, &length);
  ret->path = "";
  ret->method = HTTP_OTHER;
  if (method < 0 || !path || length < 0 ||
      (size_t)length >= sizeof(headers->text) - headers->used) {
    return;
  }
  ret->method = method == LWSHUMETH_HEAD ? HTTP_HEAD
                : method < 2             ? methods[method]
                                         : HTTP_OTHER;
  char *place = headers->text + headers->used;
  memcpy(place, path, (size_t)length);
  place[length] = '\0';
  headers->used += (size_t)length + 1;
  ret->path = place;

  char *argument = headers->text + headers->used;
  int room = (int)(sizeof(headers->text) - headers->used);
  ret->token = lws_get_urlarg_by_name(wsi, "token=", argument, room);
  if (ret->token) {
    headers->used += strlen(argument) + 1;
  }
}

int request_headers_read(struct request_headers *headers, struct lws *wsi,
                         const struct peer *peer, struct http_request *ret) {
  headers->used = 0;
  headers->is_cut = false;
  *ret = (struct http_request){.peer = peer};
  read_path(headers, wsi, ret);
  ret->host = header(headers, wsi, WSI_TOKEN_HOST);
  ret->origin = header(headers, wsi, WSI_TOKEN_ORIGIN);
  ret->authorization = header(headers, wsi, WSI_TOKEN_HTTP_AUTHORIZATION);
  ret->cookie = header(headers, wsi, WSI_TOKEN_HTTP_COOKIE);
  ret->content_type = header(headers, wsi, WSI_TOKEN_HTTP_CONTENT_TYPE);
  ret->content_length = header(headers, wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
  ret->transfer_encoding = header(headers, wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING);
  ret->accept = header(headers, wsi, WSI_TOKEN_HTTP_ACCEPT);
  ret->accept_encoding = header(headers, wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING);
  ret->if_none_match = header(headers, wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH);
  ret->forwarded_for = header(headers, wsi, WSI_TOKEN_X_FORWARDED_FOR);
  ret->subprotocols = header(headers, wsi, WSI_TOKEN_PROTOCOL);
  ret->websocket_version = header(headers, wsi, WSI_TOKEN_VERSION);
  const char *version = header(headers, wsi, WSI_TOKEN_HTTP);
  ret->takes_chunks = version && strcmp(version, "HTTP/1.1") == 0;
  return headers->is_cut ? -1 : 0;
}
