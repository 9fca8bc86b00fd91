/* sizeclass.h - request size to size class, and back.
 *
 *   16 24 32 ... 128 | 144 160 ... 256 | 288 320 ... 512
 *   steps of 8 (15)    of 16 (8)         of 32 (8)          31 classes
 *
 * Sizes count the 8-byte header. At most 1/5 of a block is lost to rounding. */
#ifndef CORE_SIZECLASS_H
#define CORE_SIZECLASS_H

#include <stddef.h>
#include <stdint.h>

/* `bytes` is at most OURO__SMALL_BYTES. */
static inline unsigned sizeclass_of(size_t bytes) {
  if (bytes <= 128)
    return bytes <= 16 ? 0 : (unsigned)((bytes + 7) / 8 - 2);
  if (bytes <= 256)
    return (unsigned)(14 + (bytes - 128 + 15) / 16);
  return (unsigned)(22 + (bytes - 256 + 31) / 32);
}

static inline uint32_t sizeclass_bytes(unsigned size_class) {
  if (size_class < 15)
    return (size_class + 2) * 8;
  if (size_class < 23)
    return 128 + (size_class - 14) * 16;
  return 256 + (size_class - 22) * 32;
}

#endif
