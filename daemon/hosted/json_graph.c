/* json_graph.c - walks a JSON tree with a stack of its own and makes the twin objects.
 *
 *   Object    | parent | count | member 0 | member 1 | ... | "key0\0key1\0..." |
 *   Array     | parent | count | member 0 | member 1 | ...
 *   String    | parent | bytes | text
 *   Integer   | parent | value |                 Real, Boolean, Null likewise
 *
 * An Array's members are the tail of references that the heap knows by itself. An
 * Object has the keys behind its members, so it lists its references by a function:
 * both of core's ways are in use. All values have a parent and so all are containers,
 * tracked and counted against the threshold. */
#include "json_graph.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

struct container {
  void *parent;
  uint64_t count;
  void *members[];
};

struct scalar {
  void *parent;
  union {
    json_int_t integer;
    double real;
    bool boolean;
    uint64_t bytes; /* of a string, which follows */
  } value;
};

static const size_t parent_field[] = {0};

static void traverse_object(const void *object, ouro_visit *visit, void *argument) {
  const struct container *node = object;
  visit(node->parent, argument);
  for (uint64_t i = 0; i < node->count; i++)
    visit(node->members[i], argument);
}

static void clear_object(ouro_heap *heap, void *object) {
  struct container *node = object;
  ouro_clear(heap, &node->parent);
  for (uint64_t i = 0; i < node->count; i++)
    ouro_clear(heap, &node->members[i]);
}

int json_graph_init(struct json_graph *graph, ouro_heap *heap) {
  struct json_types *types = &graph->types;
  const struct {
    const ouro_type **ret;
    ouro_type_info info;
  } table[] = {
      {&types->object,
       {.name = "json.Object",
        .size = sizeof(struct container),
        .traverse = traverse_object,
        .clear = clear_object}},
      {&types->array,
       {.name = "json.Array",
        .size = sizeof(struct container),
        .refs = parent_field,
        .ref_count = 1,
        .flags = OURO_TYPE_TAIL_REFS}},
      {&types->string,
       {.name = "json.String",
        .size = sizeof(struct scalar),
        .refs = parent_field,
        .ref_count = 1}},
      {&types->integer,
       {.name = "json.Integer",
        .size = sizeof(struct scalar),
        .refs = parent_field,
        .ref_count = 1}},
      {&types->real,
       {.name = "json.Real",
        .size = sizeof(struct scalar),
        .refs = parent_field,
        .ref_count = 1}},
      {&types->boolean,
       {.name = "json.Boolean",
        .size = sizeof(struct scalar),
        .refs = parent_field,
        .ref_count = 1}},
      {&types->null,
       {.name = "json.Null",
        .size = sizeof(void *),
        .refs = parent_field,
        .ref_count = 1}},
  };
  *graph = (struct json_graph){.heap = heap};
  graph->frames = calloc(JSON_PARSER_MAX_DEPTH + 1, sizeof *graph->frames);
  int error = graph->frames == NULL ? OURO_ENOMEM : 0;
  for (size_t i = 0; i < sizeof table / sizeof table[0] && error == 0; i++)
    error = ouro_type_new(heap, &table[i].info, table[i].ret);
  return error;
}

void json_graph_fini(struct json_graph *graph) {
  json_graph_drop(graph);
  free(graph->frames);
  graph->frames = NULL;
}

/* --- one object of each kind; NULL when memory is short --- */

static void *new_object(struct json_graph *graph, json_t *value) {
  size_t count = json_object_size(value), bytes = 0;
  for (void *at = json_object_iter(value); at != NULL;
       at = json_object_iter_next(value, at))
    bytes += strlen(json_object_iter_key(at)) + 1;
  struct container *node = ouro_new_tail(graph->heap, graph->types.object,
                                         count * sizeof node->members[0] + bytes);
  if (node == NULL)
    return NULL;
  node->count = count;
  char *to = (char *)&node->members[count];
  for (void *at = json_object_iter(value); at != NULL;
       at = json_object_iter_next(value, at)) {
    size_t length = strlen(json_object_iter_key(at)) + 1;
    memcpy(to, json_object_iter_key(at), length);
    to += length;
  }
  return node;
}

static void *new_array(struct json_graph *graph, const json_t *value) {
  size_t count = json_array_size(value);
  struct container *node =
      ouro_new_tail(graph->heap, graph->types.array, count * sizeof node->members[0]);
  if (node != NULL)
    node->count = count;
  return node;
}

static void *new_string(struct json_graph *graph, const json_t *value) {
  size_t length = json_string_length(value);
  struct scalar *node = ouro_new_tail(graph->heap, graph->types.string, length);
  if (node == NULL)
    return NULL;
  node->value.bytes = length;
  memcpy(node + 1, json_string_value(value), length);
  return node;
}

