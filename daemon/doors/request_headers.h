/* request_headers.h - one request's headers, out of the library and into our struct.
 *
 * The library keeps headers in a table that is gone after the callback. Here they are
 * copied, with room for more than that table holds; what did not fit all the same ends
 * the connection, because an Origin unseen must not be an Origin absent.
 *
 * Beside server_lws.c the only place that knows libwebsockets. Loop thread only. */
#ifndef DAEMON_REQUEST_HEADERS_H
#define DAEMON_REQUEST_HEADERS_H

#include "http.h"

/* What the library's table holds. */
#define REQUEST_HEADERS_BYTES 8192

struct lws;

struct request_headers {
  char text[REQUEST_HEADERS_BYTES + 2048];
  size_t used;
  bool is_cut; /* something did not fit */
};

/* Copy the headers of the request under way. `ret` points into `headers` and to `peer`
 * (borrowed). 0, or -1 when not all of it could be read. */
int request_headers_read(struct request_headers *headers, struct lws *wsi,
                         const struct peer *peer, struct http_request *ret);

#endif
