/* mailbox.h - everything that crosses between the loop and one heap's thread.
 *
 *   loop                                                heap thread
 *   mailbox_post    --> jobs, at most MAILBOX_JOBS  -->  mailbox_next
 *   mailbox_answer  <-- the same jobs, answered     <--  mailbox_return
 *   mailbox_take    <-- ring of collection records  <--  mailbox_push
 *   mailbox_samples <-- board: the newest wins      <--  mailbox_put_sample ...
 *
 * The heap thread is never stopped by the loop: pushing a record takes no lock and no
 * memory, and a ring that is full drops the record. Collections are numbered without
 * gaps, so the loop finds what was dropped by itself: see mailbox_take().
 *
 * `notify` runs on the heap thread when there is something for the loop. Each function
 * says whose it is. */
#ifndef DAEMON_MAILBOX_H
#define DAEMON_MAILBOX_H

#include "proto.h"
#include "tuning.h"

/* Jobs between mailbox_post() and mailbox_answer(). The answers' ring has as many
 * places, so an answer is never dropped. */
#define MAILBOX_JOBS 64

struct job; /* the mailbox moves pointers and looks at nothing */
struct mailbox;

/* What the workload of a heap does; values in the order of its table. */
struct workload_state {
  unsigned kind; /* which of those that the heap can run */
  bool running;
  double values[PROTO_MAX_SETTINGS];
  uint64_t counters[PROTO_MAX_SETTINGS];
};

enum mailbox_event {
  MAILBOX_STOP, /* end the thread; wins over jobs */
  MAILBOX_JOB,  /* `*ret` is a job: answer it with mailbox_return() */
  MAILBOX_TIME  /* nothing to do until the moment that was given */
};

/* `ring` records, rounded up to a power of two. NULL when memory is short. Loop. */
struct mailbox *mailbox_new(size_t ring, void (*notify)(void *context), void *context);
/* After the heap thread has ended. NULL is allowed. Loop. */
void mailbox_free(struct mailbox *mailbox);

/* --- loop --- */

/* Queue a job and wake the heap thread. -1 when MAILBOX_JOBS are under way. */
int mailbox_post(struct mailbox *mailbox, struct job *job);
/* An answered job, or NULL. */
struct job *mailbox_answer(struct mailbox *mailbox);
/* A job that no thread will look at any more, or NULL. After the thread has ended. */
struct job *mailbox_unserved(struct mailbox *mailbox);
/* How often samples are wanted; 0: not. Wakes the heap thread. */
void mailbox_watch(struct mailbox *mailbox, unsigned interval_ms);
/* Tell the heap thread to end. */
void mailbox_stop(struct mailbox *mailbox);
/* After this, `notify` is not called any more. */
void mailbox_mute(struct mailbox *mailbox);
/* The newest collection that was ever pushed, dropped or not. Read it *before* taking
 * records until there are none: if it is above the last one taken, those between were
 * dropped. */
uint64_t mailbox_newest(const struct mailbox *mailbox);
/* The oldest record that was pushed; false when there is none. */
bool mailbox_take(struct mailbox *mailbox, struct proto_collection *ret);
/* Samples that came since the last call. Bits: 1 sample, 2 pools. */
unsigned mailbox_samples(struct mailbox *mailbox, struct proto_sample *ret_sample,
                         struct proto_pools *ret_pools);
void mailbox_workload(struct mailbox *mailbox, struct workload_state *ret);
/* How the collector is set; false when that has not changed since the last call. */
bool mailbox_tuning(struct mailbox *mailbox, struct tuning_state *ret);
/* A number that moves while the heap thread comes to safepoints, or `*ret_waiting`. */
uint64_t mailbox_beat(const struct mailbox *mailbox, bool *ret_waiting);
bool mailbox_is_finished(const struct mailbox *mailbox);

/* --- heap thread --- */

/* The next thing to do. Waits until `until_ns` on uv_hrtime()'s clock at most, 0: not
 * at all, UINT64_MAX: until there is something. May return MAILBOX_TIME early, when
 * mailbox_watch() was called. */
enum mailbox_event mailbox_next(struct mailbox *mailbox, uint64_t until_ns,
                                struct job **ret);
void mailbox_return(struct mailbox *mailbox, struct job *job);
/* No lock, no allocation. False when the ring was full and the record was dropped. */
bool mailbox_push(struct mailbox *mailbox, const struct proto_collection *record);
unsigned mailbox_interval_ms(const struct mailbox *mailbox);
void mailbox_put_sample(struct mailbox *mailbox, const struct proto_sample *sample);
void mailbox_put_pools(struct mailbox *mailbox, const struct proto_pools *pools);
void mailbox_put_workload(struct mailbox *mailbox, const struct workload_state *state);
/* Tells the loop. */
void mailbox_put_tuning(struct mailbox *mailbox, const struct tuning_state *state);
/* The heap thread's last words. */
void mailbox_finish(struct mailbox *mailbox);

#endif
