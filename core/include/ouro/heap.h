/* heap.h - make, configure and free a heap.
 *
 *   one reserved address range a heap
 *   | arena | arena | arena | . . . reserved, costs nothing until used . . . |
 *     32 pools of 64 KiB each; a pool holds blocks of one size class
 *
 * Any number of heaps may live in a process. A heap belongs to the thread that uses
 * it: every function that takes a heap must be called from one thread at a time,
 * except ouro_gc_request(), which any thread may call. There are no globals. */
#ifndef OURO_HEAP_H
#define OURO_HEAP_H

#include <ouro/api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

OURO_BEGIN_DECLS

typedef struct ouro_heap ouro_heap;

/* Where a heap gets its memory. Copied: `context` alone must live as long as the heap.
 * All functions get `context` and are called by whoever calls the heap; sizes are
 * bytes. Address ranges are page-aligned. Each may fail: the heap reports it and stays
 * valid.
 */
typedef struct ouro_memory {
  /* Reserve addresses without memory; NULL on failure. */
  void *(*reserve)(void *context, size_t size);
  /* Make part of a reservation readable, writable and zero; what was committed before
   * keeps its content. 0 or non-zero. */
  int (*commit)(void *context, void *address, size_t size);
  /* Give that part's memory back; it must be committed again before use. */
  void (*decommit)(void *context, void *address, size_t size);
  /* Give the reservation back, committed parts included. */
  void (*release)(void *context, void *address, size_t size);
  /* Ordinary memory for the heap's own tables and for large objects; 16-aligned. */
  void *(*allocate)(void *context, size_t size);
  void (*deallocate)(void *context, void *address, size_t size);
  void *context;
} ouro_memory;

/* How a heap is made. A zeroed struct asks for the defaults. */
typedef struct ouro_heap_config {
  /* Bytes of pools and large objects that the heap may hold at most, its own tables
   * aside; 0: no limit. An object's allocation collects before it is refused, unless
   * `explicit_safepoints` is set. */
  size_t memory_limit_bytes;
  /* Addresses to reserve; 0: 64 GiB. Halved until the system agrees; the result is
   * ouro_heap_reserved_bytes(). */
  size_t reserve_bytes;
  /* Arenas committed before the first allocation, and kept when they empty. */
  unsigned initial_arenas;
  /* Collect at ouro_safepoint() and by explicit calls only, never inside an
   * allocation: for embedders who want no finalizer to run there. */
  bool explicit_safepoints;
  /* NULL: mmap and malloc. Borrowed only during ouro_heap_new(). */
  const ouro_memory *memory;
} ouro_heap_config;

/* Make a heap; `config` may be NULL. The caller owns it. NULL when memory or address
 * space is short. */
OURO_API ouro_heap *ouro_heap_new(const ouro_heap_config *config);

/* Free a heap with all its objects. A last full collection runs finalizers of
 * unreachable objects; those of objects still referenced from outside are not run, as
 * at CPython's interpreter exit, but every `dealloc` is. NULL is allowed. Must not be
 * called from a finalizer or callback of the same heap. */
OURO_API void ouro_heap_free(ouro_heap *heap);

/* Give every empty arena back to the system now; otherwise that happens when it has
 * been empty for a second, at the next occasion (another one empties, a collection
 * ends). The initial arenas stay. Returns the bytes given back. (malloc_trim) */
OURO_API size_t ouro_heap_trim(ouro_heap *heap);

/* Bytes of address space that were reserved. */
OURO_API size_t ouro_heap_reserved_bytes(const ouro_heap *heap);

/* Whether an object is this heap's. `object` is an object of any heap, or NULL; where
 * it may be freed already the answer means nothing. Time does not grow with the heap.
 * For checks: see OURO_CHECK in object.h. */
OURO_API bool ouro_heap_owns(const ouro_heap *heap, const void *object);

/* A pointer of the embedder's, for callbacks; NULL at first. */
OURO_API void ouro_heap_set_user(ouro_heap *heap, void *user);
OURO_API void *ouro_heap_user(const ouro_heap *heap);

OURO_END_DECLS

#endif
