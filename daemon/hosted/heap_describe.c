/* heap_describe.c - an object and its fields in words. */
#include "heap_describe.h"

#include <stdio.h>
#include <stdlib.h>

#include "sampler.h"

void heap_describe(const struct heap_thread *thread, const void *object,
                   struct proto_object *ret) {
  const ouro_heap *heap = thread->heap;
  *ret = (struct proto_object){.id = (uint64_t)(uintptr_t)object,
                               .bytes = ouro_object_size(heap, object),
                               .refcount = ouro_refcount(object),
                               .generation = ouro_object_generation(object),
                               .is_tracked = ouro_is_tracked(object),
                               .is_finalized = ouro_is_finalized(object)};
  ret->is_immortal = ret->refcount >= OURO_IMMORTAL;
  sampler_copy(ret->type, sizeof ret->type,
               ouro_type_name(ouro_object_type(heap, object)));
  if (thread->ops->text != NULL)
    thread->ops->text(thread->mutator, object, ret->text, sizeof ret->text);
}

void heap_describe_field(const struct heap_thread *thread, const void *object,
                         ouro_field field, char ret[PROTO_LINK_BYTES]) {
  ret[0] = '\0';
  if (thread->ops->field != NULL)
    thread->ops->field(thread->mutator, object, field, ret, PROTO_LINK_BYTES);
  if (ret[0] == '\0')
    snprintf(ret, PROTO_LINK_BYTES,
             field.kind == OURO_FIELD_DECLARED ? "+%zu"
             : field.kind == OURO_FIELD_TAIL   ? "[%zu]"
                                               : "#%zu",
             field.at);
}

int heap_describe_roots(const struct heap_thread *thread, const void *object,
                        struct proto_root **ret, size_t *ret_count) {
  size_t count = ouro_root_count(thread->heap), kept = 0;
  struct proto_root *roots = NULL;
  ouro_root root;
  if (count > PROTO_MAX_LIST)
    count = PROTO_MAX_LIST;
  if (count > 0 && (roots = calloc(count, sizeof *roots)) == NULL)
    return OURO_ENOMEM;
  for (size_t i = 0; i < ouro_root_count(thread->heap) && kept < count; i++) {
    if (ouro_root_at(thread->heap, i, &root) != 0 || root.object == NULL ||
        (object != NULL && root.object != object))
      continue;
    sampler_copy(roots[kept].name, sizeof roots[kept].name, root.name);
    roots[kept++].id = (uint64_t)(uintptr_t)root.object;
  }
  *ret = roots;
  *ret_count = kept;
  return 0;
}
