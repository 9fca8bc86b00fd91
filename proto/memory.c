/* memory.c - an allocator for jansson that remembers a refusal.
 *
 * It is set before main() runs, because jansson keeps it in plain globals: set later,
 * it could race with a thread that parses. */
#include "memory.h"

#include <jansson.h>
#include <stdlib.h>

static _Thread_local bool ran_short;

static void *allocate(size_t size) {
  void *block = malloc(size);

  if (block == NULL)
    ran_short = true;
  return block;
}

static void release(void *block) {
  free(block);
}

__attribute__((constructor)) static void install(void) {
  json_set_alloc_funcs(allocate, release);
}

void proto_memory_begin(void) {
  ran_short = false;
}

bool proto_memory_ran_short(void) {
  return ran_short;
}
