/* verify.c - every invariant of heap_private.h, checked; names what is wrong.
 *
 * The same checks serve tests, the checked build at every border of a collection, and
 * an operator who asks a running heap. The first contradiction ends the check: what
 * follows a broken pointer proves nothing. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "generation.h"
#include "roots.h"
#include "walk.h"

struct verify {
  ouro_heap *heap;
  char *message;
  size_t size;
  bool failed;
  uint32_t *refs; /* internal references by id */
  uint8_t *named; /* bit k: named in log k; by pool */
  uint64_t aged[OURO__AGES];
  const char *owner_kind, *owner; /* whose references are being looked at */
};

__attribute__((format(printf, 2, 3))) static bool fail(struct verify *verify,
                                                       const char *format, ...) {
  if (!verify->failed && verify->message != NULL && verify->size > 0) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verify->message, verify->size, format, arguments);
    va_end(arguments);
  }
  verify->failed = true;
  return false;
}

/* ---- pools and arenas ---- */

static OURO__NO_ASAN void *next_free(char *block) {
  return *(void **)(void *)(block + sizeof(ouro_header));
}

static bool check_free_list(struct verify *verify, uint32_t index) {
  const struct pool *pool = &verify->heap->pools[index];
  char *start = ouro__first_block(verify->heap, index);
  uint32_t free_blocks = 0;
  for (char *at = pool->free; at != NULL; at = next_free(at)) {
    if (at < start || at >= pool->bump || (size_t)(at - start) % pool->size != 0)
      return fail(verify, "pool %u: its free list leaves the pool", index);
    if (ouro__has_objects(pool) && ((ouro_header *)(void *)at)->refcount != 0)
      return fail(verify, "pool %u: a block in use is in the free list", index);
    if (++free_blocks > pool->capacity)
      return fail(verify, "pool %u: its free list is a circle", index);
  }
  uint32_t bumped = (uint32_t)((size_t)(pool->bump - start) / pool->size);
  if (bumped > pool->capacity || bumped - free_blocks != pool->used)
    return fail(verify, "pool %u: %u blocks handed out, %u free, but %u in use", index,
                bumped, free_blocks, pool->used);
  return true;
}

static bool check_pool(struct verify *verify, uint32_t index, bool is_free,
                       uint64_t used[OURO__CLASSES], uint32_t pools[OURO__CLASSES]) {
  const struct pool *pool = &verify->heap->pools[index];
  if (is_free != (pool->state == POOL_FREE))
    return fail(verify, "pool %u: its arena and its state disagree", index);
  if (pool->named != verify->named[index])
    return fail(verify, "pool %u: logs that name it are %x, but it says %x", index,
                verify->named[index], pool->named);
  if (is_free)
    return pool->used == 0 || fail(verify, "pool %u: free, but in use", index);
  uint32_t slow = pool->state == POOL_FULL ? pool_slow_when_full(pool) : 0;
  if (pool->slow != slow)
    return fail(verify, "pool %u: slow is %u, not %u", index, pool->slow, slow);
  used[pool->size_class] += pool->used;
  pools[pool->size_class]++;
  return check_free_list(verify, index);
}

static bool check_arenas(struct verify *verify) {
  ouro_heap *heap = verify->heap;
  uint64_t used[OURO__CLASSES] = {0};
  uint32_t pools[OURO__CLASSES] = {0};
  uint32_t committed = 0;
  for (uint32_t a = 0; a < heap->arena_top; a++) {
    const struct arena *arena = &heap->arenas[a];
    if (!arena->committed)
      continue;
    committed++;
    if (arena->free_count != __builtin_popcount(arena->free_pools))
      return fail(verify, "arena %u: free count and free pools disagree", a);
    for (unsigned p = 0; p < OURO__ARENA_POOLS; p++)
      if (!check_pool(verify, a * OURO__ARENA_POOLS + p, arena->free_pools >> p & 1,
                      used, pools))
        return false;
  }
  if (committed != heap->arenas_in_use)
    return fail(verify, "%u arenas are committed, %u counted", committed,
                heap->arenas_in_use);
  for (unsigned i = 0; i < OURO__CLASSES; i++)
    if (pools[i] != heap->classes[i].pools ||
        (i < OURO_SIZE_CLASSES &&
         used[i] != heap->classes[i].allocated - heap->classes[i].freed))
      return fail(verify, "size class %u: pools or blocks are counted wrong",
                  sizeclass_bytes(i % OURO_SIZE_CLASSES));
  return true;
}

