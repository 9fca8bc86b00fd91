/* messages.c - every message, full and bare, with figures that a reader can tell apart.
 */
#include "messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char id[] = "7";

void fill_collection(struct proto_collection *ret, enum fullness fullness) {
  *ret = (struct proto_collection){.heap = "documents",
                                   .seq = 4711,
                                   .time_ms = 1790000012345,
                                   .generation = 2,
                                   .reason = "remote",
                                   .pause_ns = 1904221,
                                   .collected = 3190,
                                   .uncollectable = 1};
  if (fullness == BARE)
    return;
  ret->has = (1u << 13) - 1;
  strcpy(ret->requested_by, "operator@127.0.0.1");
  ret->duration_ns = 1904222;
  ret->candidates = 48211;
  ret->resurrected = 2;
  ret->finalized = 3;
  ret->promoted = 45021;
  ret->weakrefs_cleared = 4;
  ret->freed_bytes = 255200;
  ret->live_objects_before = 51400;
  ret->live_objects_after = 48210;
  ret->live_bytes_after = 3856800;
  ret->arenas_released = 5;
  ret->phase_count = 2;
  ret->phases[0] = (struct proto_phase){"subtract", 601200};
  ret->phases[1] = (struct proto_phase){"mark", 702110};
  ret->type_count = PROTO_MAX_FREED_TYPES;
  for (unsigned i = 0; i < PROTO_MAX_FREED_TYPES; i++) {
    snprintf(ret->types[i].type, sizeof ret->types[i].type, "type%u", i);
    ret->types[i].objects = 1802 - i;
    ret->types[i].bytes = 144160 - i;
  }
  ret->cycle_count = PROTO_MAX_CYCLE;
  ret->cycle_objects = 9;
  for (unsigned i = 0; i < PROTO_MAX_CYCLE; i++)
    ret->cycle[i] = (struct proto_cycle_step){70412 + i, "object", "[3]"};
}

void fill_heap(struct proto_heap *ret, enum fullness fullness) {
  *ret = (struct proto_heap){.id = "documents",
                             .name = "Documents",
                             .kind = "hosted",
                             .runtime = "ouro 0.1.0",
                             .collector = "generational",
                             .pid = -1,
                             .started_ms = 1790000000000,
                             .thresholds = {700, 10, 11},
                             .enabled = true};
  if (fullness == BARE)
    return;
  ret->pid = 812;
  ret->failed = true;
  strcpy(ret->workload, "documents");
  ret->capability_count = 2;
  ret->capabilities[0] = "collect";
  ret->capabilities[1] = "census";
  ret->revert = (struct proto_revert){.at_ms = 1790000072345,
                                      .has_thresholds = true,
                                      .has_enabled = true,
                                      .thresholds = {701, 12, 13},
                                      .enabled = true};
}

void fill_workload(struct proto_workload *ret, enum fullness fullness) {
  *ret = (struct proto_workload){.name = "documents",
                                 .description = "Parses JSON into cyclic graphs.",
                                 .heap = "documents"};
  if (fullness == BARE)
    return;
  ret->running = true;
  ret->setting_count = 1;
  ret->settings[0] = (struct proto_setting_info){
      "rate", "documents/s", "documents read in a second", 20, 0.1, 100000, 25};
  ret->counter_count = 1;
  ret->counters[0] = (struct proto_setting){"documents_read", 123};
}

void fill_sample(struct proto_sample *ret) {
  *ret = (struct proto_sample){.heap = "documents",
                               .seq = 4711,
                               .time_ms = 1790000012345,
                               .uptime_ns = 12345678901,
                               .frozen_objects = 1,
                               .tracked_objects = 48000,
                               .live_objects = 48210,
                               .live_bytes = 3856800,
                               .allocated_total_objects = 900000,
                               .freed_total_objects = 851790,
                               .allocated_total_bytes = 72000000,
                               .enabled = true,
                               .pause_p50_ns = 50000,
                               .pause_p99_ns = 1900000,
                               .pause_max_ns = 2000000,
                               .rss_bytes = 14680064};
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++)
    ret->generations[i] =
        (struct proto_generation){300 + i, 700 + i, 10 + i, 20 + i, 30 + i, i, 40 + i};
}

