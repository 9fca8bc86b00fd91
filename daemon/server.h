/* server.h - the daemon as a whole: what is started, in which order, and ended.
 *
 *   directories, tokens, web root     a mistake here is exit code 2
 *   loop, doors (bind: the port is known)
 *   http, libwebsockets, hub and heaps
 *   READY --> uv_run --> SIGTERM, SIGINT
 *   doors shut, heaps end, sessions hear 1001, the library goes, the loop is empty
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "config.h"

/* Run until a signal. Returns the process's exit code: 0, 1 (failed), 2 (a mistake in
 * what the configuration names); the reason is one line on stderr. */
int server_run(const struct config *config, const char *version);

#endif
