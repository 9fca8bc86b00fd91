/* ouro.h - the whole public interface, and the version.
 *
 * Ouro is CPython's memory manager as a library: reference counting frees an object
 * the moment its last reference goes, a generational collector frees the cycles that
 * counting cannot, and pools of equal-sized blocks serve small objects.
 *
 * Read in this order: heap.h (make one), object.h (types, references), weakref.h,
 * root.h (variables with a name), gc.h (cycles), block.h (raw memory), external.h
 * (memory elsewhere), stats.h. To look inside: inspect.h (objects, referrers),
 * census.h, path.h, cycle.h, poolmap.h, profile.h (who allocates) and snapshot.h. */
#ifndef OURO_OURO_H
#define OURO_OURO_H

#include <ouro/block.h>
#include <ouro/census.h>
#include <ouro/cycle.h>
#include <ouro/error.h>
#include <ouro/external.h>
#include <ouro/gc.h>
#include <ouro/heap.h>
#include <ouro/inspect.h>
#include <ouro/object.h>
#include <ouro/path.h>
#include <ouro/poolmap.h>
#include <ouro/profile.h>
#include <ouro/root.h>
#include <ouro/snapshot.h>
#include <ouro/stats.h>
#include <ouro/step.h>
#include <ouro/weakref.h>

#define OURO_VERSION_MAJOR 0
#define OURO_VERSION_MINOR 1
#define OURO_VERSION_PATCH 0
#define OURO_VERSION       "0.1.0"

OURO_BEGIN_DECLS

/* The version of the library that runs, as above; a program that was compiled with
 * other headers sees another OURO_VERSION. Lives for ever. Any thread. */
OURO_API const char *ouro_version(void);

OURO_END_DECLS

#endif
