/* check.h - assertion levels, and the poison that lets ASan see inside pools.
 *
 * OURO_CHECK 0 none, 1 cheap assertions, 2 the whole heap verified at phase borders.
 * Assertions are for this library's own mistakes only; input and memory are errors. */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include <assert.h>
#include <stddef.h>

#ifndef OURO_CHECK
#define OURO_CHECK 0
#endif

#if OURO_CHECK >= 1
#define OURO_ASSERT(condition) assert(condition)
#else
#define OURO_ASSERT(condition) ((void)0)
#endif

#if defined(__SANITIZE_ADDRESS__)
#define OURO__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OURO__ASAN 1
#endif
#endif
#ifndef OURO__ASAN
#define OURO__ASAN 0
#endif

/* Bytes behind every small block that nobody may touch. */
#define OURO__RED_ZONE (OURO__ASAN ? 16u : 0u)

#if OURO__ASAN
#include <sanitizer/asan_interface.h>
#define OURO__NO_ASAN __attribute__((no_sanitize("address")))
static inline void ouro__poison(const void *address, size_t size) {
  __asan_poison_memory_region(address, size);
}
static inline void ouro__unpoison(const void *address, size_t size) {
  __asan_unpoison_memory_region(address, size);
}
#else
#define OURO__NO_ASAN
static inline void ouro__poison(const void *address, size_t size) {
  (void)address, (void)size;
}
static inline void ouro__unpoison(const void *address, size_t size) {
  (void)address, (void)size;
}
#endif

#define OURO__LIKELY(x)   __builtin_expect(!!(x), 1)
#define OURO__UNLIKELY(x) __builtin_expect(!!(x), 0)
#define OURO__INLINE      static inline __attribute__((always_inline))

struct ouro_heap;
/* Verify the heap where OURO_CHECK asks for it; aborts with the message. */
#if OURO_CHECK >= 2
void ouro__check_heap(struct ouro_heap *heap);
#else
static inline void ouro__check_heap(struct ouro_heap *heap) {
  (void)heap;
}
#endif

#endif
