/* roots.h - the registered roots as collector and inspectors see them. */
#ifndef CORE_ROOTS_H
#define CORE_ROOTS_H

#include "refs.h"

struct root {
  void *slot; /* address of a pointer variable, of whatever type */
  char *name;
};

/* What a root's variable refers to; NULL when it is NULL. */
OURO__INLINE ouro_header *root_target(const struct root *root) {
  void *object = refs_load(root->slot);
  return object != NULL ? ouro_header_of(object) : NULL;
}

/* Each root that is not NULL, in the order of registration. */
OURO__INLINE void roots_each(const ouro_heap *heap, refs_visit *visit, void *context) {
  for (size_t i = 0; i < heap->root_count; i++) {
    ouro_header *target = root_target(&heap->roots[i]);
    if (target != NULL)
      visit(context, target);
  }
}

/* The roots' own memory, when the heap is freed. */
void ouro__roots_fini(ouro_heap *heap);

#endif
