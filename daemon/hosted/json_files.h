/* json_files.h - find every *.json file under a directory, take turns, and read one.
 *
 * Turns go by bytes: a file that is a hundred times as long is read a hundredth as
 * often. Otherwise a few files of megabytes would be nearly all that is seen.
 * Found in pieces, one directory a step, so that a large tree keeps nobody waiting.
 * Symbolic links to files are followed, those to directories are not: no loop can
 * catch it. One thread at a time. */
#ifndef DAEMON_JSON_FILES_H
#define DAEMON_JSON_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_FILES_MAX       10000u /* files that are remembered; the rest is ignored */
#define JSON_FILES_MAX_DEPTH 32u    /* directories in directories */
#define JSON_FILE_MAX_BYTES  8388608u /* a longer file is refused */

struct json_directory {
  char *path;
  unsigned depth;
};

struct json_file {
  char *path; /* owned */
  uint64_t size_bytes;
  uint64_t turn; /* bytes that were read of it; the least is next */
};

struct json_files {
  struct json_file *files; /* owned */
  size_t count, capacity;
  struct json_directory *waiting; /* owned: directories not looked at yet */
  size_t waiting_count, waiting_capacity;
};

/* Begin with a directory. 0, or an errno when it cannot be read. */
int json_files_init(struct json_files *files, const char *directory);
/* Look into one directory more. False when all are done; then the files stand in an
 * order that is mixed and the same each time. */
bool json_files_step(struct json_files *files);
/* The index of the file whose turn it is, which is counted; there must be one. */
size_t json_files_next(struct json_files *files);
/* Forget one file; another takes its place in the list. */
void json_files_forget(struct json_files *files, size_t index);
/* A zeroed struct is allowed. */
void json_files_fini(struct json_files *files);

/* Read a whole file into `*buffer` (owned by the caller, grown when needed). 0 and
 * `*ret_length`, or -1 with the reason in `reason`; it is "" when memory is short,
 * which is not the file's fault. */
int json_file_read(const char *path, char **buffer, size_t *capacity,
                   size_t *ret_length, char *reason, size_t size);

#endif
