/* tangle.h - a random graph of all kinds of objects, and who is who in it.
 *
 * Objects of every type of nodes.h, large ones too, with raw blocks in between, and
 * random references. Each object is in the table; what `is_held` says is also held by
 * the table's own count, the rest only by others or, on cycles, by nobody. Nothing
 * dies until tangle_fini(): make the heap with explicit safepoints. */
#ifndef OURO_TESTS_SUPPORT_TANGLE_H
#define OURO_TESTS_SUPPORT_TANGLE_H

#include "nodes.h"
#include "rng.h"

#define TANGLE_BAG 4

struct tangled {
  void *object;
  uint32_t id;
  bool is_held;
  void *block; /* a raw one, for the pools to be mixed */
};

struct tangle {
  struct nodes *nodes;
  struct rng rng;
  struct tangled *items; /* by id, the same in every run of a seed */
  size_t count;
};

static inline int tangle_by_id(const void *a, const void *b) {
  uint32_t left = ((const struct tangled *)a)->id;
  uint32_t right = ((const struct tangled *)b)->id;
  return left < right ? -1 : left > right;
}

static inline size_t tangle_index(const struct tangle *tangle, const void *object) {
  const struct tangled key = {.id = ouro_object_id(tangle->nodes->heap, object)};
  const struct tangled *found =
      bsearch(&key, tangle->items, tangle->count, sizeof *tangle->items, tangle_by_id);
  assert_non_null(found);
  assert_ptr_equal(found->object, object);
  return (size_t)(found - tangle->items);
}

/* The last tenth is an island: it refers only to itself and nothing else to it. */
static inline bool tangle_is_island(const struct tangle *tangle, size_t index) {
  return index >= tangle->count - tangle->count / 10;
}

static inline void *tangle_neighbour(struct tangle *tangle, size_t of) {
  uint32_t island = (uint32_t)(tangle->count / 10);
  uint32_t mainland = (uint32_t)tangle->count - island;
  size_t index = tangle_is_island(tangle, of)
                     ? mainland + rng_below(&tangle->rng, island)
                     : rng_below(&tangle->rng, mainland);
  return tangle->items[index].object;
}

static inline void *tangle_new(struct tangle *tangle) {
  struct nodes *nodes = tangle->nodes;
  switch (rng_below(&tangle->rng, 8)) {
  case 0: return nodes_bag(nodes, TANGLE_BAG);
  case 1: return ouro_new(nodes->heap, nodes->leaf);
  case 2: return ouro_new_tail(nodes->heap, nodes->row, 40);
  case 3:
    return ouro_new_tail(nodes->heap, nodes->row,
                         rng_below(&tangle->rng, 4) == 0 ? 800 : 16);
  case 4: return nodes_person(nodes);
  default: return nodes_new(nodes);
  }
}

/* The addresses of an object's reference fields. */
static inline size_t tangle_fields(const struct nodes *nodes, void *object,
                                   void ***ret_fields) {
  const ouro_type *type = ouro_object_type(nodes->heap, object);
  *ret_fields = object; /* a node's are its first three words */
  if (type == nodes->leaf)
    return 0;
  if (type == nodes->bag) {
    *ret_fields = ((struct bag *)object)->items;
    return TANGLE_BAG;
  }
  if (type == nodes->row) {
    *ret_fields = ((struct row *)object)->items;
    return ouro_object_tail_capacity(nodes->heap, object) / sizeof(void *);
  }
  return 3;
}

/* `fill`: how many of 100 fields refer to something. */
static inline void tangle_init(struct tangle *tangle, struct nodes *nodes,
                               uint64_t seed, size_t count, uint32_t fill) {
  *tangle = (struct tangle){.nodes = nodes, .rng = {seed}, .count = count};
  tangle->items = calloc(count, sizeof *tangle->items);
  assert_non_null(tangle->items);
  for (size_t i = 0; i < count; i++) {
    tangle->items[i].object = tangle_new(tangle);
    assert_non_null(tangle->items[i].object);
    tangle->items[i].id = ouro_object_id(nodes->heap, tangle->items[i].object);
    tangle->items[i].is_held = true;
    if (rng_below(&tangle->rng, 4) == 0)
      tangle->items[i].block =
          ouro_block_new(nodes->heap, rng_below(&tangle->rng, 700));
  }
  qsort(tangle->items, count, sizeof *tangle->items, tangle_by_id);
  for (size_t i = 0; i < count; i++) {
    void **fields;
    size_t length = tangle_fields(nodes, tangle->items[i].object, &fields);
    for (size_t j = 0; j < length; j++)
      if (rng_below(&tangle->rng, 100) < fill)
        ouro_set(nodes->heap, &fields[j], tangle_neighbour(tangle, i));
  }
  for (size_t i = 0; i < count; i++) {
    struct tangled *item = &tangle->items[i];
    if (ouro_refcount(item->object) < 2 ||
        (!tangle_is_island(tangle, i) && rng_below(&tangle->rng, 50) == 0))
      continue;
    ouro_decref(nodes->heap, item->object);
    item->is_held = false;
  }
}

static inline void tangle_fini(struct tangle *tangle) {
  ouro_heap *heap = tangle->nodes->heap;
  for (size_t i = 0; i < tangle->count; i++) {
    ouro_block_free(heap, tangle->items[i].block);
    if (tangle->items[i].is_held)
      ouro_decref(heap, tangle->items[i].object);
  }
  free(tangle->items);
}

static inline int tangle_setup(void **state) {
  return nodes_setup_with(state, &(ouro_heap_config){.explicit_safepoints = true});
}

#endif