void fill_pools(struct proto_pools *ret) {
  *ret = (struct proto_pools){.heap = "documents",
                              .seq = 4711,
                              .time_ms = 1790000012345,
                              .arenas_in_use = 4,
                              .arenas_allocated_total = 6,
                              .arenas_released_total = 2,
                              .arenas_highwater = 5,
                              .arena_bytes = 4194304,
                              .pools_in_use = 60,
                              .pools_empty = 3,
                              .pool_bytes = 65536,
                              .class_count = 2,
                              .large_objects = 1,
                              .large_bytes = 20480,
                              .used_bytes = 3836320,
                              .free_bytes = 294912,
                              .fragmentation = 0.125};
  ret->classes[0] = (struct proto_class){32, 40, 70000, 900, 1000000};
  ret->classes[1] = (struct proto_class){48, 20, 26000, 700, 300000};
}

static char *result(struct proto_result *filled, size_t *ret_length) {
  char *text = proto_encode_result(id, filled, ret_length);
  proto_result_fini(filled);
  return text;
}

static char *server_info(enum fullness fullness, size_t *ret_length) {
  const struct proto_alarm alarm = {"history", "the disk is full", 1790000000123};
  const struct proto_server_info info = {.version = "0.1.0",
                                         .instance = "5f0c2a9e",
                                         .protocol = PROTO_PROTOCOL,
                                         .started_ms = 1790000000000,
                                         .time_ms = 1790000012345,
                                         .uptime_ms = 12345,
                                         .heaps = 2,
                                         .sessions = 1,
                                         .rss_bytes = 14680064,
                                         .pid = 812,
                                         .read_only = fullness == FULL,
                                         .alarms = &alarm,
                                         .alarm_count = fullness == FULL};
  return proto_encode_server_info(id, &info, ret_length);
}

static char *heap_list(enum fullness fullness, size_t *ret_length) {
  struct proto_heap heap;
  const struct proto_heap *heaps[] = {&heap, &heap};
  fill_heap(&heap, fullness);
  return proto_encode_heap_list(id, heaps, fullness == FULL ? 2 : 0, ret_length);
}

static char *heap_get(enum fullness fullness, size_t *ret_length) {
  struct proto_heap heap;
  fill_heap(&heap, fullness);
  return proto_encode_heap_get(id, &heap, ret_length);
}

static char *census(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_CENSUS};
  if (fullness == FULL) {
    filled.as.census.rows = calloc(2, sizeof *filled.as.census.rows);
    if (filled.as.census.rows == NULL)
      return NULL;
    filled.as.census.rows[0] = (struct proto_type_count){"string", 30110, 2408800};
    filled.as.census.rows[1] = (struct proto_type_count){"object", 9000, 720000};
    filled.as.census.count = 2;
    filled.as.census.types_total = 7;
  }
  return result(&filled, ret_length);
}

static char *verify(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_VERIFY};
  filled.as.verify.ok = fullness == BARE;
  if (fullness == FULL)
    strcpy(filled.as.verify.message, "a young object is not in its log");
  return result(&filled, ret_length);
}

static char *subscribed(enum fullness fullness, size_t *ret_length) {
  struct proto_heap heap;
  const struct proto_heap *heaps[] = {&heap};
  const uint64_t seq = 4711;
  fill_heap(&heap, fullness);
  return proto_encode_subscribed(id, 1, fullness == BARE, heaps, &seq, 1, 11,
                                 ret_length);
}

static char *unsubscribed(enum fullness fullness, size_t *ret_length) {
  (void)fullness;
  return proto_encode_unsubscribed(id, 1, ret_length);
}

static char *collect(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_COLLECTION};
  fill_collection(&filled.as.collection, fullness);
  return result(&filled, ret_length);
}

static char *prediction(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_PREDICTION};
  filled.as.prediction = (struct proto_prediction){
      .heap = "documents", .generation = 2, .candidates = 48211};
  if (fullness == FULL) {
    filled.as.prediction.has_pause = true;
    filled.as.prediction.pause_ns = 1904221;
    filled.as.prediction.predictions = 21;
    filled.as.prediction.error_p50_percent = 3.5;
    filled.as.prediction.error_p90_percent = 12.25;
  }
  return result(&filled, ret_length);
}

static char *frozen(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_FROZEN};
  filled.as.frozen_objects = fullness == FULL ? 48210 : 0;
  return result(&filled, ret_length);
}

static char *kept(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_KEPT,
                                .as.tuning.thresholds = {700, 10, 2147483647}};
  filled.as.tuning.kept = fullness == FULL;
  return result(&filled, ret_length);
}

