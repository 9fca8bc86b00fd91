/* profile.h - who allocates: a sample of births by type and by what the program did.
 *
 *   births    | a |  b  | a |   c   | a | a |  b  |  ...    side by side, in bytes
 *   points          ^                 ^                     `mean_bytes` apart on
 *                                                           average, at random
 *
 * A birth on which a point falls is sampled. Each byte is hit with the same chance, 1
 * in mean_bytes, so a birth of s bytes with k points on it stands for k * mean_bytes
 * bytes and k * mean_bytes / s objects: on average what there was, whatever the sizes
 * and their order. A birth of mean_bytes or more is always sampled and stands for
 * itself. Distances are drawn evenly from 1 to 2 * mean_bytes - 1, so that a program
 * that repeats itself meets them in no step; the first one is drawn as if one had
 * looked up in the middle of a distance.
 *
 * V8 and Go draw exponential distances, and divide what they sampled by the chance 1 -
 * exp(-s / mean) that it was; Go by the average size of a row. On average that is the
 * same. Here nothing needs a logarithm, and a mean of 1 counts everything exactly.
 * 512 KiB is the mean of both. What the profile tells is births, as Go's alloc_space
 * does, and not what still lives: for that see census.h.
 *
 * Objects alone are seen, not raw blocks (block.h), which have no type. While no
 * profile runs it costs nothing; while one runs each birth takes the long way. The
 * heap's own thread calls everything here. */
#ifndef OURO_PROFILE_H
#define OURO_PROFILE_H

#include <ouro/object.h>

OURO_BEGIN_DECLS

#define OURO_PROFILE_MAX_MEAN_BYTES (UINT64_C(1) << 40)
#define OURO_PROFILE_MAX_ROWS       65536u

/* Sample births from now on, one each `mean_bytes` on average. Rows of an earlier run
 * stay and are added to, also where the mean is another one; while a profile runs it
 * begins a new run. The same seed and the same program give the same samples; 0 takes
 * one from the clock. OURO_EINVAL for a mean of 0 or above
 * OURO_PROFILE_MAX_MEAN_BYTES, OURO_ENOMEM: then nothing has changed. */
OURO_API int ouro_profile_start(ouro_heap *heap, uint64_t mean_bytes, uint64_t seed);

/* Sample no more. The rows stay. Without a running profile nothing happens. */
OURO_API void ouro_profile_stop(ouro_heap *heap);

/* What the program does now, for the births that follow: a line of a script, a request,
 * a pass. Borrowed until the rows that name it are reset or the heap is freed; compared
 * by address, never read. NULL, as at first, is none. May be called at any time, with
 * or without a profile. Returns the tag before, for who puts it back. */
OURO_API const char *ouro_profile_set_tag(ouro_heap *heap, const char *tag);

/* Forget all rows and what was lost. A running profile goes on. */
OURO_API void ouro_profile_reset(ouro_heap *heap);

typedef struct ouro_profile_info {
  bool running;
  uint64_t mean_bytes; /* of the last run, 0 before the first */
  size_t rows;
  uint64_t samples;
  /* Samples for which there was no row: memory was short, or there are
   * OURO_PROFILE_MAX_ROWS of them. They are in no row, so estimates are too low by
   * `lost_bytes`. */
  uint64_t lost_samples;
  uint64_t lost_bytes;
} ouro_profile_info;

OURO_API void ouro_profile_get_info(const ouro_heap *heap, ouro_profile_info *ret);

/* What was born of one type under one tag. */
typedef struct ouro_profile_row {
  const ouro_type *type; /* borrowed, lives as long as the heap */
  const char *tag;       /* as it was set */
  uint64_t samples;      /* births that were sampled */
  uint64_t objects;      /* births, estimated */
  uint64_t bytes;        /* of these, headers and rounding included; estimated */
} ouro_profile_row;

/* The rows from number `first` on, at most `capacity`, in the order in which they first
 * appeared; returns how many. A row keeps its number until a reset, so pages can be
 * taken while the profile runs. */
OURO_API size_t ouro_profile_rows(const ouro_heap *heap, size_t first,
                                  ouro_profile_row *rows, size_t capacity);

OURO_END_DECLS

#endif
