/* web.h - the dashboard's files, read once and served from memory.
 *
 *   web root --web_load--> | "/"            index.html       |  exact match or 404:
 *                          | "/app.js"      + app.js.gz      |  no path from a peer
 *                          | "/views/x.js"                   |  ever reaches the disk
 *
 * Each file has a strong entity tag (its SHA-256) and, where a `.gz` was built beside
 * it, a compressed twin. Without an index.html there is one page, built in, that says
 * what is missing. Read-only after web_load; any thread. */
#ifndef DAEMON_WEB_H
#define DAEMON_WEB_H

#include <stdbool.h>
#include <stddef.h>

/* A web root holds at most this; past it the daemon does not start. */
#define WEB_MAX_FILES 2048u
#define WEB_MAX_BYTES (64u * 1024u * 1024u)

struct web_variant {
  char *data; /* owned; NULL where there is none */
  size_t length;
  char etag[48]; /* with its quotes */
};

struct web_file {
  char *path; /* owned; as in the address, "/app.js" */
  const char *type;
  struct web_variant plain, gzip;
};

struct web {
  struct web_file *files; /* owned, sorted by path */
  size_t count;
  size_t bytes;
  bool is_builtin;   /* there was no index.html */
  char policy[1024]; /* the Content-Security-Policy */
};

/* Read every file under `root` (regular ones; names that begin with a dot are left
 * out). NULL or a root without an index.html: the built-in page. NULL with one line in
 * `message` when there is too much or memory is short. */
struct web *web_load(const char *root, char *message, size_t size);
void web_free(struct web *web);
/* The file for an address's path, borrowed; NULL when there is none. */
const struct web_file *web_find(const struct web *web, const char *path);

#endif