static char *thresholds(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_THRESHOLD,
                                .as.tuning.thresholds = {700, 10, 2147483647}};
  if (fullness == FULL)
    filled.as.tuning.reverts_at_ms = 1790000072345;
  return result(&filled, ret_length);
}

static char *counts(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_COUNT, .as.counts = {312, 4, 1}};
  (void)fullness;
  return result(&filled, ret_length);
}

static char *stats(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_STATS};
  struct proto_sample sample;
  (void)fullness;
  fill_sample(&sample);
  memcpy(filled.as.stats, sample.generations, sizeof filled.as.stats);
  return result(&filled, ret_length);
}

static char *enabled(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_ENABLED};
  filled.as.tuning.enabled = fullness == FULL;
  if (fullness == FULL)
    filled.as.tuning.reverts_at_ms = 1790000072345;
  return result(&filled, ret_length);
}

static char *workload_list(enum fullness fullness, size_t *ret_length) {
  struct proto_workload workload;
  fill_workload(&workload, fullness);
  return proto_encode_workload_list(id, &workload, fullness == FULL ? 1 : 0,
                                    ret_length);
}

static char *workload(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_WORKLOAD};
  fill_workload(&filled.as.workload, fullness);
  return result(&filled, ret_length);
}

/* `text` in an array of one, both owned; NULL when memory is short. */
static char **list_of_one(const char *text, size_t *ret_count) {
  char **list = calloc(1, sizeof *list);
  *ret_count = 0;
  if (list == NULL)
    return NULL;
  list[0] = malloc(strlen(text) + 1);
  if (list[0] != NULL) {
    strcpy(list[0], text);
    *ret_count = 1;
  }
  return list;
}

static char *eval(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_EVAL};
  if (fullness == FULL) {
    size_t count = 0;
    char **values = list_of_one("2", &count);
    filled.as.eval.value = count > 0 ? values[0] : NULL;
    free(values);
    filled.as.eval.created =
        list_of_one("Person('John')", &filled.as.eval.created_count);
    filled.as.eval.destroyed =
        list_of_one("Person('Mary')", &filled.as.eval.destroyed_count);
    filled.as.eval.resurrected =
        list_of_one("Phoenix('P')", &filled.as.eval.resurrected_count);
    filled.as.eval.has_collection = true;
    fill_collection(&filled.as.eval.collection, FULL);
  }
  return result(&filled, ret_length);
}

static char *state(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_STATE};
  struct proto_repl_object *object = calloc(1, sizeof *object);
  if (object == NULL)
    return NULL;
  filled.as.state.objects = object;
  filled.as.state.object_count = 1;
  *object = (struct proto_repl_object){
      .id = 1, .address = 0x10, .type = "Person", .refcount = 2, .generation = -1};
  if (fullness == FULL) {
    strcpy(object->name, "John");
    object->generation = 0;
    object->finalizer = PROTO_FINALIZER_RAN;
    object->has_target = true;
    object->target = 1;
    object->fields = calloc(1, sizeof *object->fields);
    filled.as.state.roots = calloc(1, sizeof *filled.as.state.roots);
    if (object->fields != NULL) {
      object->fields[0] = (struct proto_repl_field){"friend", 1};
      object->field_count = 1;
    }
    if (filled.as.state.roots != NULL) {
      filled.as.state.roots[0] = (struct proto_repl_field){"john", 1};
      filled.as.state.root_count = 1;
    }
  }
  return result(&filled, ret_length);
}

static char *history_collections(enum fullness fullness, size_t *ret_length) {
  struct proto_collection filled;
  fill_collection(&filled, FULL);
  char *record = proto_encode_collection_record(&filled, NULL);
  const char *const records[] = {record};
  char *text = record == NULL ? NULL
                              : proto_encode_history_collections(
                                    id, records, fullness == FULL ? 1 : 0,
                                    fullness == FULL ? "7-11" : "", ret_length);
  free(record);
  return text;
}

static char *history_audit(enum fullness fullness, size_t *ret_length) {
  struct proto_audit filled = {
      .time_ms = 1790000012345, .who = "revert", .method = "gc.enable"};
  if (fullness == FULL) {
    strcpy(filled.heap, "documents");
    strcpy(filled.detail, "thresholds 700, 10, 10");
    filled.code = PROTO_HEAP_GONE;
  }
  char *record = proto_encode_audit_record(&filled, NULL);
  const char *const records[] = {record};
  char *text = record == NULL
                   ? NULL
                   : proto_encode_history_audit(
                         id, records, 1, fullness == FULL ? "7-11" : "", ret_length);
  free(record);
  return text;
}

