/* server.h - the daemon as a whole: what is started, in which order, and ended.
 *
 *   directories, tokens, web root     a mistake here is exit code 2
 *   loop, doors (bind: the port is known)
 *   http, libwebsockets, hub and heaps
 *   READY --> uv_run --> SIGHUP: the configuration is read again
 *                    --> SIGTERM, SIGINT
 *   doors shut, heaps end, sessions hear 1001, the library goes, the loop is empty
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "config.h"
#include "reload.h"

/* Run until a signal; `config` is borrowed and follows each reload. Returns the
 * process's exit code: 0, 1 (failed), 2 (a mistake in what the configuration names);
 * the reason is one line on stderr. */
int server_run(struct config *config, const struct reload_sources *sources,
               const char *version);

#endif
