/* heap_private.h - struct ouro_heap, the one place where all parts meet.
 *
 *   base                                           one reservation for pools
 *   | pool 0 | pool 1 | ... | pool 31 |  arena 1 | ...
 *
 *   pools[]        a 64-byte descriptor a pool     one reservation for metadata,
 *   reciprocals[]  four bytes a pool               committed as arenas come
 *   gc_refs[]      a byte an object, indexed by id
 *   marks[]        a bit an object, indexed by id
 *
 * An object's id is pool index << 12 | block index. Object pages stay clean while a
 * collection traces: all it writes is in gc_refs and marks.
 *
 * Invariants between collections:
 *   every gc_refs byte, every mark bit and the GC_REFS bits of headers are zero;
 *   a tracked object of age 0 is in logs[0], one of age 1 is in logs[1], exactly once;
 *   a header's LOGGED bits tell in which logs its block is named, also after the object
 *   died, and pool->named in which logs the pool's blocks are;
 *   a pool that a log names keeps its size class and its memory. */
#ifndef CORE_HEAP_PRIVATE_H
#define CORE_HEAP_PRIVATE_H

#include <ouro/ouro.h>
#include <stdatomic.h>

#include "check.h"
#include "tunables.h"

/* ---- header bits: type 0..15, age 16..18, dying 19, then flags ---- */

#define OURO__TYPE_MASK UINT32_C(0xffff)
#define OURO__AGE_SHIFT 16
#define OURO__AGE_MASK  (UINT32_C(7) << OURO__AGE_SHIFT)
/* Its block waits to be freed; the refcount holds most of the way to the next one. It
 * lies just above the age, so that one comparison excludes the dying from the
 * candidates.
 */
#define OURO__DYING       (UINT32_C(1) << 19)
#define OURO__LOGGED0     (UINT32_C(1) << 20)
#define OURO__LOGGED1     (UINT32_C(1) << 21)
#define OURO__LOGGED      (OURO__LOGGED0 | OURO__LOGGED1)
#define OURO__FINALIZED   (UINT32_C(1) << 22)
#define OURO__UNREACHABLE (UINT32_C(1) << 23) /* during a collection */
#define OURO__HAS_WEAKREFS                                                             \
  (UINT32_C(1) << 24) /* named in the table of weak references */

/* While it waits to be freed: the rest of the way. */
#define OURO__LINK_HIGH  (UINT32_C(1) << 25)
#define OURO__LINK_LARGE (UINT32_C(1) << 26)
/* During a young collection: gc_refs modulo 128. At the top, so that what overflows is
 * gone. */
#define OURO__GC_REFS_SHIFT 25
#define OURO__GC_REFS       (UINT32_MAX << OURO__GC_REFS_SHIFT)

enum ouro__age {
  OURO__YOUNG = 0, /* ages 0..2 are the generations */
  OURO__OLD = 2,
  OURO__FROZEN = 3,
  OURO__UNTRACKED = 4,
  OURO__AGES
};

#define OURO__NONE UINT32_MAX

/* ---- the parts ---- */

/* Classes of objects, then as many of raw blocks: pools of these hold no headers, and
 * no walk over objects enters them. */
#define OURO__CLASSES (2 * OURO_SIZE_CLASSES)

enum ouro__shape { OURO__NO_REFS, OURO__FIELDS, OURO__TRAVERSED };

struct ouro_type {
  ouro_type_info info; /* name and refs point into this allocation */
  uint32_t index;
  enum ouro__shape shape;
  bool simple;        /* no callback but none needed either: may be freed in bulk */
  bool mute;          /* no callback but perhaps finalize */
  bool plain;         /* simple, and every reference is a declared field */
  uint8_t size_class; /* of an object without tail; OURO_SIZE_CLASSES: large */
  uint8_t age;        /* at birth */
  uint32_t birth;     /* a newborn's meta */
  size_t bytes;       /* of such an object, header included */
  char name[OURO_TYPE_NAME_BYTES];
  size_t refs[];
};

