/* history.h - what happened, kept on disk, and the numbers that are never used twice.
 *
 *   loop thread                              history's thread
 *   hub --tap--> copies --bounded queue--> | write, commit at most a second apart |
 *   history.*    --request--------------> | read (sees all that was queued before)|
 * SQLite session      --page of the past-----> | |
 *                <--answer, exactly once-- | thin, retain                          |
 *
 * Collections, samples and commands go into `history.sqlite` in the state directory.
 * What a crash or a power cut can cost is the last second, never the file: write-ahead
 * log, `synchronous=FULL`. The loop never waits for the disk: a full queue drops (and
 * counts, and raises an alarm), a disk that is full, read-only or broken turns history
 * off with the alarm "history", and it tries again by itself. Streaming goes on.
 *
 * Numbers: each heap's `seq` goes on after a restart. Numbers are leased in blocks,
 * committed before the first of a block is used; after an unclean end a heap goes on at
 * the lease's end and what was skipped is a gap of unknown content.
 *
 * Loop thread only, except where said. */
#ifndef DAEMON_HISTORY_H
#define DAEMON_HISTORY_H

#include <uv.h>

#include "alarms.h"
#include "hub.h"

struct history;

/* Sizes and patience; the configuration and tests change them. */
struct history_options {
  int64_t max_age_ms; /* older is deleted */
  uint64_t max_bytes; /* of the file; the oldest collections go first */
  unsigned commit_ms; /* what is queued is on disk by then; below 1000 */
  unsigned retry_ms;  /* after a failure, doubled up to a minute */
  unsigned tidy_ms;   /* between two looks at what is old or too much */
  unsigned queue;     /* records that may wait for the disk */
  unsigned lease;     /* numbers in a block, at least */
  unsigned sample_ms; /* how often samples are wanted when nobody looks */
  const char *vfs;    /* SQLite's; NULL: its own default (tests) */
};

/* As the configuration's defaults. */
#define HISTORY_OPTIONS                                                                \
  ((struct history_options){.max_age_ms = INT64_C(30) * 24 * 3600 * 1000,              \
                            .max_bytes = UINT64_C(1) << 30,                            \
                            .commit_ms = 800,                                          \
                            .retry_ms = 5000,                                          \
                            .tidy_ms = 10000,                                          \
                            .queue = 4096,                                             \
                            .lease = 4096,                                             \
                            .sample_ms = 1000})

/* Requests under way, together; pages of the past do not count. */
#define HISTORY_MAX_REQUESTS 1024u
/* Heaps that are remembered by name; past it a new one is not stored. */
#define HISTORY_MAX_HEAPS 4096u

/* Open (or make) the file in `state_dir`, start the thread, and be the hub's archive
 * and one of its taps. Before any source: they ask where their numbers go on. Blocks
 * for the time of opening; a start may. A file that cannot be opened is an alarm and no
 * failure. 0 with `*ret` owned, or -1 with one line in `message`: the file is of a
 * newer version than this program, or there is no memory or thread. */
int history_open(uv_loop_t *loop, struct hub *hub, struct alarms *alarms,
                 const char *state_dir, const struct history_options *options,
                 struct history **ret, char *message, size_t size);

/* The start is over: from now on nothing waits for the disk. */
void history_run(struct history *history);

/* What is kept from now on: no older, no larger. The thread begins at once to delete
 * what is too much, in pieces. NULL is allowed. */
void history_set_retention(struct history *history, int64_t max_age_ms,
                           uint64_t max_bytes);

/* Begin to end, after the hub's sources: everything queued is committed, numbers that
 * were leased and not used are given back. `closed` follows from the loop, at the
 * latest after a second. */
void history_close(struct history *history, void (*closed)(void *context),
                   void *context);
/* After `closed`. NULL is allowed. */
void history_free(struct history *history);

/* The answer to one request: `code` PROTO_OK or the error's; `text` is taken, NULL when
 * memory is short. */
typedef void history_reply(void *context, int code, char *text, size_t length);
/* Ask for a history.* method's answer; the request is copied. `reply` follows exactly
 * once, from the loop, also when history ends. 0, or -1 with the refusal and no reply.
 */
int history_ask(struct history *history, const struct proto_request *request,
                history_reply *reply, void *context, struct proto_error *ret_error);

/* A file for the answer: `fd` is taken, or -1 and `text` is the refusal as above. */
typedef void history_file_reply(void *context, int fd, uint64_t bytes, int code,
                                char *text, size_t length);
/* The same for trace.export, whose answer is a file without a name. */
int history_export(struct history *history, const struct proto_request *request,
                   history_file_reply *reply, void *context,
                   struct proto_error *ret_error);

/* A number that moves while the thread works, or `*ret_waiting`: for the watchdog. */
uint64_t history_beat(struct history *history, bool *ret_waiting);
/* Records that were not stored because the queue was full. */
uint64_t history_dropped(const struct history *history);
/* Wait until everything queued so far is committed or history is off. For tests. */
void history_flush(struct history *history);

#endif
