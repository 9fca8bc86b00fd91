/* downloads.h - files that are made to be fetched once.
 *
 *   downloads_temporary --> fd --written, on any thread--> downloads_add_fd_take --> id
 *                                                               |
 *       GET /download/ID  --> downloads_take --> bytes by pread -+
 *       nobody within 60 s --> downloads_expire                 -+--> fd closed, room
 *                                                                     given back
 *
 * The file has no name from the start (or loses it at once), so whatever happens to the
 * daemon, the disk gets its room back. An id is 128 random bits and good once. What is
 * being sent still counts against the limits: a slow reader holds disk. Loop thread
 * only, except downloads_temporary(). */
#ifndef DAEMON_DOWNLOADS_H
#define DAEMON_DOWNLOADS_H

#include <stdbool.h>
#include <stdint.h>

#include "moment.h"
#include "proto.h"

/* Files prepared or being sent, together. */
#define DOWNLOADS_MAX 16u
/* Of these, and of their bytes, what observers may fetch takes half at most: they
 * cannot take an operator's room. */
#define DOWNLOADS_OBSERVERS_SHARE 2u
/* Their bytes, together; also the most that one may have. */
#define DOWNLOADS_MAX_BYTES (UINT64_C(4) << 30)
/* Not fetched within this: gone. */
#define DOWNLOADS_EXPIRE_MS  60000u
#define DOWNLOADS_ID_BYTES   33 /* 128 bits in hexadecimal, with NUL */
#define DOWNLOADS_NAME_BYTES 96

struct downloads;

struct download {
  struct download *next, **link;
  struct downloads *downloads;
  char id[DOWNLOADS_ID_BYTES];
  int fd; /* owned */
  uint64_t bytes;
  const char *type;                /* literal: the content type */
  char name[DOWNLOADS_NAME_BYTES]; /* suggested to who fetches: [A-Za-z0-9._-] */
  enum proto_role role;            /* the least that may fetch it */
  uint64_t expires_ms;             /* monotonic */
  bool is_taken;                   /* being sent */
};

struct downloads {
  struct download *first;
  unsigned count, observers_count; /* the latter: of all, what observers may fetch */
  uint64_t bytes, observers_bytes;
};

/* Whatever waits is closed; whoever is being sent one has ended before. */
void downloads_fini(struct downloads *downloads);

/* A new file for reading and writing in `directory` that no path leads to. The
 * descriptor (owned), or -1 with errno. Any thread. */
int downloads_temporary(const char *directory);

/* Offer a file of `bytes` to whoever has at least `role`. `name` may hold anything:
 * what does not belong in a header becomes '_'. `ret` is the id. 0, or -1 with the
 * refusal (PROTO_LIMIT, PROTO_TOO_LARGE, PROTO_INTERNAL_ERROR); the descriptor is
 * taken. */
int downloads_add_fd_take(struct downloads *downloads, int fd, uint64_t bytes,
                          const char *type, const char *name, enum proto_role role,
                          struct moment now, char ret[DOWNLOADS_ID_BYTES],
                          struct proto_error *ret_error);

/* Whether one more that `role` may fetch would be refused whatever its size, and then
 * why: to be asked before it is made. */
bool downloads_is_full(struct downloads *downloads, enum proto_role role,
                       struct moment now, struct proto_error *ret_error);

/* What waits under this id; borrowed, or NULL when there is nothing, nothing any more
 * or it was fetched. */
struct download *downloads_find(struct downloads *downloads, const char *id,
                                struct moment now);
/* From now on it is the caller's, and nobody finds it: download_free() ends it. */
void downloads_take(struct download *download);
void download_free(struct download *download); /* NULL does nothing */

/* Give up what nobody came for. About once a second. */
void downloads_expire(struct downloads *downloads, struct moment now);

#endif