static char *history_samples(enum fullness fullness, size_t *ret_length) {
  struct proto_history_sample row = {.time_ms = 1790000040000,
                                     .samples = 60,
                                     .seq = 4711,
                                     .live_objects = {1, 3, 2},
                                     .live_bytes = {4, 6, 5},
                                     .tracked_objects = {7, 9, 8},
                                     .allocated_objects = 13,
                                     .allocated_bytes = 14,
                                     .freed_objects = 15};
  if (fullness == FULL)
    row.rss_bytes = (struct proto_spread){10, 12, 11};
  return proto_encode_history_samples(id, 60000, &row, 1, ret_length);
}

static char *history_compare(enum fullness fullness, size_t *ret_length) {
  struct proto_history_side a = {.range = {1790000000000, 1790000060000}}, b;
  b = a;
  if (fullness == FULL) {
    const struct proto_history_generation sums = {
        .pauses = {600, 43008, 99000, 99001, 77},
        .collected = 1,
        .uncollectable = 2,
        .candidates = 3,
        .freed_bytes = 4};
    a.covered_ms = 60000;
    a.all = a.generations[0] = a.generations[1] = a.generations[2] = sums;
    a.has_samples = true;
    a.live_bytes_mean = 5;
    a.allocated_objects = 6;
    a.allocated_bytes = 7;
    b = a;
    b.all.pauses.p99_ns *= 2;
  }
  return proto_encode_history_compare(id, &a, &b, ret_length);
}

static char *collection_stored(enum fullness fullness, size_t *ret_length) {
  struct proto_collection filled;
  fill_collection(&filled, fullness);
  char *record = proto_encode_collection_record(&filled, NULL);
  char *text =
      record == NULL ? NULL : proto_encode_collection_stored(record, ret_length);
  free(record);
  return text;
}

/* --- objects --- */

static struct proto_object an_object(enum fullness fullness) {
  struct proto_object object = {.id = 0x7f3a10c40010,
                                .type = "Person",
                                .bytes = 48,
                                .is_immortal = fullness == BARE,
                                .refcount = 2,
                                .generation = -1};
  if (fullness == FULL) {
    strcpy(object.text, "Person('John')");
    object.generation = 0;
    object.is_tracked = object.is_finalized = true;
  }
  return object;
}

static char *mark(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_MARK,
                                .as.mark = {1, 48210, 3856800, 1790000012345}};
  (void)fullness;
  return result(&filled, ret_length);
}

static char *growth(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_GROWTH,
                                .as.growth = {.since_ms = 1790000012345}};
  if (fullness == FULL) {
    filled.as.growth.rows = calloc(2, sizeof *filled.as.growth.rows);
    if (filled.as.growth.rows == NULL)
      return NULL;
    filled.as.growth.rows[0] = (struct proto_growth){"string", 390, 31200, 500, 40000};
    filled.as.growth.rows[1] = (struct proto_growth){"object", -3, -240, 9, 720};
    filled.as.growth.count = filled.as.growth.types_total = 2;
  }
  return result(&filled, ret_length);
}

static char *objects(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_OBJECTS};
  if (fullness == FULL) {
    filled.as.objects.rows = calloc(1, sizeof *filled.as.objects.rows);
    if (filled.as.objects.rows == NULL)
      return NULL;
    filled.as.objects.rows[0] = an_object(FULL);
    filled.as.objects.count = 1;
    filled.as.objects.has_next = true;
    filled.as.objects.next = 0x1f4;
  }
  return result(&filled, ret_length);
}

static char *pool_map(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_POOL_MAP};
  filled.as.pool_map.time_ms = 1790000012345;
  if (fullness == FULL) {
    filled.as.pool_map.rows = calloc(1, sizeof *filled.as.pool_map.rows);
    if (filled.as.pool_map.rows == NULL)
      return NULL;
    filled.as.pool_map.rows[0] = (struct proto_arena){.number = 3,
                                                      .pool_count = PROTO_ARENA_POOLS,
                                                      .block_bytes = {64, 16, 512},
                                                      .used = {12, 255, 7},
                                                      .capacity = {63, 255, 7}};
    filled.as.pool_map.count = 1;
    filled.as.pool_map.arenas_total = 5;
    filled.as.pool_map.has_next = true;
    filled.as.pool_map.next = 4;
  }
  return result(&filled, ret_length);
}

