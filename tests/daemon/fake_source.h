/* fake_source.h - a heap that does what a test says.
 *
 *   fake_source_sample(), _collect(), _lose()  -->  sink
 *   request: kept until fake_source_reply()
 *
 * One request is kept at a time; what a reply holds comes from the test. */
#ifndef TESTS_DAEMON_FAKE_SOURCE_H
#define TESTS_DAEMON_FAKE_SOURCE_H

#include <stdio.h>
#include <string.h>

#include "source.h"

struct fake_source {
  struct source base; /* first */
  unsigned watch_ms, watch_calls, requests;
  bool is_closed;
  uint64_t asker, left;         /* of the newest request, and who last went away */
  enum proto_method asked;      /* the newest request */
  struct proto_request request; /* all of it; what it owned is gone */
  char who[PROTO_WHO_BYTES];
  source_reply *reply;
  void *reply_context;
};

static inline void fake_request(struct source *source,
                                const struct proto_request *request, const char *who,
                                source_reply *reply, void *context) {
  struct fake_source *fake = (struct fake_source *)source;
  fake->requests++;
  fake->asked = request->method;
  fake->asker = request->asker;
  fake->request = *request;
  snprintf(fake->who, sizeof(fake->who), "%s", who);
  fake->reply = reply;
  fake->reply_context = context;
}

static inline void fake_left(struct source *source, uint64_t asker) {
  ((struct fake_source *)source)->left = asker;
}

static inline void fake_watch(struct source *source, unsigned interval_ms) {
  struct fake_source *fake = (struct fake_source *)source;
  fake->watch_ms = interval_ms;
  fake->watch_calls++;
}

static inline unsigned fake_workloads(struct source *source, struct proto_workload *ret,
                                      unsigned capacity) {
  (void)source;
  (void)ret;
  (void)capacity;
  return 0;
}

static inline void fake_close(struct source *source) {
  ((struct fake_source *)source)->is_closed = true;
}

static inline void fake_source_init(struct fake_source *fake,
                                    const struct source_sink *sink, const char *id) {
  static const struct source_ops ops = {.request = fake_request,
                                        .left = fake_left,
                                        .watch = fake_watch,
                                        .workloads = fake_workloads,
                                        .close = fake_close};
  memset(fake, 0, sizeof(*fake));
  fake->base.ops = &ops;
  fake->base.sink = sink;
  fake->base.info.pid = -1;
  snprintf(fake->base.info.id, sizeof(fake->base.info.id), "%s", id);
  snprintf(fake->base.info.name, sizeof(fake->base.info.name), "%s", id);
  snprintf(fake->base.info.kind, sizeof(fake->base.info.kind), "hosted");
}

static inline void fake_source_sample(struct fake_source *fake) {
  struct proto_sample sample = {.seq = fake->base.last_seq};
  memcpy(sample.heap, fake->base.info.id, sizeof(sample.heap));
  fake->base.sink->sample(fake->base.sink->context, &fake->base, &sample);
}

static inline void fake_source_collect(struct fake_source *fake) {
  struct proto_collection collection = {.seq = ++fake->base.last_seq};
  memcpy(collection.heap, fake->base.info.id, sizeof(collection.heap));
  snprintf(collection.reason, sizeof(collection.reason), "threshold");
  fake->base.sink->collection(fake->base.sink->context, &fake->base, &collection);
}

static inline void fake_source_burst(struct fake_source *fake, bool is_begin) {
  const struct source_sink *sink = fake->base.sink;
  (is_begin ? sink->burst_begin : sink->burst_end)(sink->context, &fake->base);
}

/* The next `count` collections are lost on the way. */
static inline void fake_source_lose(struct fake_source *fake, uint64_t count) {
  uint64_t first = fake->base.last_seq + 1;
  fake->base.last_seq += count;
  fake->base.sink->lost(fake->base.sink->context, &fake->base, first,
                        fake->base.last_seq);
}

static inline void fake_source_reply(struct fake_source *fake) {
  struct proto_result result = {.kind = PROTO_RESULT_COLLECTION};
  result.as.collection.seq = fake->base.last_seq;
  memcpy(result.as.collection.heap, fake->base.info.id,
         sizeof(result.as.collection.heap));
  source_reply *reply = fake->reply;
  fake->reply = NULL;
  reply(fake->reply_context, &result);
}

#endif
