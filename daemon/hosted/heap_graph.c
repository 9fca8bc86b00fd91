/* heap_graph.c - nodes in a list that is also the queue, and a table of addresses.
 *
 *   nodes   | n0 | n1 | n2 | n3 | n4 |        table: address --> number
 *                  ^ expanded next    ^ met next
 *   edges   0 -> 1, 0 -> 2, 1 -> 2 ...
 *
 * An object is described when it is met, in the slice in which somebody alive referred
 * to it, and looked up again before its own references are. One that died in between
 * keeps its node and has no edges. */
#include "heap_graph.h"

#include <stdlib.h>
#include <string.h>

#include "heap_describe.h"

#define PAGE         64u
#define TABLE_PLACES 16384u /* a power of two, three times PROTO_MAX_NODES */

/* What the text of a node and an edge takes beside their names. */
#define NODE_TEXT_BYTES 110u
#define EDGE_TEXT_BYTES 34u

struct graph_task {
  struct heap_task base;
  uint64_t root;
  bool is_whole;      /* no root */
  ouro_cursor cursor; /* of the whole heap; at its end when that is not gathered */
  unsigned depth;
  size_t limit, bytes;
  struct proto_object *nodes; /* owned */
  uint8_t *depths;            /* owned; of each node */
  size_t count, next;         /* met, and the one to expand */
  struct proto_edge *edges;   /* owned */
  size_t edge_count, edge_room;
  bool is_truncated, is_short; /* memory */
  uint32_t table[TABLE_PLACES];
};

/* As a string of JSON: quotes and backslashes take two. */
static size_t text_bytes(const char *text) {
  size_t bytes = 0;
  for (; *text != '\0'; text++)
    bytes += *text == '"' || *text == '\\' ? 2 : 1;
  return bytes;
}

/* --- nodes --- */

