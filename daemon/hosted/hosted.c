/* hosted.c - the heaps that the daemon runs by itself.
 *
 *   heap + what runs on it + how it is called --> hosted_source.c, which gives it a
 *                                                 thread and a place in the loop
 */
#include "hosted_source.h"

#include <stdio.h>

#include "documents.h"
#include "playground.h"
#include "workshop.h"

/* Committed before the first object, and kept: the pool is there in advance. */
#define INITIAL_ARENAS 2u

/* What every heap of ours can do. */
#define HOSTED_CAPABILITIES                                                            \
  "collect", "threshold", "enable", "freeze", "census", "verify", "pools", "growth",   \
      "objects", "path", "graph", "snapshot", "pool_map"

static ouro_heap *new_heap(const struct hosted_options *options, const char *name,
                           unsigned initial_arenas, char *message, size_t size) {
  const ouro_heap_config config = {.memory_limit_bytes = options->memory_limit_bytes,
                                   .initial_arenas = initial_arenas};
  ouro_heap *heap = ouro_heap_new(&config);
  if (heap == NULL)
    snprintf(message, size, "heap %s: out of memory", name);
  else if (options->thresholds != NULL)
    ouro_gc_set_threshold(heap, options->thresholds, PROTO_GENERATIONS);
  return heap;
}

int hosted_documents_new(uv_loop_t *loop, const struct source_sink *sink,
                         const char *directory, const struct hosted_options *options,
                         struct source **ret, char *message, size_t size) {
  static const char *const capabilities[] = {HOSTED_CAPABILITIES, "workload", NULL};
  ouro_heap *heap = new_heap(options, "documents", INITIAL_ARENAS, message, size);
  if (heap == NULL)
    return -1;
  struct hosted_parts parts = {.name = "documents",
                               .capabilities = capabilities,
                               .workloads = documents_classes,
                               .heap = heap,
                               .ops = &documents_ops,
                               .mutator =
                                   documents_new(heap, directory, message, size)};
  if (parts.mutator == NULL) {
    ouro_heap_free(heap);
    return -1;
  }
  return hosted_source_new_take(loop, sink, &parts, options, ret, message, size);
}

int hosted_playground_new(uv_loop_t *loop, const struct source_sink *sink,
                          const struct hosted_options *options, struct source **ret,
                          char *message, size_t size) {
  static const char *const capabilities[] = {HOSTED_CAPABILITIES, "repl", "step", NULL};
  ouro_heap *heap = new_heap(options, "playground", INITIAL_ARENAS, message, size);
  if (heap == NULL)
    return -1;
  struct hosted_parts parts = {.name = "playground",
                               .capabilities = capabilities,
                               .heap = heap,
                               .ops = &playground_ops,
                               .mutator = playground_new(heap, message, size)};
  if (parts.mutator == NULL) {
    ouro_heap_free(heap);
    return -1;
  }
  return hosted_source_new_take(loop, sink, &parts, options, ret, message, size);
}

int hosted_workshop_new(uv_loop_t *loop, const struct source_sink *sink,
                        const char *name, const struct hosted_options *options,
                        struct source **ret, char *message, size_t size) {
  static const char *const capabilities[] = {HOSTED_CAPABILITIES, "workload", "step",
                                             NULL};
  /* No arenas in advance: most of the time nothing runs here. */
  ouro_heap *heap = new_heap(options, name, 0, message, size);
  if (heap == NULL)
    return -1;
  struct hosted_parts parts = {.name = name,
                               .capabilities = capabilities,
                               .workloads = workshop_classes,
                               .heap = heap,
                               .ops = &workshop_ops,
                               .mutator = workshop_new(heap, message, size)};
  if (parts.mutator == NULL) {
    ouro_heap_free(heap);
    return -1;
  }
  return hosted_source_new_take(loop, sink, &parts, options, ret, message, size);
}