/* ---- logs ---- */

static bool check_logs(struct verify *verify) {
  ouro_heap *heap = verify->heap;
  for (unsigned log = 0; log < 2; log++) {
    uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
    for (size_t i = 0; i < heap->logs[log].pool_count; i++)
      verify->named[heap->logs[log].pools[i]] |= (uint8_t)(1u << log);
    for (size_t i = 0; i < heap->logs[log].length; i++) {
      uintptr_t entry = heap->logs[log].entries[i];
      bool small = !(entry & 1);
      uint32_t id = small ? ouro__id(heap, (ouro_header *)entry)
                          : heap->large_id + (uint32_t)(entry >> 1);
      if (!(*generation_meta(heap, entry) & bit))
        return fail(verify, "log %u names block %u, which does not know", log, id);
      if (small && !(verify->named[id >> OURO__BLOCK_BITS] >> log & 1))
        return fail(verify, "log %u names block %u, but not its pool", log, id);
    }
  }
  return true;
}

/* ---- objects ---- */

/* Large objects' ids begin far away; in the table they follow the small ones. */
static size_t table_index(const ouro_heap *heap, uint32_t id) {
  size_t small = (size_t)heap->pool_top << OURO__BLOCK_BITS;
  return id < heap->large_id ? id : small + (id - heap->large_id);
}

static void count_ref(void *context, ouro_header *target) {
  struct verify *verify = context;
  ouro_heap *heap = verify->heap;
  if (verify->failed)
    return;
  if (!ouro_heap_owns(heap, ouro__payload(target))) {
    fail(verify, "%s %s refers to what is %s", verify->owner_kind, verify->owner,
         ouro__is_small(heap, target) ? "no object" : "not this heap's");
    return;
  }
  if (!ouro__is_live(target)) {
    fail(verify, "%s %s refers to a freed one", verify->owner_kind, verify->owner);
    return;
  }
  verify->refs[table_index(heap, ouro__id(heap, target))]++;
}

static bool check_object(ouro_heap *heap, ouro_header *header, void *context) {
  struct verify *verify = context;
  if (!ouro_heap_owns(heap, ouro__payload(header)))
    return fail(verify, "a large object and its slot disagree");
  uint32_t id = ouro__id(heap, header);
  unsigned age = ouro__age(header);
  if ((header->meta & OURO__TYPE_MASK) >= heap->type_count)
    return fail(verify, "object %u: no such type", id);
  const struct ouro_type *type = ouro__type(heap, header);
  if (ouro__header(heap, id) != header)
    return fail(verify, "object %u (%s): its id leads elsewhere", id, type->name);
  if (age >= OURO__AGES)
    return fail(verify, "object %u (%s): no such age", id, type->name);
  if (!heap->collecting) {
    if (header->meta & (OURO__UNREACHABLE | OURO__GC_REFS))
      return fail(verify, "object %u (%s): flagged by a search", id, type->name);
    if (heap->gc_refs[id] != 0 || ouro__is_marked(heap, id))
      return fail(verify, "object %u (%s): gc_refs or mark left over", id, type->name);
  }
  bool in_no_log = (age == 0 && !(header->meta & OURO__LOGGED0)) ||
                   (age == 1 && !(header->meta & OURO__LOGGED1));
  if (in_no_log && !heap->collecting) /* candidates are in none meanwhile */
    return fail(verify, "object %u (%s): young, but in no log", id, type->name);
  verify->aged[age]++;
  verify->owner_kind = "an object of type";
  verify->owner = type->name;
  refs_each(heap, header, count_ref, verify);
  return !verify->failed;
}

