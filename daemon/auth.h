/* auth.h - who may come in: pure functions over what a request's headers say.
 *
 *   Host: 127.0.0.1:6876            exactly one of a short list
 *   Origin: http://127.0.0.1:6876   absent, or exactly "http://" + Host
 *   Authorization: Bearer TOKEN     scripts
 *   Cookie: ouro_6876=ID            browsers; the port is in the name, because cookies
 *                                   know no ports
 *
 * Nothing here remembers, allocates, reads a clock or a file. Any thread. */
#ifndef DAEMON_AUTH_H
#define DAEMON_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#define AUTH_MAX_HOSTS  8
#define AUTH_HOST_BYTES 96

/* The names under which this daemon may be addressed. */
struct auth_hosts {
  char names[AUTH_MAX_HOSTS][AUTH_HOST_BYTES];
  unsigned count;
};

/* 127.0.0.1, localhost and [::1], each with `port`, and `address` too where it is
 * another (an IPv6 address without brackets). Port 80 also goes without a port. */
void auth_hosts_init(struct auth_hosts *hosts, const char *address, unsigned port);

/* Is `host`, as the peer wrote it, on the list? No suffix, prefix or wildcard matches;
 * letters match in either case. NULL (no Host header) is not. */
bool auth_is_host(const struct auth_hosts *hosts, const char *host);
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
