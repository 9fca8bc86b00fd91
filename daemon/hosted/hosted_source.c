/* hosted_source.c - requests to a heap thread and what comes back from it.
 *
 *   request --> job --> mailbox . . . heap thread . . . mailbox --> job --> reply
 *                \                                                   /
 *                 `--- deadline passed: reply with a timeout, -------'
 *                      and drop the answer when it comes
 *
 *   close --> mailbox_stop --> thread: finish --> join --> replies --> uv_close x 2
 *                  \                                                     |
 *                   `-- close_timeout: left behind, muted ---------------+
 *                                                               gone, free
 *
 * A thread that is left behind keeps its jobs, its mailbox and its heap: memory that
 * two sides might touch is leaked, never freed early. */
#include "hosted_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap_requests.h"
#include "log.h"
#include "sampler.h"

#define TICK_MS         1000u
#define CLOSING_TICK_MS 50u
/* Times the timeout of other requests. */
#define SNAPSHOT_PATIENCE 5u

struct hosted {
  struct source base;
  uv_async_t async; /* the heap thread has something for us */
  uv_timer_t timer; /* deadlines and life signs */
  unsigned open_handles;
  struct hosted_options options;
  const struct workload_class *const *workloads; /* NULL: none */
  struct heap_thread *thread;
  struct mailbox *mailbox;
  struct job *pending;            /* with the heap thread, in any order */
  struct job *refused;            /* answered at the next turn of the loop */
  uint64_t beat, beat_ms;         /* the newest life sign and when it came */
  uint64_t reverts, reverts_told; /* of tunings */
  struct proto_revert undone;     /* the newest of them */
  uint64_t stepper; /* who steps through a collection; 0: nobody that we know of */
  uint64_t close_deadline_ms;
  bool is_closing, is_ended, is_left_behind;
};

static void unlink_pending(struct hosted *hosted, const struct job *job) {
  for (struct job **at = &hosted->pending; *at != NULL; at = &(*at)->next)
    if (*at == job) {
      *at = job->next;
      return;
    }
}

/* --- what comes back --- */

static void request(struct source *source, const struct proto_request *asked,
                    const char *who, source_reply *reply, void *context);

static void on_steps_ended(void *context, struct proto_result *result) {
  (void)context;
  proto_result_fini(result);
}

/* Who stepped through a collection went away: finish it. Where the mailbox is full the
 * heap does so by itself, a minute later. */
static void end_steps(struct hosted *hosted) {
  const struct proto_request asked = {.method = PROTO_REPL_STEP,
                                      .asker = hosted->stepper,
                                      .params.step.action = PROTO_STEP_FINISH};
  hosted->stepper = 0;
  if (!hosted->is_closing)
    request(&hosted->base, &asked, "nobody", on_steps_ended, NULL);
}

static void note_steps(struct hosted *hosted, const struct job *job) {
  hosted->stepper = job->result.as.step.is_stepping ? job->request.asker : 0;
  if (hosted->stepper != 0 && job->is_abandoned)
    end_steps(hosted);
}

/* The heap answered: keep the heap's description current, then pass the answer on. */
static void finish(struct hosted *hosted, struct job *job) {
  struct proto_heap *info = &hosted->base.info;
  const struct proto_result *result = &job->result;
  char before[PROTO_NAME_BYTES];
  memcpy(before, info->workload, sizeof before);
  if (result->kind == PROTO_RESULT_STEP)
    note_steps(hosted, job);
  if (result->kind == PROTO_RESULT_WORKLOAD)
    sampler_copy(info->workload, sizeof info->workload,
                 result->as.workload.running ? result->as.workload.name : "");
  if (strcmp(before, info->workload) != 0)
    hosted->base.sink->changed(hosted->base.sink->context, &hosted->base);
  job_answer(job, &job->result);
  job_free(job);
}

