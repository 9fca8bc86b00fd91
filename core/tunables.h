/* tunables.h - every constant of the collector: what it is and what moves with it. */
#ifndef CORE_TUNABLES_H
#define CORE_TUNABLES_H

/* Bytes of one pool, a run of blocks of one size class. Larger: fewer descriptors and
 * longer sequential scans. Smaller: less memory held by rare sizes. A power of two. */
#define OURO__POOL_SHIFT 16
#define OURO__POOL_BYTES (UINT32_C(1) << OURO__POOL_SHIFT)

/* Bits of a block's index in its pool; 64 KiB / 16 B needs 12. An object's id is its
 * pool's index and these bits. */
#define OURO__BLOCK_BITS 12
#define OURO__BLOCKS     (UINT32_C(1) << OURO__BLOCK_BITS)

/* Pools of one arena, the unit that is committed and given back: 2 MiB, a huge page.
 * Larger: fewer system calls. Smaller: memory goes back sooner. At most 32: one bit
 * each. */
#define OURO__ARENA_POOLS 32u
#define OURO__ARENA_BYTES (OURO__ARENA_POOLS * OURO__POOL_BYTES)

/* Ids are 32 bits: 20 for the pool. The last 2^14 pool numbers name large objects. */
#define OURO__LARGE_POOLS (UINT32_C(1) << 14)
#define OURO__MAX_POOLS   ((UINT32_C(1) << 20) - OURO__LARGE_POOLS)
#define OURO__MAX_LARGE   ((OURO__LARGE_POOLS << OURO__BLOCK_BITS) - 2u)

/* Addresses reserved by default, and the least that makes a usable heap. */
#define OURO__RESERVE_BYTES (UINT64_C(64) << 30)
#define OURO__RESERVE_MIN   (UINT64_C(4) << 20)

/* Metadata arrays are committed in steps of the first, and of the second, a huge page,
 * once they are larger than it. */
#define OURO__META_STEP (UINT64_C(64) << 10)
#define OURO__META_BIG  (UINT64_C(2) << 20)

/* Blocks up to this size, header included, come from pools; larger ones from the
 * system, one by one. */
#define OURO__SMALL_BYTES 512u

/* Lines in flight between discovery and use while tracing: of counts, and of objects.
 * One random line costs hundreds of ns when waited for; these many overlap. Powers of
 * two. */
#define OURO__PREFETCH_COUNTS  32u
#define OURO__PREFETCH_OBJECTS 64u

/* A full pool is allocated from again when 1/16 of it (at least a block) is free.
 * Larger shares: fewer visits to the lists. Smaller: less memory lies idle. */
#define OURO__REJOIN_SHARE 16u

/* Objects up to this size class, 128 bytes, are zeroed in line, larger ones by memset.
 */
#define OURO__ZERO_INLINE_CLASS 14u

/* Empty arenas kept for a while against thrashing: what was emptied will often be
 * filled again at once, and new memory costs a page fault each 4 KiB. Older than this,
 * or more than this many, they go back to the system when the next one empties, after
 * the next collection, or by ouro_heap_trim(). */
#define OURO__SPARE_ARENAS 32u
#define OURO__SPARE_NS     UINT64_C(1000000000)

/* CPython's defaults (Modules/gcmodule.c, 3.11). */
#define OURO__THRESHOLD0 700u
#define OURO__THRESHOLD1 10u
#define OURO__THRESHOLD2 10u

/* A full collection waits until the old objects that came since the last one are more
 * than 1/4 of those that survived it (CPython's long_lived_pending). */
#define OURO__LONG_LIVED_RATIO 4u

/* Bytes that objects own outside of the heap and that came since the last full
 * collection: more than this, and than 1/4 of what survived it, make one due. Higher:
 * fewer collections. Lower: less memory held by dead cycles. */
#define OURO__EXTERNAL_BYTES (UINT64_C(64) << 20)

/* Pause histogram: sub-buckets of each power of two; 16 keeps a quantile within 1/16.
 */
#define OURO__PAUSE_SUB_SHIFT 4u

/* Steps of introspection (objects, references) between two looks at the clock. Higher:
 * less time spent on asking. Lower: a time budget is kept more exactly; 256 objects in
 * memory that is not cached take less than 0.2 ms. */
#define OURO__METER_STEPS 256u

/* References that each depth-first search for an example cycle looks at, at most.
 * Higher: shortest cycles are found in denser graphs. Lower: an answer sooner; at this
 * a tenth of a second at worst. */
#define OURO__CYCLE_STEPS (UINT64_C(1) << 20)

/* Bytes of a snapshot that go to the embedder at once. Higher: fewer calls. */
#define OURO__OUT_BYTES (UINT32_C(16) << 10)

/* With OURO_CHECK 2, heaps up to this many objects are verified at every border of a
 * collection, larger ones at each 64th. */
#define OURO__CHECK_OBJECTS 2000u

#endif
