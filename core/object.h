/* object.h - what the collector needs of objects' lives. */
#ifndef CORE_OBJECT_H
#define CORE_OBJECT_H

#include "refs.h"

/* Put the chain of the dying aside while user code runs, and take it up again: inside a
 * finalizer the program's own decref must destroy at once, as everywhere else, and not
 * wait behind what is dying around it. */
struct object_dying {
  ouro_header *dying, *dying_last;
  bool draining;
};
struct object_dying ouro__object_suspend(ouro_heap *heap);
void ouro__object_resume(ouro_heap *heap, struct object_dying outer);

/* Set every declared reference to NULL and count it down; types with callbacks clear
 * themselves. */
void ouro__object_drop_refs(ouro_heap *heap, ouro_header *header);

/* A birth and this death cancel out, whatever generation the object was in, as in
 * CPython's PyObject_GC_Del. */
OURO__INLINE void object_count_out(ouro_heap *heap, const ouro_header *header) {
  unsigned age = ouro__age(header);
  heap->aged[age]--;
  if (age < OURO__UNTRACKED && heap->counts[0] > 0)
    heap->counts[0]--;
}

/* Count an object out and give its block back. Its references are gone already. */
OURO__INLINE void object_free(ouro_heap *heap, ouro_header *header) {
  object_count_out(heap, header);
  if (OURO__UNLIKELY(heap->collecting)) {
    struct freed_row *row = &heap->freed[header->meta & OURO__TYPE_MASK];
    row->objects++;
    row->bytes += alloc_bytes(heap, header);
  }
  alloc_give(heap, header);
}

#endif
