/* endpoint.h - where the daemon is, and with which token: from options and environment.
 *
 *   http://HOST[:PORT][/BASE]   https://HOST[:PORT][/BASE]   unix:PATH */
#ifndef CTL_ENDPOINT_H
#define CTL_ENDPOINT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define ENDPOINT_DEFAULT_PORT 6876
#define ENDPOINT_HOST_BYTES   256
#define ENDPOINT_BASE_BYTES   256
#define ENDPOINT_TOKEN_BYTES  512
#define ENDPOINT_TEXT_BYTES   (ENDPOINT_HOST_BYTES + ENDPOINT_BASE_BYTES + 32)

struct endpoint {
  bool is_unix, is_tls;
  char host[ENDPOINT_HOST_BYTES]; /* a name or address, without brackets */
  int port;
  char base[ENDPOINT_BASE_BYTES]; /* in front of /ws: "" or "/ouro" */
  char path[108];                 /* of the socket */
  char text[ENDPOINT_TEXT_BYTES]; /* for messages */
};

/* 0, or -1 with one sentence in `message`. */
int endpoint_parse(struct endpoint *ret, const char *text, char *message, size_t size);

/* Where to look when nobody said: the first control.sock that is there, in the order
 * service, user, fallback; when none is, the service's. */
void endpoint_find(struct endpoint *ret);

/* A network address that stays on this host. */
bool endpoint_is_local(const struct endpoint *endpoint);

/* What goes into the Host header. */
void endpoint_authority(const struct endpoint *endpoint, char *ret, size_t size);

/* The token in a file: its first line, without blanks around it. 0, or -1 with one
 * sentence. */
int endpoint_read_token(const char *path, char ret[ENDPOINT_TOKEN_BYTES], char *message,
                        size_t size);
/* May this be sent in a header? */
bool endpoint_is_token(const char *text);

#endif