struct pool {
  void *free;          /* first free block; the list goes through their ninth byte */
  char *bump;          /* from here on never used since the last reset */
  char *end;           /* behind the last whole block */
  char *clean;         /* from here on no block is named in a log, whatever it holds */
  uint32_t used;       /* blocks in use */
  uint32_t slow;       /* when `used` falls to this, look closer: full or empty */
  uint32_t next, prev; /* pools of this class with free blocks */
  uint16_t size;       /* bytes of a block; 0: never had a class */
  uint16_t capacity;   /* blocks */
  uint16_t candidates; /* of a full collection; blocks with tracked objects */
  uint16_t garbage;    /* blocks a sweep is about to free */
  uint8_t size_class;
  uint8_t state; /* enum pool_state */
  bool odd;      /* of a full collection: some object must not be freed in bulk */
  uint8_t named; /* bit k: log k names blocks here, the pool must stay what it is */
  uint8_t lead;  /* bytes before the first block; less than a block, so that finding a
                    block's index need not take it away */
};

enum pool_state {
  POOL_FREE,    /* in its arena's set of free pools */
  POOL_CURRENT, /* where its class allocates now */
  POOL_PARTIAL, /* in its class's list */
  POOL_FULL
};

struct arena {
  uint32_t next, prev; /* arenas with as many free pools */
  uint32_t free_pools; /* bit set */
  uint8_t free_count;
  bool committed;
  uint64_t empty_ns; /* since when, if it is empty */
};

struct large {
  ouro_header *header; /* NULL: a free slot */
  size_t bytes;        /* header included; of a free slot the next free one + 1 */
  uint32_t logged;     /* the LOGGED bits of a free slot */
};

/* An entry is the address of a small object's header, or a large one's slot * 2 + 1:
 * the memory of those goes back to the system while a log still names them. */
struct young_log {
  uintptr_t *entries;
  size_t length, capacity;
  uint32_t *pools; /* that it names, each once; as long as pools[] */
  size_t pool_count;
};

struct header_list {
  ouro_header **items;
  size_t length, capacity;
};

struct size_class {
  struct pool *current; /* where blocks are taken; &heap->no_pool before the first */
  uint32_t partial;     /* head of the list of pools with free blocks */
  uint32_t pools;
  uint64_t allocated; /* cumulative */
  uint64_t freed;
};

/* Arrays beside the pools, all in one reservation. */
enum ouro__meta {
  META_POOLS,
  META_RECIPROCALS,
  META_NAMED0, /* logs[0].pools */
  META_NAMED1,
  META_ARENAS,
  META_REFS,
  META_MARKS,
  OURO__METAS
};

#define OURO__PAUSE_BUCKETS (64u << OURO__PAUSE_SUB_SHIFT)

struct freed_row {
  uint64_t objects, bytes;
};

struct ouro_heap {
  /* Tracing and allocation read these all the time. */
  char *base;
  size_t range; /* bytes of addresses behind base that are pools */
  struct pool *pools;
  uint32_t
      *reciprocals; /* a pool's ceil(2^32 / size): offset to block by one multiply */
  uint8_t *gc_refs;
  uint64_t *marks;
  struct ouro_type **types;
  uint32_t large_id; /* ids from here on are large objects' */
  uint32_t pool_top; /* pools of arenas that ever existed */

  struct size_class classes[OURO__CLASSES];
  struct pool no_pool;               /* always full */
  uint64_t aged[OURO__AGES];         /* live objects by age */
  uint64_t counts[OURO_GENERATIONS]; /* against the thresholds */
  /* counts[0] from which a birth looks closer; 0: every one does. Atomic: any thread
   * that asks for a collection. */
  atomic_uint_least64_t trigger;
  uint64_t due;        /* counts[0] from which it collects; never: UINT64_MAX */
  atomic_uint request; /* atomic: any thread. generation + 1 asked for; 0 none */
  struct young_log logs[2];

