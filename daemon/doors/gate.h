/* gate.h - the first question to every request: may it come in, and as whose?
 *
 *   peer of the socket --X-Forwarded-For of a trusted proxy--> client
 *   Host    on the list of names      else refused: DNS rebinding
 *   Origin  absent or the same place  else refused: another page
 *   path    /ouro/ws --base path--> /ws
 *
 * Behind a reverse proxy the daemon has a name, a scheme and a path that it cannot
 * know: they are configured. On control.sock any Host will do, an Origin never does,
 * and the kernel says who it is. No socket, no memory, no clock; loop thread only,
 * because reloading changes it. */
#ifndef DAEMON_GATE_H
#define DAEMON_GATE_H

#include "auth.h"
#include "peer.h"

#define GATE_MAX_PROXIES     16
#define GATE_BASE_PATH_BYTES 128
/* A Set-Cookie line: name, id, path, attributes. */
#define GATE_COOKIE_BYTES (256 + GATE_BASE_PATH_BYTES)

struct gate {
  struct auth_hosts hosts;
  struct peer proxies[GATE_MAX_PROXIES]; /* whose X-Forwarded-For is believed */
  unsigned proxy_count;
  char base_path[GATE_BASE_PATH_BYTES]; /* "" or "/ouro" */
  char cookie_name[24];
};

/* A daemon at this address, a TLS one or not. */
void gate_init(struct gate *gate, const char *address, unsigned port, bool is_tls);
/* The path under which a proxy shows the daemon: "" for none, "/", or "/a/b", also with
 * a slash at the end. 0, or -1 when it is none. */
int gate_set_base_path(struct gate *gate, const char *path);
/* A proxy's address, numeric. 0, or -1 when it is none or there are too many. */
int gate_add_proxy(struct gate *gate, const char *address);

/* Who asks: the peer itself, or, where that is a trusted proxy, the last address of
 * X-Forwarded-For (may be NULL) that is not one too. What is no address is no client.
 */
void gate_client(const struct gate *gate, const struct peer *peer,
                 const char *forwarded_for, struct peer *ret);
/* Is the socket's peer a trusted proxy, which brings many clients? */
bool gate_is_proxy(const struct gate *gate, const struct peer *peer);

/* NULL, or why the request may not come in: a line of text, borrowed for ever. */
const char *gate_refuses(const struct gate *gate, const struct peer *client,
                         const char *host, const char *origin);

/* The path that the daemon knows, borrowed from `path`: without the base path, where it
 * has it. The base path alone, without a slash at its end, is NULL: the page's relative
 * addresses would go astray, so it is to be redirected to gate_home(). */
const char *gate_path(const struct gate *gate, const char *path, bool *ret_has_base);
/* The last part of the base path and a slash, relative to the base path itself. */
const char *gate_home(const struct gate *gate, char ret[GATE_BASE_PATH_BYTES]);

/* The Set-Cookie header line that logs a browser in which came by `host`, under the
 * base path or not. */
void gate_cookie(const struct gate *gate, const char *host, bool has_base_path,
                 const char *id, char ret[GATE_COOKIE_BYTES]);

#endif
