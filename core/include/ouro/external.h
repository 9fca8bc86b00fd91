/* external.h - memory that objects own outside of the heap.
 *
 *   | Image, 32 bytes | ---> | pixels, 8 MiB, from malloc() |
 *     what the heap sees       what hangs on it
 *
 * The thresholds of gc.h count objects. A program whose small objects hold much memory
 * elsewhere would run out of it long before the 701st: a few of them in dead cycles
 * are enough. So an embedder reports such memory when it is taken and when it is given
 * back, mostly in a type's `dealloc`. When it has grown by more than a threshold since
 * the last full collection, the next safepoint makes one.
 *
 * CPython has nothing of the kind and counts containers alone; V8 has it as
 * AdjustAmountOfExternalAllocatedMemory, one signed number. The heap's own thread calls
 * everything here, from finalizers and `dealloc` too; nothing here collects. */
#ifndef OURO_EXTERNAL_H
#define OURO_EXTERNAL_H

#include <ouro/heap.h>

OURO_BEGIN_DECLS

/* So many bytes more, or fewer, are owned by objects of this heap. They are not held
 * against the memory limit. More than there is cannot go, nor can the sum exceed 2^64 -
 * 1: it stops there, and stats.h counts the report as wrong. Why no error is returned:
 * a `dealloc` could do nothing about it. */
OURO_API void ouro_external_add(ouro_heap *heap, size_t bytes);
OURO_API void ouro_external_remove(ouro_heap *heap, size_t bytes);

/* What is owned now; ouro_heap_get_stats() tells it too. */
OURO_API uint64_t ouro_external_bytes(const ouro_heap *heap);

/* A full collection (OURO_REASON_THRESHOLD) is due when external bytes are more than
 * those that were there after the last one by this number or by a quarter of those,
 * whichever is more. The quarter keeps the cost of collecting in proportion. 64 MiB at
 * first; 0: external bytes make none due. As with objects none is due while automatic
 * collection is off (ouro_gc_disable(), a first threshold of 0), and with explicit
 * safepoints it waits for ouro_safepoint(). One that fails for want of memory is tried
 * again when as much has come once more. */
OURO_API void ouro_external_set_threshold(ouro_heap *heap, uint64_t bytes);
OURO_API uint64_t ouro_external_threshold(const ouro_heap *heap);

OURO_END_DECLS

#endif
