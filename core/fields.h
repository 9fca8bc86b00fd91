/* fields.h - the references of an object with where they are; the walk of refs.h for
 * those who have to tell a person, not for the collector's passes. */
#ifndef CORE_FIELDS_H
#define CORE_FIELDS_H

#include "refs.h"

typedef void fields_visit(void *context, ouro_header *target, ouro_field field);

struct fields_trampoline {
  fields_visit *visit;
  void *context;
  size_t at;
};

static inline void fields_bounce(void *object, void *argument) {
  struct fields_trampoline *to = argument;
  ouro_field field = {OURO_FIELD_TRAVERSED, to->at++};
  if (object != NULL)
    to->visit(to->context, ouro_header_of(object), field);
}

/* Elements of a tail of references. */
OURO__INLINE size_t fields_tail_length(const ouro_heap *heap, const ouro_header *header,
                                       const struct ouro_type *type) {
  if (!(type->info.flags & OURO_TYPE_TAIL_REFS))
    return 0;
  char *start = (char *)ouro__payload(header) + type->info.size;
  return (size_t)(refs_tail_end(heap, header, type) - start) / sizeof(void *);
}

OURO__INLINE void fields_each(const ouro_heap *heap, const ouro_header *header,
                              fields_visit *visit, void *context) {
  const struct ouro_type *type = ouro__type(heap, header);
  char *payload = ouro__payload(header);
  if (type->shape == OURO__FIELDS) {
    for (size_t i = 0; i < type->info.ref_count; i++) {
      void *value = refs_load(payload + type->refs[i]);
      if (value != NULL)
        visit(context, ouro_header_of(value),
              (ouro_field){OURO_FIELD_DECLARED, type->refs[i]});
    }
    size_t length = fields_tail_length(heap, header, type);
    for (size_t i = 0; i < length; i++) {
      void *value = refs_load(payload + type->info.size + i * sizeof(void *));
      if (value != NULL)
        visit(context, ouro_header_of(value), (ouro_field){OURO_FIELD_TAIL, i});
    }
  } else if (type->shape == OURO__TRAVERSED) {
    struct fields_trampoline to = {visit, context, 0};
    type->info.traverse(payload, fields_bounce, &to);
  }
}

#endif
