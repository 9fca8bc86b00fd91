/* unreachable.c - the three steps of the search, over all objects or over a list. */
#include "unreachable.h"

#include "trace.h"

/* At least twice the room, at least `count`. 0 when there is enough. */
static size_t grown(size_t capacity, size_t count) {
  if (count <= capacity)
    return 0;
  size_t more = capacity < 512 ? 1024 : capacity * 2;
  return more < count ? count : more;
}

int unreachable_reserve(ouro_heap *heap, struct header_list *list, size_t count) {
  size_t capacity = grown(list->capacity, count);
  if (capacity == 0)
    return OURO_OK;
  ouro_header **items = ouro__allocate(heap, capacity * sizeof(ouro_header *));
  if (items == NULL)
    return OURO_ENOMEM;
  if (list->length > 0)
    memcpy(items, list->items, list->length * sizeof(ouro_header *));
  ouro__deallocate(heap, list->items, list->capacity * sizeof(ouro_header *));
  list->items = items;
  list->capacity = capacity;
  return OURO_OK;
}

/* Nothing in the list is kept: it is filled anew each time. */
int unreachable_reserve_candidates(ouro_heap *heap, size_t count) {
  struct candidate_list *list = &heap->candidates;
  size_t capacity = grown(list->capacity, count);
  if (capacity == 0)
    return OURO_OK;
  struct candidate *items = ouro__allocate(heap, capacity * sizeof *items);
  if (items == NULL)
    return OURO_ENOMEM;
  ouro__deallocate(heap, list->items, list->capacity * sizeof *items);
  list->items = items;
  list->capacity = capacity;
  return OURO_OK;
}

int unreachable_begin(struct search *search) {
  return search->scope == SCOPE_ALL ? OURO_OK : listed_begin(search);
}

void unreachable_subtract(struct search *search) {
  if (search->scope == SCOPE_ALL)
    full_subtract(search);
  else
    listed_subtract(search);
}

void unreachable_mark(struct search *search) {
  if (search->scope == SCOPE_ALL)
    full_mark(search);
  else
    listed_mark(search);
}

int unreachable_list(struct search *search) {
  if (search->scope == SCOPE_ALL)
    return full_list(search);
  listed_list(search);
  return OURO_OK;
}
