/* trace.c - collections as a trace that Perfetto and chrome://tracing open.
 *
 * Every event but the first has its comma in front, so pieces can be written as they
 * come. Complete events of one thread must lie one inside the other or apart: phases
 * are cut at their collection's end, should their sum be longer. */
#include "trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"

/* One heap is one process of one thread. */
#define PROCESS   1
#define COLLECTOR 1

/* Open an event; its arguments follow in "args". */
static void begin_event(struct proto_writer *writer, const char *phase,
                        const char *name) {
  proto_write_object(writer, NULL);
  proto_write_string(writer, "ph", phase);
  proto_write_string(writer, "name", name);
  proto_write_uint(writer, "pid", PROCESS);
  proto_write_uint(writer, "tid", COLLECTOR);
}

static void write_us(struct proto_writer *writer, const char *key, int64_t ns) {
  char text[32];
  snprintf(text, sizeof text, "%" PRId64 ".%03d", ns / 1000, (int)(ns % 1000));
  proto_write_json(writer, key, text);
}

/* The events of `writer` without the brackets around them, `prefix` in front. */
static char *take_events(struct proto_writer *writer, const char *prefix,
                         size_t *ret_length) {
  size_t length = 0, before = strlen(prefix);
  char *text = proto_message_end(writer, &length);
  char *piece = text != NULL ? malloc(before + length) : NULL;
  if (piece != NULL) {
    memcpy(piece, prefix, before);
    memcpy(piece + before, text + 1, length - 2);
    piece[before + length - 2] = '\0';
    *ret_length = before + length - 2;
  }
  free(text);
  return piece;
}

static void begin_list(struct proto_writer *writer) {
  proto_writer_init(writer);
  proto_write_array(writer, NULL);
}

char *proto_encode_trace_begin(const char *heap, int64_t begin_ms, size_t *ret_length) {
  struct proto_writer writer;
  char prefix[120];

  begin_list(&writer);
  begin_event(&writer, "M", "process_name");
  proto_write_object(&writer, "args");
  proto_write_string(&writer, "name", heap);
  proto_write_end(&writer);
  proto_write_end(&writer);
  begin_event(&writer, "M", "thread_name");
  proto_write_object(&writer, "args");
  proto_write_string(&writer, "name", "collector");
  proto_write_end(&writer);
  proto_write_end(&writer);
  snprintf(prefix, sizeof prefix,
           "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"begin_ms\":\"%" PRId64
           "\"},\"traceEvents\":[",
           begin_ms);
  return take_events(&writer, prefix, ret_length);
}

char *proto_encode_trace_collection(const struct proto_trace_collection *collection,
                                    size_t *ret_length) {
  int64_t at_ns = collection->begin_ns;
  int64_t end_ns = at_ns + (int64_t)collection->duration_ns;
  struct proto_writer writer;
  char name[40];

  snprintf(name, sizeof name, "generation %u", collection->generation);
  begin_list(&writer);
  begin_event(&writer, "X", name);
  proto_write_string(&writer, "cat", "gc");
  write_us(&writer, "ts", at_ns);
  write_us(&writer, "dur", end_ns - at_ns);
  proto_write_object(&writer, "args");
  proto_write_uint(&writer, "seq", collection->seq);
  proto_write_string(&writer, "reason", collection->reason);
  proto_write_uint(&writer, "collected", collection->collected);
  if (collection->has_freed_bytes)
    proto_write_uint(&writer, "freed_bytes", collection->freed_bytes);
  proto_write_end(&writer);
  proto_write_end(&writer);
  for (unsigned i = 0; i < collection->phase_count; i++) {
    uint64_t left_ns = (uint64_t)(end_ns - at_ns), ns = collection->phases[i].ns;
    ns = ns < left_ns ? ns : left_ns;
    begin_event(&writer, "X", collection->phases[i].name);
    proto_write_string(&writer, "cat", "phase");
    write_us(&writer, "ts", at_ns);
    write_us(&writer, "dur", (int64_t)ns);
    proto_write_end(&writer);
    at_ns += (int64_t)ns;
  }
  return take_events(&writer, ",\n", ret_length);
}

static void write_counter(struct proto_writer *writer, const char *name, int64_t at_ns,
                          const char *key, uint64_t value) {
  begin_event(writer, "C", name);
  write_us(writer, "ts", at_ns);
  proto_write_object(writer, "args");
  proto_write_uint(writer, key, value);
  proto_write_end(writer);
  proto_write_end(writer);
}

char *proto_encode_trace_counters(int64_t at_ns, uint64_t live_objects,
                                  uint64_t live_bytes, size_t *ret_length) {
  struct proto_writer writer;

  begin_list(&writer);
  write_counter(&writer, "live objects", at_ns, "objects", live_objects);
  write_counter(&writer, "live bytes", at_ns, "bytes", live_bytes);
  return take_events(&writer, ",\n", ret_length);
}

const char *proto_trace_end(void) {
  return "\n]}\n";
}
