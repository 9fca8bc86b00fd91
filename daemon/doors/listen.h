/* listen.h - the doors: listening sockets and the accept loop, our own.
 *
 *   listen_adopt, _open, _add --> doors --listen_start--> accept4 --> on_accept(fd)
 *                                             |  no descriptors left: refuse one by the
 *                                             |  spare, rest 100 ms, go on
 *                                  listen_stop (handles close; nothing to wait for)
 *
 * Whoever passes a socket on (the service manager) decides where it listens; otherwise
 * one address of the configuration, and control.sock in the runtime directory. Loop
 * thread only. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <stdbool.h>
#include <uv.h>

#include "peer.h"

#define LISTEN_MAX_DOORS 8u
/* What the kernel may hold for one client. Raise it for throughput to far clients;
 * lower it and a slow client is noticed sooner: its backlog stands here, out of sight.
 */
#define LISTEN_SEND_BYTES (64 * 1024)

/* `fd` is taken, `peer` borrowed for the call. */
typedef void listen_accept(void *context, int fd, const struct peer *peer);

struct listen;
struct listen_door {
  struct listen *listen;
  uv_poll_t poll;
  int fd;
  bool is_local;                    /* a Unix socket */
  char address[PEER_ADDRESS_BYTES]; /* numeric; "" for a Unix socket */
  unsigned port;
};

struct listen {
  uv_loop_t *loop;
  listen_accept *on_accept;
  void *context;
  struct listen_door doors[LISTEN_MAX_DOORS];
  unsigned count;
  int spare_fd;     /* given up for a moment to refuse a client politely */
  uv_timer_t pause; /* runs while accepting rests */
  bool is_started;
  bool has_network, has_local;      /* doors of that kind */
  char address[PEER_ADDRESS_BYTES]; /* of the first one of the network */
  unsigned port;
};

/* Prepare; no door yet. */
void listen_init(struct listen *doors, uv_loop_t *loop);
/* Bind and listen. 0, or -1 with one line in `message`. */
int listen_open(struct listen *doors, const char *address, unsigned port, char *message,
                size_t size);
/* Take over the sockets of socket activation, which may be TCP or control.sock. How
 * many, or -1 with `message` filled. */
int listen_adopt(struct listen *doors, char *message, size_t size);
/* Serve a listening Unix socket, which is taken. 0, or -1 with `message` filled. */
int listen_add_local_take(struct listen *doors, int fd, char *message, size_t size);
/* Begin to accept. 0, or -1 when the loop refuses. */
int listen_start(struct listen *doors, listen_accept *on_accept, void *context);
/* Close every door; the loop must run once more. May be called twice. */
void listen_stop(struct listen *doors);

#endif
