/* local_door.c - control.sock: made, guarded against a second daemon, removed.
 *
 *   bind --EADDRINUSE--> connect --answers----> somebody serves there: an error
 *                                --refused----> left behind by a crash: unlink, bind
 *
 * Between bind and listen nobody can connect, so the mode is right before the first
 * client, whatever the umask. */
#include "local_door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

_Static_assert(LOCAL_DOOR_PATH_BYTES == sizeof(((struct sockaddr_un *)0)->sun_path),
               "a path that fits the door fits the address");

int local_door_lock(const char *directory, char *message, size_t size) {
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    snprintf(message, size, "cannot open %s: %s", directory, strerror(errno));
    return -1;
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      snprintf(message, size, "another ourod is running in %s", directory);
    } else {
      snprintf(message, size, "cannot lock %s: %s", directory, strerror(errno));
    }
    close(fd);
    return -1;
  }
  return fd;
}

/* Is what stands at the address a socket on which nobody listens? */
static bool is_left_behind(const struct sockaddr_un *at) {
  struct stat facts;
  if (lstat(at->sun_path, &facts) != 0 || !S_ISSOCK(facts.st_mode)) {
    return false;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  bool is_dead = fd >= 0 &&
                 connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 &&
                 errno == ECONNREFUSED;
  if (fd >= 0) {
    close(fd);
  }
  return is_dead;
}

int local_door_open(struct local_door *door, const char *directory, char *message,
                    size_t size) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  struct stat facts;
  int length =
      snprintf(at.sun_path, sizeof(at.sun_path), "%s/" LOCAL_DOOR_NAME, directory);
  if (length < 0 || (size_t)length >= sizeof(at.sun_path)) {
    snprintf(message, size,
             "%s/" LOCAL_DOOR_NAME " is longer than the %zu bytes "
             "that the path of a socket may have",
             directory, sizeof(at.sun_path) - 1);
    return -1;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int bound = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&at, sizeof(at));
  if (fd >= 0 && bound != 0 && errno == EADDRINUSE) {
    if (!is_left_behind(&at)) {
      snprintf(message, size, "%s is in use already, or no socket", at.sun_path);
      close(fd);
      return -1;
    }
    unlink(at.sun_path);
    bound = bind(fd, (const struct sockaddr *)&at, sizeof(at));
  }
  if (bound != 0 || chmod(at.sun_path, 0660) != 0 || listen(fd, BACKLOG) != 0 ||
      lstat(at.sun_path, &facts) != 0) {
    snprintf(message, size, "cannot listen on %s: %s", at.sun_path, strerror(errno));
    if (bound == 0) {
      unlink(at.sun_path);
    }
    if (fd >= 0) {
      close(fd);
    }
    return -1;
  }
  memcpy(door->path, at.sun_path, sizeof(door->path));
  door->device = facts.st_dev;
  door->inode = facts.st_ino;
  return fd;
}

void local_door_fini(struct local_door *door) {
  struct stat facts;
  if (door->path[0] != '\0' && lstat(door->path, &facts) == 0 &&
      facts.st_dev == door->device && facts.st_ino == door->inode) {
    unlink(door->path);
  }
  door->path[0] = '\0';
}
