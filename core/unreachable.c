/* unreachable.c - the three steps of the search, over all objects or over a list. */
#include "unreachable.h"

#include "trace.h"

int ouro__unreachable_reserve(ouro_heap *heap, struct header_list *list, size_t count) {
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

int ouro__unreachable_begin(struct search *search) {
  return search->scope == SCOPE_ALL ? OURO_OK : ouro__listed_begin(search);
}

void ouro__unreachable_subtract(struct search *search) {
  if (search->scope == SCOPE_ALL)
    ouro__full_subtract(search);
  else
    ouro__listed_subtract(search);
}

void ouro__unreachable_mark(struct search *search) {
  if (search->scope == SCOPE_ALL)
    ouro__full_mark(search);
  else
    ouro__listed_mark(search);
}

int ouro__unreachable_list(struct search *search) {
  if (search->scope == SCOPE_ALL)
    return ouro__full_list(search);
  ouro__listed_list(search);
  return OURO_OK;
}
