/* mailbox.c - two rings, one locked queue and one board.
 *
 *   ring of collection records, and ring of answers: one writer, one reader
 *
 *         tail (loop)          head (heap thread)
 *          v                    v
 *     | . | a | b | c | d | e | . | . |      full: head - tail == capacity
 *
 *   The writer fills a place, then moves head with release; the reader looks at head
 *   with acquire, so it sees the whole record. Both only ever grow, as 64-bit numbers.
 *
 * Jobs, the board and the flags that a waiting thread must see stand under one mutex;
 * both sides hold it for a copy at most. */
#include "mailbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct mailbox {
  pthread_mutex_t lock;
  pthread_cond_t wake;

  /* Under `lock`. */
  struct job *jobs[MAILBOX_JOBS]; /* loop puts, heap thread takes */
  unsigned first, count;
  bool stop;  /* loop sets */
  bool nudge; /* loop sets, heap thread resets: look around, then wait again */
  struct proto_sample sample; /* heap thread writes, loop reads */
  struct proto_pools pools;
  struct workload_state workload;
  struct tuning_state tuning;
  unsigned fresh; /* heap thread sets the bits, loop resets them */
  bool is_tuned;  /* heap thread sets, loop resets */

  /* Under `notify_lock`, which the loop takes once, at the end: never contended before.
   */
  pthread_mutex_t notify_lock;
  bool muted;
  void (*notify)(void *context);
  void *context;

  unsigned in_flight; /* loop */

  _Atomic uint64_t answer_head; /* heap thread writes, loop reads */
  _Atomic uint64_t answer_tail; /* loop writes; places suffice, nobody else reads */
  struct job *answers[MAILBOX_JOBS];

  _Atomic uint64_t head;   /* heap thread writes, loop reads */
  _Atomic uint64_t tail;   /* loop writes, heap thread reads */
  _Atomic uint64_t newest; /* heap thread writes, loop reads */

  _Atomic unsigned interval_ms; /* loop writes, heap thread reads */
  _Atomic uint64_t beat;        /* heap thread writes, loop reads */
  _Atomic bool waiting;         /* heap thread writes, loop reads */
  _Atomic bool finished;        /* heap thread writes, loop reads */

  uint64_t capacity; /* fixed; a power of two */
  struct proto_collection
      ring[]; /* a place belongs to the side that head and tail say */
};

struct mailbox *mailbox_new(size_t ring, void (*notify)(void *context), void *context) {
  size_t capacity = 1;
  while (capacity < ring)
    capacity *= 2;
  struct mailbox *mailbox =
      calloc(1, sizeof *mailbox + capacity * sizeof mailbox->ring[0]);
  if (mailbox == NULL)
    return NULL;
  mailbox->capacity = capacity;
  mailbox->notify = notify;
  mailbox->context = context;
  pthread_mutex_init(&mailbox->lock, NULL);
  pthread_mutex_init(&mailbox->notify_lock, NULL);
  /* Deadlines are on the monotonic clock: a wall clock that jumps must not wake or
   * stop a workload. */
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&mailbox->wake, &attributes);
  pthread_condattr_destroy(&attributes);
  return mailbox;
}

void mailbox_free(struct mailbox *mailbox) {
  if (mailbox == NULL)
    return;
  pthread_cond_destroy(&mailbox->wake);
  pthread_mutex_destroy(&mailbox->lock);
  pthread_mutex_destroy(&mailbox->notify_lock);
  free(mailbox);
}

static void tell_loop(struct mailbox *mailbox) {
  pthread_mutex_lock(&mailbox->notify_lock);
  if (!mailbox->muted)
    mailbox->notify(mailbox->context);
  pthread_mutex_unlock(&mailbox->notify_lock);
}

/* --- jobs --- */

int mailbox_post(struct mailbox *mailbox, struct job *job) {
  if (mailbox->in_flight == MAILBOX_JOBS)
    return -1;
  mailbox->in_flight++;
  pthread_mutex_lock(&mailbox->lock);
  mailbox->jobs[(mailbox->first + mailbox->count) % MAILBOX_JOBS] = job;
  mailbox->count++;
  pthread_cond_signal(&mailbox->wake);
  pthread_mutex_unlock(&mailbox->lock);
  return 0;
}

