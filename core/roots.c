/* roots.c - registered roots: an array of (address of a variable, name).
 *
 *   roots[] -> | slot, name | slot, name | ...     in the order of registration
 *                  |
 *                  v  the embedder's variable, read whenever somebody asks */
#include "roots.h"

static size_t find(const ouro_heap *heap, const void *slot) {
  size_t at = 0;
  while (at < heap->root_count && heap->roots[at].slot != slot)
    at++;
  return at;
}

static int make_room(ouro_heap *heap) {
  if (heap->root_count < heap->root_capacity)
    return OURO_OK;
  size_t capacity = heap->root_capacity == 0 ? 8 : heap->root_capacity * 2;
  struct root *roots = ouro__allocate(heap, capacity * sizeof *roots);
  if (roots == NULL)
    return OURO_ENOMEM;
  if (heap->root_count > 0)
    memcpy(roots, heap->roots, heap->root_count * sizeof *roots);
  ouro__deallocate(heap, heap->roots, heap->root_capacity * sizeof *roots);
  heap->roots = roots;
  heap->root_capacity = capacity;
  return OURO_OK;
}

int ouro_root_add(ouro_heap *heap, void *slot, const char *name) {
  if (slot == NULL || name == NULL || name[0] == '\0')
    return OURO_EINVAL;
  size_t bytes = strlen(name) + 1;
  if (bytes > OURO_ROOT_NAME_BYTES || find(heap, slot) < heap->root_count)
    return OURO_EINVAL;
  if (make_room(heap) != OURO_OK)
    return OURO_ENOMEM;
  char *copy = ouro__allocate(heap, bytes);
  if (copy == NULL)
    return OURO_ENOMEM;
  memcpy(copy, name, bytes);
  heap->roots[heap->root_count++] = (struct root){.slot = slot, .name = copy};
  return OURO_OK;
}

static void free_name(ouro_heap *heap, const struct root *root) {
  ouro__deallocate(heap, root->name, strlen(root->name) + 1);
}

int ouro_root_remove(ouro_heap *heap, void *slot) {
  size_t at = find(heap, slot);
  if (at == heap->root_count)
    return OURO_EINVAL;
  free_name(heap, &heap->roots[at]);
  heap->root_count--;
  memmove(&heap->roots[at], &heap->roots[at + 1],
          (heap->root_count - at) * sizeof *heap->roots);
  return OURO_OK;
}

size_t ouro_root_count(const ouro_heap *heap) {
  return heap->root_count;
}

int ouro_root_at(const ouro_heap *heap, size_t index, ouro_root *ret) {
  if (index >= heap->root_count || ret == NULL)
    return OURO_EINVAL;
  const struct root *root = &heap->roots[index];
  *ret = (ouro_root){root->name, root->slot, refs_load(root->slot)};
  return OURO_OK;
}

void ouro__roots_fini(ouro_heap *heap) {
  for (size_t i = 0; i < heap->root_count; i++)
    free_name(heap, &heap->roots[i]);
  ouro__deallocate(heap, heap->roots, heap->root_capacity * sizeof *heap->roots);
}
