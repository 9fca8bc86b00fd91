/* object.c - birth, reference counts, and death without recursion.
 *
 *   count falls to 0                       chain of the dying, through their headers
 *   object_dead -> [finalize] -> drop refs --> | child | child | ... -> next
 *                                 free block <-- take the first, again and again
 *
 * The children of one object join the chain in the order of its fields, in front of
 * what waits already: objects die in the order in which recursion would kill them
 * (CPython's subtype_dealloc), but a list of any length needs no stack. */
#include "object.h"

#include "generation.h"
#include "profile.h"
#include "safepoint.h"
#include "weakref.h"

/* ---- birth ---- */

typedef uint64_t __attribute__((may_alias)) word;
typedef uint64_t __attribute__((may_alias, vector_size(16), aligned(8))) two_words;

static __attribute__((noinline)) void zero_many(void *payload, size_t bytes) {
  memset(payload, 0, bytes);
}

/* Blocks are whole words. Why not memset, and why volatile, which keeps the compiler
 * from making one of it: its call costs more than a small object. */
OURO__INLINE void zero(void *payload, size_t bytes) {
  char *at = payload, *end = at + bytes;
  if (OURO__UNLIKELY(bytes > OURO__ZERO_INLINE_BYTES)) {
    zero_many(payload, bytes);
    return;
  }
  if (bytes & sizeof(word)) {
    *(volatile word *)(void *)at = 0;
    at += sizeof(word);
  }
  for (; at != end; at += sizeof(two_words))
    *(volatile two_words *)(void *)at = (two_words){0, 0};
}

/* The payload is whole before anybody can see the object. */
OURO__INLINE void *be_born(ouro_heap *heap, const ouro_type *type,
                           ouro_header *header) {
  unsigned age = type->age;
  header->meta = (header->meta & OURO__LOGGED) | type->index | age << OURO__AGE_SHIFT;
  header->refcount = 1;
  heap->aged[age]++;
  if (OURO__LIKELY(age == OURO__YOUNG)) {
    heap->counts[0]++;
    if (OURO__UNLIKELY(!(header->meta & OURO__LOGGED0)))
      generation_log(heap, header, 0);
  }
  return ouro__payload(header);
}

/* Whether the next birth needs nothing but a block: no collection is due, none is asked
 * for, and the log of the young has room. */
OURO__INLINE bool may_be_born(const ouro_heap *heap) {
  return OURO__LIKELY(heap->counts[0] < heap->trigger) &&
         OURO__LIKELY(atomic_load_explicit(&heap->request, memory_order_relaxed) ==
                      0) &&
         OURO__LIKELY(heap->logs[0].length != heap->logs[0].capacity);
}

/* Everything that may be needed on the way to a block. Why the log is looked at last: a
 * collection may let finalizers fill it. */
static ouro_header *take_slowly(ouro_heap *heap, const ouro_type *type,
                                unsigned size_class, size_t bytes) {
  bool small = size_class < OURO_SIZE_CLASSES;
  if (heap->stopped)
    return NULL;
  safepoint_before_birth(heap, type->age == OURO__YOUNG);
  ouro_header *header =
      small ? pool_take_block(heap, size_class) : alloc_large(heap, bytes);
  if (header == NULL && safepoint_out_of_memory(heap))
    header = small ? pool_take_block(heap, size_class) : alloc_large(heap, bytes);
  if (header == NULL || generation_reserve_log(heap, 0, 1) == OURO_OK)
    return header;
  alloc_give(heap, header);
  return NULL;
}

static __attribute__((noinline)) void *
new_slowly(ouro_heap *heap, const ouro_type *type, unsigned size_class, size_t bytes) {
  ouro_header *header = take_slowly(heap, type, size_class, bytes);
  if (header == NULL)
    return NULL;
  if (size_class < OURO_SIZE_CLASSES)
    bytes = sizeclass_bytes(size_class);
  if (heap->profiling)
    profile_birth(heap, type, bytes);
  memset(ouro__payload(header), 0, bytes - sizeof *header);
  return be_born(heap, type, header);
}

