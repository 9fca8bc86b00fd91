/* client.h - one WebSocket to a daemon, with a loop of its own to wait in.
 *
 *   client_connect --> CONNECTED --client_receive--> message, message, ... --> LOST
 *        ^                                                                     |
 *        +------------------------------- again -------------------------------+
 *
 * A command is a conversation from top to bottom, so waiting is a call that returns and
 * not a callback. The loop runs only inside client_connect and client_receive; between
 * them the kernel's buffers hold the daemon back. One thread. */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"

/* Longest message that is taken from a daemon. */
#define CLIENT_MAX_MESSAGE_BYTES (64u * 1024u * 1024u)

struct client;

enum client_status {
  CLIENT_OK,
  CLIENT_TIMED_OUT,
  CLIENT_FAILED,      /* no connection could be made; client_reason() says why */
  CLIENT_DENIED,      /* somebody answered and does not want us */
  CLIENT_LOST,        /* the connection ended; client_close_code() */
  CLIENT_INTERRUPTED, /* SIGINT, SIGTERM */
  CLIENT_UNHEARD      /* nobody reads our standard output any more */
};

struct client_options {
  const struct endpoint *endpoint; /* borrowed while the client lives */
  const char *token;               /* likewise; NULL: none */
  const char *ca_file;             /* likewise; NULL: the system's */
  bool insecure_tls;
};

/* Are there certificates in the file? The library would only log that there are none.
 */
bool client_can_trust(const char *ca_file);

/* NULL with one sentence in `message`. At most one client at a time: it takes SIGINT
 * and SIGTERM. */
struct client *client_new(const struct client_options *options, char *message,
                          size_t size);
/* Closes politely; NULL does nothing. False: a name is still being looked up, which
 * nothing can stop; then the program has to leave with _exit(). */
bool client_free(struct client *client);

/* Make the connection, or make it again. `timeout_ms` below 0: wait for ever. */
enum client_status client_connect(struct client *client, int64_t timeout_ms);

/* Queue a message; it leaves during the next client_receive. -1: memory is short. */
int client_send(struct client *client, const char *text, size_t length);

/* Wait for the next message. CLIENT_OK: `*ret_text` is owned, NUL-terminated. Messages
 * that came before an end are delivered before it. */
enum client_status client_receive(struct client *client, int64_t timeout_ms,
                                  char **ret_text, size_t *ret_length);

/* Let time pass, watching for signals and the end of our reader: CLIENT_TIMED_OUT is
 * the good end. */
enum client_status client_sleep(struct client *client, int64_t ms);

/* Serve the connection until `fd` has something to read, or its end: CLIENT_OK. */
enum client_status client_wait_input(struct client *client, int fd);

/* Why the last status was not CLIENT_OK: a phrase for people, such as "connection
 * refused". Borrowed until the next call. */
const char *client_reason(const struct client *client);
/* The WebSocket close code of a lost connection, 0: there was none. The HTTP status
 * that refused the upgrade, 0: there was none. */
int client_close_code(const struct client *client);
int client_http_status(const struct client *client);
/* What the kernel said about the address that failed, 0: nothing. */
int client_errno(const struct client *client);
/* It failed because nobody we trust vouches for the server. */
bool client_is_untrusted(const struct client *client);

/* Monotonic clock, for deadlines. */
uint64_t client_now_ms(const struct client *client);

#endif
