/* heap_thread.c - the loop of a heap's own thread.
 *
 *   mailbox --job--> request --result--> mailbox
 *                       `----> task: slices ... --result--> mailbox
 *                    step
 *   collector --stop--> record --> mailbox's ring
 *
 * The collector's callback runs inside the pause's shadow: it copies one record and
 * pushes it, no lock that another thread holds, no memory, no system call but the wake
 * of the loop (which uv leaves out while one is under way). */
#include "heap_thread.h"

#include <sys/prctl.h>

#include "heap_requests.h"
#include "sampler.h"

#define NS_PER_MS UINT64_C(1000000)
/* References that a collection of generation 0 may try to show a cycle of what it
 * found: microseconds. Collections of older ones take longer anyway and may try more:
 * by four times for each generation. */
#define EXAMPLE_REFERENCES 200u
#define POOLS_INTERVAL_MS  1000u /* pools change slowly and their message is long */

static void on_collection(ouro_heap *heap, ouro_gc_event event,
                          const ouro_collection *record, void *context) {
  struct heap_thread *thread = context;
  if (event == OURO_GC_START)
    ouro_gc_set_example(heap, EXAMPLE_REFERENCES << (2 * record->generation));
  if (event != OURO_GC_STOP)
    return;
  /* A pause between steps is somebody's thinking, and no measure of the next one. */
  if ((thread->held & HEAP_HELD_BY_STEPS) == 0)
    predict_learn(&thread->predict, record->generation, record->candidates,
                  record->pause_ns);
  sampler_collection(record, ouro_gc_example(heap), thread->id, thread->who,
                     &thread->last);
  thread->last.seq += thread->seq_base;
  mailbox_push(thread->mailbox, &thread->last);
}

int heap_thread_collect(struct heap_thread *thread, unsigned generation,
                        ouro_reason reason, const char *who,
                        struct proto_collection *ret, struct proto_error *ret_error) {
  sampler_copy(thread->who, sizeof thread->who, who);
  int error = ouro_gc_collect_for(thread->heap, generation, reason, NULL);
  thread->who[0] = '\0';
  if (error == 0) {
    *ret = thread->last;
    return 0;
  }
  if (error == OURO_EBUSY)
    proto_error_set(ret_error, PROTO_BUSY, "%s", ouro_strerror(error));
  else if (error == OURO_EINVAL) {
    proto_error_set(ret_error, PROTO_INVALID_PARAMS, "there is no generation %u",
                    generation);
    sampler_copy(ret_error->path, sizeof ret_error->path, "/params/generation");
    sampler_copy(ret_error->expected, sizeof ret_error->expected, "0, 1 or 2");
  } else
    proto_error_set(ret_error, PROTO_LIMIT, "nothing was collected: %s",
                    ouro_strerror(error));
  return -1;
}

/* Post what viewers want to see, when it is due. Returns when the next one is. */
static uint64_t sample(struct heap_thread *thread, uint64_t now_ns) {
  unsigned interval_ms = mailbox_interval_ms(thread->mailbox);
  if (interval_ms == 0) {
    thread->interval_ms = 0;
    return UINT64_MAX;
  }
  if (interval_ms != thread->interval_ms) {
    /* Who just came to look sees something at once. */
    thread->interval_ms = interval_ms;
    thread->sample_due_ns = thread->pools_due_ns = now_ns;
  }
  if (now_ns >= thread->sample_due_ns) {
    struct proto_sample figures;
    sampler_sample(thread->heap, thread->id, &figures);
    figures.seq += thread->seq_base;
    mailbox_put_sample(thread->mailbox, &figures);
    thread->sample_due_ns = now_ns + interval_ms * NS_PER_MS;
  }
  if (now_ns >= thread->pools_due_ns) {
    struct proto_pools pools;
    sampler_pools(thread->heap, thread->id, &pools);
    pools.seq += thread->seq_base;
    mailbox_put_pools(thread->mailbox, &pools);
    thread->pools_due_ns =
        now_ns +
        (interval_ms > POOLS_INTERVAL_MS ? interval_ms : POOLS_INTERVAL_MS) * NS_PER_MS;
  }
  return thread->sample_due_ns < thread->pools_due_ns ? thread->sample_due_ns
                                                      : thread->pools_due_ns;
}

