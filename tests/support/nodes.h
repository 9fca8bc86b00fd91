/* nodes.h - a heap with a few types of nodes, made and checked around every test.
 *
 *   Node   three declared references: simple, freed in bulk
 *   Person the same with a finalizer that counts (and may do what a test tells it)
 *   Bag    references in memory of its own: traverse, clear, dealloc
 *   Leaf   acyclic
 *   Row    a tail of references; large when it is long */
#ifndef OURO_TESTS_SUPPORT_NODES_H
#define OURO_TESTS_SUPPORT_NODES_H

#include <ouro/ouro.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

struct node {
  struct node *a, *b, *c;
  uint64_t number;
};

struct bag {
  void **items; /* owned memory, owned references */
  size_t count;
};

struct row {
  uint64_t number;
  void *items[];
};

struct nodes {
  ouro_heap *heap;
  const ouro_type *node, *person, *bag, *leaf, *row;
  unsigned finalized, deallocated;
  void (*on_finalize)(struct nodes *nodes, void *object);
  void *kept; /* for on_finalize */
};

static inline void nodes_finalize(ouro_heap *heap, void *object) {
  struct nodes *nodes = ouro_heap_user(heap);
  nodes->finalized++;
  if (nodes->on_finalize != NULL)
    nodes->on_finalize(nodes, object);
}

static inline void nodes_bag_traverse(const void *object, ouro_visit *visit,
                                      void *argument) {
  const struct bag *bag = object;
  for (size_t i = 0; i < bag->count; i++)
    visit(bag->items[i], argument);
}

static inline void nodes_bag_clear(ouro_heap *heap, void *object) {
  struct bag *bag = object;
  for (size_t i = 0; i < bag->count; i++)
    ouro_clear(heap, &bag->items[i]);
}

static inline void nodes_bag_dealloc(ouro_heap *heap, void *object) {
  struct nodes *nodes = ouro_heap_user(heap);
  struct bag *bag = object;
  free(bag->items);
  nodes->deallocated++;
}

static inline int nodes_add_types(struct nodes *nodes) {
  static const size_t refs[] = {offsetof(struct node, a), offsetof(struct node, b),
                                offsetof(struct node, c)};
  ouro_type_info infos[] = {
      {.name = "Node", .size = sizeof(struct node), .refs = refs, .ref_count = 3},
      {.name = "Person",
       .size = sizeof(struct node),
       .refs = refs,
       .ref_count = 3,
       .finalize = nodes_finalize},
      {.name = "Bag",
       .size = sizeof(struct bag),
       .traverse = nodes_bag_traverse,
       .clear = nodes_bag_clear,
       .dealloc = nodes_bag_dealloc},
      {.name = "Leaf", .size = 16, .flags = OURO_TYPE_ACYCLIC},
      {.name = "Row", .size = sizeof(struct row), .flags = OURO_TYPE_TAIL_REFS},
  };
  const ouro_type **types[] = {&nodes->node, &nodes->person, &nodes->bag, &nodes->leaf,
                               &nodes->row};
  for (unsigned i = 0; i < 5; i++) {
    int error = ouro_type_new(nodes->heap, &infos[i], types[i]);
    if (error != OURO_OK)
      return error;
  }
  return OURO_OK;
}

static inline int nodes_setup_with(void **state, const ouro_heap_config *config) {
  struct nodes *nodes = calloc(1, sizeof *nodes);
  assert_non_null(nodes);
  nodes->heap = ouro_heap_new(config);
  assert_non_null(nodes->heap);
  ouro_heap_set_user(nodes->heap, nodes);
  assert_int_equal(nodes_add_types(nodes), OURO_OK);
  *state = nodes;
  return 0;
}

static inline int nodes_setup(void **state) {
  return nodes_setup_with(state, NULL);
}

static inline uint64_t nodes_live(const struct nodes *nodes) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  return stats.live_objects;
}

static inline void nodes_verify(struct nodes *nodes) {
  char message[160] = "";
  int error = ouro_verify(nodes->heap, message, sizeof message);
  if (error != OURO_OK)
    print_error("verify: %s\n", message);
  assert_int_equal(error, OURO_OK);
}

/* Every test leaves a heap that is whole and, after a collection, empty. */
static inline int nodes_teardown(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = NULL;
  nodes_verify(nodes);
  ouro_gc_collect(nodes->heap, 2, NULL);
  nodes_verify(nodes);
  uint64_t left = nodes_live(nodes);
  ouro_heap_free(nodes->heap);
  free(nodes);
  assert_int_equal(left, 0);
  return 0;
}

static inline struct node *nodes_new(struct nodes *nodes) {
  struct node *node = ouro_new(nodes->heap, nodes->node);
  assert_non_null(node);
  return node;
}

static inline struct node *nodes_person(struct nodes *nodes) {
  struct node *node = ouro_new(nodes->heap, nodes->person);
  assert_non_null(node);
  return node;
}

static inline struct bag *nodes_bag(struct nodes *nodes, size_t count) {
  struct bag *bag = ouro_new(nodes->heap, nodes->bag);
  assert_non_null(bag);
  bag->items = calloc(count, sizeof *bag->items);
  assert_non_null(bag->items);
  bag->count = count;
  return bag;
}

/* Two nodes that refer to each other and that nobody else refers to. */
static inline void nodes_drop_cycle(struct nodes *nodes, const ouro_type *type) {
  struct node *first = ouro_new(nodes->heap, type);
  struct node *second = ouro_new(nodes->heap, type);
  assert_non_null(first);
  assert_non_null(second);
  ouro_set(nodes->heap, &first->a, second);
  ouro_set_take(nodes->heap, &second->a, first);
  ouro_decref(nodes->heap, second);
}

#endif