/* Why the fast way calls nothing: it needs no stack frame then. */
OURO__INLINE void *new_object(ouro_heap *heap, const ouro_type *type,
                              unsigned size_class, size_t bytes) {
  if (OURO__UNLIKELY(size_class == OURO_SIZE_CLASSES || !may_be_born(heap)))
    return new_slowly(heap, type, size_class, bytes);
  struct size_class *class = &heap->classes[size_class];
  struct pool *pool = class->current;
  ouro_header *header = pool_take(pool);
  if (OURO__UNLIKELY(header == NULL))
    return new_slowly(heap, type, size_class, bytes);
  class->allocated++;
  zero(ouro__payload(header), pool->size - sizeof *header);
  return be_born(heap, type, header);
}

void *ouro_new(ouro_heap *heap, const ouro_type *type) {
  return new_object(heap, type, type->size_class, type->bytes);
}

void *ouro_new_tail(ouro_heap *heap, const ouro_type *type, size_t tail_bytes) {
  if (tail_bytes > SIZE_MAX / 4)
    return NULL;
  size_t bytes = sizeof(ouro_header) + type->info.size + tail_bytes;
  return new_object(heap, type, sizeclass_for(type, bytes), bytes);
}

void ouro_make_immortal(ouro_heap *heap, void *object) {
  (void)heap;
  ouro_header_of(object)->refcount = OURO_IMMORTAL;
}

/* ---- death ---- */

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
  uint64_t words = (uint64_t)((const char *)link - heap->base) / sizeof(word) + 1;
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
  return (ouro_header *)(void *)(heap->base + (words - 1) * sizeof(word));
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

struct object_dying object_suspend(ouro_heap *heap) {
  struct object_dying outer = {heap->dying, heap->dying_last, heap->draining};
  heap->dying = NULL;
  heap->dying_last = NULL;
  heap->draining = false;
  return outer;
}

void object_resume(ouro_heap *heap, struct object_dying outer) {
  OURO_ASSERT(heap->dying == NULL);
  heap->dying = outer.dying;
  heap->dying_last = outer.dying_last;
  heap->draining = outer.draining;
}

void object_run_finalizer(ouro_heap *heap, ouro_header *header) {
  struct object_dying outer = object_suspend(heap);
  header->meta |= OURO__FINALIZED;
  ouro__type(heap, header)->info.finalize(heap, ouro__payload(header));
  object_resume(heap, outer);
}

static void drop_field(ouro_heap *heap, char *field) {
  void *value = refs_load(field);
  if (value == NULL)
    return;
  memset(field, 0, sizeof value);
  ouro_decref(heap, value);
}