static void publish(struct heap_thread *thread) {
  if (thread->ops->state != NULL)
    mailbox_put_workload(thread->mailbox, thread->ops->state(thread->mutator));
  if (thread->tuned != thread->tuning.version) {
    thread->tuned = thread->tuning.version;
    mailbox_put_tuning(thread->mailbox, &thread->tuning.state);
  }
}

/* When the mutator's next step is wanted. */
static uint64_t due(const struct heap_thread *thread) {
  return thread->held ? UINT64_MAX : thread->ops->due(thread->mutator);
}

/* The next moment at which there is something to do; 0: now. */
static uint64_t turn(struct heap_thread *thread) {
  uint64_t now_ns = uv_hrtime();
  if (tuning_revert(&thread->tuning, now_ns))
    publish(thread);
  uint64_t sample_ns = sample(thread, now_ns);
  if (thread->steps.until_ns != 0 && now_ns >= thread->steps.until_ns)
    heap_steps_end(thread, 0);
  uint64_t step_ns = due(thread);
  if (step_ns <= now_ns) {
    thread->ops->step(thread->mutator, now_ns);
    publish(thread);
    step_ns = due(thread);
  }
  uint64_t next_ns = step_ns < sample_ns ? step_ns : sample_ns;
  if (thread->tuning.due_ns < next_ns)
    next_ns = thread->tuning.due_ns;
  if (thread->steps.until_ns != 0 && thread->steps.until_ns < next_ns)
    next_ns = thread->steps.until_ns;
  return next_ns <= now_ns ? 0 : next_ns;
}

static void run(void *argument) {
  struct heap_thread *thread = argument;
  enum mailbox_event event;
  uint64_t until_ns = 0;
  struct job *job;
  prctl(PR_SET_NAME, thread->id); /* for top and debuggers; cut after 15 characters */
  while ((event = mailbox_next(thread->mailbox, until_ns, &job)) != MAILBOX_STOP) {
    if (event == MAILBOX_JOB) {
      struct heap_task *task =
          heap_request(thread, &job->request, job->who, &job->result);
      publish(thread);
      if (task != NULL)
        heap_task_add_take(thread, task, job);
      else
        mailbox_return(thread->mailbox, job);
    }
    /* After a job too: requests in a row must not keep the mutator from its work. */
    until_ns = turn(thread);
    heap_task_slice(thread);
    if (thread->tasks != NULL)
      until_ns = 0;
  }
  heap_task_end_all(thread);
  heap_steps_end(thread, 0);
  heap_marks_fini(&thread->marks);
  thread->ops->free(thread->mutator);
  ouro_heap_free(thread->heap);
  mailbox_finish(thread->mailbox);
}

int heap_thread_start(struct heap_thread *thread, const char *id, uint64_t seq_base,
                      struct mailbox *mailbox, ouro_heap *heap,
                      const struct mutator_ops *ops, void *mutator,
                      unsigned steps_idle_ms) {
  *thread = (struct heap_thread){.seq_base = seq_base,
                                 .mailbox = mailbox,
                                 .heap = heap,
                                 .ops = ops,
                                 .mutator = mutator};
  sampler_copy(thread->id, sizeof thread->id, id);
  thread->steps.idle_ms = steps_idle_ms;
  tuning_init(&thread->tuning, heap);
  thread->tuned = thread->tuning.version; /* the loop has read it from the heap */
  publish(thread);
  ouro_gc_set_callback(heap, on_collection, thread);
  int error = uv_thread_create(&thread->handle, run, thread);
  if (error != 0)
    ouro_gc_set_callback(heap, NULL, NULL);
  return error;
}

bool job_is_abandoned(const struct job *job) {
  return atomic_load_explicit(&job->is_abandoned, memory_order_relaxed);
}

void heap_thread_join(struct heap_thread *thread) {
  uv_thread_join(&thread->handle);
}
