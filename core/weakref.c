/* weakref.c - weak references, found from their target through a table of ids.
 *
 *   header says HAS_WEAKREFS -> table[id] -> newest <-> older <-> oldest
 *
 * The table is open addressing with linear probing; a removal closes the gap, so there
 * are no tombstones. Objects without weak references pay one bit in their header. A
 * weak reference is tracked although it holds no counted reference: a collection must
 * know whether it is garbage itself, because then nobody is told. */
#include "weakref.h"

#include "object.h"

struct ouro_weakref {
  void *target; /* not counted; NULL when it is gone */
  ouro_weakref *newer, *older;
  ouro_weakref_callback *callback;
  void *context;
};

struct weak_row {
  uint32_t key; /* id + 1; 0: empty */
  ouro_weakref *newest;
};

/* ---- the table ---- */

static size_t place_of(const ouro_heap *heap, uint32_t key) {
  uint64_t mixed = key * UINT64_C(0x9e3779b97f4a7c15);
  return (size_t)(mixed >> 32) & (heap->weak_capacity - 1);
}

static struct weak_row *find(const ouro_heap *heap, uint32_t key) {
  if (heap->weak_capacity == 0)
    return NULL;
  for (size_t at = place_of(heap, key);; at = (at + 1) & (heap->weak_capacity - 1)) {
    if (heap->weak_rows[at].key == key)
      return &heap->weak_rows[at];
    if (heap->weak_rows[at].key == 0)
      return NULL;
  }
}

static struct weak_row *insert(ouro_heap *heap, uint32_t key) {
  size_t at = place_of(heap, key);
  while (heap->weak_rows[at].key != 0)
    at = (at + 1) & (heap->weak_capacity - 1);
  heap->weak_rows[at] = (struct weak_row){.key = key};
  heap->weak_count++;
  return &heap->weak_rows[at];
}

/* Room for one more row, at most three quarters full. */
static int grow(ouro_heap *heap) {
  if ((heap->weak_count + 1) * 4 <= heap->weak_capacity * 3)
    return OURO_OK;
  size_t old_capacity = heap->weak_capacity;
  struct weak_row *old = heap->weak_rows;
  size_t capacity = old_capacity == 0 ? 64 : old_capacity * 2;
  struct weak_row *rows = ouro__allocate(heap, capacity * sizeof *rows);
  if (rows == NULL)
    return OURO_ENOMEM;
  memset(rows, 0, capacity * sizeof *rows);
  heap->weak_rows = rows;
  heap->weak_capacity = capacity;
  heap->weak_count = 0;
  for (size_t i = 0; i < old_capacity; i++)
    if (old[i].key != 0)
      insert(heap, old[i].key)->newest = old[i].newest;
  ouro__deallocate(heap, old, old_capacity * sizeof *old);
  return OURO_OK;
}

/* Move back what probed past the gap. */
static void erase(ouro_heap *heap, struct weak_row *row) {
  size_t mask = heap->weak_capacity - 1;
  size_t gap = (size_t)(row - heap->weak_rows);
  for (size_t at = (gap + 1) & mask; heap->weak_rows[at].key != 0;
       at = (at + 1) & mask) {
    size_t home = place_of(heap, heap->weak_rows[at].key);
    if (((at - home) & mask) < ((at - gap) & mask))
      continue;
    heap->weak_rows[gap] = heap->weak_rows[at];
    gap = at;
  }
  heap->weak_rows[gap].key = 0;
  heap->weak_count--;
}

void ouro__weakref_fini(ouro_heap *heap) {
  ouro__deallocate(heap, heap->weak_rows,
                   heap->weak_capacity * sizeof *heap->weak_rows);
}

/* ---- one weak reference ---- */

static void unlink_reference(ouro_heap *heap, ouro_weakref *reference) {
  ouro_header *target = ouro_header_of(reference->target);
  struct weak_row *row = find(heap, ouro__id(heap, target) + 1);
  if (reference->older != NULL)
    reference->older->newer = reference->newer;
  if (reference->newer != NULL)
    reference->newer->older = reference->older;
  else
    row->newest = reference->older;
  if (row->newest == NULL) {
    erase(heap, row);
    target->meta &= ~OURO__HAS_WEAKREFS;
  }
}

static void weakref_dealloc(ouro_heap *heap, void *object) {
  ouro_weakref *reference = object;
  if (reference->target != NULL && !heap->closing)
    unlink_reference(heap, reference);
}

