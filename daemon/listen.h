/* listen.h - the doors: listening sockets and the accept loop, our own.
 *
 *   listen_open / listen_adopt --> doors --listen_start--> accept4 --> on_accept(fd)
 *                                             |  no descriptors left: refuse one by the
 *                                             |  spare, rest 100 ms, go on
 *                                  listen_stop (handles close; nothing to wait for)
 *
 * Whoever passes a socket on (the service manager) decides where it listens; otherwise
 * one address of the configuration. Loop thread only. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <stdbool.h>
#include <uv.h>

#define LISTEN_MAX_DOORS 8u
/* What the kernel may hold for one client. Raise it for throughput to far clients;
 * lower it and a slow client is noticed sooner: its backlog stands here, out of sight.
 */
#define LISTEN_SEND_BYTES    (64 * 1024)
#define LISTEN_ADDRESS_BYTES 48

/* `fd` is taken. `address` is the peer's, numeric. */
typedef void listen_accept(void *context, int fd, const char *address);

struct listen;
struct listen_door {
  struct listen *listen;
  uv_poll_t poll;
  int fd;
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
  char address[64]; /* of the first door, numeric */
  unsigned port;
};

/* Prepare; no door yet. */
void listen_init(struct listen *doors, uv_loop_t *loop);
/* Bind and listen. 0, or -1 with one line in `message`. */
int listen_open(struct listen *doors, const char *address, unsigned port, char *message,
                size_t size);
/* Take over the sockets of socket activation. How many, or -1 with `message` filled. */
int listen_adopt(struct listen *doors, char *message, size_t size);
/* Begin to accept. 0, or -1 when the loop refuses. */
int listen_start(struct listen *doors, listen_accept *on_accept, void *context);
/* Close every door; the loop must run once more. May be called twice. */
void listen_stop(struct listen *doors);

#endif
