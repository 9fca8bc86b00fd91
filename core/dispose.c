/* dispose.c - what happens to garbage: finalize, clear, free.
 *
 *   hold every object (+1), so that nothing dies under us
 *   finalizers, once each; who is held from outside now, and all it reaches, is
 *   resurrected and let go
 *
 *   no callback is left              some types have dealloc or traverse
 *   -------------------              -----------------------------------
 *   count down edges out             clear everything: counts inside fall to the holds
 *   free the blocks (sweep.c)        let go: counts reach zero, objects die as always
 *
 * Garbage without finalizers is not held, and that of a full collection not even
 * listed.
 *
 * User code runs only while the garbage is whole or held; the heap is consistent at
 * each of these points, and a nested collection is refused. */
#include "dispose.h"

#include "debug.h"
#include "sweep.h"

static void hold(ouro_header *header) {
  if (header->refcount < OURO_IMMORTAL)
    header->refcount++;
}

/* Why the dying need not be put aside: nothing dies around a collection. */
static bool call_finalizers(ouro_heap *heap, ouro_collection *record) {
  bool any = false;
  for (size_t i = 0; i < heap->garbage.length; i++) {
    ouro_header *header = heap->garbage.items[i];
    if (ouro__type(heap, header)->info.finalize == NULL ||
        (header->meta & OURO__FINALIZED))
      continue;
    header->meta |= OURO__FINALIZED;
    ouro__type(heap, header)->info.finalize(heap, ouro__payload(header));
    record->finalized++;
    any = true;
  }
  return any;
}

static bool any_weakrefs(const ouro_heap *heap) {
  if (heap->weak_count > 0)
    for (size_t i = 0; i < heap->garbage.length; i++)
      if (heap->garbage.items[i]->meta & OURO__HAS_WEAKREFS)
        return true;
  return false;
}

void ouro__dispose_finalize(struct search *search, ouro_collection *record) {
  ouro_heap *heap = search->heap;
  if (search->simple)
    return;
  heap->candidates.length = 0;
  for (size_t i = 0; i < heap->garbage.length; i++)
    hold(heap->garbage.items[i]);
  if (call_finalizers(heap, record)) {
    ouro__unreachable_resurrect(heap);
    /* Letting go cannot kill: a resurrected object has another reference, or one from
     * something resurrected. */
    for (size_t i = 0; i < heap->candidates.length; i++)
      ouro_decref(heap, ouro__payload(heap->candidates.items[i]));
    record->resurrected = heap->candidates.length;
  }
  /* Finalizers may have made weak references. */
  search->mute = search->mute && !any_weakrefs(heap);
}

/* DEBUG_SAVEALL: nothing is cleared, everything is listed. Without memory for the list
 * the garbage is freed as always. */
static bool save_all(struct search *search, ouro_collection *record) {
  ouro_heap *heap = search->heap;
  if (ouro__debug_reserve(heap, heap->garbage.length) != OURO_OK)
    return false;
  for (size_t i = 0; i < heap->garbage.length; i++) {
    ouro_header *header = heap->garbage.items[i];
    header->meta &= ~OURO__UNREACHABLE;
    if (ouro__age(header) != OURO__UNTRACKED)
      ouro__set_age(heap, header, OURO__OLD);
    ouro__debug_save(heap, header);
    if (!search->simple)
      ouro_decref(heap, ouro__payload(header));
  }
  record->collected = heap->garbage.length;
  heap->garbage.length = 0;
  return true;
}

void ouro__dispose_clear(struct search *search, ouro_collection *record) {
  ouro_heap *heap = search->heap;
  if (search->swept) {
    ouro__sweep_clear(search);
    return;
  }
  ouro__debug_collectable(heap);
  if ((heap->debug & OURO_DEBUG_SAVEALL) && save_all(search, record))
    return;
  if (search->mute)
    ouro__sweep_clear_list(heap);
  else
    for (size_t i = 0; i < heap->garbage.length; i++)
      ouro__object_drop_refs(heap, heap->garbage.items[i]);
}

/* Let go of what only we hold, again and again: a type without clear drops its
 * references when it dies, and that may set others free. */
static size_t let_go(ouro_heap *heap) {
  size_t left = heap->garbage.length;
  for (size_t before = left + 1; left < before;) {
    before = left;
    left = 0;
    for (size_t i = 0; i < before; i++) {
      ouro_header *header = heap->garbage.items[i];
      if (header->refcount != 1) {
        heap->garbage.items[left++] = header;
        continue;
      }
      header->meta &= ~OURO__UNREACHABLE;
      ouro_decref(heap, ouro__payload(header));
    }
  }
  return left;
}

static bool can_be_cleared(const ouro_heap *heap, const ouro_header *header) {
  const struct ouro_type *type = ouro__type(heap, header);
  return type->shape != OURO__TRAVERSED || type->info.clear != NULL;
}

void ouro__dispose_free(struct search *search, ouro_collection *record) {
  ouro_heap *heap = search->heap;
  if (search->swept) {
    ouro__sweep_free(search);
    record->collected = search->garbage;
    return;
  }
  size_t found = heap->garbage.length;
  if (search->mute) {
    ouro__sweep_free_list(heap);
    record->collected += found;
    return;
  }
  size_t left = let_go(heap);
  for (size_t i = 0; i < left; i++) {
    ouro_header *header = heap->garbage.items[i];
    header->meta &= ~OURO__UNREACHABLE;
    if (ouro__age(header) != OURO__UNTRACKED)
      ouro__set_age(heap, header, OURO__OLD);
    /* What was cleared and still lives was taken by a finalizer meanwhile, or belongs
     * to what cannot be cleared. */
    if (can_be_cleared(heap, header)) {
      record->resurrected++;
    } else {
      record->uncollectable++;
      ouro__debug_uncollectable(heap, header);
      if (ouro__debug_reserve(heap, 1) == OURO_OK)
        ouro__debug_save(heap, header);
    }
    ouro_decref(heap, ouro__payload(header));
  }
  heap->garbage.length = 0;
  record->collected += found - left;
}
