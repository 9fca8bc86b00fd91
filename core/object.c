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
#include "safepoint.h"
#include "weakref.h"

/* ---- birth ---- */

static void *new_object(ouro_heap *heap, const ouro_type *type, unsigned size_class,
                        size_t bytes) {
  bool tracked = !(type->info.flags & OURO_TYPE_ACYCLIC);
  safepoint_before_birth(heap, tracked);
  if (tracked && OURO__UNLIKELY(heap->logs[0].length == heap->logs[0].capacity) &&
      generation_reserve_log(heap, 0, 1) != OURO_OK)
    return NULL;
  ouro_header *header;
  if (OURO__LIKELY(size_class < OURO_SIZE_CLASSES)) {
    header = pool_take_block(heap, size_class);
    if (OURO__UNLIKELY(header == NULL)) {
      if (!safepoint_out_of_memory(heap))
        return NULL;
      header = pool_take_block(heap, size_class);
    }
    bytes = sizeclass_bytes(size_class);
  } else {
    header = alloc_large(heap, bytes);
    if (OURO__UNLIKELY(header == NULL) && safepoint_out_of_memory(heap))
      header = alloc_large(heap, bytes);
  }
  if (OURO__UNLIKELY(header == NULL))
    return NULL;
  /* The payload is whole before anybody can see the object. */
  void *payload = ouro__payload(header);
  memset(payload, 0, bytes - sizeof *header);
  unsigned age = tracked ? OURO__YOUNG : OURO__UNTRACKED;
  header->meta = (header->meta & OURO__LOGGED) | type->index | age << OURO__AGE_SHIFT;
  header->refcount = 1;
  heap->aged[age]++;
  if (tracked) {
    heap->counts[0]++;
    /* Why again: a collection on the way here may have let finalizers fill the log. */
    if (OURO__UNLIKELY(heap->logs[0].length == heap->logs[0].capacity) &&
        generation_reserve_log(heap, 0, 1) != OURO_OK) {
      object_free(heap, header);
      return NULL;
    }
    generation_log(heap, header, 0);
  }
  return payload;
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

static void chain(ouro_heap *heap, ouro_header *header) {
  uint32_t link = ouro__id(heap, header) + 1;
  header->meta |= OURO__DYING;
  if (heap->dying_last == NULL) {
    header->refcount = heap->dying;
    heap->dying = link;
  } else {
    header->refcount = heap->dying_last->refcount;
    heap->dying_last->refcount = link;
  }
  heap->dying_last = header;
}

struct object_dying object_suspend(ouro_heap *heap) {
  struct object_dying outer = {heap->dying, heap->dying_last, heap->draining};
  heap->dying = 0;
  heap->dying_last = NULL;
  heap->draining = false;
  return outer;
}

void object_resume(ouro_heap *heap, struct object_dying outer) {
  OURO_ASSERT(heap->dying == 0);
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

/* One object whose count is zero: finalize, drop, free, or back to life. */
static void destroy(ouro_heap *heap, ouro_header *header) {
  const struct ouro_type *type = ouro__type(heap, header);
  heap->dying_last = NULL;
  if (type->info.finalize != NULL && !(header->meta & OURO__FINALIZED)) {
    header->meta &= ~OURO__DYING;
    header->refcount = 1;
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

void ouro_object_dead(ouro_heap *heap, void *object) {
  ouro_header *header = ouro_header_of(object);
  /* While a heap is being freed everything goes at once, in no order. */
  if (heap->closing)
    return;
  if (heap->draining) {
    chain(heap, header);
    return;
  }
  heap->draining = true;
  destroy(heap, header);
  while (heap->dying != 0) {
    header = ouro__header(heap, heap->dying - 1);
    heap->dying = header->refcount;
    destroy(heap, header);
  }
  heap->dying_last = NULL;
  heap->draining = false;
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
