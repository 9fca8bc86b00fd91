/* snapshot.c - V8's .heapsnapshot, written in five walks over the heap.
 *
 *   list     which blocks are nodes; numbers them in address order
 *   count    edges, and the references each node gets from inside
 *   held     nodes that count more: held from outside
 *   nodes    | type, name, id, size, edges, 0, 0 | ...      node 0 is the root
 *   edges    | type, name or index, to | ...                in the order of the nodes
 *
 *   0 root --> 1 (GC roots) --> 2 (Registered roots)  --name--> objects
 *     |                     \-> 3 (Held from outside) --[n]---> objects
 *     '---> the same objects; DevTools measures distances along these
 *
 * The counts of nodes and edges stand at the beginning of the file and must come true
 * at its end, so nothing may change in between: births and deaths are noticed by what
 * the heap counts of them anyway, changed references by a hash over the edges of each
 * node.
 */
#include "fields.h"
#include "jsonout.h"
#include "nodetable.h"
#include "roots.h"
#include "stats.h"
#include "walk.h"

enum { ROOT, GC_ROOTS, REGISTERED, HELD, FIRST_NODE };
enum { NODE_OBJECT = 3, NODE_SYNTHETIC = 9, NODE_FIELDS = 7 };
enum { EDGE_ELEMENT = 1, EDGE_PROPERTY = 2, EDGE_SHORTCUT = 5 };

enum stage {
  BEGIN,
  LIST,
  COUNT_ROOTS,
  COUNT,
  HOLDERS,
  HEAD,
  NODES,
  ROOT_EDGES,
  ROOT_HELD,
  GROUP_EDGES,
  GROUP_HELD,
  EDGES,
  STRINGS,
  DONE
};

enum { BIRTHS, DEATHS, ROOT_COUNT, TYPE_COUNT, STAMPS };

struct ouro_snapshot {
  ouro_heap *heap;
  struct jsonout out;
  enum stage stage;
  int error;
  struct meter *meter;
  uint32_t at; /* the id to go on with */

  /* What must not change: births, deaths, roots, types. */
  uint64_t stamp[STAMPS];

  struct nodetable nodes; /* counters: references from inside; flags: held */
  uint64_t edge_count, held_count, root_edges;
  uint64_t nodes_written, edges_written;
  uint64_t hash_counted, hash_nodes, hash_edges; /* the same in the end */
  uint64_t *ref_names; /* by type: the string of its first declared field */
  uint64_t string;     /* the next one to write */
  uint64_t strings;

  /* The object whose edges are being counted or written. */
  uint64_t edges;
  const struct ouro_type *type;
  size_t declared;
  uint64_t element; /* of the group of the held */
};

/* ---- counting ---- */

static bool list_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct ouro_snapshot *snapshot = context;
  snapshot->error = ouro__nodetable_add(&snapshot->nodes, ouro__id(heap, header));
  return snapshot->error == OURO_OK;
}

/* What is no node is a wrong reference; it is no edge either. */
static void count_edge(void *context, ouro_header *target) {
  struct ouro_snapshot *snapshot = context;
  uint32_t *counter =
      ouro__nodetable_counter(&snapshot->nodes, ouro__id(snapshot->heap, target));
  meter_spend(snapshot->meter, 1);
  if (counter == NULL)
    return;
  snapshot->edges++;
  if (snapshot->stage <= COUNT && *counter != UINT32_MAX)
    ++*counter;
}

static uint64_t mix(uint64_t hash, uint64_t edges) {
  return (hash + edges + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ hash >> 29;
}

static bool count_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct ouro_snapshot *snapshot = context;
  snapshot->edges = 0;
  refs_each(heap, header, count_edge, snapshot);
  snapshot->edge_count += snapshot->edges;
  snapshot->hash_counted = mix(snapshot->hash_counted, snapshot->edges);
  return true;
}

/* A root's reference is no edge of an object, but known. */
static void count_roots(struct ouro_snapshot *snapshot) {
  snapshot->edges = 0;
  roots_each(snapshot->heap, count_edge, snapshot);
  snapshot->root_edges = snapshot->edges;
}