static void lost(struct hosted *hosted, uint64_t last_seq) {
  const struct source_sink *sink = hosted->base.sink;
  uint64_t first_seq = hosted->base.last_seq + 1;
  hosted->base.last_seq = last_seq;
  sink->lost(sink->context, &hosted->base, first_seq, last_seq);
}

static void take_collections(struct hosted *hosted) {
  const struct source_sink *sink = hosted->base.sink;
  struct proto_collection record;
  uint64_t newest = mailbox_newest(hosted->mailbox);
  /* Why an end: a heap that collects faster than we publish would keep the loop here
   * for ever. Why this one: the mailbox rounds its ring up to less than twice as much,
   * so whatever was in it when we came is taken. */
  size_t left = 2 * hosted->options.ring;
  sink->burst_begin(sink->context, &hosted->base);
  while (left > 0 && mailbox_take(hosted->mailbox, &record)) {
    if (record.seq > hosted->base.last_seq + 1)
      lost(hosted, record.seq - 1);
    hosted->base.last_seq = record.seq;
    sink->collection(sink->context, &hosted->base, &record);
    left--;
  }
  if (left == 0)
    uv_async_send(&hosted->async);
  else if (newest > hosted->base.last_seq)
    lost(hosted, newest);
  sink->burst_end(sink->context, &hosted->base);
}

static void take_samples(struct hosted *hosted) {
  const struct source_sink *sink = hosted->base.sink;
  struct proto_sample sample;
  struct proto_pools pools;
  unsigned fresh = mailbox_samples(hosted->mailbox, &sample, &pools);
  if (fresh & 1u) {
    sample.rss_bytes = sampler_rss_bytes();
    sink->sample(sink->context, &hosted->base, &sample);
  }
  if (fresh & 2u)
    sink->pools(sink->context, &hosted->base, &pools);
}

/* A tuning undid itself: as if the commands had come that undo it. */
static void audit_revert(struct hosted *hosted, const struct proto_revert *undone) {
  const struct source_sink *sink = hosted->base.sink;
  struct proto_audit audit = {.time_ms = sampler_time_ms(), .who = "revert"};
  memcpy(audit.heap, hosted->base.info.id, sizeof audit.heap);
  log_line(LOG_LEVEL_INFO, "heap %s: nobody confirmed its tuning; undone",
           hosted->base.info.id);
  if (undone->has_thresholds) {
    audit.method = proto_method_name(PROTO_GC_SET_THRESHOLD);
    snprintf(audit.detail, sizeof audit.detail, "thresholds %u, %u, %u",
             undone->thresholds[0], undone->thresholds[1], undone->thresholds[2]);
    sink->audit(sink->context, &hosted->base, &audit);
  }
  if (undone->has_enabled) {
    audit.method =
        proto_method_name(undone->enabled ? PROTO_GC_ENABLE : PROTO_GC_DISABLE);
    audit.detail[0] = '\0';
    sink->audit(sink->context, &hosted->base, &audit);
  }
}

/* How the collector is set now, by a request or by a revert. */
static void take_tuning(struct hosted *hosted) {
  struct tuning_state state;
  if (!mailbox_tuning(hosted->mailbox, &state))
    return;
  if (tuning_describe(&state, &hosted->base.info))
    hosted->base.sink->changed(hosted->base.sink->context, &hosted->base);
  hosted->undone = state.undone;
  hosted->reverts = state.reverts;
}

static void answer_refused(struct hosted *hosted) {
  while (hosted->refused != NULL) {
    struct job *job = hosted->refused;
    hosted->refused = job->next;
    job_answer(job, &job->result);
    job_free(job);
  }
}

