/* trace.h - collections as a trace that Perfetto and chrome://tracing open.
 *
 *   {"displayTimeUnit":"ns","traceEvents":[
 *     process and thread names                     ph M
 *     |=== collection ======================|      ph X
 *     |subtract|mark ....|free|                    ph X, inside it
 *     live objects, live bytes                     ph C
 *   ]}
 *
 * Texts are pieces of one file in this order: begin, events, end. Times are
 * microseconds since the trace's begin, with three decimals. */
#ifndef PROTO_TRACE_H
#define PROTO_TRACE_H

#include "proto.h"

struct proto_trace_collection {
  int64_t begin_ns; /* since the trace's begin */
  uint64_t duration_ns;
  uint64_t seq;
  unsigned generation;
  const char *reason; /* borrowed */
  uint64_t collected;
  bool has_freed_bytes;
  uint64_t freed_bytes;
  const struct proto_phase *phases; /* borrowed; one after the other */
  unsigned phase_count;
};

/* Each: text that the caller owns, NULL when memory is short. */
char *proto_encode_trace_begin(const char *heap, int64_t begin_ms, size_t *ret_length);
char *proto_encode_trace_collection(const struct proto_trace_collection *collection,
                                    size_t *ret_length);
char *proto_encode_trace_counters(int64_t at_ns, uint64_t live_objects,
                                  uint64_t live_bytes, size_t *ret_length);
/* A literal. */
const char *proto_trace_end(void);

#endif
