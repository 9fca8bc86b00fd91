/* config.h - what the command line says, checked.
 *
 * One table in config.c lists every option; --help prints that table. A repeated
 * option: the last one wins. Files and the environment come later, over the same table.
 */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define CONFIG_DEFAULT_PORT 6876u

struct config {
  char address[64]; /* numeric, an IPv6 one without brackets */
  unsigned port;    /* 0: any free one */
  char state_dir[PATH_MAX];
  char runtime_dir[PATH_MAX];
  char web_root[PATH_MAX];  /* "" : look where it is installed or built */
  char documents[PATH_MAX]; /* "" : the default places */
  int ready_fd;             /* -1: none */
  bool print_url;
  bool insecure; /* may listen where the network reaches it */
};

enum config_outcome {
  CONFIG_RUN,
  CONFIG_HELP,    /* print config_help() and leave */
  CONFIG_VERSION, /* print the version and leave */
  CONFIG_ERROR    /* `message` says why */
};

/* Read the command line into `*ret` and fill in what it left out (directories from the
 * environment: $STATE_DIRECTORY, $XDG_STATE_HOME ...). Touches no file. */
enum config_outcome config_parse(struct config *ret, int argc, char *const argv[],
                                 char *message, size_t size);
/* The text of --help; borrowed, for ever. */
const char *config_help(void);
/* May only this host reach the address? */
bool config_is_loopback(const char *address);
/* Make the state and runtime directories (0700) where they are missing. 0, or -1 with
 * one line in `message`. */
int config_make_directories(const struct config *config, char *message, size_t size);

#endif