static void drain(struct hosted *hosted) {
  /* Why answers are looked at first and passed on last: the record of a collection
   * must reach every viewer before who asked for it reads the answer. */
  struct job *first = NULL, **last = &first, *job;
  while ((job = mailbox_answer(hosted->mailbox)) != NULL) {
    unlink_pending(hosted, job);
    job->next = NULL;
    *last = job;
    last = &job->next;
  }
  take_collections(hosted);
  take_samples(hosted);
  take_tuning(hosted);
  while ((job = first) != NULL) {
    first = job->next;
    finish(hosted, job);
  }
  /* Why last: the command that asked for it ends before it does. */
  if (hosted->reverts_told != hosted->reverts)
    audit_revert(hosted, &hosted->undone);
  hosted->reverts_told = hosted->reverts;
  answer_refused(hosted);
}

/* --- the end --- */

static void on_closed(uv_handle_t *handle) {
  struct hosted *hosted = handle->data;
  if (--hosted->open_handles > 0)
    return;
  answer_refused(hosted);
  if (hosted->base.sink != NULL)
    hosted->base.sink->gone(hosted->base.sink->context, &hosted->base);
  if (!hosted->is_left_behind) {
    mailbox_free(hosted->mailbox);
    free(hosted->thread);
  }
  free(hosted);
}

static void close_handles(struct hosted *hosted) {
  hosted->is_ended = true;
  uv_close((uv_handle_t *)&hosted->async, on_closed);
  uv_close((uv_handle_t *)&hosted->timer, on_closed);
}

/* The thread has ended: nobody else touches the mailbox and its jobs now. */
static void end(struct hosted *hosted) {
  struct job *job;
  heap_thread_join(hosted->thread);
  drain(hosted);
  while ((job = mailbox_unserved(hosted->mailbox)) != NULL) {
    unlink_pending(hosted, job);
    job_answer_error(job, PROTO_HEAP_GONE, "the heap is gone");
    job_free(job);
  }
  close_handles(hosted);
}

static void leave_behind(struct hosted *hosted) {
  log_line(LOG_LEVEL_ERROR, "heap %s: its thread does not end; left behind",
           hosted->base.info.id);
  hosted->is_left_behind = true;
  mailbox_mute(hosted->mailbox);
  for (struct job *job = hosted->pending; job != NULL; job = job->next)
    job_answer_error(job, PROTO_HEAP_GONE, "the heap is gone");
  close_handles(hosted);
}

/* --- the loop's callbacks --- */

static void on_notify(void *context) { /* heap thread */
  struct hosted *hosted = context;
  uv_async_send(&hosted->async);
}

static void on_async(uv_async_t *async) {
  struct hosted *hosted = async->data;
  if (hosted->is_ended)
    return;
  if (mailbox_is_finished(hosted->mailbox))
    end(hosted);
  else
    drain(hosted);
}

static void set_failed(struct hosted *hosted, bool failed) {
  if (hosted->base.info.failed == failed)
    return;
  hosted->base.info.failed = failed;
  hosted->base.sink->changed(hosted->base.sink->context, &hosted->base);
}

static void on_tick(uv_timer_t *timer) {
  struct hosted *hosted = timer->data;
  uint64_t now_ms = uv_now(timer->loop);
  bool is_waiting;
  uint64_t beat = mailbox_beat(hosted->mailbox, &is_waiting);
  if (is_waiting || beat != hosted->beat) {
    hosted->beat = beat;
    hosted->beat_ms = now_ms;
    set_failed(hosted, false);
  } else if (now_ms - hosted->beat_ms >= hosted->options.failed_after_ms) {
    set_failed(hosted, true);
  }
  /* Why a restart: a reply may do anything, also send the next request. */
  for (struct job *job = hosted->pending; job != NULL;) {
    bool is_late = !job->is_answered && now_ms >= job->deadline_ms;
    if (is_late)
      atomic_store_explicit(&job->is_abandoned, true, memory_order_relaxed);
    if (is_late)
      job_answer_error(job, PROTO_TIMEOUT,
                       "the heap did not come to a safepoint in time");
    job = is_late ? hosted->pending : job->next;
  }
  if (hosted->is_closing && !hosted->is_ended && now_ms >= hosted->close_deadline_ms)
    leave_behind(hosted);
}

