/* death.c - what happens when a count falls to zero, without recursion.
 *
 *   ouro_object_dead -> [finalize] -> drop references -> free the block
 *                                        |
 *                 children at zero: the first is next, the others wait in a chain
 *                 through their own headers, in front of those that wait already
 *
 * Objects die in the order in which recursion would kill them (CPython's
 * subtype_dealloc), but a list of any length needs no stack and no memory. Plain
 * objects (nothing is to be run for them, all their references are declared fields) die
 * in a tight loop. */
#include "generation.h"
#include "object.h"
#include "weakref.h"

/* ---- the chain ---- */

/* Where `link` waits behind `header`: how far it lies from the heap's base in words,
 * plus 1, in 33 bits, or its slot. */
OURO__INLINE void set_link(const ouro_heap *heap, ouro_header *header,
                           const ouro_header *link) {
  header->meta &= ~(OURO__LINK_HIGH | OURO__LINK_LARGE);
  if (link == NULL) {
    header->refcount = 0;
    return;
  }
  if (OURO__UNLIKELY(!ouro__is_small(heap, link))) {
    header->refcount = *ouro__large_slot(link);
    header->meta |= OURO__LINK_LARGE;
    return;
  }
  uint64_t words = (uint64_t)((const char *)link - heap->base) / sizeof(uint64_t) + 1;
  header->refcount = (uint32_t)words;
  header->meta |= (uint32_t)(words >> 32) * OURO__LINK_HIGH;
}

OURO__INLINE ouro_header *get_link(const ouro_heap *heap, const ouro_header *header) {
  uint64_t words = header->refcount;
  if (OURO__UNLIKELY(header->meta & (OURO__LINK_HIGH | OURO__LINK_LARGE))) {
    if (header->meta & OURO__LINK_LARGE)
      return heap->large[header->refcount].header;
    words |= UINT64_C(1) << 32;
  }
  if (words == 0)
    return NULL;
  return (ouro_header *)(void *)(heap->base + (words - 1) * sizeof(uint64_t));
}

/* Why the link is copied as it is: two headers say where it leads in the same way. */
static void chain(ouro_heap *heap, ouro_header *header) {
  header->meta |= OURO__DYING;
  if (heap->dying_last == NULL) {
    set_link(heap, header, heap->dying);
    heap->dying = header;
  } else {
    const uint32_t high = OURO__LINK_HIGH | OURO__LINK_LARGE;
    header->refcount = heap->dying_last->refcount;
    header->meta = (header->meta & ~high) | (heap->dying_last->meta & high);
    set_link(heap, heap->dying_last, header);
  }
  heap->dying_last = header;
}

struct object_dying ouro__object_suspend(ouro_heap *heap) {
  struct object_dying outer = {heap->dying, heap->dying_last, heap->draining};
  heap->dying = NULL;
  heap->dying_last = NULL;
  heap->draining = false;
  heap->suspended++;
  return outer;
}

void ouro__object_resume(ouro_heap *heap, struct object_dying outer) {
  OURO_ASSERT(heap->dying == NULL);
  heap->dying = outer.dying;
  heap->dying_last = outer.dying_last;
  heap->draining = outer.draining;
  heap->suspended--;
}

/* ---- with callbacks ---- */

static void drop_field(ouro_heap *heap, char *field) {
  void *value = refs_load(field);
  if (value == NULL)
    return;
  memset(field, 0, sizeof value);
  ouro_decref(heap, value);
}

void ouro__object_drop_refs(ouro_heap *heap, ouro_header *header) {
  const struct ouro_type *type = ouro__type(heap, header);
  char *payload = ouro__payload(header);
  if (type->shape == OURO__FIELDS) {
    for (size_t i = 0; i < type->info.ref_count; i++)
      drop_field(heap, payload + type->refs[i]);
    if (type->info.flags & OURO_TYPE_TAIL_REFS) {
      char *end = refs_tail_end(heap, header, type);
      for (char *at = payload + type->info.size; at < end; at += sizeof(void *))
        drop_field(heap, at);
    }
  } else if (type->info.clear != NULL) {
    type->info.clear(heap, payload);
  }
}

/* A collection that ran while the object waited for its death emptied the logs and left
 * it out. The oldest generation needs none. */
