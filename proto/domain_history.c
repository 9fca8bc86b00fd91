/* domain_history.c - history.* and trace.export: what was stored, also from before a
 * restart.
 *
 *   collections   the records themselves, newest first, page by page
 *   samples       steps of time, each with least, most and mean
 *   compare       two stretches of time, and the ratios of the second to the first
 *   audit         the commands, newest first, page by page
 *
 * A stored record is the text that viewers once got; it is answered as it was. */
#include "domains.h"

#include <stdio.h>

#include "encode.h"

#define PAGE_MAX     1000
#define PAGE_DEFAULT 100
#define STEP_MIN_MS  100
#define STEP_MAX_MS  86400000

/* --- reading --- */

static int read_range(const struct proto_params *params, bool is_required,
                      struct proto_range *ret) {
  uint64_t from_ms, to_ms;

  if (is_required) {
    if (proto_params_uint(params, "from_ms", 0, PROTO_MAX_INTEGER, &from_ms) != 0 ||
        proto_params_uint(params, "to_ms", 0, PROTO_MAX_INTEGER, &to_ms) != 0)
      return -1;
  } else if (proto_params_uint_or(params, "from_ms", 0, PROTO_MAX_INTEGER, 0,
                                  &from_ms) != 0 ||
             proto_params_uint_or(params, "to_ms", 0, PROTO_MAX_INTEGER,
                                  PROTO_MAX_INTEGER, &to_ms) != 0) {
    return -1;
  }
  *ret = (struct proto_range){(int64_t)from_ms, (int64_t)to_ms};
  return 0;
}

/* What is answered page by page: of when, how much, and where to go on. */
int proto_read_history_collections(const struct proto_params *params,
                                   struct proto_request *ret) {
  uint64_t limit;

  if (read_range(params, false, &ret->params.history.range) != 0 ||
      proto_params_uint_or(params, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &limit) != 0)
    return -1;
  ret->params.history.limit = (uint32_t)limit;
  if (!proto_params_has(params, "cursor"))
    return 0;
  return proto_params_name(params, "cursor", ret->params.history.cursor);
}

/* Of one heap, also of one that is gone, or of all and what concerns none. */
int proto_read_history_audit(const struct proto_params *params,
                             struct proto_request *ret) {
  if (proto_params_has(params, "heap") &&
      proto_params_name(params, "heap", ret->heap) != 0)
    return -1;
  return proto_read_history_collections(params, ret);
}

int proto_read_history_samples(const struct proto_params *params,
                               struct proto_request *ret) {
  uint64_t step_ms = 0;

  if (read_range(params, true, &ret->params.history.range) != 0)
    return -1;
  if (proto_params_has(params, "step_ms") &&
      proto_params_uint(params, "step_ms", STEP_MIN_MS, STEP_MAX_MS, &step_ms) != 0)
    return -1;
  ret->params.history.step_ms = (uint32_t)step_ms;
  return 0;
}

int proto_read_trace_export(const struct proto_params *params,
                            struct proto_request *ret) {
  return read_range(params, true, &ret->params.history.range);
}

/* {from_ms, to_ms} under a name of its own; errors point into it. */
static int read_side(const struct proto_params *params, const char *key,
                     struct proto_range *ret) {
  static const char *const members[] = {"from_ms", "to_ms"};
  const json_t *side = proto_params_get(params, key);
  int64_t values[2];

  if (!json_is_object(side))
    return proto_params_refuse(params, key, side,
                               "object with the integers from_ms and to_ms");
  for (unsigned i = 0; i < 2; i++) {
    const json_t *value = json_object_get(side, members[i]);
    char path[32];
    snprintf(path, sizeof path, "%s/%s", key, members[i]);
    if (!proto_json_is_uint(value, 0, PROTO_MAX_INTEGER))
      return proto_params_refuse(params, path, value, "integer 0..9007199254740991");
    values[i] = json_integer_value(value);
  }
  *ret = (struct proto_range){values[0], values[1]};
  return 0;
}

