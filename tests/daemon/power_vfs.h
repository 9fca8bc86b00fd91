/* power_vfs.h - a disk whose power can be cut: what was not synced is lost.
 *
 *   SQLite --write--> real file          (what the process sees)
 *             \-----> pending writes --xSync--> image       (what the platter has)
 *
 *   power_cut(directory): the image into files there, with some of the pending writes,
 *   chosen at random and out of order, as a disk's cache would have it.
 *
 * Images live in memory, one for each path. The shared-memory file of the write-ahead
 * log is no part of it: it is made anew from the log. */
#ifndef TESTS_DAEMON_POWER_VFS_H
#define TESTS_DAEMON_POWER_VFS_H

#include "test.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POWER_FILES 16

struct power_write {
  struct power_write *next;
  sqlite3_int64 offset; /* of a truncation: the new length, and `length` is -1 */
  int length;
  unsigned char data[];
};

struct power_image {
  char name[64]; /* last part of its path; "" : none */
  unsigned char *bytes;
  size_t length;
  struct power_write *pending, **pending_end;
};

static struct {
  pthread_mutex_t lock;
  sqlite3_vfs vfs, *real;
  struct power_image images[POWER_FILES];
  unsigned syncs;
  bool is_lying; /* the disk says that it has synced and has not */
} power = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct power_file {
  sqlite3_file base; /* first */
  struct power_image *image;
  sqlite3_file *real; /* behind this struct */
};

static inline struct power_image *power_image_of(const char *path) {
  const char *name = path ? strrchr(path, '/') : NULL;
  struct power_image *empty = NULL;
  name = name ? name + 1 : "temporary";
  for (unsigned i = 0; i < POWER_FILES; i++) {
    if (strcmp(power.images[i].name, name) == 0) {
      return &power.images[i];
    }
    if (!empty && power.images[i].name[0] == '\0') {
      empty = &power.images[i];
    }
  }
  assert_non_null(empty);
  snprintf(empty->name, sizeof empty->name, "%s", name);
  empty->pending_end = &empty->pending;
  return empty;
}

static inline void power_apply(struct power_image *image,
                               const struct power_write *write) {
  size_t end = (size_t)write->offset + (write->length > 0 ? (size_t)write->length : 0);
  if (end > image->length) {
    image->bytes = realloc(image->bytes, end);
    memset(image->bytes + image->length, 0, end - image->length);
    image->length = end;
  }
  if (write->length < 0) {
    image->length = end;
  } else {
    memcpy(image->bytes + write->offset, write->data, (size_t)write->length);
  }
}

static inline void power_pend(struct power_image *image, const void *data, int length,
                              sqlite3_int64 offset) {
  struct power_write *write = malloc(sizeof *write + (length > 0 ? (size_t)length : 0));
  *write = (struct power_write){.offset = offset, .length = length};
  if (length > 0) {
    memcpy(write->data, data, (size_t)length);
  }
  pthread_mutex_lock(&power.lock);
  *image->pending_end = write;
  image->pending_end = &write->next;
  pthread_mutex_unlock(&power.lock);
}

static inline void power_drop_pending(struct power_image *image) {
  while (image->pending) {
    struct power_write *write = image->pending;
    image->pending = write->next;
    free(write);
  }
  image->pending_end = &image->pending;
}

#define POWER_REAL(file) (((struct power_file *)(file))->real)
#define POWER_PASS(name, parameters, arguments)                                        \
  static inline int power_##name parameters {                                          \
    return POWER_REAL(file)->pMethods->name arguments;                                 \
  }

POWER_PASS(xClose, (sqlite3_file * file), (POWER_REAL(file)))
POWER_PASS(xRead, (sqlite3_file * file, void *to, int length, sqlite3_int64 offset),
           (POWER_REAL(file), to, length, offset))
POWER_PASS(xFileSize, (sqlite3_file * file, sqlite3_int64 *ret),
           (POWER_REAL(file), ret))
POWER_PASS(xLock, (sqlite3_file * file, int level), (POWER_REAL(file), level))
POWER_PASS(xUnlock, (sqlite3_file * file, int level), (POWER_REAL(file), level))
POWER_PASS(xCheckReservedLock, (sqlite3_file * file, int *ret), (POWER_REAL(file), ret))
POWER_PASS(xFileControl, (sqlite3_file * file, int op, void *argument),
           (POWER_REAL(file), op, argument))
POWER_PASS(xSectorSize, (sqlite3_file * file), (POWER_REAL(file)))
POWER_PASS(xShmMap,
           (sqlite3_file * file, int page, int size, int is_grown, void volatile **ret),
           (POWER_REAL(file), page, size, is_grown, ret))
POWER_PASS(xShmLock, (sqlite3_file * file, int offset, int count, int flags),
           (POWER_REAL(file), offset, count, flags))
POWER_PASS(xShmUnmap, (sqlite3_file * file, int is_deleted),
           (POWER_REAL(file), is_deleted))

static inline void power_xShmBarrier(sqlite3_file *file) {
  POWER_REAL(file)->pMethods->xShmBarrier(POWER_REAL(file));
}

