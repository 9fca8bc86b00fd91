/* cmd_ask.c - requests that a heap answers: gc.*, heap.*, workload.*, repl.*
 *
 *   caller --pending--> source->ops->request ... safepoint ... reply --> caller->answer
 *      |                                                        ^
 *      +-- went away: pending->caller = NULL -------------------+ dropped
 *
 * The pending request belongs to the reply that is promised exactly once; the caller's
 * list only borrows it. */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "dispatch.h"

struct pending {
  struct pending *next, **link; /* in the caller's list */
  struct caller *caller;        /* NULL once it is gone */
  const struct dispatch *dispatch;
  struct proto_audit audit;
  char id[PROTO_ID_BYTES];
};

static void forget(struct pending *pending) {
  *pending->link = pending->next;
  if (pending->next) {
    pending->next->link = pending->link;
  }
  pending->caller->pending_count--;
  pending->caller = NULL;
}

/* Heaps that work for this caller, or wait for it, need not. */
static void tell_heaps(const struct caller *caller) {
  struct hub_heap *next = NULL;
  for (struct hub_heap *heap = caller->dispatch->hub->heaps; heap; heap = next) {
    next = heap->next;
    if (!heap->is_gone && heap->source->ops->left) {
      heap->source->ops->left(heap->source, caller->number);
    }
  }
}

void caller_fini(struct caller *caller) {
  if (caller->dispatch && (caller->pending || caller->has_stepped)) {
    tell_heaps(caller);
  }
  while (caller->pending) {
    forget(caller->pending);
  }
}

struct pending *pending_begin(struct dispatch *dispatch, struct caller *caller,
                              const struct proto_request *request) {
  struct pending *pending = calloc(1, sizeof(*pending));
  if (!pending) {
    struct proto_error error;
    proto_error_set(&error, PROTO_INTERNAL_ERROR, "out of memory");
    audit_now(dispatch, caller, request, error.code);
    dispatch_refuse(caller, request->id, &error);
    return NULL;
  }
  *pending = (struct pending){.next = caller->pending,
                              .link = &caller->pending,
                              .caller = caller,
                              .dispatch = dispatch};
  memcpy(pending->id, request->id, sizeof(pending->id));
  if (pending->next) {
    pending->next->link = &pending->next;
  }
  caller->pending = pending;
  caller->pending_count++;
  audit_begin(dispatch, caller, request, &pending->audit);
  return pending;
}

void pending_end_take(struct pending *pending, int code, char *text, size_t length) {
  struct caller *caller = pending->caller;
  audit_end(pending->dispatch, &pending->audit, code);
  if (caller) {
    forget(pending);
    caller->ops->answer(caller, code, text, length);
  } else {
    free(text);
  }
  free(pending);
}

/* A file of a heap becomes something to fetch, or the answer a refusal. */
static char *encode_file(const struct pending *pending, struct proto_result *result,
                         size_t *ret_length) {
  struct dispatch *dispatch = pending->caller->dispatch;
  char download[DOWNLOADS_ID_BYTES];
  struct proto_error error;
  int fd = result->as.file.fd;
  uint64_t bytes = result->as.file.bytes;
  result->kind = PROTO_RESULT_EMPTY; /* the descriptor is taken */
  if (downloads_add_fd_take(dispatch->downloads, fd, bytes, result->as.file.type,
                            result->as.file.name, PROTO_OPERATOR, dispatch->now(),
                            download, &error) == 0) {
    return proto_encode_download(pending->id, download, bytes, ret_length);
  }
  result->kind = PROTO_RESULT_ERROR;
  result->as.error = error;
  return proto_encode_error(pending->id, &error, ret_length);
}

static void on_reply(void *context, struct proto_result *result) {
  struct pending *pending = context;
  size_t length = 0;
  char *text = NULL;
  if (pending->caller) {
    text = result->kind == PROTO_RESULT_FILE
               ? encode_file(pending, result, &length)
               : proto_encode_result(pending->id, result, &length);
  }
  int code = result->kind == PROTO_RESULT_ERROR ? result->as.error.code : PROTO_OK;
  pending_end_take(pending, code, text, length);
  proto_result_fini(result);
}

void cmd_ask_heap(struct dispatch *dispatch, struct caller *caller,
                  const struct proto_request *request) {
  struct hub_heap *heap = hub_find(dispatch->hub, request->heap);
  struct pending *pending = pending_begin(dispatch, caller, request);
  if (pending) {
    heap->source->ops->request(heap->source, request, caller->who, on_reply, pending);
  }
}

void cmd_collect(struct dispatch *dispatch, struct caller *caller,
                 const struct proto_request *request) {
  struct hub_heap *heap = hub_find(dispatch->hub, request->heap);
  uint64_t now_ms = dispatch->now().monotonic_ms;
  uint64_t since_ms = now_ms - heap->asked_ms;
  uint64_t cool_down_ms = dispatch->limits->cool_down_ms;
  struct proto_error error;
  if (request->params.collect.dry_run) {
    cmd_ask_heap(dispatch, caller, request); /* costs nothing: no cool-down */
  } else if (heap->asked_ms != 0 && since_ms < cool_down_ms) {
    proto_error_set(&error, PROTO_COOLING_DOWN, "%s was collected %d ms ago",
                    request->heap, (int)since_ms);
    error.retry_after_ms = (int64_t)(cool_down_ms - since_ms);
    audit_now(dispatch, caller, request, error.code);
    dispatch_refuse(caller, request->id, &error);
  } else {
    heap->asked_ms = now_ms;
    cmd_ask_heap(dispatch, caller, request);
  }
}

void cmd_graph(struct dispatch *dispatch, struct caller *caller,
               const struct proto_request *request) {
  struct proto_request asked = *request;
  uint64_t most = dispatch->limits->graph_objects;
  if (asked.params.look.limit > most) {
    asked.params.look.limit = (uint32_t)most;
  }
  cmd_ask_heap(dispatch, caller, &asked);
}

void cmd_snapshot(struct dispatch *dispatch, struct caller *caller,
                  const struct proto_request *request) {
  struct proto_request asked = *request;
  struct proto_error error;
  if (downloads_is_full(dispatch->downloads, PROTO_OPERATOR, dispatch->now(), &error)) {
    audit_now(dispatch, caller, request, error.code);
    dispatch_refuse(caller, request->id, &error);
    return;
  }
  asked.params.snapshot.directory = dispatch->state_dir;
  cmd_ask_heap(dispatch, caller, &asked);
}

/* Steps end with who takes them, and only a stream tells when that is. */
void cmd_step(struct dispatch *dispatch, struct caller *caller,
              const struct proto_request *request) {
  struct proto_error error;
  if (caller->ops->subscribe) {
    caller->has_stepped = true;
    cmd_ask_heap(dispatch, caller, request);
    return;
  }
  proto_error_set(&error, PROTO_NOT_SUPPORTED,
                  "repl.step works over a WebSocket at /ws, whose end ends the steps");
  audit_now(dispatch, caller, request, error.code);
  dispatch_refuse(caller, request->id, &error);
}
