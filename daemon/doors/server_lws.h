/* server_lws.h - sockets to requests and sessions, and bytes back.
 *
 * The lifetime of a connection:
 *
 *   adopt --> headers --> HTTP: body, call, response --> headers again (keep-alive)
 *                |
 *                +--> upgrade --> session --> close frame --> CLOSED (session freed)
 *                                                               |
 *                        uv handle closed <----------------------+
 *                        WSI_DESTROY: struct connection freed
 *
 * The only part of the daemon that knows libwebsockets. It decides nothing: http.c and
 * session.c do. Loop thread only. */
#ifndef DAEMON_SERVER_LWS_H
#define DAEMON_SERVER_LWS_H

#include <uv.h>

#include "http.h"
#include "tls.h"

struct server_lws;

/* NULL with one line in `message`. The loop, `http` and `tls` outlive it. Without `tls`
 * (NULL) no peer may be is_tls. */
struct server_lws *server_lws_new(uv_loop_t *loop, struct http *http, struct tls *tls,
                                  char *message, size_t size);
/* Serve an accepted socket, which is taken. */
void server_lws_adopt_take(struct server_lws *server, int fd, const struct peer *peer);
/* Close with 4401 the sessions that came in with a token or a login that is none any
 * more. Those whom the kernel vouches for stay. */
void server_lws_revoke(struct server_lws *server);
/* Begin to end: sessions are told 1001, everything else is cut; after at most 1.5 s the
 * library's context goes. `closed` is called once nothing is left but handles that are
 * already closing; run the loop until it has no more of them. */
void server_lws_close(struct server_lws *server, void (*closed)(void *context),
                      void *context);
/* After the loop has ended. NULL does nothing. */
void server_lws_free(struct server_lws *server);

#endif
