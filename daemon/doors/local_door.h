/* local_door.h - control.sock: made, guarded against a second daemon, removed.
 *
 *   local_door_lock   one daemon a directory: flock(2) on the directory itself, which
 *                     the kernel gives back however the daemon ends
 *   local_door_open   control.sock, 0660; a file that a crash left behind is replaced
 *                     when nobody listens on it
 *   local_door_fini   the file goes, if it is still the one made here
 *
 * Loop thread only, before and after the loop. */
#ifndef DAEMON_LOCAL_DOOR_H
#define DAEMON_LOCAL_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LOCAL_DOOR_NAME "control.sock"
/* What the kernel's struct sockaddr_un has room for, NUL included. */
#define LOCAL_DOOR_PATH_BYTES 108

struct local_door {
  char path[LOCAL_DOOR_PATH_BYTES]; /* "" : not made here */
  dev_t device;                     /* of the file that was made */
  ino_t inode;
};

/* Take a directory for this process alone. A descriptor to keep open as long, or -1
 * with one line in `message`: another daemon uses it, or it cannot be opened. */
int local_door_lock(const char *directory, char *message, size_t size);
/* Bind and listen on control.sock under `directory`. The listening descriptor (owned),
 * or -1 with one line in `message`. */
int local_door_open(struct local_door *door, const char *directory, char *message,
                    size_t size);
/* Remove the file. May be called twice, and on a door that is all zero. */
void local_door_fini(struct local_door *door);

#endif
