/* json_files.c - a walk over directories that remembers where it was.
 *
 *   waiting: | a | a/b | c |     the last one is looked into next;
 *   files:   | x.json | y.json   its directories and its *.json files are appended
 *
 * A subdirectory that cannot be read is left out: much under /usr/share is not ours. */
#include "json_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAITING_MAX 100000u

/* The i-th file has its first turn when the others have read i times as much.
 * Lower: long files are seen sooner, and with them the most memory that will be needed.
 * Higher: short documents, and so garbage, flow steadily from the start. */
#define FIRST_TURN_BYTES 4096u
#define TURN_MIN_BYTES   64u /* an empty file takes turns too */

/* The array with room for one element more, or NULL: then it is as it was. */
static void *grown(void *array, size_t count, size_t *capacity, size_t element) {
  if (count < *capacity)
    return array;
  size_t wanted = *capacity == 0 ? 64 : *capacity * 2;
  void *larger = realloc(array, wanted * element);
  if (larger != NULL)
    *capacity = wanted;
  return larger;
}

static char *join(const char *directory, const char *name) {
  size_t length = strlen(directory) + strlen(name) + 2;
  char *path = malloc(length);
  if (path != NULL)
    snprintf(path, length, "%s/%s", directory, name);
  return path;
}

static void add_directory_take(struct json_files *files, char *path, unsigned depth) {
  struct json_directory *waiting = NULL;
  if (path != NULL && files->waiting_count < WAITING_MAX)
    waiting = grown(files->waiting, files->waiting_count, &files->waiting_capacity,
                    sizeof *waiting);
  if (waiting == NULL) {
    free(path);
    return;
  }
  files->waiting = waiting;
  files->waiting[files->waiting_count++] = (struct json_directory){path, depth};
}

static void add_file_take(struct json_files *files, char *path, uint64_t size_bytes) {
  struct json_file *grown_files = NULL;
  if (path != NULL && files->count < JSON_FILES_MAX)
    grown_files =
        grown(files->files, files->count, &files->capacity, sizeof *grown_files);
  if (grown_files == NULL) {
    free(path);
    return;
  }
  files->files = grown_files;
  files->files[files->count++] =
      (struct json_file){.path = path, .size_bytes = size_bytes};
}

int json_files_init(struct json_files *files, const char *directory) {
  *files = (struct json_files){.count = 0};
  DIR *opened = opendir(directory);
  if (opened == NULL)
    return errno;
  closedir(opened);
  add_directory_take(files, strdup(directory), 0);
  return files->waiting_count == 1 ? 0 : ENOMEM;
}

static bool is_json_name(const char *name) {
  size_t length = strlen(name);
  return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static void look(struct json_files *files, const struct json_directory *at, int fd,
                 const char *name) {
  struct stat status;
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
      fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return;
  if (S_ISDIR(status.st_mode)) {
    if (at->depth < JSON_FILES_MAX_DEPTH)
      add_directory_take(files, join(at->path, name), at->depth + 1);
  } else if (is_json_name(name) &&
             (S_ISREG(status.st_mode) ||
              (S_ISLNK(status.st_mode) && fstatat(fd, name, &status, 0) == 0 &&
               S_ISREG(status.st_mode)))) {
    add_file_take(files, join(at->path, name), (uint64_t)status.st_size);
  }
}

static int compare(const void *a, const void *b) {
  return strcmp(((const struct json_file *)a)->path,
                ((const struct json_file *)b)->path);
}

/* Sorted, then mixed by a fixed sequence: large and small files alternate, and two
 * runs over the same files do the same. */
static void mix(struct json_files *files) {
  uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  if (files->count > 1)
    qsort(files->files, files->count, sizeof *files->files, compare);
  for (size_t i = files->count; i > 1; i--) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    size_t j = (size_t)(state % i);
    struct json_file file = files->files[i - 1];
    files->files[i - 1] = files->files[j];
    files->files[j] = file;
  }
  for (size_t i = 0; i < files->count; i++) {
    struct json_file *file = &files->files[i];
    file->turn = i * FIRST_TURN_BYTES;
    if (file->turn > file->size_bytes)
      file->turn = file->size_bytes;
    if (file->size_bytes > JSON_FILE_MAX_BYTES)
      file->turn = 0; /* to be refused, and that soon */
  }
}

size_t json_files_next(struct json_files *files) {
  size_t next = 0;
  for (size_t i = 1; i < files->count; i++)
    if (files->files[i].turn < files->files[next].turn)
      next = i;
  files->files[next].turn += files->files[next].size_bytes + TURN_MIN_BYTES;
  return next;
}

bool json_files_step(struct json_files *files) {
  if (files->waiting_count == 0)
    return false;
  struct json_directory at = files->waiting[--files->waiting_count];
  DIR *opened = opendir(at.path);
  if (opened != NULL) {
    const struct dirent *entry;
    while ((entry = readdir(opened)) != NULL)
      look(files, &at, dirfd(opened), entry->d_name);
    closedir(opened);
  }
  free(at.path);
  if (files->waiting_count > 0)
    return true;
  mix(files);
  return false;
}

void json_files_forget(struct json_files *files, size_t index) {
  free(files->files[index].path);
  files->files[index] = files->files[--files->count];
}

void json_files_fini(struct json_files *files) {
  for (size_t i = 0; i < files->count; i++)
    free(files->files[i].path);
  for (size_t i = 0; i < files->waiting_count; i++)
    free(files->waiting[i].path);
  free(files->files);
  free(files->waiting);
  *files = (struct json_files){.count = 0};
}

/* --- one file --- */

static int read_all(int fd, char *to, size_t size, size_t *ret_length) {
  *ret_length = 0;
  while (*ret_length < size) {
    ssize_t got = read(fd, to + *ret_length, size - *ret_length);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return -1;
    if (got == 0)
      break;
    *ret_length += (size_t)got;
  }
  return 0;
}

int json_file_read(const char *path, char **buffer, size_t *capacity,
                   size_t *ret_length, char *reason, size_t size) {
  struct stat status;
  int result = -1;
  /* Not to wait: a pipe may have taken the file's place. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat(fd, &status) != 0) {
    snprintf(reason, size, "%s", strerror(errno));
    goto out;
  }
  if (!S_ISREG(status.st_mode)) {
    snprintf(reason, size, "not a file");
    goto out;
  }
  if (status.st_size > (off_t)JSON_FILE_MAX_BYTES) {
    snprintf(reason, size, "%lld bytes, more than %u", (long long)status.st_size,
             JSON_FILE_MAX_BYTES);
    goto out;
  }
  if (*capacity < (size_t)status.st_size + 1) {
    char *larger = realloc(*buffer, (size_t)status.st_size + 1);
    if (larger == NULL) {
      reason[0] = '\0';
      goto out;
    }
    *buffer = larger;
    *capacity = (size_t)status.st_size + 1;
  }
  if (read_all(fd, *buffer, *capacity, ret_length) != 0)
    snprintf(reason, size, "%s", strerror(errno));
  else
    result = 0;
out:
  if (fd >= 0)
    close(fd);
  return result;
}