/* No promise about the order or wholeness of writes. */
static inline int power_xDeviceCharacteristics(sqlite3_file *file) {
  (void)file;
  return 0;
}

static inline int power_xWrite(sqlite3_file *file, const void *from, int length,
                               sqlite3_int64 offset) {
  power_pend(((struct power_file *)file)->image, from, length, offset);
  return POWER_REAL(file)->pMethods->xWrite(POWER_REAL(file), from, length, offset);
}

static inline int power_xTruncate(sqlite3_file *file, sqlite3_int64 length) {
  power_pend(((struct power_file *)file)->image, NULL, -1, length);
  return POWER_REAL(file)->pMethods->xTruncate(POWER_REAL(file), length);
}

static inline int power_xSync(sqlite3_file *file, int flags) {
  struct power_image *image = ((struct power_file *)file)->image;
  (void)flags;
  pthread_mutex_lock(&power.lock);
  power.syncs++;
  for (struct power_write *write = image->pending; write && !power.is_lying;
       write = write->next) {
    power_apply(image, write);
  }
  if (!power.is_lying) {
    power_drop_pending(image);
  }
  pthread_mutex_unlock(&power.lock);
  return SQLITE_OK;
}

static inline int power_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file,
                             int flags, int *ret_flags) {
  static const sqlite3_io_methods methods = {
      .iVersion = 2,
      .xClose = power_xClose,
      .xRead = power_xRead,
      .xWrite = power_xWrite,
      .xTruncate = power_xTruncate,
      .xSync = power_xSync,
      .xFileSize = power_xFileSize,
      .xLock = power_xLock,
      .xUnlock = power_xUnlock,
      .xCheckReservedLock = power_xCheckReservedLock,
      .xFileControl = power_xFileControl,
      .xSectorSize = power_xSectorSize,
      .xDeviceCharacteristics = power_xDeviceCharacteristics,
      .xShmMap = power_xShmMap,
      .xShmLock = power_xShmLock,
      .xShmBarrier = power_xShmBarrier,
      .xShmUnmap = power_xShmUnmap};
  struct power_file *opened = (struct power_file *)file;
  (void)vfs;
  opened->real = (sqlite3_file *)(void *)(opened + 1);
  pthread_mutex_lock(&power.lock);
  opened->image = power_image_of(path);
  pthread_mutex_unlock(&power.lock);
  int code = power.real->xOpen(power.real, path, opened->real, flags, ret_flags);
  opened->base.pMethods = code == SQLITE_OK ? &methods : NULL;
  return code;
}

static inline int power_delete(sqlite3_vfs *vfs, const char *path, int is_synced) {
  (void)vfs;
  pthread_mutex_lock(&power.lock);
  struct power_image *image = power_image_of(path);
  if (is_synced) { /* else the name may come back */
    image->length = 0;
  }
  power_drop_pending(image);
  pthread_mutex_unlock(&power.lock);
  return power.real->xDelete(power.real, path, is_synced);
}

/* The name under which SQLite has it. A disk with nothing on it. */
static inline const char *power_on(void) {
  power.real = sqlite3_vfs_find(NULL);
  if (power.vfs.zName == NULL) {
    power.vfs = *power.real;
    power.vfs.zName = "power";
    power.vfs.pNext = NULL;
    power.vfs.szOsFile = (int)sizeof(struct power_file) + power.real->szOsFile;
    power.vfs.xOpen = power_open;
    power.vfs.xDelete = power_delete;
    assert_int_equal(sqlite3_vfs_register(&power.vfs, 0), SQLITE_OK);
  }
  power.syncs = 0;
  power.is_lying = false;
  return "power";
}

/* Forget every image. */
static inline void power_off(void) {
  for (unsigned i = 0; i < POWER_FILES; i++) {
    power_drop_pending(&power.images[i]);
    free(power.images[i].bytes);
    power.images[i] = (struct power_image){.pending_end = NULL};
  }
}

/* What the platter has at this instant, as files in `directory`. Of the pending writes
 * each reaches it with a chance of `percent`; `*seed` is moved on. */
static inline void power_cut(const char *directory, unsigned percent, unsigned *seed) {
  pthread_mutex_lock(&power.lock);
  for (unsigned i = 0; i < POWER_FILES; i++) {
    struct power_image *image = &power.images[i], copy = {.length = image->length};
    if (image->name[0] == '\0' || strstr(image->name, "-shm")) {
      continue;
    }
    copy.bytes = malloc(copy.length + 1);
    if (copy.length > 0) {
      memcpy(copy.bytes, image->bytes, copy.length);
    }
    for (struct power_write *write = image->pending; write; write = write->next) {
      *seed = *seed * 1103515245u + 12345u;
      if (*seed / 65536u % 100u < percent) {
        power_apply(&copy, write);
      }
    }
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, image->name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(copy.bytes, 1, copy.length, file), copy.length);
    fclose(file);
    free(copy.bytes);
  }
  pthread_mutex_unlock(&power.lock);
}

#endif