static struct job *first_job(struct mailbox *mailbox) {
  struct job *job = mailbox->jobs[mailbox->first];
  mailbox->first = (mailbox->first + 1) % MAILBOX_JOBS;
  mailbox->count--;
  return job;
}

struct job *mailbox_unserved(struct mailbox *mailbox) {
  struct job *job = NULL;
  pthread_mutex_lock(&mailbox->lock);
  if (mailbox->count > 0)
    job = first_job(mailbox);
  pthread_mutex_unlock(&mailbox->lock);
  return job;
}

void mailbox_watch(struct mailbox *mailbox, unsigned interval_ms) {
  atomic_store_explicit(&mailbox->interval_ms, interval_ms, memory_order_relaxed);
  pthread_mutex_lock(&mailbox->lock);
  mailbox->nudge = true;
  pthread_cond_signal(&mailbox->wake);
  pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_stop(struct mailbox *mailbox) {
  pthread_mutex_lock(&mailbox->lock);
  mailbox->stop = true;
  pthread_cond_signal(&mailbox->wake);
  pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_mute(struct mailbox *mailbox) {
  pthread_mutex_lock(&mailbox->notify_lock);
  mailbox->muted = true;
  pthread_mutex_unlock(&mailbox->notify_lock);
}

enum mailbox_event mailbox_next(struct mailbox *mailbox, uint64_t until_ns,
                                struct job **ret) {
  enum mailbox_event event = MAILBOX_TIME;
  struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000u),
                           .tv_nsec = (long)(until_ns % 1000000000u)};
  atomic_fetch_add_explicit(&mailbox->beat, 1, memory_order_relaxed);
  pthread_mutex_lock(&mailbox->lock);
  if (until_ns != 0 && !mailbox->stop && mailbox->count == 0 && !mailbox->nudge) {
    int ended = 0;
    atomic_store_explicit(&mailbox->waiting, true, memory_order_relaxed);
    while (ended == 0 && !mailbox->stop && mailbox->count == 0 && !mailbox->nudge)
      ended = until_ns == UINT64_MAX
                  ? pthread_cond_wait(&mailbox->wake, &mailbox->lock)
                  : pthread_cond_timedwait(&mailbox->wake, &mailbox->lock, &until);
    atomic_store_explicit(&mailbox->waiting, false, memory_order_relaxed);
  }
  mailbox->nudge = false;
  if (mailbox->stop) {
    event = MAILBOX_STOP;
  } else if (mailbox->count > 0) {
    *ret = first_job(mailbox);
    event = MAILBOX_JOB;
  }
  pthread_mutex_unlock(&mailbox->lock);
  return event;
}

void mailbox_return(struct mailbox *mailbox, struct job *job) {
  uint64_t head = atomic_load_explicit(&mailbox->answer_head, memory_order_relaxed);
  mailbox->answers[head % MAILBOX_JOBS] = job;
  atomic_store_explicit(&mailbox->answer_head, head + 1, memory_order_release);
  tell_loop(mailbox);
}

struct job *mailbox_answer(struct mailbox *mailbox) {
  uint64_t tail = atomic_load_explicit(&mailbox->answer_tail, memory_order_relaxed);
  if (tail == atomic_load_explicit(&mailbox->answer_head, memory_order_acquire))
    return NULL;
  struct job *job = mailbox->answers[tail % MAILBOX_JOBS];
  atomic_store_explicit(&mailbox->answer_tail, tail + 1, memory_order_relaxed);
  mailbox->in_flight--;
  return job;
}

/* --- collection records --- */