/* --- source_ops --- */

static bool is_capable(const struct proto_heap *info, enum proto_method method) {
  const char *needed = proto_method_capability(method);
  if (needed == NULL) /* every heap does these; the rest is no heap's business */
    return method == PROTO_GC_GET_COUNT || method == PROTO_GC_GET_STATS;
  for (unsigned i = 0; i < info->capability_count; i++)
    if (strcmp(info->capabilities[i], needed) == 0)
      return true;
  return false;
}

/* Answer at the next turn of the loop: a request is not answered inside the call,
 * except where there is no memory to remember it. */
static void refuse_later(struct hosted *hosted, struct job *job, int code,
                         const char *message) {
  proto_error_set(heap_refuse(&job->result), code, "%s", message);
  job->next = hosted->refused;
  hosted->refused = job;
  if (!hosted->is_ended)
    uv_async_send(&hosted->async);
}

static void request(struct source *source, const struct proto_request *asked,
                    const char *who, source_reply *reply, void *context) {
  struct hosted *hosted = (struct hosted *)source;
  struct job *job = job_new(asked, who, reply, context);
  char message[PROTO_REASON_BYTES];
  if (job == NULL) {
    struct proto_result result;
    proto_error_set(heap_refuse(&result), PROTO_INTERNAL_ERROR, "out of memory");
    reply(context, &result);
  } else if (hosted->is_closing) {
    refuse_later(hosted, job, PROTO_HEAP_GONE, "the heap is gone");
  } else if (!is_capable(&source->info, asked->method)) {
    snprintf(message, sizeof message, "heap %s does not do %s", source->info.id,
             proto_method_name(asked->method));
    refuse_later(hosted, job, PROTO_NOT_SUPPORTED, message);
  } else if (mailbox_post(hosted->mailbox, job) != 0) {
    refuse_later(hosted, job, PROTO_BUSY, "too many requests to this heap wait");
  } else {
    /* A whole heap through a disk may take longer than a look at it. */
    uint64_t patience = asked->method == PROTO_HEAP_SNAPSHOT ? SNAPSHOT_PATIENCE : 1;
    job->deadline_ms =
        uv_now(hosted->timer.loop) + patience * hosted->options.request_timeout_ms;
    job->next = hosted->pending;
    hosted->pending = job;
  }
}

static void left(struct source *source, uint64_t asker) {
  struct hosted *hosted = (struct hosted *)source;
  for (struct job *job = hosted->pending; job != NULL; job = job->next)
    if (job->request.asker == asker)
      atomic_store_explicit(&job->is_abandoned, true, memory_order_relaxed);
  if (hosted->stepper == asker)
    end_steps(hosted);
}

static void watch(struct source *source, unsigned interval_ms) {
  mailbox_watch(((struct hosted *)source)->mailbox, interval_ms);
}

static unsigned workloads(struct source *source, struct proto_workload *ret,
                          unsigned capacity) {
  struct hosted *hosted = (struct hosted *)source;
  struct workload_state state;
  unsigned count = 0;
  mailbox_workload(hosted->mailbox, &state);
  while (hosted->workloads != NULL && hosted->workloads[count] != NULL &&
         count < capacity) {
    struct workload_state at_first;
    workload_init(hosted->workloads[count], &at_first);
    workload_describe(hosted->workloads[count], source->info.id,
                      count == state.kind ? &state : &at_first, &ret[count]);
    count++;
  }
  return count;
}

static void close_source(struct source *source) {
  struct hosted *hosted = (struct hosted *)source;
  if (hosted->is_closing)
    return;
  hosted->is_closing = true;
  hosted->close_deadline_ms =
      uv_now(hosted->timer.loop) + hosted->options.close_timeout_ms;
  /* Look more often, so that the deadline is kept. */
  uv_timer_start(&hosted->timer, on_tick, CLOSING_TICK_MS, CLOSING_TICK_MS);
  mailbox_stop(hosted->mailbox);
}

