/* config_directories.c - the directories that the configuration names, made and
 * trusted.
 *
 *   /home/x/.local/state/ouro   what is missing: 0700; what is there: ours or root's,
 *                               and nobody else may write to it */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkdir -p, but only what is missing, and 0700. */
static int make_path(const char *path) {
  char partial[PATH_MAX];
  snprintf(partial, sizeof(partial), "%s", path);
  for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
      return -1;
    }
    *slash = '/';
  }
  return mkdir(partial, 0700) != 0 && errno != EEXIST ? -1 : 0;
}

static int make_directory(const char *what, const char *path, char *message,
                          size_t size) {
  struct stat facts;
  if (make_path(path) != 0 || stat(path, &facts) != 0) {
    snprintf(message, size, "cannot make the %s directory %s: %s", what, path,
             strerror(errno));
    return -1;
  }
  if (!S_ISDIR(facts.st_mode)) {
    snprintf(message, size, "the %s directory %s is not a directory", what, path);
    return -1;
  }
  /* Whoever else may write here could put files of theirs in place of ours. */
  if ((facts.st_uid != geteuid() && facts.st_uid != 0) || (facts.st_mode & 0022) != 0) {
    snprintf(message, size, "the %s directory %s can be written to by others", what,
             path);
    return -1;
  }
  return 0;
}

int config_make_directories(const struct config *config, char *message, size_t size) {
  if (make_directory("state", config->state_dir, message, size) != 0) {
    return -1;
  }
  if (access(config->state_dir, W_OK | X_OK) != 0) {
    snprintf(message, size, "the state directory %s cannot be written to: %s",
             config->state_dir, strerror(errno));
    return -1;
  }
  /* Nothing is written into the runtime directory when the service manager has put the
   * sockets there. */
  return make_directory("runtime", config->runtime_dir, message, size);
}