static uint32_t *place_of(struct graph_task *task, uint64_t id) {
  uint64_t at = (id >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 32;
  for (;; at++) {
    uint32_t *place = &task->table[at & (TABLE_PLACES - 1)];
    if (*place == 0 || task->nodes[*place - 1].id == id)
      return place;
  }
}

/* The number of a node, made where `may_add`; false when it is none. */
static bool find_node(struct graph_task *task, const void *object, bool may_add,
                      unsigned depth, uint32_t *ret) {
  uint32_t *place = place_of(task, (uint64_t)(uintptr_t)object);
  if (*place == 0) {
    if (!may_add || task->count == task->limit || task->bytes >= HEAP_GRAPH_MAX_BYTES)
      return false;
    struct proto_object *node = &task->nodes[task->count];
    heap_describe(task->base.thread, object, node);
    task->bytes += NODE_TEXT_BYTES + text_bytes(node->type) + text_bytes(node->text);
    task->depths[task->count++] = depth < UINT8_MAX ? (uint8_t)depth : UINT8_MAX;
    *place = (uint32_t)task->count;
  }
  *ret = *place - 1;
  return true;
}

/* --- edges --- */

static void add_edge(struct graph_task *task, uint32_t from, uint32_t to,
                     const void *object, ouro_field field) {
  if (task->edge_count == HEAP_GRAPH_MAX_EDGES || task->bytes >= HEAP_GRAPH_MAX_BYTES) {
    task->is_truncated = true;
    return;
  }
  if (task->edge_count == task->edge_room) {
    size_t room = task->edge_room == 0 ? 64 : task->edge_room * 2;
    struct proto_edge *grown = realloc(task->edges, room * sizeof *grown);
    if (grown == NULL) {
      task->is_short = true;
      return;
    }
    task->edges = grown;
    task->edge_room = room;
  }
  struct proto_edge *edge = &task->edges[task->edge_count++];
  edge->from = from;
  edge->to = to;
  heap_describe_field(task->base.thread, object, field, edge->field);
  task->bytes += EDGE_TEXT_BYTES + text_bytes(edge->field);
}

struct expanding {
  struct graph_task *task;
  const void *object;
};

static void note_reference(void *target, ouro_field field, void *argument) {
  const struct expanding *from = argument;
  struct graph_task *task = from->task;
  unsigned depth = task->depths[task->next];
  bool may_add = task->is_whole || depth < task->depth;
  uint32_t to = 0;
  if (find_node(task, target, may_add, depth + 1, &to))
    add_edge(task, (uint32_t)task->next, to, from->object, field);
  else
    task->is_truncated = true;
}

/* --- the task --- */

/* Without a root: the next page of the heap, of which most may be known. 0 or core's
 * error. */
static int gather(struct graph_task *task, const ouro_budget *budget) {
  void *page[PAGE];
  size_t count = 0;
  uint32_t ignored;
  int error = ouro_objects_page(task->base.thread->heap, OURO_IN_ALL, NULL, budget,
                                &task->cursor, page, PAGE, &count);
  for (size_t i = 0; i < count && error == 0 && !task->is_truncated; i++)
    task->is_truncated = !find_node(task, page[i], true, 0, &ignored);
  if (task->is_truncated)
    task->cursor = OURO_CURSOR_END; /* there is no room for more */
  return error;
}

static void expand(struct graph_task *task) {
  const void *object =
      ouro_object_at(task->base.thread->heap, (uintptr_t)task->nodes[task->next].id);
  struct expanding from = {task, object};
  if (object != NULL)
    ouro_fields(task->base.thread->heap, object, note_reference, &from);
  task->next++;
}

/* What the registered roots reach comes first, so that a part of a large heap hangs
 * together. */
static void begin_at_roots(struct graph_task *task) {
  ouro_root root;
  uint32_t ignored;
  for (size_t i = 0; ouro_root_at(task->base.thread->heap, i, &root) == 0; i++)
    if (root.object != NULL && !find_node(task, root.object, true, 0, &ignored))
      task->is_truncated = true;
}

static bool tell(struct graph_task *task) {
  struct proto_result *ret = task->base.ret;
  *ret = (struct proto_result){.kind = PROTO_RESULT_GRAPH};
  if (heap_describe_roots(task->base.thread, NULL, &ret->as.graph.roots,
                          &ret->as.graph.root_count) != 0)
    return heap_task_fail(ret, OURO_ENOMEM);
  ret->as.graph.nodes = task->nodes;
  ret->as.graph.node_count = task->count;
  ret->as.graph.edges = task->edges;
  ret->as.graph.edge_count = task->edge_count;
  ret->as.graph.truncated = task->is_truncated;
  task->nodes = NULL;
  task->edges = NULL;
  return true;
}

static bool step(struct heap_task *base, const ouro_budget *budget) {
  struct graph_task *task = (struct graph_task *)base;
  uint64_t slice_ns = uv_hrtime() + HEAP_TASK_SLICE_NS;
  if (ouro_gc_is_stepping(base->thread->heap))
    return heap_task_fail(base->ret, OURO_EBUSY);
  while (!task->is_short && uv_hrtime() < slice_ns) {
    int error = 0;
    if (task->next < task->count)
      expand(task);
    else if (task->cursor != OURO_CURSOR_END)
      error = gather(task, budget);
    else
      return tell(task);
    if (error != 0)
      return heap_task_fail(base->ret, error);
  }
  return task->is_short && heap_task_fail(base->ret, OURO_ENOMEM);
}

static void free_task(struct heap_task *base) {
  struct graph_task *task = (struct graph_task *)base;
  free(task->nodes);
  free(task->depths);
  free(task->edges);
  free(task);
}

struct heap_task *heap_graph_begin(struct heap_thread *thread,
                                   const struct proto_request *request,
                                   struct proto_result *ret) {
  static const struct heap_task_ops ops = {step, free_task};
  const void *root = NULL;
  uint32_t ignored;
  if (request->params.look.has_id) {
    root = heap_task_object(thread, request->params.look.id, ret);
    if (root == NULL)
      return NULL;
  }
  struct graph_task *task = calloc(1, sizeof *task);
  if (heap_task_init((struct heap_task *)task, &ops, thread, ret) == NULL)
    return NULL;
  task->is_whole = root == NULL;
  task->depth = request->params.look.depth;
  task->limit = request->params.look.limit;
  task->nodes = calloc(task->limit, sizeof *task->nodes);
  task->depths = calloc(task->limit, sizeof *task->depths);
  if (task->nodes == NULL || task->depths == NULL) {
    heap_task_fail(ret, OURO_ENOMEM);
    free_task(&task->base);
    return NULL;
  }
  task->cursor = task->is_whole ? 0 : OURO_CURSOR_END;
  if (root != NULL)
    find_node(task, root, true, 0, &ignored);
  else
    begin_at_roots(task);
  return &task->base;
}
