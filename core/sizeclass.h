/* sizeclass.h - request size to size class, and back.
 *
 *   16 24 32 ... 128 | 144 160 ... 256 | 288 320 ... 512
 *   steps of 8 (15)    of 16 (8)         of 32 (8)          31 classes
 *
 * Sizes count the 8-byte header. At most 1/5 of a block is lost to rounding.
 *
 * Small blocks start at the pool's first byte, so that those whose size is a power of
 * two never lie across two cache lines (a third of the time to trace 32-byte objects).
 * Classes that would straddle anyway start 8 bytes later: behind their 8-byte header a
 * payload is 16-aligned. Types that ask for that get the next such class. */
#ifndef CORE_SIZECLASS_H
#define CORE_SIZECLASS_H

#include "tunables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The class of a request in words of 8 bytes. */
#define S(n)  n, n
#define SS(n) n, n, n, n
static const uint8_t sizeclass_by_words[OURO__SMALL_BYTES / 8 + 1] = {
    0,      0,      0,      1,      2,      3,     4,     5,      6,
    7,      8,      9,      10,     11,     12,    13,    14,     S(15),
    S(16),  S(17),  S(18),  S(19),  S(20),  S(21), S(22), SS(23), SS(24),
    SS(25), SS(26), SS(27), SS(28), SS(29), SS(30)};
#undef S
#undef SS

/* `bytes` is at most OURO__SMALL_BYTES. Why a table: sizes that come in no order would
 * be mispredicted at every comparison. */
static inline unsigned sizeclass_of(size_t bytes) {
  return sizeclass_by_words[(bytes + 7) / 8];
}

static inline uint32_t sizeclass_bytes(unsigned size_class) {
  if (size_class < 15)
    return (size_class + 2) * 8;
  if (size_class < 23)
    return 128 + (size_class - 14) * 16;
  return 256 + (size_class - 22) * 32;
}

/* Bytes before a pool's first block. */
static inline uint32_t sizeclass_lead(unsigned size_class) {
  uint32_t size = sizeclass_bytes(size_class);
  return size % 16 == 0 && (size >= 256 || (size > 16 && size % 32 != 0)) ? 8 : 0;
}

static inline uint32_t sizeclass_capacity(unsigned size_class) {
  return (OURO__POOL_BYTES - sizeclass_lead(size_class)) / sizeclass_bytes(size_class);
}

/* The class for a request whose payload must be 16-aligned. */
static inline unsigned sizeclass_aligned(size_t bytes) {
  unsigned size_class = sizeclass_of(bytes);
  while (sizeclass_lead(size_class) == 0)
    size_class++;
  return size_class;
}

#endif
