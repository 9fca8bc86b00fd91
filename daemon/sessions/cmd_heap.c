/* cmd_heap.c - what the hub knows without asking a heap: heap.list, heap.get,
 * workload.list. */
#include <stdlib.h>

#include "dispatch.h"

/* Workloads that one heap may show. */
#define MAX_WORKLOADS 16u

static void refuse_memory(struct caller *caller, const struct proto_request *request) {
  struct proto_error error;
  proto_error_set(&error, PROTO_INTERNAL_ERROR, "out of memory");
  dispatch_refuse(caller, request->id, &error);
}

void cmd_heap_list(struct dispatch *dispatch, struct caller *caller,
                   const struct proto_request *request) {
  size_t count = 0, length = 0;
  const struct proto_heap **heaps =
      calloc(dispatch->hub->heap_count + 1, sizeof(struct proto_heap *));
  if (!heaps) {
    refuse_memory(caller, request);
    return;
  }
  for (struct hub_heap *heap = dispatch->hub->heaps; heap; heap = heap->next) {
    heaps[count++] = &heap->source->info;
  }
  char *text = proto_encode_heap_list(request->id, heaps, count, &length);
  free(heaps);
  caller->ops->answer(caller, PROTO_OK, text, length);
}

void cmd_heap_get(struct dispatch *dispatch, struct caller *caller,
                  const struct proto_request *request) {
  struct hub_heap *heap = hub_find(dispatch->hub, request->heap);
  size_t length = 0;
  char *text = proto_encode_heap_get(request->id, &heap->source->info, &length);
  caller->ops->answer(caller, PROTO_OK, text, length);
}

void cmd_workload_list(struct dispatch *dispatch, struct caller *caller,
                       const struct proto_request *request) {
  size_t count = 0, length = 0;
  struct proto_workload *workloads = calloc(
      (size_t)MAX_WORKLOADS * (dispatch->hub->heap_count + 1), sizeof(*workloads));
  if (!workloads) {
    refuse_memory(caller, request);
    return;
  }
  for (struct hub_heap *heap = dispatch->hub->heaps; heap; heap = heap->next) {
    count +=
        heap->source->ops->workloads(heap->source, workloads + count, MAX_WORKLOADS);
  }
  char *text = proto_encode_workload_list(request->id, workloads, count, &length);
  free(workloads);
  caller->ops->answer(caller, PROTO_OK, text, length);
}
