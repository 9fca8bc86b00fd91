/* front.h - the daemon's front side as the configuration has it: doors, TLS, names.
 *
 *   socket activation, or listen --+
 *   control.sock ------------------+--> doors --accepted sockets--> server_lws
 *   tls_certificate, tls_key ------+--> tls
 *   hosts, base_path, proxies -----+--> gate
 *
 * With a certificate every TCP door speaks TLS; control.sock is the plain way in on the
 * same host. Without one, no door may be where other hosts reach it, unless the
 * operator says insecure. Loop thread only. */
#ifndef DAEMON_FRONT_H
#define DAEMON_FRONT_H

#include "config.h"
#include "gate.h"
#include "listen.h"
#include "local_door.h"
#include "tls.h"

#define FRONT_URL_BYTES 512

struct front {
  struct listen doors;
  struct local_door local_door;
  struct tls *tls; /* owned; NULL: no TLS */
  struct gate gate;
  char address_url[FRONT_URL_BYTES]; /* where it listens, without a slash at the end */
  char base_url[FRONT_URL_BYTES];    /* the same, or the first of hosts and base_path */
};

/* Could a daemon start with this? Reads files and opens nothing. 0, or -1 with one line
 * in `message`. */
int front_check(const struct config *config, char *message, size_t size);
/* Open everything; nothing is accepted before listen_start(). 0, or -1 with one line in
 * `message`; front_stop and front_fini are due in any case. */
int front_open(struct front *front, uv_loop_t *loop, const struct config *config,
               char *message, size_t size);
/* New names, proxies, certificate and key; addresses, sockets and whether TLS is spoken
 * stay. 0, or -1 with one line in `message` and everything as it was. */
int front_reload(struct front *front, const struct config *config, char *message,
                 size_t size);
/* The doors shut; the loop must run once more. May be called twice. */
void front_stop(struct front *front);
/* After the loop. */
void front_fini(struct front *front);

#endif