static char *object(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_OBJECT};
  filled.as.object.row = an_object(fullness);
  filled.as.object.references = 1;
  return result(&filled, ret_length);
}

static char *links(enum proto_result_kind kind, enum fullness fullness,
                   size_t *ret_length) {
  struct proto_result filled = {.kind = kind};
  filled.as.links.is_reachable = true;
  if (fullness == FULL) {
    filled.as.links.rows = calloc(1, sizeof *filled.as.links.rows);
    filled.as.links.roots = calloc(1, sizeof *filled.as.links.roots);
    if (filled.as.links.rows == NULL || filled.as.links.roots == NULL) {
      proto_result_fini(&filled);
      return NULL;
    }
    filled.as.links.rows[0] = (struct proto_link){an_object(FULL), "friend", 1};
    if (kind != PROTO_RESULT_REFERRERS)
      filled.as.links.rows[0].references = 0;
    filled.as.links.count = 1;
    strcpy(filled.as.links.roots[0].name, "john");
    filled.as.links.root_count = 1;
    filled.as.links.total = 3;
    filled.as.links.truncated = true;
  }
  return result(&filled, ret_length);
}

static char *referrers(enum fullness fullness, size_t *ret_length) {
  return links(PROTO_RESULT_REFERRERS, fullness, ret_length);
}

static char *referents(enum fullness fullness, size_t *ret_length) {
  return links(PROTO_RESULT_REFERENTS, fullness, ret_length);
}

static char *path(enum fullness fullness, size_t *ret_length) {
  return links(PROTO_RESULT_PATH, fullness, ret_length);
}

static char *graph(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_GRAPH};
  if (fullness == FULL) {
    filled.as.graph.nodes = calloc(1, sizeof *filled.as.graph.nodes);
    filled.as.graph.edges = calloc(1, sizeof *filled.as.graph.edges);
    filled.as.graph.roots = calloc(1, sizeof *filled.as.graph.roots);
    if (filled.as.graph.nodes == NULL || filled.as.graph.edges == NULL ||
        filled.as.graph.roots == NULL) {
      proto_result_fini(&filled);
      return NULL;
    }
    filled.as.graph.nodes[0] = an_object(FULL);
    filled.as.graph.edges[0] = (struct proto_edge){0, 0, "friend"};
    filled.as.graph.roots[0] = (struct proto_root){"john", 0x7f3a10c40010};
    filled.as.graph.node_count = filled.as.graph.edge_count = 1;
    filled.as.graph.root_count = 1;
  }
  return result(&filled, ret_length);
}

static char *download(enum fullness fullness, size_t *ret_length) {
  (void)fullness;
  return proto_encode_download(id, "5f0c2a9e", 20480, ret_length);
}

static char *step(enum fullness fullness, size_t *ret_length) {
  struct proto_result filled = {.kind = PROTO_RESULT_STEP};
  filled.as.step.generation = 2;
  if (fullness == FULL) {
    filled.as.step.is_stepping = true;
    filled.as.step.phase = "subtract";
    filled.as.step.next_phase = "mark";
    filled.as.step.rows = calloc(1, sizeof *filled.as.step.rows);
    if (filled.as.step.rows == NULL)
      return NULL;
    filled.as.step.rows[0] = (struct proto_candidate){an_object(FULL), 1, "undecided"};
    filled.as.step.count = 1;
    filled.as.step.total = 2;
    filled.as.step.edges = calloc(1, sizeof *filled.as.step.edges);
    filled.as.step.roots = calloc(1, sizeof *filled.as.step.roots);
    if (filled.as.step.edges == NULL || filled.as.step.roots == NULL) {
      proto_result_fini(&filled);
      return NULL;
    }
    filled.as.step.edges[0] = (struct proto_edge){0, 0, "friend"};
    filled.as.step.roots[0] = (struct proto_root){"john", 0x7f3a10c40010};
    filled.as.step.edge_count = filled.as.step.root_count = 1;
    filled.as.step.tells_destroyed = true;
    filled.as.step.destroyed =
        list_of_one("Person('Mary')", &filled.as.step.destroyed_count);
    filled.as.step.resurrected =
        list_of_one("Phoenix('P')", &filled.as.step.resurrected_count);
    filled.as.step.has_collection = true;
    fill_collection(&filled.as.step.collection, FULL);
  }
  return result(&filled, ret_length);
}