static bool hold_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct ouro_snapshot *snapshot = context;
  uint32_t id = ouro__id(heap, header);
  const uint32_t *inside = ouro__nodetable_counter(&snapshot->nodes, id);
  if (inside == NULL || header->refcount <= *inside)
    return true;
  ouro__nodetable_flag(&snapshot->nodes, id);
  snapshot->held_count++;
  return true;
}

/* ---- writing ---- */

static const char head[] =
    "{\"snapshot\":{\"meta\":{\"node_fields\":[\"type\",\"name\",\"id\",\"self_size\","
    "\"edge_count\",\"trace_node_id\",\"detachedness\"],\"node_types\":[[\"hidden\","
    "\"array\",\"string\",\"object\",\"code\",\"closure\",\"regexp\",\"number\","
    "\"native\",\"synthetic\",\"concatenated string\",\"sliced string\",\"symbol\","
    "\"bigint\",\"object shape\"],\"string\",\"number\",\"number\",\"number\","
    "\"number\",\"number\"],\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],"
    "\"edge_types\":[[\"context\",\"element\",\"property\",\"internal\",\"hidden\","
    "\"shortcut\",\"weak\"],\"string_or_number\",\"node\"],"
    "\"trace_function_info_fields\":[\"function_id\",\"name\",\"script_name\","
    "\"script_id\",\"line\",\"column\"],\"trace_node_fields\":[\"id\","
    "\"function_info_index\",\"count\",\"size\",\"children\"],\"sample_fields\":["
    "\"timestamp_us\",\"last_assigned_id\"],\"location_fields\":[\"object_index\","
    "\"script_id\",\"line\",\"column\"]},\"node_count\":";

/* The strings: of the groups, of the roots, of the types, of their declared fields. */
static const char *const group_names[FIRST_NODE] = {
    "", "(GC roots)", "(Registered roots)", "(Held from outside)"};

static uint64_t name_of_root(size_t root) {
  return FIRST_NODE + root;
}

static uint64_t name_of_type(const struct ouro_snapshot *snapshot,
                             const struct ouro_type *type) {
  return name_of_root(snapshot->heap->root_count) + type->index;
}

static void write_row(struct ouro_snapshot *snapshot, const uint64_t *row, size_t size,
                      bool is_first) {
  struct jsonout *out = &snapshot->out;
  for (size_t i = 0; i < size; i++) {
    if (i > 0 || !is_first)
      ouro__jsonout_text(out, ",");
    ouro__jsonout_number(out, row[i]);
  }
  ouro__jsonout_text(out, "\n");
}

static void write_node(struct ouro_snapshot *snapshot, uint64_t type, uint64_t name,
                       uint64_t id, uint64_t bytes, uint64_t edges) {
  const uint64_t row[NODE_FIELDS] = {type, name, id, bytes, edges, 0, 0};
  write_row(snapshot, row, NODE_FIELDS, snapshot->nodes_written == 0);
  snapshot->nodes_written++;
}

static void write_edge(struct ouro_snapshot *snapshot, uint64_t type, uint64_t name,
                       uint64_t to) {
  const uint64_t row[3] = {type, name, to * NODE_FIELDS};
  write_row(snapshot, row, 3, snapshot->edges_written == 0);
  snapshot->edges_written++;
}

static void write_head(struct ouro_snapshot *snapshot) {
  struct jsonout *out = &snapshot->out;
  uint64_t groups[FIRST_NODE] = {
      [ROOT] = 1 + snapshot->root_edges + snapshot->held_count,
      [GC_ROOTS] = 2,
      [REGISTERED] = snapshot->root_edges,
      [HELD] = snapshot->held_count,
  };
  for (unsigned i = 0; i < FIRST_NODE; i++)
    snapshot->edge_count += groups[i];
  /* DevTools keeps places in both arrays as 32-bit numbers. */
  if (snapshot->nodes.count > UINT32_MAX / NODE_FIELDS ||
      snapshot->edge_count > UINT32_MAX / 3) {
    snapshot->error = OURO_ELIMIT;
    return;
  }
  ouro__jsonout_text(out, head);
  ouro__jsonout_number(out, snapshot->nodes.count);
  ouro__jsonout_text(out, ",\"edge_count\":");
  ouro__jsonout_number(out, snapshot->edge_count);
  ouro__jsonout_text(out, ",\"trace_function_count\":0},\n\"nodes\":[");
  for (unsigned i = 0; i < FIRST_NODE; i++)
    write_node(snapshot, NODE_SYNTHETIC, i, i + 1, 0, groups[i]);
}