static void leave_log(ouro_heap *heap, ouro_header *header) {
  unsigned age = ouro__age(header);
  if ((age == 0 && !(header->meta & OURO__LOGGED0)) ||
      (age == 1 && !(header->meta & OURO__LOGGED1)))
    ouro__set_age(heap, header, OURO__OLD);
}

/* Whether it came back to life. */
static bool finalize(ouro_heap *heap, ouro_header *header,
                     const struct ouro_type *type) {
  header->meta &= ~(OURO__DYING | OURO__LINK_HIGH | OURO__LINK_LARGE);
  header->meta |= OURO__FINALIZED;
  header->refcount = 1;
  leave_log(heap, header);
  struct object_dying outer = ouro__object_suspend(heap);
  type->info.finalize(heap, ouro__payload(header));
  ouro__object_resume(heap, outer);
  return header->refcount >= OURO_IMMORTAL || --header->refcount > 0;
}

/* One object whose count is zero: finalize, drop, free, or back to life. */
static void destroy(ouro_heap *heap, ouro_header *header) {
  const struct ouro_type *type = ouro__type(heap, header);
  heap->dying_last = NULL;
  if (type->info.finalize != NULL && !(header->meta & OURO__FINALIZED) &&
      finalize(heap, header, type))
    return;
  header->meta |= OURO__DYING;
  if (header->meta & OURO__HAS_WEAKREFS)
    ouro__weakref_target_dies(heap, header);
  ouro__object_drop_refs(heap, header);
  if (type->info.dealloc != NULL)
    type->info.dealloc(heap, ouro__payload(header));
  object_free(heap, header);
}

/* ---- plain objects ---- */

/* Nobody can see a plain object any more, so its fields need not be cleared. */
OURO__INLINE bool is_plain(const struct ouro_type *type, const ouro_header *header) {
  return OURO__LIKELY(type->plain && !(header->meta & OURO__HAS_WEAKREFS));
}

/* Plain objects that died one after the other and are alike: they are counted out
 * together. */
struct alike {
  const struct ouro_type *type; /* of the last one */
  uint32_t kind;                /* meta's type and age */
  uint32_t size_class;
  uint64_t objects;
};

static void count_out(ouro_heap *heap, struct alike *alike) {
  const uint64_t objects = alike->objects;
  const unsigned age = alike->kind >> OURO__AGE_SHIFT;
  if (objects == 0)
    return;
  heap->aged[age] -= objects;
  if (age < OURO__UNTRACKED)
    heap->counts[0] -= heap->counts[0] < objects ? heap->counts[0] : objects;
  heap->classes[alike->size_class].freed += objects;
  if (heap->collecting) {
    struct freed_row *row = &heap->freed[alike->kind & OURO__TYPE_MASK];
    row->objects += objects;
    row->bytes += objects * sizeclass_bytes(alike->size_class);
  }
  alike->objects = 0;
}

/* Why the last one's type is tried first: where the next reference stands is known then
 * without waiting for the header, its type and that type's offsets, one after the
 * other. */
OURO__INLINE const struct ouro_type *
type_of(const ouro_heap *heap, const ouro_header *header, struct alike *alike) {
  if (OURO__UNLIKELY((header->meta & OURO__TYPE_MASK) != alike->type->index))
    alike->type = ouro__type(heap, header);
  return alike->type;
}

/* Free a plain object whose references are gone. */
OURO__INLINE void bury(ouro_heap *heap, ouro_header *header, struct alike *alike) {
  if (OURO__UNLIKELY(!ouro__is_small(heap, header))) {
    object_free(heap, header);
    return;
  }
  const uint32_t kind = header->meta & (OURO__TYPE_MASK | OURO__AGE_MASK);
  const uint32_t index = ouro__pool_index(heap, header);
  struct pool *pool = &heap->pools[index];
  if (OURO__UNLIKELY(kind != alike->kind || pool->size_class != alike->size_class)) {
    count_out(heap, alike);
    alike->kind = kind;
    alike->size_class = pool->size_class;
  }
  alike->objects++;
  if (OURO__UNLIKELY(pool_link_header(pool, header)))
    ouro__pool_give_slow(heap, index);
}

/* A plain object without references needs no place in the chain: nobody can tell when
 * exactly it went. */