  /* Dying objects, chained through their headers. */
  ouro_header *dying;
  ouro_header *dying_last; /* where the next child goes, to keep the fields' order */
  bool draining;
  unsigned suspended; /* user code that runs in the middle of deaths, and inside it */
  bool collecting;
  bool closing;
  bool enabled;
  bool explicit_safepoints;

  uint32_t type_count, type_capacity;
  struct freed_row *freed; /* a row a type; counted while collecting */

  /* Arenas. */
  struct arena *arenas;
  uint32_t arena_top, arena_limit;
  uint32_t arena_lists[OURO__ARENA_POOLS + 1]; /* by free pools */
  uint32_t arena_gone;                         /* decommitted, for reuse */
  uint32_t arenas_in_use, arenas_kept;
  uint64_t arenas_allocated, arenas_released, arenas_highwater;
  size_t memory_limit;

  /* Large objects. */
  struct large *large;
  uint32_t large_top, large_capacity, large_free; /* free: slot + 1 */
  uint64_t large_objects, large_bytes;
  struct large_block *large_blocks; /* raw ones, so that they go with the heap */
  uint64_t large_block_bytes;
  uint64_t large_allocated, large_freed, large_allocated_bytes;

  /* Weak references by their target's id. */
  struct weak_row *weak_rows;
  size_t weak_capacity, weak_count;
  const ouro_type *weakref_type; /* NULL until the first */

  /* Registered roots, in the order of registration. */
  struct root *roots;
  size_t root_count, root_capacity;

  /* Memory that objects own elsewhere. */
  uint64_t external_bytes, external_threshold, external_errors;
  uint64_t external_survived; /* of external_bytes, the last full collection */
  bool external_due;          /* a birth collects for it */

  /* The profile of births. */
  struct profile *profile; /* NULL before the first start */
  const char *profile_tag;
  bool profiling;

  /* Reservations. */
  void *pool_space, *meta_space;
  size_t pool_space_bytes, meta_space_bytes;
  char *meta_start[OURO__METAS];
  size_t meta_committed[OURO__METAS]; /* bytes from the start of each */
  size_t large_meta_committed[2];     /* of gc_refs and marks behind large_id */
  ouro_memory memory;

  /* The collector. */
  uint32_t thresholds[OURO_GENERATIONS];
  uint64_t long_lived;           /* old objects after the last full collection */
  struct header_list candidates; /* of a young collection; then the resurrected */
  struct header_list garbage, stack;
  uint64_t example_references; /* to look at for it; 0: no example is wanted */
  ouro_cycle example;          /* of the last collection */
  struct collecting *stepped;  /* NULL but between the steps of one and inside them */
  bool stopped;                /* between two of them */
  uint64_t seq;
  ouro_generation_stats totals[OURO_GENERATIONS]; /* the cumulative members */
  uint32_t pauses[OURO__PAUSE_BUCKETS];
  uint64_t pause_max_ns, pause_total_ns, pause_count;
  void **saved; /* the garbage list: payloads, each held by one count */
  size_t saved_length, saved_capacity;
  unsigned debug; /* enum ouro_debug_flags */
  uint64_t unraisable_errors;
  ouro_gc_report *report;
  void *report_context;
  ouro_gc_callback *callback;
  void *callback_context;
  uint64_t born_ns;
  void *user;
};

/* ---- small things that everybody needs ---- */

OURO__INLINE void *ouro__payload(const ouro_header *header) {
  return (char *)(uintptr_t)header + sizeof(ouro_header);
}

OURO__INLINE struct ouro_type *ouro__type(const ouro_heap *heap,
                                          const ouro_header *header) {
  return heap->types[header->meta & OURO__TYPE_MASK];
}

