/* session.h - one client on a WebSocket: what it may, what it follows, what it is owed.
 *
 *   session_new --> hello sent --> receive / writable / tick ... --> session_free
 *                                      |
 *                                      +-- too slow, bad frame: transport->close(code),
 *                                          once; session_free comes from there
 *
 * The session decides and the transport moves bytes: server_lws.c in the daemon, a fake
 * in the tests. A session never frees itself, so nothing it calls has to expect that it
 * is gone afterwards. Loop thread only. */
#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include "dispatch.h"
#include "hub.h"
#include "message.h"

/* Collections are taken from the hub until this many bytes wait; less for the past, so
 * that a client on a slow link that catches up is not taken for a slow one. */
#define SESSION_FILL_BYTES     (256u * 1024u)
#define SESSION_BACKFILL_BYTES (32u * 1024u)
/* What waits leaves in one write up to here. Raise them for fewer system calls when a
 * heap collects in bursts; what a full socket does not take of one write is copied. */
#define SESSION_BATCH_MESSAGES 32u
#define SESSION_BATCH_BYTES    (16u * 1024u)

/* Close codes. */
enum session_close {
  SESSION_CLOSE_SHUTDOWN = 1001,
  SESSION_CLOSE_BINARY = 1003,
  SESSION_CLOSE_UTF8 = 1007,
  SESSION_CLOSE_TOO_LARGE = 1009,
  SESSION_CLOSE_INTERNAL = 1011,
  SESSION_CLOSE_UNAUTHORIZED = 4401,
  SESSION_CLOSE_SLOW = 4408
};

struct session_transport {
  /* Send now, in this order: one message, or at most SESSION_BATCH_MESSAGES of
   * SESSION_BATCH_BYTES together. 0, or -1 when the connection is dead (its end is on
   * its way). The messages are borrowed for the call. */
  int (*write)(void *connection, struct message *const *messages, unsigned count);
  /* Would write() go out without waiting behind something? */
  bool (*is_clear)(void *connection);
  /* Call session_writable() when the connection is clear. */
  void (*want_write)(void *connection);
  /* Begin to close; never ends inside this call. */
  void (*close)(void *connection, int code, const char *reason);
};

struct session;

/* NULL when memory is short. `connection` is handed to the transport's functions. */
struct session *session_new(struct dispatch *dispatch,
                            const struct session_transport *transport, void *connection,
                            enum proto_role role, const char *name);
void session_free(struct session *session);

/* A piece of a message, as it comes from the wire. */
void session_receive(struct session *session, const char *data, size_t length,
                     bool is_binary, bool is_final);
/* The connection is clear: send what waits. */
void session_writable(struct session *session);
/* About once a second: is this client too slow? */
void session_tick(struct session *session);
/* Close with a code, once; nothing is sent or received after it. */
void session_close(struct session *session, int code, const char *reason);

/* For tests and metrics. */
size_t session_queued_bytes(const struct session *session);

#endif
