/* heap_thread.h - one heap, one thread: requests, the mutator's steps, samples.
 *
 *        +--> stop?  jobs first --> sample due? --> step due? --> a slice of a task --+
 *        |    (each turn is a safepoint)                                              |
 *        +---- wait until the next of them is due, or a job; not while a task is -----+
 *
 * The loop makes the heap and what runs on it, then hands both over with
 * heap_thread_start(); from there to mailbox_finish() they are the thread's alone.
 * The thread frees the heap before it ends. */
#ifndef DAEMON_HEAP_THREAD_H
#define DAEMON_HEAP_THREAD_H

#include <ouro/ouro.h>
#include <stdatomic.h>
#include <uv.h>

#include "heap_counts.h"
#include "heap_steps.h"
#include "heap_task.h"
#include "job.h"
#include "mailbox.h"
#include "predict.h"
#include "source.h"
#include "tuning.h"

struct heap_thread;

/* Who changes the heap. All called on the heap's thread. */
struct mutator_ops {
  /* When the next step is wanted, uv_hrtime(); UINT64_MAX: not at all. */
  uint64_t (*due)(void *mutator);
  /* A bounded piece of work: milliseconds, not seconds. */
  void (*step)(void *mutator, uint64_t now_ns);
  /* A request of workload.* or repl.*. `*ret` is PROTO_RESULT_EMPTY at first. */
  void (*request)(void *mutator, struct heap_thread *thread,
                  const struct proto_request *request, const char *who,
                  struct proto_result *ret);
  /* What the workload does now, for the board; NULL where there is no workload. */
  const struct workload_state *(*state)(const void *mutator);
  /* An object in a few words for a person, and the name of one of its fields: UTF-8
   * that fits, cut where it is longer; "" (as `ret` is at first) where there is none.
   * Also called while a collection is stepped. NULL: nothing here has words. */
  void (*text)(const void *mutator, const void *object, char *ret, size_t size);
  void (*field)(const void *mutator, const void *object, ouro_field field, char *ret,
                size_t size);
  /* Give every reference up and free `mutator`; the heap is freed next. */
  void (*free)(void *mutator);
};

/* Why the mutator stands still; bits of heap_thread.held. */
#define HEAP_HELD_BY_STEPS    1u
#define HEAP_HELD_BY_SNAPSHOT 2u

struct heap_thread {
  uv_thread_t handle;      /* loop */
  struct mailbox *mailbox; /* borrowed */
  char id[PROTO_NAME_BYTES];
  uint64_t seq_base; /* collections of earlier runs: core counts from 1 */

  /* heap thread, after the start */
  ouro_heap *heap;
  const struct mutator_ops *ops;
  void *mutator;
  char who[PROTO_WHO_BYTES];    /* who asked for the collection that runs; "" nobody */
  struct proto_collection last; /* the newest collection's record */
  struct predict predict;
  struct tuning tuning;
  uint64_t tuned;          /* version of the tuning that the loop was told */
  struct heap_task *tasks; /* owned; the one whose turn is next first */
  struct heap_marks marks;
  struct heap_steps steps;
  unsigned held; /* HEAP_HELD_..: the heap may be looked at, and nothing else */
  bool has_snapshot;
  unsigned interval_ms; /* samples: as last seen */
  uint64_t sample_due_ns, pools_due_ns;
};

/* Whether nobody waits for the answer any more. Heap thread. */
bool job_is_abandoned(const struct job *job);

/* Start the thread; `heap` and `mutator` are taken on success only. A collection that
 * nobody steps on is finished after `steps_idle_ms`. 0, or a negative errno of uv's.
 * Loop. */
int heap_thread_start(struct heap_thread *thread, const char *id, uint64_t seq_base,
                      struct mailbox *mailbox, ouro_heap *heap,
                      const struct mutator_ops *ops, void *mutator,
                      unsigned steps_idle_ms);
/* Wait for the end, after mailbox_is_finished(). Loop. */
void heap_thread_join(struct heap_thread *thread);

/* Collect, name who asked, and copy the record that viewers get. 0, or `*ret_error`
 * is filled. Heap thread. */
int heap_thread_collect(struct heap_thread *thread, unsigned generation,
                        ouro_reason reason, const char *who,
                        struct proto_collection *ret, struct proto_error *ret_error);

#endif