static bool write_object(ouro_heap *heap, ouro_header *header, void *context) {
  struct ouro_snapshot *snapshot = context;
  snapshot->edges = 0;
  refs_each(heap, header, count_edge, snapshot);
  write_node(snapshot, NODE_OBJECT, name_of_type(snapshot, ouro__type(heap, header)),
             (uint64_t)ouro__id(heap, header) + FIRST_NODE + 1,
             alloc_bytes(heap, header), snapshot->edges);
  snapshot->hash_nodes = mix(snapshot->hash_nodes, snapshot->edges);
  return snapshot->out.error == 0;
}

/* The registered roots, by name, from the root or their group. */
static void write_roots(struct ouro_snapshot *snapshot, uint64_t type) {
  const ouro_heap *heap = snapshot->heap;
  uint64_t edges = 0;
  for (size_t i = 0; i < heap->root_count; i++) {
    const ouro_header *target = root_target(&heap->roots[i]);
    uint64_t to;
    if (target == NULL ||
        !ouro__nodetable_number(&snapshot->nodes, ouro__id(heap, target), &to))
      continue;
    write_edge(snapshot, type, name_of_root(i), to);
    edges++;
  }
  if (edges != snapshot->root_edges)
    snapshot->error = OURO_ECHANGED;
}

static void write_root_edges(struct ouro_snapshot *snapshot) {
  ouro__jsonout_text(&snapshot->out, "],\n\"edges\":[");
  write_edge(snapshot, EDGE_ELEMENT, 1, GC_ROOTS);
  write_roots(snapshot, EDGE_SHORTCUT);
}

static void write_group_edges(struct ouro_snapshot *snapshot) {
  write_edge(snapshot, EDGE_ELEMENT, 1, REGISTERED);
  write_edge(snapshot, EDGE_ELEMENT, 2, HELD);
  write_roots(snapshot, EDGE_PROPERTY);
}

/* From the root by their types' names, from their group by numbers. */
static bool write_held(ouro_heap *heap, ouro_header *header, void *context) {
  struct ouro_snapshot *snapshot = context;
  uint32_t id = ouro__id(heap, header);
  uint64_t to;
  if (!ouro__nodetable_is_flagged(&snapshot->nodes, id) ||
      !ouro__nodetable_number(&snapshot->nodes, id, &to))
    return true;
  if (snapshot->stage == ROOT_HELD)
    write_edge(snapshot, EDGE_SHORTCUT,
               name_of_type(snapshot, ouro__type(heap, header)), to);
  else
    write_edge(snapshot, EDGE_ELEMENT, ++snapshot->element, to);
  return snapshot->out.error == 0;
}

/* Declared fields come in their order, so the next one is never far. */
static void write_reference(void *context, ouro_header *target, ouro_field field) {
  struct ouro_snapshot *snapshot = context;
  uint64_t to;
  meter_spend(snapshot->meter, 1);
  if (field.kind == OURO_FIELD_DECLARED)
    while (snapshot->type->refs[snapshot->declared] != field.at)
      snapshot->declared++;
  if (!ouro__nodetable_number(&snapshot->nodes, ouro__id(snapshot->heap, target), &to))
    return;
  snapshot->edges++;
  if (field.kind == OURO_FIELD_DECLARED)
    write_edge(snapshot, EDGE_PROPERTY,
               snapshot->ref_names[snapshot->type->index] + snapshot->declared, to);
  else
    write_edge(snapshot, EDGE_ELEMENT, field.at, to);
}

