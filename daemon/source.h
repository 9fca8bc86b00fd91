/* source.h - what a heap looks like to the rest of the daemon, whatever it is.
 *
 *   hub, sessions  --request-->  source  (a thread of ours, or another process)
 *                  <--reply----
 *                  <--sink: sample, pools, collection, changed, gone
 *
 * Everything here happens on the loop thread. A source never blocks the loop: a request
 * is answered later, exactly once, also when the source goes away (PROTO_HEAP_GONE) or
 * does not come to a safepoint in time (PROTO_TIMEOUT). */
#ifndef DAEMON_SOURCE_H
#define DAEMON_SOURCE_H

#include "proto.h"

struct source;

/* Called once for each request, on the loop thread. The result is taken: the callee
 * calls proto_result_fini(). */
typedef void source_reply(void *context, struct proto_result *result);

/* Where a source tells what happens. Messages are borrowed for the call. */
struct source_sink {
  void (*sample)(void *context, struct source *source, const struct proto_sample *);
  void (*pools)(void *context, struct source *source, const struct proto_pools *);
  void (*collection)(void *context, struct source *source,
                     const struct proto_collection *);
  /* Collections and losses between these two come in a burst: who follows is told once,
   * at its end. */
  void (*burst_begin)(void *context, struct source *source);
  void (*burst_end)(void *context, struct source *source);
  /* Collections numbered first..last were lost on the way (a full ring). */
  void (*lost)(void *context, struct source *source, uint64_t first_seq,
               uint64_t last_seq);
  /* source->info is different now (thresholds, enabled, workload). */
  void (*changed)(void *context, struct source *source);
  /* The source did something by itself that an operator's command once asked for: a
   * tuning undid itself. */
  void (*audit)(void *context, struct source *source, const struct proto_audit *);
  /* No more calls after this one; the sink forgets the source. */
  void (*gone)(void *context, struct source *source);
  void *context;
  /* The number of the last collection that a heap of this id had, also in an earlier
   * run; a heap that numbers its collections anew goes on from there. Once, before its
   * first collection. May block for a moment during the start. NULL: 0. */
  uint64_t (*last_seq)(void *context, const char *id);
};

struct source_ops {
  /* Start to work on a request that concerns this heap (gc.*, heap.*, workload.*,
   * repl.*). `who` is for requested_by. The request is borrowed for the
   * call: copy what is needed later. */
  void (*request)(struct source *source, const struct proto_request *request,
                  const char *who, source_reply *reply, void *context);
  /* Whoever asked with this `asker` (proto.h) went away: its requests are still replied
   * to, but need no work any more, and what it began and would have had to end
   * (repl.step) is ended for it. NULL: nothing here needs to know. */
  void (*left)(struct source *source, uint64_t asker);
  /* How often samples and pools are wanted; 0: nobody looks, send collections only. */
  void (*watch)(struct source *source, unsigned interval_ms);
  /* Fill in the workloads that this heap can run (at most `capacity`); how many. */
  unsigned (*workloads)(struct source *source, struct proto_workload *ret,
                        unsigned capacity);
  /* Begin to end; sink->gone follows. May be called twice. */
  void (*close)(struct source *source);
};

/* The base of every source: the first member of its struct. */
struct source {
  const struct source_ops *ops;
  const struct source_sink *sink; /* borrowed, outlives the source */
  struct proto_heap info;         /* loop; the source keeps it current */
  uint64_t last_seq;              /* loop; newest collection published */
};

#endif
