/* unreachable.c - the three steps of the search, over all objects or over a list. */
#include "unreachable.h"

#include "trace.h"

int unreachable_reserve(ouro_heap *heap, struct header_list *list, size_t count) {
  if (count <= list->capacity)
    return OURO_OK;
  size_t capacity = list->capacity < 512 ? 1024 : list->capacity * 2;
  if (capacity < count)
    capacity = count;
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