/* A root's variable owns a reference, like a field of an object. */
static bool check_roots(struct verify *verify) {
  const ouro_heap *heap = verify->heap;
  for (size_t i = 0; i < heap->root_count && !verify->failed; i++) {
    ouro_header *target = root_target(&heap->roots[i]);
    verify->owner_kind = "the root";
    verify->owner = heap->roots[i].name;
    if (target != NULL)
      count_ref(verify, target);
  }
  return !verify->failed;
}

/* Who reports an object more often than it counts: the type of which one object reports
 * it most often. */
struct accuse {
  const ouro_header *victim;
  const struct ouro_type *type; /* NULL: roots alone do */
  uint32_t most, now;
};

static void count_victim(void *context, ouro_header *target) {
  struct accuse *accuse = context;
  accuse->now += target == accuse->victim;
}

/* A type with a traverse of its own is suspected before one with declared fields, which
 * can only report what its fields hold. */
static bool accuse_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct accuse *accuse = context;
  const struct ouro_type *type = ouro__type(heap, header);
  accuse->now = 0;
  refs_each(heap, header, count_victim, accuse);
  bool worse = accuse->now > accuse->most;
  if (accuse->type != NULL &&
      (accuse->type->shape == OURO__TRAVERSED) != (type->shape == OURO__TRAVERSED))
    worse = type->shape == OURO__TRAVERSED;
  if (accuse->now > 0 && worse) {
    accuse->most = accuse->now;
    accuse->type = type;
  }
  return true;
}

static bool check_refcount(ouro_heap *heap, ouro_header *header, void *context) {
  struct verify *verify = context;
  uint32_t inside = verify->refs[table_index(heap, ouro__id(heap, header))];
  if (header->refcount >= OURO_IMMORTAL || inside <= header->refcount)
    return true;
  struct accuse accuse = {.victim = header};
  (void)walk_live(heap, accuse_one, &accuse);
  if (accuse.type == NULL)
    return fail(
        verify,
        "an object of type %s counts %u references, but %u are reported by roots",
        ouro__type(heap, header)->name, header->refcount, inside);
  return fail(verify,
              "an object of type %s counts %u references, but %u are reported, %u by "
              "one of type %s",
              ouro__type(heap, header)->name, header->refcount, inside, accuse.most,
              accuse.type->name);
}

static bool check_ages(struct verify *verify) {
  for (unsigned i = 0; i < OURO__AGES; i++)
    if (verify->aged[i] > verify->heap->aged[i])
      return fail(verify, "age %u: more objects than are counted", i);
  return true;
}

static void check(struct verify *verify) {
  ouro_heap *heap = verify->heap;
  (void)(check_logs(verify) && check_arenas(verify) &&
         walk_live(heap, check_object, verify) && check_roots(verify) &&
         walk_live(heap, check_refcount, verify) && check_ages(verify));
}

int ouro_verify(ouro_heap *heap, char *message, size_t size) {
  struct verify verify = {.heap = heap, .message = message, .size = size};
  if (message != NULL && size > 0)
    message[0] = '\0';
  /* calloc and not the heap's memory: untouched parts of the table cost nothing, and a
   * heap at its limit can still be checked. */
  size_t ids = ((size_t)heap->pool_top << OURO__BLOCK_BITS) + heap->large_top;
  verify.refs = calloc(ids + 1, sizeof *verify.refs);
  verify.named = calloc(heap->pool_top + 1u, sizeof *verify.named);
  int error = OURO_ENOMEM;
  if (verify.refs != NULL && verify.named != NULL) {
    check(&verify);
    error = verify.failed ? OURO_ECORRUPT : OURO_OK;
  }
  free(verify.refs);
  free(verify.named);
  return error;
}

#if OURO_CHECK >= 2
void ouro__check_heap(ouro_heap *heap) {
  char message[160];
  if (heap->draining ||
      (heap->aged[0] + heap->aged[1] + heap->aged[2] + heap->aged[OURO__UNTRACKED] >
           OURO__CHECK_OBJECTS &&
       heap->seq % 64 != 0))
    return;
  if (ouro_verify(heap, message, sizeof message) == OURO_ECORRUPT) {
    fprintf(stderr, "ouro: heap %p is corrupt: %s\n", (void *)heap, message);
    abort();
  }
}
#endif
