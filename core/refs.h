/* refs.h - the references of an object, at full speed.
 *
 * Each pass of the collector is this walk with another function for the reference. The
 * walk is inlined into every pass, so declared fields cost no call at all; types with a
 * traverse callback go through one trampoline. */
#ifndef CORE_REFS_H
#define CORE_REFS_H

#include "alloc.h"

/* What a pass does with a reference. */
typedef void refs_visit(void *context, ouro_header *target);

struct refs_trampoline {
  refs_visit *visit;
  void *context;
};

/* The bridge from a type's traverse callback to a pass. */
static inline void refs_bounce(void *object, void *argument) {
  struct refs_trampoline *to = argument;
  if (object != NULL)
    to->visit(to->context, ouro_header_of(object));
}

OURO__INLINE void *refs_load(const char *field) {
  void *value;
  memcpy(&value, field, sizeof value);
  return value;
}

/* The end of the payload up to which tail references may stand. */
OURO__INLINE char *refs_tail_end(const ouro_heap *heap, const ouro_header *header,
                                 const struct ouro_type *type) {
  char *payload = ouro__payload(header);
  size_t tail =
      alloc_usable_bytes(heap, header) - sizeof(ouro_header) - type->info.size;
  return payload + type->info.size + tail / sizeof(void *) * sizeof(void *);
}

/* Whether all references of a type's objects are declared fields. */
OURO__INLINE bool refs_are_fields(const struct ouro_type *type) {
  return type->shape == OURO__FIELDS && !(type->info.flags & OURO_TYPE_TAIL_REFS);
}

OURO__INLINE void refs_each(const ouro_heap *heap, const ouro_header *header,
                            refs_visit *visit, void *context) {
  const struct ouro_type *type = ouro__type(heap, header);
  char *payload = ouro__payload(header);
  if (OURO__LIKELY(type->shape == OURO__FIELDS)) {
    for (size_t i = 0; i < type->info.ref_count; i++) {
      void *value = refs_load(payload + type->refs[i]);
      if (value != NULL)
        visit(context, ouro_header_of(value));
    }
    if (type->info.flags & OURO_TYPE_TAIL_REFS) {
      char *end = refs_tail_end(heap, header, type);
      for (char *at = payload + type->info.size; at < end; at += sizeof(void *)) {
        void *value = refs_load(at);
        if (value != NULL)
          visit(context, ouro_header_of(value));
      }
    }
  } else if (type->shape == OURO__TRAVERSED) {
    struct refs_trampoline to = {visit, context};
    type->info.traverse(payload, refs_bounce, &to);
  }
}

#endif
