/* object.c - birth, and what can be asked of an object. Its death is in death.c. */
#include "object.h"

#include "generation.h"
#include "profile.h"
#include "safepoint.h"
#include "weakref.h"

/* ---- birth ---- */

typedef uint64_t __attribute__((may_alias)) word;
typedef uint64_t __attribute__((may_alias, vector_size(16), aligned(8))) two_words;

/* Why a function of its own: where the compiler knows a bound it makes a slow loop of
 * memset. */
static __attribute__((noinline)) void zero_many(void *payload, size_t bytes) {
  memset(payload, 0, bytes);
}

/* Blocks are whole words. Why not memset, and why volatile, which keeps the compiler
 * from making one of it: its call costs more than a small object. */
OURO__INLINE void zero(void *payload, size_t bytes) {
  char *at = payload, *end = at + bytes;
  if (bytes & sizeof(word)) {
    *(volatile word *)(void *)at = 0;
    at += sizeof(word);
  }
  for (; at != end; at += sizeof(two_words))
    *(volatile two_words *)(void *)at = (two_words){0, 0};
}

/* The payload is whole before anybody can see the object. The log has room. */
OURO__INLINE void *be_born(ouro_heap *heap, const ouro_type *type,
                           ouro_header *header) {
  uint32_t logged = header->meta & OURO__LOGGED;
  header->meta = logged | type->birth;
  header->refcount = 1;
  heap->aged[type->age]++;
  if (OURO__LIKELY(type->age == OURO__YOUNG)) {
    heap->counts[0]++;
    if (OURO__UNLIKELY(!(logged & OURO__LOGGED0)))
      generation_log(heap, header, 0);
  }
  return ouro__payload(header);
}

/* Whether the next birth needs nothing but a block: no collection is due, none is asked
 * for, nobody watches, and the log of the young has room. */
OURO__INLINE bool may_be_born(ouro_heap *heap) {
  uint64_t trigger = atomic_load_explicit(&heap->trigger, memory_order_relaxed);
  return OURO__LIKELY(heap->counts[0] < trigger) &&
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
      small ? pool_take_block(heap, size_class, false) : ouro__alloc_large(heap, bytes);
  if (header == NULL && ouro__safepoint_out_of_memory(heap))
    header = small ? pool_take_block(heap, size_class, false)
                   : ouro__alloc_large(heap, bytes);
  if (header == NULL || ouro__generation_reserve_log(heap, 0, 1) == OURO_OK)
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
    ouro__profile_birth(heap, type, bytes);
  zero_many(ouro__payload(header), bytes - sizeof *header);
  if (size_class < OURO_SIZE_CLASSES)
    pool_fence(header, bytes);
  return be_born(heap, type, header);
}

/* A block without detours, or NULL: then the way is longer. */
OURO__INLINE ouro_header *take_at_once(ouro_heap *heap, unsigned size_class) {
  struct size_class *class = &heap->classes[size_class];
  if (OURO__UNLIKELY(!may_be_born(heap)))
    return NULL;
  ouro_header *header = pool_take(class->current, false);
  if (OURO__LIKELY(header != NULL))
    class->allocated++;
  return header;
}

static __attribute__((noinline)) void *
new_medium(ouro_heap *heap, const ouro_type *type, unsigned size_class, size_t bytes) {
  ouro_header *header =
      size_class < OURO_SIZE_CLASSES ? take_at_once(heap, size_class) : NULL;
  if (header == NULL)
    return new_slowly(heap, type, size_class, bytes);
  zero_many(ouro__payload(header), sizeclass_bytes(size_class) - sizeof *header);
  pool_fence(header, sizeclass_bytes(size_class));
  return be_born(heap, type, header);
}

/* Why the fast way calls nothing: it needs no stack frame then. */
OURO__INLINE void *new_object(ouro_heap *heap, const ouro_type *type,
                              unsigned size_class, size_t bytes) {
  if (OURO__UNLIKELY(size_class > OURO__ZERO_INLINE_CLASS))
    return new_medium(heap, type, size_class, bytes);
  ouro_header *header = take_at_once(heap, size_class);
  if (OURO__UNLIKELY(header == NULL))
    return new_slowly(heap, type, size_class, bytes);
  zero(ouro__payload(header), sizeclass_bytes(size_class) - sizeof *header);
  pool_fence(header, sizeclass_bytes(size_class));
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
  if (ouro__generation_reserve_log(heap, 0, 1) != OURO_OK)
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
  return alloc_usable_bytes(heap, header) - sizeof *header -
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