static int add_type(ouro_heap *heap) {
  static const ouro_type_info info = {
      .name = "weakref", .size = sizeof(ouro_weakref), .dealloc = weakref_dealloc};
  return heap->weakref_type != NULL ? OURO_OK
                                    : ouro_type_new(heap, &info, &heap->weakref_type);
}

ouro_weakref *ouro_weakref_new(ouro_heap *heap, void *target,
                               ouro_weakref_callback *callback, void *context) {
  ouro_header *header = ouro_header_of(target);
  if (add_type(heap) != OURO_OK)
    return NULL;
  ouro_weakref *reference = ouro_new(heap, heap->weakref_type);
  if (reference == NULL)
    return NULL;
  if (grow(heap) != OURO_OK) {
    ouro_decref(heap, reference);
    return NULL;
  }
  uint32_t key = ouro__id(heap, header) + 1;
  struct weak_row *row = find(heap, key);
  if (row == NULL)
    row = insert(heap, key);
  reference->target = target;
  reference->callback = callback;
  reference->context = context;
  reference->older = row->newest;
  if (row->newest != NULL)
    row->newest->newer = reference;
  row->newest = reference;
  header->meta |= OURO__HAS_WEAKREFS;
  return reference;
}

void *ouro_weakref_peek(const ouro_weakref *reference) {
  void *target = reference->target;
  return target != NULL && ouro__is_live(ouro_header_of(target)) ? target : NULL;
}

void *ouro_weakref_get(ouro_heap *heap, ouro_weakref *reference) {
  void *target = ouro_weakref_peek(reference);
  return target != NULL ? ouro_incref(heap, target) : NULL;
}

size_t ouro_weakref_count(const ouro_heap *heap, const void *object) {
  const ouro_header *header = ouro_header_of(object);
  size_t count = 0;
  if (!(header->meta & OURO__HAS_WEAKREFS))
    return 0;
  const struct weak_row *row = find(heap, ouro__id(heap, header) + 1);
  for (const ouro_weakref *at = row->newest; at != NULL; at = at->older)
    count++;
  return count;
}

/* ---- clearing ---- */

/* References to be called back, in order, linked through `older`, one count held. */
struct callbacks {
  ouro_weakref *first, **last;
};

/* A weak reference that is garbage or dying itself is not told. */
static bool is_told(const ouro_weakref *reference) {
  const ouro_header *header = ouro_header_of(reference);
  return reference->callback != NULL && ouro__is_live(header) &&
         !(header->meta & OURO__UNREACHABLE);
}

/* Cut all weak references off their target. How many. */
static uint64_t clear_target(ouro_heap *heap, ouro_header *header,
                             struct callbacks *callbacks) {
  struct weak_row *row = find(heap, ouro__id(heap, header) + 1);
  ouro_weakref *next = row->newest;
  uint64_t cleared = 0;
  erase(heap, row);
  header->meta &= ~OURO__HAS_WEAKREFS;
  while (next != NULL) {
    ouro_weakref *reference = next;
    next = reference->older;
    reference->target = NULL;
    reference->newer = reference->older = NULL;
    cleared++;
    if (is_told(reference)) {
      ouro_incref(heap, reference);
      *callbacks->last = reference;
      callbacks->last = &reference->older;
    }
  }
  return cleared;
}

static void call_back(ouro_heap *heap, struct callbacks *callbacks) {
  while (callbacks->first != NULL) {
    ouro_weakref *reference = callbacks->first;
    callbacks->first = reference->older;
    reference->older = NULL;
    struct object_dying outer = ouro__object_suspend(heap);
    reference->callback(heap, reference, reference->context);
    ouro_decref(heap, reference);
    ouro__object_resume(heap, outer);
  }
}

void ouro__weakref_target_dies(ouro_heap *heap, ouro_header *header) {
  struct callbacks callbacks = {.last = &callbacks.first};
  (void)clear_target(heap, header, &callbacks);
  call_back(heap, &callbacks);
}

uint64_t ouro__weakref_clear_garbage(ouro_heap *heap) {
  struct callbacks callbacks = {.last = &callbacks.first};
  uint64_t cleared = 0;
  if (heap->weak_count == 0)
    return 0;
  for (size_t i = 0; i < heap->garbage.length; i++)
    if (heap->garbage.items[i]->meta & OURO__HAS_WEAKREFS)
      cleared += clear_target(heap, heap->garbage.items[i], &callbacks);
  call_back(heap, &callbacks);
  return cleared;
}
