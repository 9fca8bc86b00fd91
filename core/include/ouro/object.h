/* object.h - types, objects and references.
 *
 *   block in a pool
 *   | refcount 32 | type 16, age 3, flags 13 | payload: what the embedder sees ... |
 *     8-byte header                            ^ every pointer in this interface
 *
 * A reference is counted: who keeps a pointer in a field or variable for longer than a
 * borrowed look owns one count. An object dies the moment its count falls to zero;
 * deallocation of any depth is iterative. Objects on a cycle are found by gc.h.
 *
 * Three words say who gives a count back: owned (you do), borrowed (nobody; look at it,
 * do not keep it), taken (yours goes in, also when the call fails). All functions are
 * for the heap's own thread. Where NULL is not named it is not allowed.
 *
 * An object of one heap must never refer to one of another. A program that is compiled
 * with OURO_CHECK defined as 1 or more, and without NDEBUG, stops at an assertion where
 * ouro_set() or ouro_set_take() would write such a reference. The library need not be
 * built in the same way. Those that were written by hand are named by ouro_verify(). */
#ifndef OURO_OBJECT_H
#define OURO_OBJECT_H

#include <ouro/api.h>
#include <ouro/heap.h>
#include <string.h>
#if defined(OURO_CHECK) && OURO_CHECK >= 1
#include <assert.h>
#endif

OURO_BEGIN_DECLS

typedef struct ouro_type ouro_type;

/* The 8 bytes in front of every payload. Read it through the functions below. */
typedef struct ouro_header {
  uint32_t refcount;
  uint32_t meta;
} ouro_header;

/* A count that reaches this never changes again: the object is immortal. Saturating
 * here turns 2^31 references into a leak, never into a freed live object (CPython
 * 3.12, PEP 683). */
#define OURO_IMMORTAL UINT32_C(0x80000000)

/* What traverse calls for each reference, with the `argument` that it was given; NULL
 * references may be reported. */
typedef void ouro_visit(void *object, void *argument);

enum ouro_type_flags {
  /* Objects of this type hold no references, so they are on no cycle: never tracked,
   * only counted. Must declare no references and no traverse. */
  OURO_TYPE_ACYCLIC = 1u << 0,
  /* The variable tail of an object is an array of references, NULL at birth. */
  OURO_TYPE_TAIL_REFS = 1u << 1,
  /* Payloads are 16-aligned instead of 8-aligned. */
  OURO_TYPE_ALIGN16 = 1u << 2
};

/* What a type is. References are either declared by offset (ordinary structs) or
 * reported by `traverse` (containers that keep them elsewhere); not both. */
typedef struct ouro_type_info {
  const char *name;   /* copied, at most OURO_TYPE_NAME_BYTES with its NUL */
  size_t size;        /* payload bytes of the fixed part, may be 0 */
  const size_t *refs; /* offsets of pointer fields, aligned, in `size`; copied */
  size_t ref_count;
  unsigned flags; /* enum ouro_type_flags */
  /* Report every reference that the object owns, each as often as it owns it. Reports
   * too little: leaks. Too much: could free a live object; verify names it. Must not
   * allocate, count or call the heap otherwise. (CPython's tp_traverse) */
  void (*traverse)(const void *object, ouro_visit *visit, void *argument);
  /* Drop every reference that traverse reports and set the field to NULL, with
   * ouro_clear(). Called to break a cycle and before `dealloc`, possibly twice. Without
   * it a cycle through this type is never freed: see ouro_gc_garbage(), and `dealloc`
   * must drop the references. (CPython's tp_clear) */
  void (*clear)(ouro_heap *heap, void *object);
  /* Run once before the object dies, with all its references still whole; `object` is
   * borrowed. May use the heap in any way; keeping a counted reference to the object
   * resurrects it, and then it dies without being finalized again. Runs inside the call
   * that let go or collected. (CPython's tp_finalize, PEP 442) */
  void (*finalize)(ouro_heap *heap, void *object);
  /* Release what the object owns outside the heap. The block itself is the heap's, and
   * declared references are dropped already. Must not allocate from the heap.
   * References it drops die after it returns. When the heap is freed, every object's
   * runs, in no order and with its references in place: then other objects must not be
   * looked at. */
  void (*dealloc)(ouro_heap *heap, void *object);
} ouro_type_info;

#define OURO_TYPE_NAME_BYTES 64
#define OURO_MAX_TYPES       65535

/* Register a type with a heap; it lives as long as the heap. `info` is read during the
 * call alone; `*ret` is borrowed. Two types may have one name. OURO_EINVAL for a
 * contradictory description, OURO_ENOMEM, OURO_ELIMIT. */
OURO_API int ouro_type_new(ouro_heap *heap, const ouro_type_info *info,
                           const ouro_type **ret);
/* Borrowed, lives as long as the heap. */
OURO_API const char *ouro_type_name(const ouro_type *type);

/* Types are numbered from 0 in the order in which they were registered; NULL behind the
 * last. */
