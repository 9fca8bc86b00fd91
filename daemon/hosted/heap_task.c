/* heap_task.c - slices of long requests, one task after the other.
 *
 *   tasks --> | a | --> | b | --> | c |      a slice of a, then: b, c, a
 *
 * At most MAILBOX_JOBS are under way: each holds its job. */
#include "heap_task.h"

#include <inttypes.h>
#include <stdlib.h>

#include "heap_requests.h"

struct heap_task *heap_task_init(struct heap_task *task,
                                 const struct heap_task_ops *ops,
                                 struct heap_thread *thread, struct proto_result *ret) {
  if (task == NULL) {
    heap_task_fail(ret, OURO_ENOMEM);
    return NULL;
  }
  task->ops = ops;
  task->thread = thread;
  task->ret = ret;
  return task;
}

void heap_task_free(struct heap_task *task) {
  if (task != NULL && task->ops->free != NULL)
    task->ops->free(task);
  else
    free(task);
}

bool heap_task_fail(struct proto_result *ret, int ouro_error) {
  proto_result_fini(ret);
  proto_error_set(heap_refuse(ret),
                  ouro_error == OURO_EBUSY || ouro_error == OURO_ECHANGED ? PROTO_BUSY
                                                                          : PROTO_LIMIT,
                  "%s", ouro_strerror(ouro_error));
  return true;
}

bool heap_task_no_object(struct proto_result *ret, uint64_t id) {
  proto_result_fini(ret);
  proto_error_set(heap_refuse(ret), PROTO_NO_SUCH_OBJECT,
                  "no live object has the id 0x%" PRIx64, id);
  return true;
}

void *heap_task_object(struct heap_thread *thread, uint64_t id,
                       struct proto_result *ret) {
  if (ouro_gc_is_stepping(thread->heap)) {
    heap_task_fail(ret, OURO_EBUSY);
    return NULL;
  }
  void *object = id <= UINTPTR_MAX ? ouro_object_at(thread->heap, (uintptr_t)id) : NULL;
  if (object == NULL)
    heap_task_no_object(ret, id);
  return object;
}

/* --- turns --- */

void heap_task_add_take(struct heap_thread *thread, struct heap_task *task,
                        struct job *job) {
  struct heap_task **last = &thread->tasks;
  while (*last != NULL)
    last = &(*last)->next;
  task->job = job;
  task->next = NULL;
  *last = task;
}

static struct heap_task *first_task(struct heap_thread *thread) {
  struct heap_task *task = thread->tasks;
  if (task != NULL)
    thread->tasks = task->next;
  return task;
}

static void end(struct heap_thread *thread, struct heap_task *task) {
  struct job *job = task->job;
  heap_task_free(task);
  mailbox_return(thread->mailbox, job);
}

void heap_task_slice(struct heap_thread *thread) {
  const ouro_budget budget = {.time_ns = HEAP_TASK_SLICE_NS};
  struct heap_task *task = first_task(thread);
  if (task == NULL)
    return;
  if (job_is_abandoned(task->job)) {
    proto_result_fini(task->ret);
    proto_error_set(heap_refuse(task->ret), PROTO_TIMEOUT, "nobody waits for this");
    end(thread, task);
  } else if (task->ops->step(task, &budget)) {
    end(thread, task);
  } else {
    heap_task_add_take(thread, task, task->job);
  }
}

void heap_task_end_all(struct heap_thread *thread) {
  struct heap_task *task;
  while ((task = first_task(thread)) != NULL) {
    proto_result_fini(task->ret);
    proto_error_set(heap_refuse(task->ret), PROTO_HEAP_GONE, "the heap is gone");
    end(thread, task);
  }
}