void object_drop_refs(ouro_heap *heap, ouro_header *header) {
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

OURO__INLINE bool is_plain(const struct ouro_type *type, const ouro_header *header) {
  return OURO__LIKELY(type->plain && !(header->meta & OURO__HAS_WEAKREFS));
}

/* A plain object without references needs no place in the chain: nobody can tell when
 * exactly it went. */
OURO__INLINE bool free_leaf(ouro_heap *heap, ouro_header *header) {
  const struct ouro_type *type = ouro__type(heap, header);
  if (!is_plain(type, header))
    return false;
  for (size_t i = 0; i < type->info.ref_count; i++)
    if (refs_load((char *)ouro__payload(header) + type->refs[i]) != NULL)
      return false;
  object_free(heap, header);
  return true;
}

/* No callback and no weak reference: nobody can see the object any more, so its fields
 * need not be cleared. */
OURO__INLINE void drop_plain(ouro_heap *heap, ouro_header *header,
                             const struct ouro_type *type, bool leaves) {
  char *payload = ouro__payload(header);
  for (size_t i = 0; i < type->info.ref_count; i++) {
    void *value = refs_load(payload + type->refs[i]);
    if (value == NULL)
      continue;
    ouro_header *child = ouro_header_of(value);
    if (child->refcount < OURO_IMMORTAL && --child->refcount == 0 &&
        !(leaves && free_leaf(heap, child)))
      chain(heap, child);
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

/* One object whose count is zero: finalize, drop, free, or back to life. */
static void destroy_slowly(ouro_heap *heap, ouro_header *header) {
  const struct ouro_type *type = ouro__type(heap, header);
  if (type->info.finalize != NULL && !(header->meta & OURO__FINALIZED)) {
    header->meta &= ~(OURO__DYING | OURO__LINK_HIGH | OURO__LINK_LARGE);
    header->refcount = 1;
    leave_log(heap, header);
    object_run_finalizer(heap, header);
    if (header->refcount >= OURO_IMMORTAL || --header->refcount > 0)
      return;
  }
  header->meta |= OURO__DYING;
  if (header->meta & OURO__HAS_WEAKREFS)
    weakref_target_dies(heap, header);
  object_drop_refs(heap, header);
  if (type->info.dealloc != NULL)
    type->info.dealloc(heap, ouro__payload(header));
  object_free(heap, header);
}

static void destroy(ouro_heap *heap, ouro_header *header) {
  const struct ouro_type *type = ouro__type(heap, header);
  heap->dying_last = NULL;
  if (is_plain(type, header)) {
    drop_plain(heap, header, type, true);
    object_free(heap, header);
  } else {
    destroy_slowly(heap, header);
  }
}

static void drain(ouro_heap *heap) {
  heap->draining = true;
  while (heap->dying != NULL) {
    ouro_header *header = heap->dying;
    heap->dying = get_link(heap, header);
    destroy(heap, header);
  }
  heap->dying_last = NULL;
  heap->draining = false;
}

static __attribute__((noinline)) void dead_slowly(ouro_heap *heap,
                                                  ouro_header *header) {
  /* While a heap is being freed everything goes at once, in no order. */
  if (heap->closing)
    return;
  /* Between the steps of a collection nothing may die. */
  if (heap->stopped) {
    header->refcount = 1;
    return;
  }
  chain(heap, header);
  if (!heap->draining)
    drain(heap);
}

static __attribute__((noinline)) void after_death(ouro_heap *heap, uint32_t index,
                                                  bool slow) {
  if (slow)
    pool_give_slow(heap, index);
  drain(heap);
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
  drop_plain(heap, header, type, false);
  object_count_out(heap, header);
  uint32_t index = ouro__pool_index(heap, header);
  bool slow = pool_link(heap, index, header);
  if (OURO__UNLIKELY(slow || heap->dying != NULL))
    after_death(heap, index, slow);
}

/* ---- tracking ---- */

void ouro_untrack(ouro_heap *heap, void *object) {
  ouro__set_age(heap, ouro_header_of(object), OURO__UNTRACKED);
}

int ouro_track(ouro_heap *heap, void *object) {
  ouro_header *header = ouro_header_of(object);
  if (ouro__age(header) != OURO__UNTRACKED)
    return OURO_OK;
  if (ouro__type(heap, header)->info.flags & OURO_TYPE_ACYCLIC)
    return OURO_EINVAL;
  if (generation_reserve_log(heap, 0, 1) != OURO_OK)
    return OURO_ENOMEM;
  ouro__set_age(heap, header, OURO__YOUNG);
  generation_log(heap, header, 0);
  return OURO_OK;
}

/* ---- queries ---- */

const ouro_type *ouro_object_type(const ouro_heap *heap, const void *object) {
  return ouro__type(heap, ouro_header_of(object));
}

size_t ouro_object_size(const ouro_heap *heap, const void *object) {
  return alloc_bytes(heap, ouro_header_of(object));
}

size_t ouro_object_tail_capacity(const ouro_heap *heap, const void *object) {
  const ouro_header *header = ouro_header_of(object);
  return alloc_bytes(heap, header) - sizeof *header -
         ouro__type(heap, header)->info.size;
}

int ouro_object_generation(const void *object) {
  unsigned age = ouro__age(ouro_header_of(object));
  return age <= OURO__OLD ? (int)age : -1;
}

bool ouro_is_tracked(const void *object) {
  return ouro__age(ouro_header_of(object)) != OURO__UNTRACKED;
}

bool ouro_is_finalized(const void *object) {
  return (ouro_header_of(object)->meta & OURO__FINALIZED) != 0;
}

uint32_t ouro_object_id(const ouro_heap *heap, const void *object) {
  return ouro__id(heap, ouro_header_of(object));
}
