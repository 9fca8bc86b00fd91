/* census.h - what lives, by type; and what has grown since.
 *
 *   mark A                      mark B
 *   | Node 10 | Row 3 |  ....   | Node 400 | Row 3 |    growth A to B:  Node +390
 *
 * A mark is a census that is kept. Take one, let the program work, take another: the
 * types whose objects pile up are at the top of the growth. A mark belongs to the
 * caller and its memory to the heap's memory functions, never to the heap's pools. The
 * heap's own thread calls everything here; counting is refused with OURO_EBUSY while a
 * collection runs or the heap is being freed. */
#ifndef OURO_CENSUS_H
#define OURO_CENSUS_H

#include <ouro/inspect.h>

OURO_BEGIN_DECLS

/* Live objects of one type. */
typedef struct ouro_census_row {
  const ouro_type *type; /* borrowed, lives as long as the heap */
  uint64_t objects;
  uint64_t bytes;
} ouro_census_row;

/* Count live objects by type, most bytes first. Writes at most `capacity` rows to
 * `rows`; `*ret_count` is how many, `*ret_types` how many types have live objects.
 * Looks at the whole heap at once. OURO_ENOMEM when there is no memory for the count;
 * OURO_EBUSY. */
OURO_API int ouro_census(ouro_heap *heap, ouro_census_row *rows, size_t capacity,
                         size_t *ret_count, size_t *ret_types);

typedef struct ouro_mark ouro_mark;

/* Begin a mark that has counted nothing yet. The caller owns it and frees it before the
 * heap. NULL when memory is short. */
OURO_API ouro_mark *ouro_mark_new(ouro_heap *heap);
OURO_API void ouro_mark_free(ouro_mark *mark);

/* Count on; `*ret_done` when every object was counted. Objects that were born or died
 * in between calls are counted or not; all others once. When it is done another call
 * changes nothing. OURO_EBUSY; OURO_ENOMEM: call again later. */
OURO_API int ouro_mark_count(ouro_mark *mark, const ouro_budget *budget,
                             bool *ret_done);

/* What was counted so far, as ouro_census() tells it. OURO_ENOMEM. */
OURO_API int ouro_mark_rows(const ouro_mark *mark, ouro_census_row *rows,
                            size_t capacity, size_t *ret_count, size_t *ret_types);

/* How one type differs between two marks. */
typedef struct ouro_growth_row {
  const ouro_type *type; /* borrowed, lives as long as the heap */
  int64_t objects;       /* more of them; negative: fewer */
  int64_t bytes;
  uint64_t objects_now; /* in the later mark */
  uint64_t bytes_now;
} ouro_growth_row;

/* The types that changed from one mark to a later one of the same heap, most bytes of
 * growth first. OURO_EINVAL for marks of two heaps, OURO_ENOMEM. */
OURO_API int ouro_mark_growth(const ouro_mark *from, const ouro_mark *to,
                              ouro_growth_row *rows, size_t capacity, size_t *ret_count,
                              size_t *ret_types);

OURO_END_DECLS

#endif
