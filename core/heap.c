/* heap.c - a heap's life and configuration. */
#include "heap_private.h"

#include "alloc.h"
#include "arena.h"
#include "block.h"
#include "debug.h"
#include "generation.h"
#include "profile.h"
#include "roots.h"
#include "walk.h"
#include "weakref.h"

ouro_heap *ouro_heap_new(const ouro_heap_config *config) {
  static const ouro_heap_config defaults;
  if (config == NULL)
    config = &defaults;
  const ouro_memory *memory =
      config->memory != NULL ? config->memory : &ouro__system_memory;
  ouro_heap *heap = memory->allocate(memory->context, sizeof *heap);
  if (heap == NULL)
    return NULL;
  memset(heap, 0, sizeof *heap);
  heap->memory = *memory;
  heap->memory_limit = config->memory_limit_bytes;
  heap->explicit_safepoints = config->explicit_safepoints;
  heap->born_ns = ouro__now_ns();
  heap->enabled = true;
  heap->thresholds[0] = OURO__THRESHOLD0;
  heap->thresholds[1] = OURO__THRESHOLD1;
  heap->thresholds[2] = OURO__THRESHOLD2;
  heap->external_threshold = OURO__EXTERNAL_BYTES;
  atomic_init(&heap->request, 0);
  atomic_init(&heap->trigger, 0);
  for (unsigned i = 0; i < OURO__CLASSES; i++)
    heap->classes[i] =
        (struct size_class){.current = &heap->no_pool, .partial = OURO__NONE};
  if (ouro__arena_init(heap, config->reserve_bytes, config->initial_arenas) !=
      OURO_OK) {
    ouro_heap_free(heap);
    return NULL;
  }
  ouro__generation_update_trigger(heap);
  return heap;
}

static bool dealloc_one(ouro_heap *heap, ouro_header *header, void *context) {
  (void)context;
  const struct ouro_type *type = ouro__type(heap, header);
  if (type->info.dealloc != NULL)
    type->info.dealloc(heap, ouro__payload(header));
  return true;
}

static void free_list(ouro_heap *heap, struct header_list *list) {
  ouro__deallocate(heap, list->items, list->capacity * sizeof *list->items);
}

void ouro_heap_free(ouro_heap *heap) {
  if (heap == NULL)
    return;
  if (heap->stopped)
    (void)ouro_gc_step_finish(heap, NULL);
  OURO_ASSERT(!heap->collecting && !heap->draining);
  if (heap->type_count > 0) {
    (void)ouro_gc_collect_for(heap, OURO__OLD, OURO_REASON_SHUTDOWN, NULL);
    heap->closing = heap->draining = true;
    (void)walk_live(heap, dealloc_one, NULL);
  }
  for (uint32_t slot = 0; slot < heap->large_top; slot++)
    if (heap->large[slot].header != NULL)
      ouro__alloc_give_large(heap, heap->large[slot].header);
  ouro__deallocate(heap, heap->large, heap->large_capacity * sizeof *heap->large);
  for (unsigned i = 0; i < 2; i++)
    ouro__deallocate(heap, heap->logs[i].entries,
                     heap->logs[i].capacity * sizeof *heap->logs[i].entries);
  free_list(heap, &heap->candidates);
  free_list(heap, &heap->garbage);
  free_list(heap, &heap->stack);
  for (uint32_t i = 0; i < heap->type_count; i++)
    ouro__deallocate(heap, heap->types[i],
                     sizeof *heap->types[i] +
                         heap->types[i]->info.ref_count * sizeof(size_t));
  ouro__deallocate(heap, heap->types, heap->type_capacity * sizeof *heap->types);
  ouro__deallocate(heap, heap->freed, heap->type_capacity * sizeof *heap->freed);
  ouro__block_fini(heap);
  ouro__weakref_fini(heap);
  ouro__debug_fini(heap);
  ouro__profile_fini(heap);
  ouro__roots_fini(heap);
  ouro__arena_fini(heap);
  ouro_memory memory = heap->memory;
  memory.deallocate(memory.context, heap, sizeof *heap);
}

size_t ouro_heap_reserved_bytes(const ouro_heap *heap) {
  return heap->range;
}

/* ---- whose object ---- */

static bool owns_small(const ouro_heap *heap, const ouro_header *header) {
  uint32_t index = ouro__pool_index(heap, header);
  if (index >= heap->pool_top)
    return false;
  const struct pool *pool = &heap->pools[index];
  size_t inside = (size_t)((const char *)header - ouro__pool_start(heap, index));
  return ouro__has_objects(pool) && (const char *)header < pool->bump &&
         inside >= pool->lead && (inside - pool->lead) % pool->size == 0;
}

/* Not by ASan's rules: what stands there may be another heap's free block. */
static OURO__NO_ASAN uint32_t read_slot(const uint32_t *slot) {
  return *slot;
}

/* Only large objects have a slot in front of their headers. Why it may be read in front
 * of any: a large header lies 8 bytes behind a multiple of 16, and from there the slot
 * is on the header's own page. */
static bool owns_large(const ouro_heap *heap, const ouro_header *header) {
  if ((uintptr_t)header % 16 != 8)
    return false;
  uint32_t slot = read_slot(ouro__large_slot(header));
  return slot < heap->large_top && heap->large[slot].header == header;
}

bool ouro_heap_owns(const ouro_heap *heap, const void *object) {
  if (object == NULL || (uintptr_t)object % sizeof(ouro_header) != 0)
    return false;
  const ouro_header *header = ouro_header_of(object);
  return ouro__is_small(heap, header) ? owns_small(heap, header)
                                      : owns_large(heap, header);
}

void ouro_heap_set_user(ouro_heap *heap, void *user) {
  heap->user = user;
}

void *ouro_heap_user(const ouro_heap *heap) {
  return heap->user;
}
