/* allocators.h - one interface over the subjects of bench_alloc.c, chosen when it is
 * compiled: BENCH_OURO, BENCH_PYMALLOC, or else malloc, which is glibc's or whatever is
 * loaded before it (LD_PRELOAD).
 *
 *   block_new, block_free     raw memory, content undefined
 *   object_new, object_free   zeroed; for ouro with header, count and log, but without
 *                             collections: nobody else has any
 *   list_new, list_free       n nodes of 32-byte blocks, and the death of all of them
 *
 * Every subject is a shared library, called through the same kind of call. */
#ifndef OURO_TESTS_BENCH_ALLOCATORS_H
#define OURO_TESTS_BENCH_ALLOCATORS_H

#include "workloads.h"

enum { LARGEST = 512 };

/* Three words: with ouro's header, or glibc's, a block of 32 bytes. */
struct list_node {
  struct list_node *next;
  uint64_t value[2];
};

#if defined(BENCH_OURO)

#include <ouro/ouro.h>

static ouro_heap *heap;
static const ouro_type *types[LARGEST / 8 + 1], *list_type;

static void subject_open(void) {
  static const size_t offsets[1] = {0};
  heap = ouro_heap_new(NULL);
  if (heap == NULL)
    give_up("no heap");
  ouro_gc_disable(heap);
  for (size_t size = 16; size <= LARGEST; size += 8) {
    ouro_type_info info = {.name = "Object",
                           .size = size - sizeof(ouro_header),
                           .refs = offsets,
                           .ref_count = 1};
    if (ouro_type_new(heap, &info, &types[size / 8]) != OURO_OK)
      give_up("no type");
  }
  list_type = types[(sizeof(struct list_node) + sizeof(ouro_header)) / 8];
}

static void subject_close(void) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(heap, &stats);
  if (stats.live_objects != 0 || stats.live_bytes != 0)
    give_up("something is still alive");
  ouro_heap_free(heap);
}

static inline void *block_new(size_t size) {
  return ouro_block_new(heap, size);
}

static inline void block_free(void *block) {
  ouro_block_free(heap, block);
}

enum { OBJECT_HEADER = sizeof(ouro_header) };

static inline void *object_new(size_t size) {
  return ouro_new(heap, types[size / 8]);
}

static inline void object_free(void *object) {
  ouro_decref(heap, object);
}

static inline struct list_node *node_new(void) {
  return ouro_new(heap, list_type);
}

static void list_begin(void) {
  ouro_gc_disable(heap);
}

/* A list of this length is old by the time it dies. */
static void list_end(void) {
  if (ouro_gc_collect(heap, 2, NULL) != OURO_OK)
    give_up("the collection failed");
}

/* The reference moves from the local variable into the field. */
static inline void node_link(struct list_node *node, struct list_node *next) {
  ouro_set_take(heap, &node->next, next);
}

static void list_free(struct list_node *head) {
  ouro_decref(heap, head);
}

#else

#if defined(BENCH_PYMALLOC)

#include <Python.h>

static void subject_open(void) {
  Py_Initialize();
}

static inline void *block_new(size_t size) {
  return PyObject_Malloc(size);
}

static inline void block_free(void *block) {
  PyObject_Free(block);
}

static inline void *object_new(size_t size) {
  return PyObject_Calloc(1, size);
}

#else

#include <dlfcn.h>

/* Whoever runs this says by BENCH_ALLOCATOR which symbol proves that the allocator it
 * means is the one that is loaded. */
static void subject_open(void) {
  const char *symbol = getenv("BENCH_ALLOCATOR");
  if (symbol != NULL && dlsym(dlopen(NULL, RTLD_LAZY), symbol) == NULL)
    give_up("the allocator is not the one that was asked for");
}

static inline void *block_new(size_t size) {
  return malloc(size);
}

static inline void block_free(void *block) {
  free(block);
}

static inline void *object_new(size_t size) {
  return calloc(1, size);
}

#endif

static void subject_close(void) {}

enum { OBJECT_HEADER = 0 };

static inline void object_free(void *object) {
  block_free(object);
}

static inline struct list_node *node_new(void) {
  struct list_node *node = block_new(sizeof *node);
  if (node != NULL)
    *node = (struct list_node){.next = NULL};
  return node;
}

static void list_begin(void) {}

static void list_end(void) {}

static inline void node_link(struct list_node *node, struct list_node *next) {
  node->next = next;
}

static void list_free(struct list_node *head) {
  while (head != NULL) {
    struct list_node *next = head->next;
    block_free(head);
    head = next;
  }
}

#endif

#endif
