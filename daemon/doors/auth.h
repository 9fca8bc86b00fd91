/* auth.h - who may come in: pure functions over what a request's headers say.
 *
 *   Host: 127.0.0.1:6876            exactly one of a short list
 *   Origin: http://127.0.0.1:6876   absent, or exactly that name's scheme and Host
 *   Authorization: Bearer TOKEN     scripts
 *   Cookie: ouro_6876=ID            browsers; the port is in the name, because cookies
 *                                   know no ports
 *
 * Nothing here remembers, allocates, reads a clock or a file. Any thread. */
#ifndef DAEMON_AUTH_H
#define DAEMON_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#define AUTH_MAX_HOSTS  32
#define AUTH_HOST_BYTES 128

struct auth_host {
  char name[AUTH_HOST_BYTES]; /* as Host has it, with the port where there is one */
  const char *scheme;         /* "http" or "https": what the browser's address begins */
};

/* The names under which this daemon may be addressed. */
struct auth_hosts {
  struct auth_host entries[AUTH_MAX_HOSTS];
  unsigned count;
  const char *scheme; /* of the daemon itself */
  unsigned port;
};

/* 127.0.0.1, localhost and [::1], each with `port`, and `address` too where it is
 * another (an IPv6 address without brackets). The scheme's own port (80, 443) also goes
 * without saying. `scheme` is borrowed for ever. */
void auth_hosts_init(struct auth_hosts *hosts, const char *address, unsigned port,
                     const char *scheme);
/* One more name: "name", "name:port" or "[v6]:port", after "http://" or "https://"
 * where a proxy stands between and its scheme is not the daemon's. Without a scheme and
 * a port, the daemon's own port is good too. 0, or -1 when it is no name or there are
 * too many. */
int auth_hosts_add(struct auth_hosts *hosts, const char *text);

/* The name that `host` is, as the peer wrote it; NULL when it is not on the list. No
 * suffix, prefix or wildcard matches; letters match in either case. NULL (no Host
 * header) is not. */
const struct auth_host *auth_find_host(const struct auth_hosts *hosts,
                                       const char *host);
/* Is `origin` absent (NULL), or exactly the scheme and this Host? "null" is not. */
bool auth_is_origin(const char *origin, const char *scheme, const char *host);

/* The token of an Authorization header, borrowed from it, its length in `*ret_length`;
 * NULL when the header (may be NULL) is no bearer token. */
const char *auth_bearer(const char *authorization, size_t *ret_length);
/* The value of cookie `name` in a Cookie header (may be NULL), borrowed; NULL when it
 * is not there. The first of several counts. */
const char *auth_cookie(const char *header, const char *name, size_t *ret_length);

/* Do the two say the same? Takes as long for the first byte wrong as for the last; the
 * lengths are no secret. */
bool auth_is_equal(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