OURO__INLINE unsigned ouro__age(const ouro_header *header) {
  return (header->meta & OURO__AGE_MASK) >> OURO__AGE_SHIFT;
}

OURO__INLINE void ouro__set_age(ouro_heap *heap, ouro_header *header, unsigned age) {
  heap->aged[ouro__age(header)]--;
  heap->aged[age]++;
  header->meta = (header->meta & ~OURO__AGE_MASK) | age << OURO__AGE_SHIFT;
}

/* Alive, tracked, of this generation or younger. One comparison: the dying are flagged,
 * and so are free blocks. */
OURO__INLINE bool ouro__is_candidate(const ouro_header *header, unsigned generation) {
  return (header->meta & (OURO__AGE_MASK | OURO__DYING)) <= generation
                                                                << OURO__AGE_SHIFT;
}

/* An object that user code may see. */
OURO__INLINE bool ouro__is_live(const ouro_header *header) {
  return header->refcount != 0 && !(header->meta & OURO__DYING);
}

OURO__INLINE bool ouro__is_small(const ouro_heap *heap, const void *address) {
  return (size_t)((const char *)address - heap->base) < heap->range;
}

OURO__INLINE uint32_t ouro__pool_index(const ouro_heap *heap, const void *address) {
  return (uint32_t)((size_t)((const char *)address - heap->base) >> OURO__POOL_SHIFT);
}

OURO__INLINE char *ouro__pool_start(const ouro_heap *heap, uint32_t pool) {
  return heap->base + ((size_t)pool << OURO__POOL_SHIFT);
}

OURO__INLINE char *ouro__first_block(const ouro_heap *heap, uint32_t pool) {
  return ouro__pool_start(heap, pool) + heap->pools[pool].lead;
}

/* In front of a large object's header stands its slot. */
OURO__INLINE uint32_t *ouro__large_slot(const ouro_header *header) {
  return (uint32_t *)(void *)((char *)(uintptr_t)header - 8);
}

OURO__INLINE uint32_t ouro__id(const ouro_heap *heap, const ouro_header *header) {
  size_t offset = (size_t)((const char *)header - heap->base);
  if (OURO__LIKELY(offset < heap->range)) {
    uint32_t pool = (uint32_t)(offset >> OURO__POOL_SHIFT);
    uint64_t inside = offset & (OURO__POOL_BYTES - 1);
    uint64_t block = inside * heap->reciprocals[pool] >> 32;
    return pool << OURO__BLOCK_BITS | (uint32_t)block;
  }
  return heap->large_id + *ouro__large_slot(header);
}

/* The header of an id; NULL for a large object that is gone. */
OURO__INLINE ouro_header *ouro__header(const ouro_heap *heap, uint32_t id) {
  if (OURO__LIKELY(id < heap->large_id)) {
    uint32_t pool = id >> OURO__BLOCK_BITS;
    return (ouro_header *)(void *)(ouro__first_block(heap, pool) +
                                   (size_t)(id & (OURO__BLOCKS - 1)) *
                                       heap->pools[pool].size);
  }
  return heap->large[id - heap->large_id].header;
}

/* Whether a pool has objects to walk over. */
OURO__INLINE bool ouro__has_objects(const struct pool *pool) {
  return pool->used != 0 && pool->size_class < OURO_SIZE_CLASSES;
}

OURO__INLINE bool ouro__is_marked(const ouro_heap *heap, uint32_t id) {
  return heap->marks[id >> 6] >> (id & 63) & 1;
}

OURO__INLINE void ouro__mark(ouro_heap *heap, uint32_t id) {
  heap->marks[id >> 6] |= UINT64_C(1) << (id & 63);
}

/* memory.c */
extern const ouro_memory ouro__system_memory;
void *ouro__allocate(ouro_heap *heap, size_t size);
void ouro__deallocate(ouro_heap *heap, void *address, size_t size);
uint64_t ouro__now_ns(void);

#endif