static bool write_references(ouro_heap *heap, ouro_header *header, void *context) {
  struct ouro_snapshot *snapshot = context;
  snapshot->edges = 0;
  snapshot->declared = 0;
  snapshot->type = ouro__type(heap, header);
  fields_each(heap, header, write_reference, snapshot);
  snapshot->hash_edges = mix(snapshot->hash_edges, snapshot->edges);
  return snapshot->out.error == 0;
}

/* The type whose declared field has this string. */
static void write_field_name(struct ouro_snapshot *snapshot, uint64_t string) {
  const ouro_heap *heap = snapshot->heap;
  uint32_t low = 0, high = heap->type_count - 1;
  while (low < high) {
    uint32_t middle = low + (high - low + 1) / 2;
    if (snapshot->ref_names[middle] <= string)
      low = middle;
    else
      high = middle - 1;
  }
  ouro__jsonout_text(&snapshot->out, "\"+");
  ouro__jsonout_number(&snapshot->out,
                       heap->types[low]->refs[string - snapshot->ref_names[low]]);
  ouro__jsonout_text(&snapshot->out, "\"");
}

static void write_string(struct ouro_snapshot *snapshot, uint64_t string) {
  const ouro_heap *heap = snapshot->heap;
  uint64_t types = name_of_root(heap->root_count);
  if (string < FIRST_NODE)
    ouro__jsonout_string(&snapshot->out, group_names[string]);
  else if (string < types)
    ouro__jsonout_string(&snapshot->out, heap->roots[string - FIRST_NODE].name);
  else if (string < types + heap->type_count)
    ouro__jsonout_string(&snapshot->out, heap->types[string - types]->name);
  else
    write_field_name(snapshot, string);
}

static void write_strings(struct ouro_snapshot *snapshot) {
  struct jsonout *out = &snapshot->out;
  if (snapshot->string == 0)
    ouro__jsonout_text(out, "],\n\"trace_function_infos\":[],\n\"trace_tree\":[],\n"
                            "\"samples\":[],\n\"locations\":[],\n\"strings\":[");
  while (snapshot->string < snapshot->strings && !meter_is_spent(snapshot->meter)) {
    if (snapshot->string > 0)
      ouro__jsonout_text(out, ",\n");
    write_string(snapshot, snapshot->string++);
    meter_spend(snapshot->meter, 1);
  }
  if (snapshot->string < snapshot->strings)
    return;
  ouro__jsonout_text(out, "]}\n");
  ouro__jsonout_flush(out);
  snapshot->stage = DONE;
}

/* ---- the stages ---- */

static void read_stamp(const ouro_heap *heap, uint64_t stamp[STAMPS]) {
  struct stats_totals totals = ouro__stats_totals(heap);
  stamp[BIRTHS] = totals.allocated_objects;
  stamp[DEATHS] = totals.freed_objects;
  stamp[ROOT_COUNT] = heap->root_count;
  stamp[TYPE_COUNT] = heap->type_count;
}

static bool has_changed(const struct ouro_snapshot *snapshot) {
  uint64_t now[STAMPS];
  read_stamp(snapshot->heap, now);
  return memcmp(now, snapshot->stamp, sizeof now) != 0;
}

static int begin(struct ouro_snapshot *snapshot) {
  ouro_heap *heap = snapshot->heap;
  read_stamp(heap, snapshot->stamp);
  int error = ouro__nodetable_init(&snapshot->nodes, heap, FIRST_NODE);
  if (error != OURO_OK)
    return error;
  snapshot->ref_names =
      ouro__allocate(heap, (heap->type_count + 1) * sizeof *snapshot->ref_names);
  if (snapshot->ref_names == NULL)
    return OURO_ENOMEM;
  uint64_t string = name_of_root(heap->root_count) + heap->type_count;
  for (uint32_t i = 0; i < heap->type_count; i++) {
    snapshot->ref_names[i] = string;
    string += heap->types[i]->info.ref_count;
  }
  snapshot->strings = string;
  return OURO_OK;
}

