/* memory.c - memory and time from the system, and the functions an embedder replaces.
 */
#include "heap_private.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static void *reserve(void *context, size_t size) {
  (void)context;
  void *address =
      mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? NULL : address;
}

/* Why huge pages are asked for: tracing jumps about, and a table walk for each line
 * costs as much as the line. */
static int commit(void *context, void *address, size_t size) {
  (void)context;
  if (mprotect(address, size, PROT_READ | PROT_WRITE) != 0)
    return -1;
  (void)madvise(address, size, MADV_HUGEPAGE);
  return 0;
}

/* Why a new mapping and not madvise: it takes the commit charge back too, and the range
 * is zero when it is committed again. */
static void decommit(void *context, void *address, size_t size) {
  (void)context;
  if (mmap(address, size, PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
           0) == MAP_FAILED)
    (void)madvise(address, size, MADV_DONTNEED);
}

static void release(void *context, void *address, size_t size) {
  (void)context;
  (void)munmap(address, size);
}

static void *allocate(void *context, size_t size) {
  (void)context;
  return malloc(size);
}

static void deallocate(void *context, void *address, size_t size) {
  (void)context;
  (void)size;
  free(address);
}

const ouro_memory ouro__system_memory = {
    .reserve = reserve,
    .commit = commit,
    .decommit = decommit,
    .release = release,
    .allocate = allocate,
    .deallocate = deallocate,
};

void *ouro__allocate(ouro_heap *heap, size_t size) {
  return heap->memory.allocate(heap->memory.context, size);
}

void ouro__deallocate(ouro_heap *heap, void *address, size_t size) {
  if (address != NULL)
    heap->memory.deallocate(heap->memory.context, address, size);
}

uint64_t ouro__now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}
