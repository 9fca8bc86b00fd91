/* list.c - a container whose references stand in an array outside of the heap. */
#include "list.h"

#include <stdlib.h>
#include <string.h>

#include "life_watcher.h"

static void traverse(const void *object, ouro_visit *visit, void *argument) {
  const struct list *list = object;
  for (uint32_t i = 0; i < list->count; i++)
    visit(list->items[i], argument);
}

static void clear(ouro_heap *heap, void *object) {
  struct list *list = object;
  for (uint32_t i = 0; i < list->count; i++)
    ouro_clear(heap, &list->items[i]);
}

static void dealloc(ouro_heap *heap, void *object) {
  const struct life_watcher *watcher = ouro_heap_user(heap);
  struct list *list = object;
  if (watcher != NULL)
    watcher->destroyed(watcher->context, "list");
  free(list->items);
}

int list_type_new(ouro_heap *heap, const ouro_type **ret) {
  const ouro_type_info info = {.name = "list",
                               .size = sizeof(struct list),
                               .traverse = traverse,
                               .clear = clear,
                               .dealloc = dealloc};
  return ouro_type_new(heap, &info, ret);
}

struct list *list_new(ouro_heap *heap, const ouro_type *type) {
  return ouro_new(heap, type);
}

bool list_append(struct list *list, void *item) {
  if (list->count == LIST_MAX_ITEMS)
    return false;
  if (list->count == list->capacity) {
    uint32_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
    void **grown = realloc(list->items, capacity * sizeof *grown);
    if (grown == NULL)
      return false;
    list->items = grown;
    list->capacity = capacity;
  }
  list->items[list->count++] = item;
  return true;
}

void list_delete(ouro_heap *heap, struct list *list, uint32_t index) {
  void *item = list->items[index];
  list->count--;
  memmove(&list->items[index], &list->items[index + 1],
          (list->count - index) * sizeof(void *));
  /* Last: what dies now may be looked at, and must find the item gone. */
  ouro_decref_maybe(heap, item);
}