OURO__INLINE bool bury_leaf(ouro_heap *heap, ouro_header *header, struct alike *alike) {
  const struct ouro_type *type = type_of(heap, header, alike);
  if (!is_plain(type, header))
    return false;
  for (size_t i = 0; i < type->info.ref_count; i++)
    if (refs_load((char *)ouro__payload(header) + type->refs[i]) != NULL)
      return false;
  bury(heap, header, alike);
  return true;
}

OURO__INLINE bool falls_to_zero(ouro_header *header) {
  return header->refcount < OURO_IMMORTAL && --header->refcount == 0;
}

/* The first child whose count falls to zero is the next to die and need not wait in the
 * chain, unless there is another. */
OURO__INLINE ouro_header *next_or_chained(ouro_heap *heap, ouro_header *next,
                                          ouro_header *child) {
  if (next == NULL && heap->dying_last == NULL)
    return child;
  if (next != NULL)
    chain(heap, next);
  chain(heap, child);
  return NULL;
}

/* Count the children of a plain object down. */
OURO__INLINE ouro_header *drop_plain(ouro_heap *heap, ouro_header *header,
                                     const struct ouro_type *type,
                                     struct alike *alike) {
  char *payload = ouro__payload(header);
  ouro_header *next = NULL;
  for (size_t i = 0; i < type->info.ref_count; i++) {
    void *value = refs_load(payload + type->refs[i]);
    if (value == NULL)
      continue;
    ouro_header *child = ouro_header_of(value);
    if (falls_to_zero(child) && !bury_leaf(heap, child, alike))
      next = next_or_chained(heap, next, child);
  }
  return next;
}

static void drain(ouro_heap *heap, ouro_header *header) {
  struct alike alike = {.type = heap->types[0]};
  heap->draining = true;
  for (;;) {
    if (header == NULL) {
      header = heap->dying;
      if (header == NULL)
        break;
      heap->dying = get_link(heap, header);
    }
    const struct ouro_type *type = type_of(heap, header, &alike);
    heap->dying_last = NULL;
    if (is_plain(type, header)) {
      ouro_header *next = drop_plain(heap, header, type, &alike);
      bury(heap, header, &alike);
      header = next;
    } else {
      /* What it runs may ask for figures. */
      count_out(heap, &alike);
      destroy(heap, header);
      header = NULL;
    }
  }
  count_out(heap, &alike);
  heap->dying_last = NULL;
  heap->draining = false;
}

/* ---- the count has fallen to zero ---- */

static __attribute__((noinline)) void dead_slowly(ouro_heap *heap,
                                                  ouro_header *header) {
  /* While a heap is being freed everything goes at once, in no order. */
  if (heap->closing) {
    header->refcount = 1; /* its own dealloc is still to come */
    return;
  }
  /* Between the steps of a collection nothing may die. */
  if (heap->stopped) {
    header->refcount = 1;
    return;
  }
  if (heap->draining)
    chain(heap, header);
  else
    drain(heap, header);
}

static __attribute__((noinline)) void after_death(ouro_heap *heap, uint32_t index,
                                                  bool slow, ouro_header *next) {
  if (slow)
    ouro__pool_give_slow(heap, index);
  drain(heap, next);
}

/* Why the fast way calls nothing before its end: it needs no stack frame then. */
void ouro_object_dead(ouro_heap *heap, void *object) {
  ouro_header *header = ouro_header_of(object);
  const struct ouro_type *type = ouro__type(heap, header);
  if (OURO__UNLIKELY(heap->draining || heap->collecting || !is_plain(type, header) ||
                     !ouro__is_small(heap, header))) {
    dead_slowly(heap, header);
    return;
  }
  ouro_header *next = NULL;
  char *payload = ouro__payload(header);
  for (size_t i = 0; i < type->info.ref_count; i++) {
    void *value = refs_load(payload + type->refs[i]);
    if (value == NULL)
      continue;
    ouro_header *child = ouro_header_of(value);
    if (OURO__LIKELY(!falls_to_zero(child)))
      continue;
    next = next_or_chained(heap, next, child);
  }
  object_count_out(heap, header);
  uint32_t index = ouro__pool_index(heap, header);
  bool slow = pool_link(heap, index, header);
  if (OURO__UNLIKELY(slow || next != NULL || heap->dying != NULL))
    after_death(heap, index, slow, next);
}
