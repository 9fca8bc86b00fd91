/* oom.h - memory functions that fail where a test wants them to.
 *
 *   struct oom oom = {.fail_at = n};           the n-th call fails (1, 2, 3 ...)
 *   struct oom oom = {.fail_at = n, .stays = true};    and all that follow
 *
 * They count what is out, so that a test can see that a failure lost nothing. */
#ifndef OURO_TESTS_SUPPORT_OOM_H
#define OURO_TESTS_SUPPORT_OOM_H

#include <ouro/ouro.h>
#include <stdlib.h>
#include <sys/mman.h>

struct oom {
  uint64_t calls;
  uint64_t fail_at; /* 0: never */
  bool stays;
  uint64_t failed; /* how often it did */
  int64_t outstanding;
};

static inline bool oom_fails(struct oom *oom) {
  oom->calls++;
  bool fails = oom->fail_at != 0 && (oom->calls == oom->fail_at ||
                                     (oom->stays && oom->calls > oom->fail_at));
  oom->failed += fails;
  return fails;
}

static inline void *oom_reserve(void *context, size_t size) {
  struct oom *oom = context;
  if (oom_fails(oom))
    return NULL;
  void *address =
      mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED)
    return NULL;
  oom->outstanding++;
  return address;
}

static inline int oom_commit(void *context, void *address, size_t size) {
  return oom_fails(context) ? -1 : mprotect(address, size, PROT_READ | PROT_WRITE);
}

static inline void oom_decommit(void *context, void *address, size_t size) {
  (void)context;
  (void)madvise(address, size, MADV_DONTNEED);
  (void)mprotect(address, size, PROT_NONE);
}

static inline void oom_release(void *context, void *address, size_t size) {
  ((struct oom *)context)->outstanding--;
  (void)munmap(address, size);
}

static inline void *oom_allocate(void *context, size_t size) {
  struct oom *oom = context;
  if (oom_fails(oom))
    return NULL;
  oom->outstanding++;
  return malloc(size);
}

static inline void oom_deallocate(void *context, void *address, size_t size) {
  (void)size;
  ((struct oom *)context)->outstanding--;
  free(address);
}

static inline ouro_memory oom_memory(struct oom *oom) {
  return (ouro_memory){.reserve = oom_reserve,
                       .commit = oom_commit,
                       .decommit = oom_decommit,
                       .release = oom_release,
                       .allocate = oom_allocate,
                       .deallocate = oom_deallocate,
                       .context = oom};
}

#endif