static char *one_time_url(enum fullness fullness, size_t *ret_length) {
  (void)fullness;
  return proto_encode_url(id, "http://127.0.0.1:6876/?token=abc", 60000, ret_length);
}

static char *hello(enum fullness fullness, size_t *ret_length) {
  const struct proto_hello filled = {.server = "ourod",
                                     .instance = "5f0c2a9e",
                                     .role = fullness == FULL ? PROTO_OPERATOR
                                                              : PROTO_OBSERVER,
                                     .read_only = fullness == FULL,
                                     .time_ms = 1790000012345,
                                     .limits = &proto_limits_default};
  return proto_encode_hello(&filled, ret_length);
}

static char *sample(enum fullness fullness, size_t *ret_length) {
  struct proto_sample filled;
  (void)fullness;
  fill_sample(&filled);
  return proto_encode_sample(&filled, ret_length);
}

static char *pools(enum fullness fullness, size_t *ret_length) {
  struct proto_pools filled;
  fill_pools(&filled);
  if (fullness == BARE)
    filled.class_count = 0;
  return proto_encode_pools(&filled, ret_length);
}

static char *collection(enum fullness fullness, size_t *ret_length) {
  struct proto_collection filled;
  fill_collection(&filled, fullness);
  return proto_encode_collection(&filled, ret_length);
}

static char *heap_event(enum fullness fullness, size_t *ret_length) {
  struct proto_heap heap;
  fill_heap(&heap, fullness);
  return proto_encode_heap_event("changed", &heap, ret_length);
}

static char *audit(enum fullness fullness, size_t *ret_length) {
  struct proto_audit filled = {.time_ms = 1790000012345,
                               .who = "operator@127.0.0.1",
                               .method = "gc.collect",
                               .duration_ns = 41200};
  if (fullness == FULL) {
    strcpy(filled.heap, "documents");
    strcpy(filled.detail, "generation 2");
    filled.code = PROTO_COOLING_DOWN;
  }
  return proto_encode_audit(&filled, ret_length);
}

static char *lagged(enum fullness fullness, size_t *ret_length) {
  return proto_encode_lagged("documents", "collection", 12, 19,
                             fullness == FULL ? 8 : -1, ret_length);
}

const struct test_message test_messages[] = {
    {"server.info", false, server_info},
    {"heap.list", false, heap_list},
    {"heap.get", false, heap_get},
    {"heap.census", false, census},
    {"heap.pool_map", false, pool_map},
    {"heap.verify", false, verify},
    {"heap.mark", false, mark},
    {"heap.growth", false, growth},
    {"heap.objects", false, objects},
    {"heap.object", false, object},
    {"heap.referrers", false, referrers},
    {"heap.referents", false, referents},
    {"heap.path_to_root", false, path},
    {"heap.graph", false, graph},
    {"heap.snapshot", false, download},
    {"stream.subscribe", false, subscribed},
    {"stream.unsubscribe", false, unsubscribed},
    {"gc.collect", false, collect},
    {"gc.collect", false, prediction},
    {"gc.set_threshold", false, thresholds},
    {"gc.get_threshold", false, thresholds},
    {"gc.get_count", false, counts},
    {"gc.get_stats", false, stats},
    {"gc.is_enabled", false, enabled},
    {"gc.enable", false, enabled},
    {"gc.disable", false, enabled},
    {"gc.freeze", false, frozen},
    {"gc.unfreeze", false, frozen},
    {"gc.get_freeze_count", false, frozen},
    {"gc.keep", false, kept},
    {"workload.list", false, workload_list},
    {"workload.start", false, workload},
    {"workload.stop", false, workload},
    {"workload.set", false, workload},
    {"repl.eval", false, eval},
    {"repl.state", false, state},
    {"repl.step", false, step},
    {"auth.one_time_url", false, one_time_url},
    {"history.collections", false, history_collections},
    {"history.samples", false, history_samples},
    {"history.compare", false, history_compare},
    {"history.audit", false, history_audit},
    {"trace.export", false, download},
    {"server.hello", true, hello},
    {"sample", true, sample},
    {"pools", true, pools},
    {"collection", true, collection},
    {"collection", true, collection_stored},
    {"heap", true, heap_event},
    {"audit", true, audit},
    {"stream.lagged", true, lagged},
    {NULL, false, NULL},
};
