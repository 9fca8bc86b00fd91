/* gc.h - frees reference cycles, which counting alone can never reach.
 *
 *   new objects --> generation 0 --survive--> 1 --survive--> 2     frozen
 *                   scanned often                scanned rarely    never scanned
 *
 * Semantics are CPython 3.11's gc module (Modules/gcmodule.c) unless said otherwise;
 * core/DESIGN.md has the table. A heap's own thread calls everything here, except
 * ouro_gc_request(), which any thread may call. */
#ifndef OURO_GC_H
#define OURO_GC_H

#include <ouro/api.h>
#include <ouro/heap.h>
#include <ouro/object.h>

OURO_BEGIN_DECLS

#define OURO_GENERATIONS 3

/* How many types the record of a collection names: those of which most was freed. Its
 * sums are over all. */
#define OURO_FREED_TYPES 10

/* Why a collection ran. */
typedef enum ouro_reason {
  OURO_REASON_THRESHOLD, /* a generation's count passed its threshold */
  OURO_REASON_EXPLICIT,  /* the program called ouro_gc_collect() */
  OURO_REASON_REMOTE,    /* somebody asked from another thread or process */
  OURO_REASON_RULE,      /* a rule of the embedder's */
  OURO_REASON_MEMORY,    /* the memory limit or the system refused memory */
  OURO_REASON_SHUTDOWN   /* the heap is being freed */
} ouro_reason;

/* "threshold", "explicit", ...; "unknown" for a number that is none. */
OURO_API const char *ouro_reason_name(ouro_reason reason);

/* The phases of a collection, in the order they run. */
typedef enum ouro_phase {
  OURO_PHASE_SUBTRACT,    /* count the references that come from inside */
  OURO_PHASE_MARK,        /* reach everything from what is held from outside */
  OURO_PHASE_UNREACHABLE, /* list what was not reached */
  OURO_PHASE_PROMOTE,     /* survivors to the older generation */
  OURO_PHASE_FINALIZE,    /* finalizers once; look who was resurrected */
  OURO_PHASE_CLEAR,       /* drop references to break the cycles */
  OURO_PHASE_FREE,        /* give the memory back */
  OURO_PHASES
} ouro_phase;

/* "subtract", "mark", ... */
OURO_API const char *ouro_phase_name(ouro_phase phase);

/* What was freed of one type. */
typedef struct ouro_freed_type {
  const ouro_type *type; /* borrowed, lives as long as the heap */
  uint64_t objects;
  uint64_t bytes;
} ouro_freed_type;

/* What one collection did. Counts are objects unless the name says otherwise. */
typedef struct ouro_collection {
  uint64_t seq;        /* 1, 2, 3 ... on this heap */
  unsigned generation; /* the oldest one collected */
  ouro_reason reason;
  uint64_t candidates;    /* tracked objects examined */
  uint64_t collected;     /* unreachable and freed */
  uint64_t uncollectable; /* unreachable, but their types cannot be cleared */
  uint64_t resurrected;   /* unreachable until a finalizer saved them */
  uint64_t finalized;     /* finalizers run */
  uint64_t weakrefs_cleared;
  uint64_t promoted;      /* survivors moved to an older generation */
  uint64_t freed_objects; /* everything that died, also what only counting held */
  uint64_t freed_bytes;
  uint64_t live_objects_before;
  uint64_t live_objects_after;
  uint64_t live_bytes_after; /* of objects; raw blocks are not the collector's */
  uint64_t arenas_released;
  uint64_t pause_ns;    /* time the mutator was stopped, monotonic clock, without what
                           the callback took */
  uint64_t duration_ns; /* start to end; the same until collections come in steps */
  uint64_t phases_ns[OURO_PHASES];
  ouro_freed_type types[OURO_FREED_TYPES]; /* most bytes first */
  unsigned type_count;
} ouro_collection;

/* Collect `generation` and every younger one now. Finalizers run inside this call and
 * may use the heap, but a nested collection fails with OURO_EBUSY. `ret` may be NULL
 * and is written only on success. Returns 0, OURO_EBUSY, OURO_EINVAL when there is no
 * such generation, or OURO_ENOMEM: then nothing was freed and the heap is valid. */
OURO_API int ouro_gc_collect(ouro_heap *heap, unsigned generation,
                             ouro_collection *ret);
/* The same for a reason of the caller's, which record, callback and probes then show:
 * OURO_REASON_RULE, say, or OURO_REASON_REMOTE for who brings a request on a way of its
 * own. ouro_gc_collect() is OURO_REASON_EXPLICIT. */
OURO_API int ouro_gc_collect_for(ouro_heap *heap, unsigned generation,
                                 ouro_reason reason, ouro_collection *ret);

/* Ask the owning thread to collect at its next safepoint, also while automatic
 * collection is off. Never blocks; two requests before a safepoint count as one, for
 * the older generation. OURO_EINVAL when there is no such generation. Any thread. */
OURO_API int ouro_gc_request(ouro_heap *heap, unsigned generation);

