/* inspect.c - read-only walks: objects, census, referents. */
#include <stdlib.h>

#include "refs.h"
#include "walk.h"

struct walk_objects {
  ouro_walk *walk;
  void *context;
};

static bool walk_one(ouro_heap *heap, ouro_header *header, void *context) {
  (void)heap;
  struct walk_objects *objects = context;
  return objects->walk(ouro__payload(header), objects->context);
}

void ouro_objects(ouro_heap *heap, ouro_walk *walk, void *context) {
  struct walk_objects objects = {walk, context};
  (void)walk_live(heap, walk_one, &objects);
}

/* ---- census ---- */

static bool count_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct freed_row *rows = context;
  struct freed_row *row = &rows[header->meta & OURO__TYPE_MASK];
  row->objects++;
  row->bytes += alloc_bytes(heap, header);
  return true;
}

static int most_bytes_first(const void *a, const void *b) {
  const ouro_census_row *left = a, *right = b;
  if (left->bytes != right->bytes)
    return left->bytes < right->bytes ? 1 : -1;
  return strcmp(ouro_type_name(left->type), ouro_type_name(right->type));
}

int ouro_census(ouro_heap *heap, ouro_census_row *rows, size_t capacity,
                size_t *ret_count, size_t *ret_types) {
  size_t types = heap->type_count;
  *ret_count = 0;
  *ret_types = 0;
  if (types == 0)
    return OURO_OK;
  struct freed_row *counts = ouro__allocate(heap, types * sizeof *counts);
  ouro_census_row *all = ouro__allocate(heap, types * sizeof *all);
  int error = counts != NULL && all != NULL ? OURO_OK : OURO_ENOMEM;
  if (error == OURO_OK) {
    memset(counts, 0, types * sizeof *counts);
    (void)walk_live(heap, count_one, counts);
    size_t found = 0;
    for (size_t i = 0; i < types; i++)
      if (counts[i].objects > 0)
        all[found++] =
            (ouro_census_row){heap->types[i], counts[i].objects, counts[i].bytes};
    qsort(all, found, sizeof *all, most_bytes_first);
    *ret_types = found;
    *ret_count = found < capacity ? found : capacity;
    if (*ret_count > 0)
      memcpy(rows, all, *ret_count * sizeof *rows);
  }
  ouro__deallocate(heap, counts, types * sizeof *counts);
  ouro__deallocate(heap, all, types * sizeof *all);
  return error;
}

/* ---- referents ---- */

struct report {
  ouro_visit *visit;
  void *argument;
};

static void report_one(void *context, ouro_header *target) {
  struct report *to = context;
  to->visit(ouro__payload(target), to->argument);
}

void ouro_referents(const ouro_heap *heap, const void *object, ouro_visit *visit,
                    void *argument) {
  struct report to = {visit, argument};
  refs_each(heap, ouro_header_of(object), report_one, &to);
}