int proto_read_history_compare(const struct proto_params *params,
                               struct proto_request *ret) {
  if (read_side(params, "a", &ret->params.history.a) != 0)
    return -1;
  return read_side(params, "b", &ret->params.history.b);
}

/* --- writing --- */

char *proto_encode_collection_record(const struct proto_collection *collection,
                                     size_t *ret_length) {
  struct proto_writer writer;

  proto_writer_init(&writer);
  proto_write_object(&writer, NULL);
  proto_write_collection(&writer, collection);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_collection_stored(const char *record, size_t *ret_length) {
  struct proto_writer writer;

  proto_writer_init(&writer);
  proto_write_object(&writer, NULL);
  proto_write_string(&writer, "jsonrpc", "2.0");
  proto_write_string(&writer, "method", "collection");
  proto_write_json(&writer, "params", record);
  return proto_message_end(&writer, ret_length);
}

static char *encode_page(const char *id, const char *plural, const char *const *records,
                         size_t count, const char *next_cursor, size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_array(&writer, plural);
  for (size_t i = 0; i < count; i++)
    proto_write_json(&writer, NULL, records[i]);
  proto_write_end(&writer);
  if (next_cursor[0] != '\0')
    proto_write_string(&writer, "next_cursor", next_cursor);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_history_collections(const char *id, const char *const *records,
                                       size_t count, const char *next_cursor,
                                       size_t *ret_length) {
  return encode_page(id, "collections", records, count, next_cursor, ret_length);
}

char *proto_encode_history_audit(const char *id, const char *const *records,
                                 size_t count, const char *next_cursor,
                                 size_t *ret_length) {
  return encode_page(id, "entries", records, count, next_cursor, ret_length);
}

static void write_spread(struct proto_writer *writer, const char *key,
                         const struct proto_spread *spread) {
  proto_write_object(writer, key);
  proto_write_uint(writer, "min", spread->min);
  proto_write_uint(writer, "max", spread->max);
  proto_write_uint(writer, "mean", spread->mean);
  proto_write_end(writer);
}

char *proto_encode_history_samples(const char *id, uint32_t step_ms,
                                   const struct proto_history_sample *rows,
                                   size_t count, size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_uint(&writer, "step_ms", step_ms);
  proto_write_array(&writer, "samples");
  for (size_t i = 0; i < count; i++) {
    const struct proto_history_sample *row = &rows[i];
    proto_write_object(&writer, NULL);
    proto_write_int(&writer, "time_ms", row->time_ms);
    proto_write_uint(&writer, "samples", row->samples);
    proto_write_uint(&writer, "seq", row->seq);
    write_spread(&writer, "live_objects", &row->live_objects);
    write_spread(&writer, "live_bytes", &row->live_bytes);
    write_spread(&writer, "tracked_objects", &row->tracked_objects);
    if (row->rss_bytes.max > 0)
      write_spread(&writer, "rss_bytes", &row->rss_bytes);
    proto_write_uint(&writer, "allocated_objects", row->allocated_objects);
    proto_write_uint(&writer, "allocated_bytes", row->allocated_bytes);
    proto_write_uint(&writer, "freed_objects", row->freed_objects);
    proto_write_end(&writer);
  }
  return proto_message_end(&writer, ret_length);
}

static void write_generation(struct proto_writer *writer,
                             const struct proto_history_generation *generation) {
  const struct proto_pauses *pauses = &generation->pauses;

  proto_write_uint(writer, "collections", pauses->count);
  proto_write_uint(writer, "collected", generation->collected);
  proto_write_uint(writer, "uncollectable", generation->uncollectable);
  proto_write_uint(writer, "candidates", generation->candidates);
  proto_write_uint(writer, "freed_bytes", generation->freed_bytes);
  if (pauses->count == 0)
    return;
  proto_write_object(writer, "pause_ns");
  proto_write_uint(writer, "p50", pauses->p50_ns);
  proto_write_uint(writer, "p99", pauses->p99_ns);
  proto_write_uint(writer, "max", pauses->max_ns);
  proto_write_uint(writer, "total", pauses->total_ns);
  proto_write_end(writer);
}

/* What is divided by the time that was covered. */
static double per_second(const struct proto_history_side *side, uint64_t figure) {
  return (double)figure * 1e3 / (double)side->covered_ms;
}

static double pause_share(const struct proto_history_side *side) {
  return per_second(side, side->all.pauses.total_ns) / 1e9;
}

static void write_side(struct proto_writer *writer, const char *key,
                       const struct proto_history_side *side) {
  proto_write_object(writer, key);
  proto_write_int(writer, "from_ms", side->range.from_ms);
  proto_write_int(writer, "to_ms", side->range.to_ms);
  proto_write_uint(writer, "covered_ms", side->covered_ms);
  write_generation(writer, &side->all);
  if (side->covered_ms > 0) {
    proto_write_real(writer, "pause_share", pause_share(side));
    proto_write_real(writer, "collections_per_s",
                     per_second(side, side->all.pauses.count));
  }
  if (side->has_samples) {
    proto_write_uint(writer, "live_bytes_mean", side->live_bytes_mean);
    if (side->covered_ms > 0) {
      proto_write_real(writer, "allocated_objects_per_s",
                       per_second(side, side->allocated_objects));
      proto_write_real(writer, "allocated_bytes_per_s",
                       per_second(side, side->allocated_bytes));
    }
  }
  proto_write_array(writer, "generations");
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++) {
    proto_write_object(writer, NULL);
    write_generation(writer, &side->generations[i]);
    proto_write_end(writer);
  }
  proto_write_end(writer);
  proto_write_end(writer);
}

/* b / a; absent where a is nothing. */
static void write_ratio(struct proto_writer *writer, const char *key, double a,
                        double b) {
  if (a > 0)
    proto_write_real(writer, key, b / a);
}

char *proto_encode_history_compare(const char *id, const struct proto_history_side *a,
                                   const struct proto_history_side *b,
                                   size_t *ret_length) {
  const struct proto_pauses *pauses_a = &a->all.pauses, *pauses_b = &b->all.pauses;
  bool has_time = a->covered_ms > 0 && b->covered_ms > 0;
  bool has_pauses = pauses_a->count > 0 && pauses_b->count > 0;
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  write_side(&writer, "a", a);
  write_side(&writer, "b", b);
  proto_write_object(&writer, "ratios");
  if (has_time) {
    write_ratio(&writer, "collections_per_s", per_second(a, pauses_a->count),
                per_second(b, pauses_b->count));
    write_ratio(&writer, "pause_share", pause_share(a), pause_share(b));
    write_ratio(&writer, "collected_per_s", per_second(a, a->all.collected),
                per_second(b, b->all.collected));
    write_ratio(&writer, "freed_bytes_per_s", per_second(a, a->all.freed_bytes),
                per_second(b, b->all.freed_bytes));
  }
  if (has_pauses) {
    write_ratio(&writer, "pause_p50", (double)pauses_a->p50_ns,
                (double)pauses_b->p50_ns);
    write_ratio(&writer, "pause_p99", (double)pauses_a->p99_ns,
                (double)pauses_b->p99_ns);
    write_ratio(&writer, "pause_max", (double)pauses_a->max_ns,
                (double)pauses_b->max_ns);
  }
  if (has_time && a->has_samples && b->has_samples) {
    write_ratio(&writer, "allocated_objects_per_s", per_second(a, a->allocated_objects),
                per_second(b, b->allocated_objects));
    write_ratio(&writer, "allocated_bytes_per_s", per_second(a, a->allocated_bytes),
                per_second(b, b->allocated_bytes));
    write_ratio(&writer, "live_bytes_mean", (double)a->live_bytes_mean,
                (double)b->live_bytes_mean);
  }
  return proto_message_end(&writer, ret_length);
}
