/* trace.h - what the files of the search share among themselves. */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "unreachable.h"

/* full.c */
void ouro__full_subtract(struct search *search);
void ouro__full_mark(struct search *search);
int ouro__full_list(struct search *search);

/* listed.c */
int ouro__listed_begin(struct search *search);
void ouro__listed_subtract(struct search *search);
void ouro__listed_mark(struct search *search);
void ouro__listed_list(struct search *search);

/* Mark one object more and all it reaches: how the passes of either file go on. */
typedef void trace_mark(void *context, ouro_header *header);

/* Find the unmarked whose refcount is `from` or more although their gc_refs came to
 * zero, count them exactly, and mark those that are held from outside. (recount.c) */
enum { RECOUNT_FULL = 256, RECOUNT_LISTED = 128 };
void ouro__recount_ambiguous(struct search *search, uint32_t from, trace_mark *mark,
                             void *context);

/* How many blocks of a pool were handed out since its last reset. */
OURO__INLINE uint32_t trace_blocks(const ouro_heap *heap, uint32_t index) {
  const struct pool *pool = &heap->pools[index];
  return (uint32_t)(pool->bump - ouro__first_block(heap, index)) / pool->size;
}

/* What is done with a candidate. */
typedef void trace_visit(struct search *search, ouro_header *header, uint32_t id,
                         void *context);

/* In the bits of one pool, `word` of them: those of its first `blocks` blocks. */
OURO__INLINE uint64_t trace_valid(uint32_t blocks, uint32_t word) {
  uint32_t left = blocks - word * 64;
  return left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
}

/* Each tracked object that is not marked. Where all are, one comparison serves 64. */
OURO__INLINE void trace_unmarked(struct search *search, trace_visit *visit,
                                 void *context) {
  ouro_heap *heap = search->heap;
  for (uint32_t index = 0; index < heap->pool_top; index++) {
    if (!ouro__has_objects(&heap->pools[index]))
      continue;
    uint32_t blocks = trace_blocks(heap, index);
    uint32_t first = index << OURO__BLOCK_BITS;
    for (uint32_t word = 0; word * 64 < blocks; word++) {
      uint64_t bits = ~heap->marks[first / 64 + word] & trace_valid(blocks, word);
      for (; OURO__UNLIKELY(bits != 0); bits &= bits - 1) {
        uint32_t id = first + word * 64 + (uint32_t)__builtin_ctzll(bits);
        ouro_header *header = ouro__header(heap, id);
        if (ouro__is_candidate(header, OURO__OLD))
          visit(search, header, id, context);
      }
    }
  }
  for (uint32_t slot = 0; slot < heap->large_top; slot++) {
    ouro_header *header = heap->large[slot].header;
    if (header != NULL && ouro__is_candidate(header, OURO__OLD) &&
        !ouro__is_marked(heap, heap->large_id + slot))
      visit(search, header, heap->large_id + slot, context);
  }
}

#endif
