/* probes.h - two places in a collection where a tracer may look in (USDT).
 *
 *   tell(START) -> gc__start(generation, reason, seq)
 *      ...              the phases
 *   tell(STOP)  -> gc__done(seq, collected, pause_ns)       provider: ouro
 *
 * Each is one nop, and a note in the library that tells a tracer where the nop and its
 * arguments are (`readelf -n`): perf, bpftrace and gdb put a breakpoint there while
 * they look, at other times it costs nothing. Where <sys/sdt.h> is missing when the
 * library is built there is nothing at all. A collection that fails for want of memory
 * has a start and no done. */
#ifndef CORE_PROBES_H
#define CORE_PROBES_H

#include <ouro/gc.h>

/* Set by the build, which looks for the header once. */
#ifndef OURO_PROBES
#define OURO_PROBES 0
#endif

#if OURO_PROBES
#include <sys/sdt.h>
/* Its macros leave the last argument of others empty. */
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif
#endif

static inline void probe_gc_start(const ouro_collection *collection) {
#if OURO_PROBES
  DTRACE_PROBE3(ouro, gc__start, collection->generation, collection->reason,
                collection->seq);
#else
  (void)collection;
#endif
}

static inline void probe_gc_done(const ouro_collection *collection) {
#if OURO_PROBES
  DTRACE_PROBE3(ouro, gc__done, collection->seq, collection->collected,
                collection->pause_ns);
#else
  (void)collection;
#endif
}

#if OURO_PROBES && defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif
