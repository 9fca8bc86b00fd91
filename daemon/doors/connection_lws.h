/* connection_lws.h - one connection of the library: what it is, and its callbacks.
 *
 *   server_lws.c      life: adopt, tick, close; ends what was noted to be ended
 *   connection_lws.c  what the library calls: requests, upgrades, sessions, bytes
 *
 * For these two files alone. Loop thread only. */
#ifndef DAEMON_CONNECTION_LWS_H
#define DAEMON_CONNECTION_LWS_H

#include <libwebsockets.h>
#include <uv.h>

#include "exchange.h"
#include "session.h"
#include "tally.h"
#include "tls.h"

struct connection {
  struct connection *next, **link;
  struct server_lws *server;
  struct lws *wsi;
  struct session *session; /* owned */
  struct tally_place *place, *session_place;
  struct peer peer;   /* of the socket */
  struct peer client; /* of the newest request: the peer, or who stands behind it */
  struct exchange exchange; /* until it is a session */
  enum proto_role role;
  unsigned generation;  /* of the role's credentials, at the upgrade */
  bool is_vouched;      /* the kernel's word was the credential */
  bool is_accepted;     /* may become a session */
  bool is_unauthorized; /* but must hear 4401 at once */
  bool is_upgraded;
  bool is_left;   /* it has sent its close frame */
  int close_code; /* above 0: to be closed with it; below 0: to be cut */
  char close_reason[64];
  uint64_t close_by_ms;
};

/* The longest header of a frame below 64 KiB. */
#define BATCH_HEADER_BYTES 4u
_Static_assert(SESSION_BATCH_BYTES < 65536, "a batch is of short frames");

struct server_lws {
  struct http *http;
  struct tls *tls; /* borrowed; NULL: none */
  uv_loop_t *loop;
  struct lws_context *context; /* NULL once the library has freed it */
  struct lws_vhost *vhost;
  struct connection *connections;
  unsigned connection_count, session_count;
  struct tally open;     /* connections, by the socket's network */
  struct tally sessions; /* by the client's */
  uv_timer_t tick;       /* once a second */
  uv_timer_t closer;     /* zero: closes what was noted */
  bool is_closing, is_destroyed;
  uint64_t destroy_by_ms;
  void (*closed)(void *context);
  void *closed_context;
  /* Where messages of one write are put together. */
  unsigned char
      batch[SESSION_BATCH_BYTES + SESSION_BATCH_MESSAGES * BATCH_HEADER_BYTES];
};

static inline uint64_t now_ms(const struct server_lws *server) {
  return server->http->dispatch->now().monotonic_ms;
}

/* To be closed with a code, or cut (-1), once no callback of the library is on the
 * stack. The first word counts. */
void connection_note_close(struct connection *connection, int code, const char *reason);
/* Carry out what was noted, soon. */
void connection_hurry(struct server_lws *server);

/* A response is there: ask the library when it can be sent. */
void connection_want_send(struct exchange *exchange);
/* The library's callback of both protocols. */
int connection_on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                        void *in, size_t length);

#endif