bool mailbox_push(struct mailbox *mailbox, const struct proto_collection *record) {
  uint64_t head = atomic_load_explicit(&mailbox->head, memory_order_relaxed);
  uint64_t tail = atomic_load_explicit(&mailbox->tail, memory_order_acquire);
  bool is_room = head - tail < mailbox->capacity;
  if (is_room) {
    mailbox->ring[head & (mailbox->capacity - 1)] = *record;
    atomic_store_explicit(&mailbox->head, head + 1, memory_order_release);
  }
  /* Why last: a reader that sees this number must also see every record up to it. */
  atomic_store_explicit(&mailbox->newest, record->seq, memory_order_release);
  tell_loop(mailbox);
  return is_room;
}

uint64_t mailbox_newest(const struct mailbox *mailbox) {
  return atomic_load_explicit(&mailbox->newest, memory_order_acquire);
}

bool mailbox_take(struct mailbox *mailbox, struct proto_collection *ret) {
  uint64_t tail = atomic_load_explicit(&mailbox->tail, memory_order_relaxed);
  if (tail == atomic_load_explicit(&mailbox->head, memory_order_acquire))
    return false;
  *ret = mailbox->ring[tail & (mailbox->capacity - 1)];
  atomic_store_explicit(&mailbox->tail, tail + 1, memory_order_release);
  return true;
}

/* --- the board --- */

unsigned mailbox_interval_ms(const struct mailbox *mailbox) {
  return atomic_load_explicit(&mailbox->interval_ms, memory_order_relaxed);
}

void mailbox_put_sample(struct mailbox *mailbox, const struct proto_sample *sample) {
  pthread_mutex_lock(&mailbox->lock);
  mailbox->sample = *sample;
  mailbox->fresh |= 1u;
  pthread_mutex_unlock(&mailbox->lock);
  tell_loop(mailbox);
}

void mailbox_put_pools(struct mailbox *mailbox, const struct proto_pools *pools) {
  pthread_mutex_lock(&mailbox->lock);
  mailbox->pools = *pools;
  mailbox->fresh |= 2u;
  pthread_mutex_unlock(&mailbox->lock);
  tell_loop(mailbox);
}

unsigned mailbox_samples(struct mailbox *mailbox, struct proto_sample *ret_sample,
                         struct proto_pools *ret_pools) {
  pthread_mutex_lock(&mailbox->lock);
  unsigned fresh = mailbox->fresh;
  if (fresh & 1u)
    *ret_sample = mailbox->sample;
  if (fresh & 2u)
    *ret_pools = mailbox->pools;
  mailbox->fresh = 0;
  pthread_mutex_unlock(&mailbox->lock);
  return fresh;
}

void mailbox_put_workload(struct mailbox *mailbox, const struct workload_state *state) {
  pthread_mutex_lock(&mailbox->lock);
  mailbox->workload = *state;
  pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_workload(struct mailbox *mailbox, struct workload_state *ret) {
  pthread_mutex_lock(&mailbox->lock);
  *ret = mailbox->workload;
  pthread_mutex_unlock(&mailbox->lock);
}

void mailbox_put_tuning(struct mailbox *mailbox, const struct tuning_state *state) {
  pthread_mutex_lock(&mailbox->lock);
  mailbox->tuning = *state;
  mailbox->is_tuned = true;
  pthread_mutex_unlock(&mailbox->lock);
  tell_loop(mailbox);
}

bool mailbox_tuning(struct mailbox *mailbox, struct tuning_state *ret) {
  pthread_mutex_lock(&mailbox->lock);
  bool is_tuned = mailbox->is_tuned;
  if (is_tuned)
    *ret = mailbox->tuning;
  mailbox->is_tuned = false;
  pthread_mutex_unlock(&mailbox->lock);
  return is_tuned;
}

/* --- life signs --- */

uint64_t mailbox_beat(const struct mailbox *mailbox, bool *ret_waiting) {
  *ret_waiting = atomic_load_explicit(&mailbox->waiting, memory_order_relaxed);
  return atomic_load_explicit(&mailbox->beat, memory_order_relaxed);
}

void mailbox_finish(struct mailbox *mailbox) {
  atomic_store_explicit(&mailbox->finished, true, memory_order_release);
  tell_loop(mailbox);
}

bool mailbox_is_finished(const struct mailbox *mailbox) {
  return atomic_load_explicit(&mailbox->finished, memory_order_acquire);
}