static void *new_node(struct json_graph *graph, json_t *value) {
  struct scalar *node = NULL;
  switch (json_typeof(value)) {
  case JSON_OBJECT: return new_object(graph, value);
  case JSON_ARRAY: return new_array(graph, value);
  case JSON_STRING: return new_string(graph, value);
  case JSON_INTEGER:
    node = ouro_new(graph->heap, graph->types.integer);
    if (node != NULL)
      node->value.integer = json_integer_value(value);
    return node;
  case JSON_REAL:
    node = ouro_new(graph->heap, graph->types.real);
    if (node != NULL)
      node->value.real = json_real_value(value);
    return node;
  case JSON_TRUE:
  case JSON_FALSE:
    node = ouro_new(graph->heap, graph->types.boolean);
    if (node != NULL)
      node->value.boolean = json_is_true(value);
    return node;
  case JSON_NULL: break;
  }
  return ouro_new(graph->heap, graph->types.null);
}

/* --- the walk --- */

/* A new container is looked into before its next sibling. */
static void push(struct json_graph *graph, json_t *value, void *node) {
  if (!json_is_object(value) && !json_is_array(value))
    return;
  graph->frames[graph->depth++] = (struct json_frame){
      .value = value,
      .member = json_is_object(value) ? json_object_iter(value) : NULL,
      .node = node};
}

/* The next value of a container, or NULL after the last. */
static json_t *next_value(struct json_frame *frame) {
  if (json_is_array(frame->value))
    return json_array_get(frame->value, frame->next);
  if (frame->member == NULL)
    return NULL;
  json_t *value = json_object_iter_value(frame->member);
  frame->member = json_object_iter_next(frame->value, frame->member);
  return value;
}

void json_graph_begin_take(struct json_graph *graph, json_t *document) {
  json_graph_drop(graph);
  graph->document = document;
}

/* Make the root, or the next member of the innermost container. */
static int build_one(struct json_graph *graph, unsigned *ret_made) {
  struct json_frame *frame = NULL;
  json_t *value = graph->document;
  if (graph->root != NULL) {
    frame = &graph->frames[graph->depth - 1];
    value = next_value(frame);
    if (value == NULL) {
      graph->depth--;
      return 0;
    }
  }
  void *node = new_node(graph, value);
  if (node == NULL)
    return OURO_ENOMEM;
  if (frame == NULL) {
    graph->root = node;
  } else {
    struct container *parent = frame->node;
    ouro_set(graph->heap, node, parent); /* every node begins with its parent */
    ouro_set_take(graph->heap, &parent->members[frame->next++], node);
  }
  graph->nodes++;
  ++*ret_made;
  push(graph, value, node);
  return 0;
}

int json_graph_build(struct json_graph *graph, unsigned limit, unsigned *ret_made) {
  *ret_made = 0;
  while (*ret_made < limit) {
    int error = build_one(graph, ret_made);
    if (error != 0)
      return error;
    if (graph->depth == 0)
      return 1;
  }
  return 0;
}

void *json_graph_take(struct json_graph *graph) {
  void *root = graph->root;
  graph->root = NULL;
  json_graph_drop(graph);
  return root;
}

void json_graph_drop(struct json_graph *graph) {
  void *root = graph->root;
  json_decref(graph->document); /* NULL is allowed */
  graph->document = NULL;
  graph->root = NULL;
  graph->depth = 0;
  graph->nodes = 0;
  if (root != NULL)
    ouro_decref(graph->heap, root);
}

/* --- in words --- */

void json_graph_text(const struct json_graph *graph, const void *object, char *ret,
                     size_t size) {
  const struct json_types *types = &graph->types;
  const ouro_type *type = ouro_object_type(graph->heap, object);
  const struct container *container = object;
  const struct scalar *scalar = object;
  if (type == types->object)
    snprintf(ret, size, "{%llu}", (unsigned long long)container->count);
  else if (type == types->array)
    snprintf(ret, size, "[%llu]", (unsigned long long)container->count);
  else if (type == types->string)
    proto_utf8_copy(ret, size, (const char *)(scalar + 1), scalar->value.bytes);
  else if (type == types->integer)
    snprintf(ret, size, "%lld", (long long)scalar->value.integer);
  else if (type == types->real)
    snprintf(ret, size, "%g", scalar->value.real);
  else if (type == types->boolean)
    snprintf(ret, size, "%s", scalar->value.boolean ? "true" : "false");
}

/* Why `parent` can be told by its place: an Object reports it as the first, all others
 * declare it. */
void json_graph_field(const struct json_graph *graph, const void *object,
                      ouro_field field, char *ret, size_t size) {
  const struct container *node = object;
  bool is_object = ouro_object_type(graph->heap, object) == graph->types.object;
  if (field.kind == OURO_FIELD_DECLARED || (is_object && field.at == 0)) {
    snprintf(ret, size, "parent");
    return;
  }
  if (!is_object || field.at > node->count)
    return;
  const char *key = (const char *)&node->members[node->count];
  for (size_t i = 1; i < field.at; i++)
    key += strlen(key) + 1;
  proto_utf8_copy(ret, size, key, strlen(key));
}
