/* heap_pools.c - pool descriptors of core, one row an arena.
 *
 *   cursor = the number of the first arena of a page; arenas that were given back to
 *   the system have no row, but count for the page's limit: its work is bounded */
#include "heap_pools.h"

#include <stdlib.h>

#include <ouro/poolmap.h>

#include "heap_requests.h"
#include "heap_task.h"
#include "sampler.h"

_Static_assert(OURO_ARENA_POOLS == PROTO_ARENA_POOLS, "a row has room for an arena");

static void refuse_cursor(struct proto_result *ret) {
  struct proto_error *refusal = heap_refuse(ret);
  proto_error_set(refusal, PROTO_INVALID_PARAMS, "no page ended there");
  sampler_copy(refusal->path, sizeof refusal->path, "/params/cursor");
  sampler_copy(refusal->expected, sizeof refusal->expected,
               "the next_cursor of an earlier answer");
}

/* The pools of arena `number`; false: it was given back. */
static bool read_arena(const ouro_heap *heap, size_t number, struct proto_arena *ret) {
  ouro_pool_row pools[OURO_ARENA_POOLS];
  size_t count =
      ouro_pool_map(heap, number * OURO_ARENA_POOLS, pools, OURO_ARENA_POOLS);
  if (count == 0 || pools[0].state == OURO_POOL_GONE)
    return false;
  ret->number = number;
  ret->pool_count = (unsigned)count;
  for (size_t i = 0; i < count; i++) {
    ret->block_bytes[i] = pools[i].block_bytes;
    ret->used[i] = pools[i].used;
    ret->capacity[i] = pools[i].capacity;
  }
  return true;
}

void heap_pools_map(struct heap_thread *thread, const struct proto_request *request,
                    struct proto_result *ret) {
  size_t total =
      (ouro_pool_count(thread->heap) + OURO_ARENA_POOLS - 1) / OURO_ARENA_POOLS;
  uint64_t first = request->params.look.cursor;
  size_t limit = request->params.look.limit;
  if (first > total) {
    refuse_cursor(ret);
    return;
  }
  limit = limit < PROTO_MAX_ARENAS ? limit : PROTO_MAX_ARENAS;
  size_t end = total - first > limit ? first + limit : total;
  struct proto_arena *rows = calloc(end - first + 1, sizeof *rows);
  if (rows == NULL) {
    heap_task_fail(ret, OURO_ENOMEM);
    return;
  }
  size_t count = 0;
  for (size_t number = first; number < end; number++)
    count += read_arena(thread->heap, number, &rows[count]);
  ret->kind = PROTO_RESULT_POOL_MAP;
  ret->as.pool_map.time_ms = sampler_time_ms();
  ret->as.pool_map.arenas_total = total;
  ret->as.pool_map.rows = rows;
  ret->as.pool_map.count = count;
  ret->as.pool_map.has_next = end < total;
  ret->as.pool_map.next = end;
}
