/* downloads.c - files that are made to be fetched once.
 *
 *   first --> | waits, until 12:00:07 | --> | being sent | --> | waits ... | --> NULL
 *
 * One list of few: found by comparing ids, which are as long as a secret should be. */
#include "downloads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "auth.h"

void downloads_fini(struct downloads *downloads) {
  while (downloads->first) {
    download_free(downloads->first);
  }
}

int downloads_temporary(const char *directory) {
  int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
    return fd;
  }
  /* A file system without nameless files: it has a name for a moment. */
  char path[4096];
  int length = snprintf(path, sizeof(path), "%s/download-XXXXXX", directory);
  if (length < 0 || (size_t)length >= sizeof(path)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  fd = mkostemp(path, O_CLOEXEC);
  if (fd >= 0) {
    unlink(path);
  }
  return fd;
}

static void set_name(struct download *download, const char *name) {
  static const char good[] = "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  snprintf(download->name, sizeof(download->name), "%s", name);
  for (char *at = download->name; *at; at++) {
    if (!strchr(good, *at)) {
      *at = '_';
    }
  }
}

static int set_id(struct download *download) {
  unsigned char random[(DOWNLOADS_ID_BYTES - 1) / 2];
  if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
    return -1;
  }
  for (size_t i = 0; i < sizeof(random); i++) {
    snprintf(download->id + 2 * i, 3, "%02x", random[i]);
  }
  return 0;
}

static void refuse_full(struct proto_error *error) {
  proto_error_set(error, PROTO_LIMIT,
                  "too many downloads wait to be fetched or are being fetched");
  error->retry_after_ms = DOWNLOADS_EXPIRE_MS;
}

/* Is there room for one more of `bytes`? */
static bool has_room(const struct downloads *downloads, enum proto_role role,
                     uint64_t bytes) {
  const unsigned share = DOWNLOADS_OBSERVERS_SHARE;
  return downloads->count < DOWNLOADS_MAX &&
         bytes <= DOWNLOADS_MAX_BYTES - downloads->bytes &&
         (role != PROTO_OBSERVER ||
          (downloads->observers_count < DOWNLOADS_MAX / share &&
           downloads->observers_bytes < DOWNLOADS_MAX_BYTES / share &&
           bytes <= DOWNLOADS_MAX_BYTES / share - downloads->observers_bytes));
}

bool downloads_is_full(struct downloads *downloads, enum proto_role role,
                       struct moment now, struct proto_error *ret_error) {
  downloads_expire(downloads, now);
  if (has_room(downloads, role, 1)) {
    return false;
  }
  refuse_full(ret_error);
  return true;
}

int downloads_add_fd_take(struct downloads *downloads, int fd, uint64_t bytes,
                          const char *type, const char *name, enum proto_role role,
                          struct moment now, char ret[DOWNLOADS_ID_BYTES],
                          struct proto_error *ret_error) {
  struct download *download = NULL;
  downloads_expire(downloads, now);
  if (bytes > DOWNLOADS_MAX_BYTES) {
    proto_error_set(ret_error, PROTO_TOO_LARGE, "a download has at most %llu bytes",
                    (unsigned long long)DOWNLOADS_MAX_BYTES);
  } else if (!has_room(downloads, role, bytes)) {
    refuse_full(ret_error);
  } else {
    download = calloc(1, sizeof(*download));
    if (!download || set_id(download) != 0) {
      proto_error_set(ret_error, PROTO_INTERNAL_ERROR,
                      download ? "the system gives no random numbers"
                               : "out of memory");
      free(download);
      download = NULL;
    }
  }
  if (!download) {
    close(fd);
    return -1;
  }
  download->fd = fd;
  download->bytes = bytes;
  download->type = type;
  download->role = role;
  download->expires_ms = now.monotonic_ms + DOWNLOADS_EXPIRE_MS;
  set_name(download, name);
  download->downloads = downloads;
  download->next = downloads->first;
  download->link = &downloads->first;
  if (download->next) {
    download->next->link = &download->next;
  }
  downloads->first = download;
  downloads->count++;
  downloads->bytes += bytes;
  if (role == PROTO_OBSERVER) {
    downloads->observers_count++;
    downloads->observers_bytes += bytes;
  }
  memcpy(ret, download->id, sizeof(download->id));
  return 0;
}

struct download *downloads_find(struct downloads *downloads, const char *id,
                                struct moment now) {
  downloads_expire(downloads, now);
  for (struct download *download = downloads->first; download;
       download = download->next) {
    if (!download->is_taken &&
        auth_is_equal(download->id, DOWNLOADS_ID_BYTES - 1, id, strlen(id))) {
      return download;
    }
  }
  return NULL;
}

void downloads_take(struct download *download) {
  download->is_taken = true;
}

void download_free(struct download *download) {
  if (!download) {
    return;
  }
  *download->link = download->next;
  if (download->next) {
    download->next->link = download->link;
  }
  download->downloads->count--;
  download->downloads->bytes -= download->bytes;
  if (download->role == PROTO_OBSERVER) {
    download->downloads->observers_count--;
    download->downloads->observers_bytes -= download->bytes;
  }
  close(download->fd);
  free(download);
}

void downloads_expire(struct downloads *downloads, struct moment now) {
  struct download *next = NULL;
  for (struct download *download = downloads->first; download; download = next) {
    next = download->next;
    if (!download->is_taken && now.monotonic_ms >= download->expires_ms) {
      download_free(download);
    }
  }
}