static const struct source_ops hosted_ops = {.request = request,
                                             .left = left,
                                             .watch = watch,
                                             .workloads = workloads,
                                             .close = close_source};

/* --- the start --- */

static void describe(struct hosted *hosted, const struct hosted_parts *parts) {
  struct proto_heap *info = &hosted->base.info;
  sampler_copy(info->id, sizeof info->id, parts->name);
  sampler_copy(info->name, sizeof info->name, parts->name);
  sampler_copy(info->kind, sizeof info->kind, "hosted");
  sampler_copy(info->runtime, sizeof info->runtime, "ouro " OURO_VERSION);
  sampler_copy(info->collector, sizeof info->collector, "generational");
  info->pid = (int64_t)getpid();
  info->started_ms = sampler_time_ms();
  info->enabled = ouro_gc_is_enabled(parts->heap);
  ouro_gc_threshold(parts->heap, info->thresholds);
  const struct workload_state *state =
      parts->workloads != NULL ? parts->ops->state(parts->mutator) : NULL;
  if (state != NULL && state->running)
    sampler_copy(info->workload, sizeof info->workload,
                 parts->workloads[state->kind]->name);
  for (const char *const *name = parts->capabilities; *name != NULL; name++)
    info->capabilities[info->capability_count++] = *name;
}

int hosted_source_new_take(uv_loop_t *loop, const struct source_sink *sink,
                           const struct hosted_parts *parts,
                           const struct hosted_options *options, struct source **ret,
                           char *message, size_t size) {
  struct hosted *hosted = calloc(1, sizeof *hosted);
  int error = UV_ENOMEM;
  if (hosted == NULL)
    goto fail;
  hosted->base.ops = &hosted_ops;
  hosted->base.sink = sink;
  hosted->options = *options;
  hosted->workloads = parts->workloads;
  describe(hosted, parts);
  hosted->thread = calloc(1, sizeof *hosted->thread);
  hosted->mailbox = mailbox_new(options->ring, on_notify, hosted);
  if (hosted->thread == NULL || hosted->mailbox == NULL)
    goto fail;
  /* The handles come first and the thread last, as it may use the async at once; a
   * closed handle needs the loop, so what fails after them ends through the loop. */
  error = uv_async_init(loop, &hosted->async, on_async);
  if (error != 0)
    goto fail;
  uv_timer_init(loop, &hosted->timer);
  hosted->async.data = hosted->timer.data = hosted;
  hosted->open_handles = 2;
  hosted->beat_ms = uv_now(loop);
  if (sink->last_seq != NULL)
    hosted->base.last_seq = sink->last_seq(sink->context, parts->name);
  error = heap_thread_start(hosted->thread, parts->name, hosted->base.last_seq,
                            hosted->mailbox, parts->heap, parts->ops, parts->mutator,
                            options->steps_idle_ms);
  if (error != 0) {
    parts->ops->free(parts->mutator);
    ouro_heap_free(parts->heap);
    snprintf(message, size, "heap %s: %s", parts->name, uv_strerror(error));
    hosted->base.sink = NULL; /* nobody knows this source yet */
    close_handles(hosted);
    return -1;
  }
  uint64_t tick_ms = options->request_timeout_ms / 4 + 1;
  if (tick_ms > TICK_MS)
    tick_ms = TICK_MS;
  uv_timer_start(&hosted->timer, on_tick, tick_ms, tick_ms);
  *ret = &hosted->base;
  return 0;
fail:
  snprintf(message, size, "heap %s: %s", parts->name, uv_strerror(error));
  if (hosted != NULL) {
    mailbox_free(hosted->mailbox);
    free(hosted->thread);
  }
  free(hosted);
  parts->ops->free(parts->mutator);
  ouro_heap_free(parts->heap);
  return -1;
}
