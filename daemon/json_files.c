/* json_files.c - a walk over directories that remembers where it was.
 *
 *   waiting: | a | a/b | c |     the last one is looked into next;
 *   paths:   | x.json | y.json   its directories and its *.json files are appended
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

static void add_file_take(struct json_files *files, char *path) {
  char **paths = NULL;
  if (path != NULL && files->count < JSON_FILES_MAX)
    paths = grown(files->paths, files->count, &files->capacity, sizeof *paths);
  if (paths == NULL) {
    free(path);
    return;
  }
  files->paths = paths;
  files->paths[files->count++] = path;
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
    add_file_take(files, join(at->path, name));
  }
}

static int compare(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, then mixed by a fixed sequence: large and small files alternate, and two
 * runs over the same files do the same. */
static void mix(struct json_files *files) {
  uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  if (files->count < 2)
    return;
  qsort(files->paths, files->count, sizeof *files->paths, compare);
  for (size_t i = files->count - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    size_t j = (size_t)(state % (i + 1));
    char *path = files->paths[i];
    files->paths[i] = files->paths[j];
    files->paths[j] = path;
  }
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
  free(files->paths[index]);
  files->paths[index] = files->paths[--files->count];
}

void json_files_fini(struct json_files *files) {
  for (size_t i = 0; i < files->count; i++)
    free(files->paths[i]);
  for (size_t i = 0; i < files->waiting_count; i++)
    free(files->waiting[i].path);
  free(files->paths);
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
      snprintf(reason, size, "out of memory");
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
