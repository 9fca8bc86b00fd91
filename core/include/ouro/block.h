/* block.h - raw memory from a heap's pools: no header, not zeroed, never collected.
 *
 *   ouro_block_new(24) -> | 24 bytes |    for what objects own beside themselves:
 *                                         strings, hash tables, an interpreter's frames
 *
 * The same arenas, pools and size classes as objects, so that one memory limit and one
 * set of statistics cover both (CPython's PyObject_Malloc beside PyObject_GC_New). The
 * heap's own thread calls everything here, a type's `dealloc` ouro_block_free() alone.
 * No function here ever collects: at the memory limit that is the caller's to do. */
#ifndef OURO_BLOCK_H
#define OURO_BLOCK_H

#include <ouro/heap.h>

OURO_BEGIN_DECLS

/* A block of at least `size` bytes, content undefined; the caller owns it. 0 bytes are
 * a block like any other. Aligned to 16 when `size` is a multiple of 16, otherwise to
 * 8, which suits every C type. NULL when memory is short or `size` is above half of the
 * address space. */
OURO_API void *ouro_block_new(ouro_heap *heap, size_t size);

/* Give a block back. NULL is allowed. What is not given back goes with the heap. */
OURO_API void ouro_block_free(ouro_heap *heap, void *block);

/* A block of at least `size` bytes with the old one's content, as much as fits; the old
 * one is gone. NULL when memory is short: then the old one stays. `block` may be NULL.
 */
OURO_API void *ouro_block_resize(ouro_heap *heap, void *block, size_t size);

/* Bytes that the caller may use: at least those asked for. `block` is not NULL. */
OURO_API size_t ouro_block_size(const ouro_heap *heap, const void *block);

OURO_END_DECLS

#endif