/* Whether the walk of this stage came to its end. */
static bool walk_stage(struct ouro_snapshot *snapshot, walk_visit *visit) {
  if (!walk_on(snapshot->heap, &snapshot->at, snapshot->meter, 0, visit, snapshot))
    return false;
  snapshot->at = 0;
  snapshot->stage++;
  return true;
}

static bool is_consistent(const struct ouro_snapshot *snapshot) {
  return snapshot->nodes_written == snapshot->nodes.count &&
         snapshot->hash_nodes == snapshot->hash_counted &&
         (snapshot->stage <= EDGES ||
          (snapshot->edges_written == snapshot->edge_count &&
           snapshot->hash_edges == snapshot->hash_counted));
}

static void walk_and_check(struct ouro_snapshot *snapshot, walk_visit *visit) {
  if (walk_stage(snapshot, visit) && !is_consistent(snapshot))
    snapshot->error = OURO_ECHANGED;
}

static void run_stage(struct ouro_snapshot *snapshot) {
  switch (snapshot->stage) {
  case LIST:
    if (walk_stage(snapshot, list_one))
      ouro__nodetable_close(&snapshot->nodes);
    return;
  case COUNT: (void)walk_stage(snapshot, count_one); return;
  case HOLDERS: (void)walk_stage(snapshot, hold_one); return;
  case NODES: walk_and_check(snapshot, write_object); return;
  case ROOT_HELD:
  case GROUP_HELD: (void)walk_stage(snapshot, write_held); return;
  case EDGES: walk_and_check(snapshot, write_references); return;
  case STRINGS: write_strings(snapshot); return;
  /* The rest is done at once. */
  case BEGIN: snapshot->error = begin(snapshot); break;
  case COUNT_ROOTS: count_roots(snapshot); break;
  case HEAD: write_head(snapshot); break;
  case ROOT_EDGES: write_root_edges(snapshot); break;
  default: write_group_edges(snapshot); break;
  }
  meter_spend(snapshot->meter, 1);
  snapshot->stage++;
}

int ouro_snapshot_step(ouro_snapshot *snapshot, const ouro_budget *budget,
                       bool *ret_done) {
  if (snapshot->error == OURO_OK && !may_look(snapshot->heap))
    return OURO_EBUSY;
  if (snapshot->stage > BEGIN && snapshot->stage < DONE && snapshot->error == OURO_OK &&
      has_changed(snapshot))
    snapshot->error = OURO_ECHANGED;
  struct meter meter = meter_start(budget);
  snapshot->meter = &meter;
  while (snapshot->error == OURO_OK && snapshot->stage != DONE &&
         !meter_is_spent(&meter)) {
    run_stage(snapshot);
    if (snapshot->error == OURO_OK)
      snapshot->error = snapshot->out.error;
  }
  snapshot->meter = NULL;
  if (snapshot->error == OURO_OK)
    *ret_done = snapshot->stage == DONE;
  return snapshot->error;
}

/* ---- life ---- */

ouro_snapshot *ouro_snapshot_new(ouro_heap *heap, ouro_snapshot_write *write,
                                 void *context) {
  ouro_snapshot *snapshot = ouro__allocate(heap, sizeof *snapshot);
  if (snapshot == NULL)
    return NULL;
  memset(snapshot, 0, sizeof *snapshot);
  snapshot->heap = heap;
  snapshot->out.write = write;
  snapshot->out.context = context;
  return snapshot;
}

void ouro_snapshot_free(ouro_snapshot *snapshot) {
  if (snapshot == NULL)
    return;
  ouro_heap *heap = snapshot->heap;
  ouro__nodetable_fini(&snapshot->nodes);
  /* As many as when it began: the stamp counts types. */
  ouro__deallocate(heap, snapshot->ref_names,
                   (snapshot->stamp[TYPE_COUNT] + 1) * sizeof *snapshot->ref_names);
  ouro__deallocate(heap, snapshot, sizeof *snapshot);
}
