/* alloc.c - large objects: ordinary memory, and a slot that gives each an id.
 *
 *   | slot 4, unused 4 | header 8 | payload ...     large[slot] -> header, bytes
 *                        16-aligned payload
 *
 * Large objects are few; one random line to find a slot is affordable, and ids let the
 * collector treat them like all others. */
#include "alloc.h"

#include "arena.h"

static const size_t front = 8; /* bytes before the header */

static int grow_table(ouro_heap *heap) {
  uint32_t capacity = heap->large_capacity == 0 ? 64 : heap->large_capacity * 2;
  if (heap->large_capacity >= OURO__MAX_LARGE / 2)
    return OURO_ELIMIT;
  if (ouro__arena_commit_large(heap, capacity) != OURO_OK)
    return OURO_ENOMEM;
  struct large *table = ouro__allocate(heap, capacity * sizeof *table);
  if (table == NULL)
    return OURO_ENOMEM;
  if (heap->large_top > 0)
    memcpy(table, heap->large, heap->large_top * sizeof *table);
  ouro__deallocate(heap, heap->large, heap->large_capacity * sizeof *table);
  heap->large = table;
  heap->large_capacity = capacity;
  return OURO_OK;
}

ouro_header *ouro__alloc_large(ouro_heap *heap, size_t bytes) {
  if (bytes > SIZE_MAX - front || !ouro__arena_fits(heap, bytes))
    return NULL;
  if (heap->large_free == 0 && heap->large_top == heap->large_capacity &&
      grow_table(heap) != OURO_OK)
    return NULL;
  char *memory = ouro__allocate(heap, front + bytes);
  if (memory == NULL)
    return NULL;
  uint32_t slot = heap->large_free;
  uint32_t logged = 0;
  if (slot != 0) {
    slot--;
    heap->large_free = (uint32_t)heap->large[slot].bytes;
    logged = heap->large[slot].logged;
  } else {
    slot = heap->large_top++;
  }
  ouro_header *header = (ouro_header *)(void *)(memory + front);
  memset(memory, 0, front);
  *ouro__large_slot(header) = slot;
  header->refcount = 0;
  header->meta = logged;
  heap->large[slot] = (struct large){.header = header, .bytes = bytes};
  heap->large_objects++;
  heap->large_bytes += bytes;
  heap->large_allocated++;
  heap->large_allocated_bytes += bytes;
  return header;
}

void ouro__alloc_give_large(ouro_heap *heap, ouro_header *header) {
  uint32_t slot = *ouro__large_slot(header);
  size_t bytes = heap->large[slot].bytes;
  heap->large[slot] = (struct large){
      .header = NULL,
      .bytes = heap->large_free,
      .logged = header->meta & OURO__LOGGED,
  };
  heap->large_free = slot + 1;
  heap->large_objects--;
  heap->large_bytes -= bytes;
  heap->large_freed++;
  ouro__deallocate(heap, (char *)header - front, front + bytes);
}
