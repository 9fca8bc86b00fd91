/* heap_task.h - a request that takes longer than a heap may stand still.
 *
 *   turn: | one job or none | mutator's step | a slice of one task | turn ...
 *                                              4 ms, then the next task's
 *
 * A task does a slice of its work between two steps of the mutator, and its answer goes
 * back when it is done; meanwhile other requests are answered and the program runs. It
 * keeps addresses only of what it looks up again in each slice. The heap's thread. */
#ifndef DAEMON_HEAP_TASK_H
#define DAEMON_HEAP_TASK_H

#include <ouro/ouro.h>

#include "proto.h"

struct heap_thread;
struct job;

/* One slice. What core does in it may be longer by one object with all its references.
 */
#define HEAP_TASK_SLICE_NS UINT64_C(4000000)

struct heap_task;

struct heap_task_ops {
  /* Go on for about one slice; true when `task->ret` is the answer. */
  bool (*step)(struct heap_task *task, const ouro_budget *budget);
  /* Give up what it has; done or not. NULL: free(). */
  void (*free)(struct heap_task *task);
};

/* The first member of each task. */
struct heap_task {
  struct heap_task *next;
  const struct heap_task_ops *ops;
  struct heap_thread *thread; /* borrowed */
  struct job *job;            /* to be returned; NULL in the call that begins it */
  struct proto_result *ret;   /* the job's */
};

/* Set up what all tasks share; `task` is allocated by the caller and may be NULL: then
 * the answer is that memory is short. Returns `task`. */
struct heap_task *heap_task_init(struct heap_task *task,
                                 const struct heap_task_ops *ops,
                                 struct heap_thread *thread, struct proto_result *ret);
void heap_task_free(struct heap_task *task);

/* Refusals in the words of core's errors. Always true, for heap_task_ops.step. */
bool heap_task_fail(struct proto_result *ret, int ouro_error);
/* There is no live object of this id. Always true. */
bool heap_task_no_object(struct proto_result *ret, uint64_t id);

/* The object of an id; NULL when it is not a live one's, and then `*ret` is the
 * refusal. */
void *heap_task_object(struct heap_thread *thread, uint64_t id,
                       struct proto_result *ret);

/* --- for heap_thread.c --- */

/* Keep a task that was begun for `job`. */
void heap_task_add_take(struct heap_thread *thread, struct heap_task *task,
                        struct job *job);
/* A slice of the one whose turn it is. */
void heap_task_slice(struct heap_thread *thread);
/* The heap goes: all are refused. */
void heap_task_end_all(struct heap_thread *thread);

#endif