OURO_API const ouro_type *ouro_type_at(const ouro_heap *heap, size_t index);

/* Make an object: payload zeroed, reference count 1 (the caller owns it). May collect
 * first (a safepoint). NULL when memory is short; the heap stays valid. */
OURO_API void *ouro_new(ouro_heap *heap, const ouro_type *type);
/* The same with `tail_bytes` more payload behind the fixed part, zeroed too; with
 * OURO_TYPE_TAIL_REFS a multiple of the pointer size. The program keeps the length,
 * where it matters: ouro_object_tail_capacity() is rounded up. */
OURO_API void *ouro_new_tail(ouro_heap *heap, const ouro_type *type, size_t tail_bytes);

static inline ouro_header *ouro_header_of(const void *object) {
  return (ouro_header *)((char *)(uintptr_t)object - sizeof(ouro_header));
}

/* Current reference count. */
static inline uint32_t ouro_refcount(const void *object) {
  return ouro_header_of(object)->refcount;
}

/* Called by ouro_decref() when the count has fallen to zero; not for others. */
OURO_API void ouro_object_dead(ouro_heap *heap, void *object);

/* Own one more reference. Returns `object`, for use in expressions. */
static inline void *ouro_incref(ouro_heap *heap, void *object) {
  ouro_header *header = ouro_header_of(object);
  (void)heap;
  if (header->refcount < OURO_IMMORTAL)
    header->refcount++;
  return object;
}

/* Give one reference up. The object may be gone afterwards, finalizers included. */
static inline void ouro_decref(ouro_heap *heap, void *object) {
  ouro_header *header = ouro_header_of(object);
  if (header->refcount < OURO_IMMORTAL && --header->refcount == 0)
    ouro_object_dead(heap, object);
}

/* As above, where the pointer may be NULL. */
static inline void ouro_decref_maybe(ouro_heap *heap, void *object) {
  if (object != NULL)
    ouro_decref(heap, object);
}

/* Of a checked program: stops at a reference to another heap's object. */
static inline void ouro_check_value(const ouro_heap *heap, const void *value) {
  (void)heap, (void)value;
#if defined(OURO_CHECK) && OURO_CHECK >= 1
  assert(value == NULL || ouro_heap_owns(heap, value));
#endif
}

/* Write a reference field: counts the new value up and the old one down, in the order
 * that is safe when they are the same or when the old one's finalizer looks at the
 * field. `field` is the address of a pointer to any object type: a field, or a variable
 * that owns its value. `value` is borrowed and may be NULL. */
static inline void ouro_set(ouro_heap *heap, void *field, void *value) {
  void *old;
  ouro_check_value(heap, value);
  if (value != NULL)
    ouro_incref(heap, value);
  memcpy(&old, field, sizeof old);
  memcpy(field, &value, sizeof value);
  ouro_decref_maybe(heap, old);
}

/* The same, and the caller's own reference to `value`, which may be NULL, moves into
 * the field (taken). */
static inline void ouro_set_take(ouro_heap *heap, void *field, void *value) {
  void *old;
  ouro_check_value(heap, value);
  memcpy(&old, field, sizeof old);
  memcpy(field, &value, sizeof value);
  ouro_decref_maybe(heap, old);
}

/* Drop a field's reference: ouro_set() to NULL. (CPython's Py_CLEAR) */
static inline void ouro_clear(ouro_heap *heap, void *field) {
  ouro_set(heap, field, NULL);
}

/* Never free this object, nor what it refers to; there is no way back. */
OURO_API void ouro_make_immortal(ouro_heap *heap, void *object);

/* Take an object out of the generations, because it can be on no cycle now, or put it
 * back into generation 0. Tracking again answers OURO_EINVAL for an acyclic type and
 * OURO_ENOMEM; doing either twice is allowed. What an untracked object refers to is
 * held from outside: a cycle through it leaks. (PyObject_GC_UnTrack, PyObject_GC_Track)
 */
OURO_API void ouro_untrack(ouro_heap *heap, void *object);
OURO_API int ouro_track(ouro_heap *heap, void *object);

/* Queries. The size counts the header and rounding: what the object occupies. The
 * capacity is the bytes behind the fixed part, rounding included. */
OURO_API const ouro_type *ouro_object_type(const ouro_heap *heap, const void *object);
OURO_API size_t ouro_object_size(const ouro_heap *heap, const void *object);
OURO_API size_t ouro_object_tail_capacity(const ouro_heap *heap, const void *object);
/* 0, 1 or 2; -1 for an object that is frozen or not tracked. */
OURO_API int ouro_object_generation(const void *object);
OURO_API bool ouro_is_tracked(const void *object);
OURO_API bool ouro_is_finalized(const void *object);
/* A number that names the object while it lives, dense and below 2^32. */
OURO_API uint32_t ouro_object_id(const ouro_heap *heap, const void *object);

OURO_END_DECLS

#endif