/* Serve a request, or collect if a threshold is passed (that of external.h too). Every
 * birth of an object is a safepoint as well, unless the heap was made with
 * explicit_safepoints: then neither thresholds nor requests are looked at anywhere
 * else. Nothing happens while a collection runs or the heap is being freed, so none in
 * a finalizer or callback of a collection, nor while an object that counting killed is
 * taken apart (clear, dealloc). A finalizer that counting runs is a place like any
 * other, as in CPython. */
OURO_API void ouro_safepoint(ouro_heap *heap);

/* Thresholds: generation 0 is due when net new containers exceed the first, 1 after
 * more collections of 0 than the second, 2 likewise, and only when the old objects
 * grew by a quarter since the last full collection. Defaults 700, 10, 10. A first
 * threshold of 0 turns automatic collection off. `count` is 1 to 3. OURO_EINVAL when
 * a number is above INT32_MAX. */
OURO_API int ouro_gc_set_threshold(ouro_heap *heap, const uint32_t *thresholds,
                                   unsigned count);
OURO_API void ouro_gc_threshold(const ouro_heap *heap, uint32_t ret[OURO_GENERATIONS]);

/* The counts that are held against the thresholds. (gc.get_count) */
OURO_API void ouro_gc_count(const ouro_heap *heap, uint64_t ret[OURO_GENERATIONS]);

/* Automatic collection on or off; on at first. Explicit collections always work. */
OURO_API void ouro_gc_enable(ouro_heap *heap);
OURO_API void ouro_gc_disable(ouro_heap *heap);
OURO_API bool ouro_gc_is_enabled(const ouro_heap *heap);
OURO_API bool ouro_gc_is_collecting(const ouro_heap *heap);

/* Set everything that is tracked now aside: it is kept, counted as always, and never
 * examined again until unfreeze moves it to generation 2. For programs that fork, or
 * whose start-up makes what lives for ever. Time grows with the number of objects.
 * OURO_EBUSY during a collection. (gc.freeze, gc.unfreeze, gc.get_freeze_count) */
OURO_API int ouro_gc_freeze(ouro_heap *heap);
OURO_API int ouro_gc_unfreeze(ouro_heap *heap);
OURO_API uint64_t ouro_gc_freeze_count(const ouro_heap *heap);

/* What the collector keeps instead of freeing, each held by one reference: what its
 * type cannot clear, and with OURO_DEBUG_SAVEALL everything unreachable. (gc.garbage)
 * Borrowed until the next collection or clear; `*ret_count` objects. Where memory was
 * short an uncollectable object is counted but not listed. */
OURO_API void *const *ouro_gc_garbage(const ouro_heap *heap, size_t *ret_count);
/* Let go of all of it. OURO_EBUSY during a collection. */
OURO_API int ouro_gc_clear_garbage(ouro_heap *heap);

/* (gc.set_debug) CPython prints; a library does not: the lines of the first three go to
 * the hook below. Numbers are CPython's. */
enum ouro_debug_flags {
  OURO_DEBUG_STATS = 1,         /* a line before and after each collection */
  OURO_DEBUG_COLLECTABLE = 2,   /* a line for each object that is freed */
  OURO_DEBUG_UNCOLLECTABLE = 4, /* a line for each object that cannot be */
  OURO_DEBUG_SAVEALL = 32       /* keep everything unreachable in the garbage list */
};
/* OURO_EINVAL for other bits. */
OURO_API int ouro_gc_set_debug(ouro_heap *heap, unsigned flags);
OURO_API unsigned ouro_gc_debug(const ouro_heap *heap);
/* `line` is borrowed for the call, without a line feed. Must not use the heap. */
typedef void ouro_gc_report(ouro_heap *heap, const char *line, void *context);
OURO_API void ouro_gc_set_report(ouro_heap *heap, ouro_gc_report *report,
                                 void *context);

/* For a finalizer, clear or weak reference's callback that failed and has nobody to
 * return to. Hands the hook a line, and counts it in ouro_heap_stats with or without a
 * hook:
 *   gc: error ignored in finalizer of <Type 0x...>: message
 * With a weak reference as `object` it reads "callback of", with NULL only "gc: error
 * ignored: message". Of the message at most OURO_UNRAISABLE_BYTES are shown, cut
 * between characters of UTF-8; control characters become spaces. It is read during the
 * call alone. (CPython's sys.unraisablehook, "Exception ignored in: ...") */
#define OURO_UNRAISABLE_BYTES 255
OURO_API void ouro_report_unraisable(ouro_heap *heap, const void *object,
                                     const char *message);

/* Called at the start and at the end of every collection; each start is followed by one
 * stop or, when memory was short, one failed. The record is borrowed for the call; at a
 * start and a failure only seq, generation and reason are set. The number of what
 * failed is given again to the next one. The callback may use the heap; a nested
 * collection is refused. One callback a heap; NULL takes it away. (gc.callbacks;
 * CPython's collections do not fail.) */
typedef enum ouro_gc_event {
  OURO_GC_START,
  OURO_GC_STOP,
  OURO_GC_FAILED /* for want of memory: nothing was freed */
} ouro_gc_event;
typedef void ouro_gc_callback(ouro_heap *heap, ouro_gc_event event,
                              const ouro_collection *collection, void *context);
OURO_API void ouro_gc_set_callback(ouro_heap *heap, ouro_gc_callback *callback,
                                   void *context);

OURO_END_DECLS

#endif
