/* census.c - a row a type, counted in one walk that may stop and go on.
 *
 *   walk --> rows[type of object] += 1 object, its bytes
 *
 * Rows are kept by type index; they are sorted only in the copy that is asked for. */
#include <stdlib.h>

#include "alloc.h"
#include "walk.h"

struct ouro_mark {
  ouro_heap *heap;
  uint32_t at; /* the id to go on with */
  bool done;
  size_t types; /* rows there is room for */
  struct freed_row *rows;
};

ouro_mark *ouro_mark_new(ouro_heap *heap) {
  ouro_mark *mark = ouro__allocate(heap, sizeof *mark);
  if (mark != NULL)
    *mark = (ouro_mark){.heap = heap};
  return mark;
}

static void free_rows(const ouro_mark *mark) {
  ouro__deallocate(mark->heap, mark->rows, mark->types * sizeof *mark->rows);
}

void ouro_mark_free(ouro_mark *mark) {
  if (mark == NULL)
    return;
  free_rows(mark);
  ouro__deallocate(mark->heap, mark, sizeof *mark);
}

/* A row for each type there is now. */
static int make_room(ouro_mark *mark) {
  ouro_heap *heap = mark->heap;
  size_t types = heap->type_count;
  if (types <= mark->types)
    return OURO_OK;
  struct freed_row *rows = ouro__allocate(heap, types * sizeof *rows);
  if (rows == NULL)
    return OURO_ENOMEM;
  memset(rows, 0, types * sizeof *rows);
  if (mark->types > 0)
    memcpy(rows, mark->rows, mark->types * sizeof *rows);
  free_rows(mark);
  mark->rows = rows;
  mark->types = types;
  return OURO_OK;
}

static bool count_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct freed_row *rows = context;
  struct freed_row *row = &rows[header->meta & OURO__TYPE_MASK];
  row->objects++;
  row->bytes += alloc_bytes(heap, header);
  return true;
}

int ouro_mark_count(ouro_mark *mark, const ouro_budget *budget, bool *ret_done) {
  if (!may_look(mark->heap))
    return OURO_EBUSY;
  if (!mark->done) {
    if (make_room(mark) != OURO_OK)
      return OURO_ENOMEM;
    struct meter meter = meter_start(budget);
    mark->done = walk_on(mark->heap, &mark->at, &meter, 0, count_one, mark->rows);
  }
  *ret_done = mark->done;
  return OURO_OK;
}

/* ---- growth, and a census as growth from nothing ---- */

static int most_growth_first(const void *a, const void *b) {
  const ouro_growth_row *left = a, *right = b;
  if (left->bytes != right->bytes)
    return left->bytes < right->bytes ? 1 : -1;
  return strcmp(ouro_type_name(left->type), ouro_type_name(right->type));
}

/* Every type that differs, sorted. */
struct comparison {
  ouro_growth_row *rows;
  size_t found, room;
};

static struct freed_row row_of(const ouro_mark *mark, size_t type) {
  return type < mark->types ? mark->rows[type] : (struct freed_row){0};
}

static int compare(const ouro_mark *from, const ouro_mark *to, struct comparison *ret) {
  ouro_heap *heap = to->heap;
  *ret = (struct comparison){.room = to->types > from->types ? to->types : from->types};
  if (ret->room == 0)
    return OURO_OK;
  ret->rows = ouro__allocate(heap, ret->room * sizeof *ret->rows);
  if (ret->rows == NULL)
    return OURO_ENOMEM;
  for (size_t i = 0; i < ret->room; i++) {
    struct freed_row before = row_of(from, i), now = row_of(to, i);
    if (before.objects == now.objects && before.bytes == now.bytes)
      continue;
    ret->rows[ret->found++] = (ouro_growth_row){
        .type = heap->types[i],
        .objects = (int64_t)(now.objects - before.objects),
        .bytes = (int64_t)(now.bytes - before.bytes),
        .objects_now = now.objects,
        .bytes_now = now.bytes,
    };
  }
  qsort(ret->rows, ret->found, sizeof *ret->rows, most_growth_first);
  return OURO_OK;
}

static void free_comparison(ouro_heap *heap, struct comparison *comparison) {
  ouro__deallocate(heap, comparison->rows, comparison->room * sizeof(ouro_growth_row));
}

int ouro_mark_growth(const ouro_mark *from, const ouro_mark *to, ouro_growth_row *rows,
                     size_t capacity, size_t *ret_count, size_t *ret_types) {
  struct comparison all;
  if (from->heap != to->heap)
    return OURO_EINVAL;
  if (compare(from, to, &all) != OURO_OK)
    return OURO_ENOMEM;
  *ret_types = all.found;
  *ret_count = all.found < capacity ? all.found : capacity;
  if (*ret_count > 0)
    memcpy(rows, all.rows, *ret_count * sizeof *rows);
  free_comparison(to->heap, &all);
  return OURO_OK;
}

int ouro_mark_rows(const ouro_mark *mark, ouro_census_row *rows, size_t capacity,
                   size_t *ret_count, size_t *ret_types) {
  struct comparison all;
  ouro_mark nothing = {.heap = mark->heap};
  if (compare(&nothing, mark, &all) != OURO_OK)
    return OURO_ENOMEM;
  *ret_types = all.found;
  *ret_count = all.found < capacity ? all.found : capacity;
  for (size_t i = 0; i < *ret_count; i++)
    rows[i] = (ouro_census_row){all.rows[i].type, all.rows[i].objects_now,
                                all.rows[i].bytes_now};
  free_comparison(mark->heap, &all);
  return OURO_OK;
}

int ouro_census(ouro_heap *heap, ouro_census_row *rows, size_t capacity,
                size_t *ret_count, size_t *ret_types) {
  bool done;
  ouro_mark mark = {.heap = heap};
  int error = ouro_mark_count(&mark, NULL, &done);
  if (error == OURO_OK)
    error = ouro_mark_rows(&mark, rows, capacity, ret_count, ret_types);
  free_rows(&mark);
  return error;
}
