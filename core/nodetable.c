/* nodetable.c - a bit, a counter and a flag a block, in one allocation a pool. */
#include "nodetable.h"

struct nodes {
  size_t bytes; /* of this allocation */
  uint64_t first;
  uint64_t *bits; /* which blocks are objects */
  uint64_t *flags;
  uint32_t *before;   /* objects before each 64 blocks */
  uint32_t *counters; /* by block */
};

static struct nodes *add_nodes(ouro_heap *heap, size_t blocks) {
  size_t words = (blocks + 63) / 64;
  size_t bytes = sizeof(struct nodes) + words * (8 + 8 + 4) + blocks * 4;
  struct nodes *nodes = ouro__allocate(heap, bytes);
  if (nodes == NULL)
    return NULL;
  memset(nodes, 0, bytes);
  nodes->bytes = bytes;
  nodes->bits = (uint64_t *)(nodes + 1);
  nodes->flags = nodes->bits + words;
  nodes->before = (uint32_t *)(nodes->flags + words);
  nodes->counters = nodes->before + words;
  return nodes;
}

static void free_nodes(ouro_heap *heap, struct nodes *nodes) {
  if (nodes != NULL)
    ouro__deallocate(heap, nodes, nodes->bytes);
}

int ouro__nodetable_init(struct nodetable *table, ouro_heap *heap, uint64_t first) {
  size_t bytes = (heap->pool_top + 1) * sizeof *table->pools;
  *table = (struct nodetable){
      .heap = heap,
      .pools = ouro__allocate(heap, bytes),
      .pool_count = heap->pool_top,
      .large_slots = heap->large_top,
      .count = first,
  };
  if (table->pools == NULL)
    return OURO_ENOMEM;
  memset(table->pools, 0, bytes);
  table->large = add_nodes(heap, table->large_slots);
  return table->large != NULL ? OURO_OK : OURO_ENOMEM;
}

void ouro__nodetable_fini(struct nodetable *table) {
  if (table->pools == NULL)
    return;
  for (uint32_t i = 0; i < table->pool_count; i++)
    free_nodes(table->heap, table->pools[i]);
  free_nodes(table->heap, table->large);
  ouro__deallocate(table->heap, table->pools,
                   (table->pool_count + 1) * sizeof *table->pools);
}

/* The table that an id is in, and which of its blocks; NULL where there is none. */
static struct nodes *nodes_of(const struct nodetable *table, uint32_t id,
                              uint32_t *ret_block) {
  uint32_t large_id = table->heap->large_id;
  if (id >= large_id) {
    *ret_block = id - large_id;
    return *ret_block < table->large_slots ? table->large : NULL;
  }
  uint32_t index = id >> OURO__BLOCK_BITS;
  *ret_block = id & (OURO__BLOCKS - 1);
  return index < table->pool_count ? table->pools[index] : NULL;
}

static bool has_bit(const uint64_t *bits, uint32_t block) {
  return bits[block / 64] >> (block & 63) & 1;
}

int ouro__nodetable_add(struct nodetable *table, uint32_t id) {
  uint32_t block;
  struct nodes *nodes = nodes_of(table, id, &block);
  if (nodes == NULL) {
    uint32_t index = id >> OURO__BLOCK_BITS;
    OURO_ASSERT(index < table->pool_count);
    nodes = add_nodes(table->heap, table->heap->pools[index].capacity);
    if (nodes == NULL)
      return OURO_ENOMEM;
    nodes->first = table->count;
    table->pools[index] = nodes;
  } else if (nodes == table->large && nodes->first == 0) {
    nodes->first = table->count;
  }
  nodes->bits[block / 64] |= UINT64_C(1) << (block & 63);
  table->count++;
  return OURO_OK;
}

static void sum(struct nodes *nodes, size_t blocks) {
  uint32_t before = 0;
  for (size_t word = 0; nodes != NULL && word < (blocks + 63) / 64; word++) {
    nodes->before[word] = before;
    before += (uint32_t)__builtin_popcountll(nodes->bits[word]);
  }
}

void ouro__nodetable_close(struct nodetable *table) {
  for (uint32_t i = 0; i < table->pool_count; i++)
    sum(table->pools[i], table->heap->pools[i].capacity);
  sum(table->large, table->large_slots);
}

bool ouro__nodetable_number(const struct nodetable *table, uint32_t id, uint64_t *ret) {
  uint32_t block;
  const struct nodes *nodes = nodes_of(table, id, &block);
  if (nodes == NULL || !has_bit(nodes->bits, block))
    return false;
  uint64_t below = nodes->bits[block / 64] & ((UINT64_C(1) << (block & 63)) - 1);
  *ret =
      nodes->first + nodes->before[block / 64] + (uint64_t)__builtin_popcountll(below);
  return true;
}

uint32_t *ouro__nodetable_counter(struct nodetable *table, uint32_t id) {
  uint32_t block;
  struct nodes *nodes = nodes_of(table, id, &block);
  return nodes != NULL && has_bit(nodes->bits, block) ? &nodes->counters[block] : NULL;
}

void ouro__nodetable_flag(struct nodetable *table, uint32_t id) {
  uint32_t block;
  struct nodes *nodes = nodes_of(table, id, &block);
  nodes->flags[block / 64] |= UINT64_C(1) << (block & 63);
}

bool ouro__nodetable_is_flagged(const struct nodetable *table, uint32_t id) {
  uint32_t block;
  const struct nodes *nodes = nodes_of(table, id, &block);
  return nodes != NULL && has_bit(nodes->flags, block);
}
