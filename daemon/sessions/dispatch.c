/* dispatch.c - a request's way from its text to the handler and back.
 *
 *   text --proto_decode_request--> struct --role?--heap?--> handlers[method]
 *
 * What a method needs (role, a heap) comes from proto's own table, so the refusal is
 * the same at every door. */
#include "dispatch.h"

#include <stdio.h>
#include <stdlib.h>

#include "audit.h"

static dispatch_handler *const handlers[PROTO_METHODS] = {
    [PROTO_SERVER_INFO] = cmd_server_info,
    [PROTO_HEAP_LIST] = cmd_heap_list,
    [PROTO_HEAP_GET] = cmd_heap_get,
    [PROTO_HEAP_CENSUS] = cmd_ask_heap,
    [PROTO_HEAP_POOL_MAP] = cmd_ask_heap,
    [PROTO_HEAP_VERIFY] = cmd_ask_heap,
    [PROTO_HEAP_MARK] = cmd_ask_heap,
    [PROTO_HEAP_GROWTH] = cmd_ask_heap,
    [PROTO_HEAP_OBJECTS] = cmd_ask_heap,
    [PROTO_HEAP_OBJECT] = cmd_ask_heap,
    [PROTO_HEAP_REFERRERS] = cmd_ask_heap,
    [PROTO_HEAP_REFERENTS] = cmd_ask_heap,
    [PROTO_HEAP_PATH_TO_ROOT] = cmd_ask_heap,
    [PROTO_HEAP_GRAPH] = cmd_graph,
    [PROTO_HEAP_SNAPSHOT] = cmd_snapshot,
    [PROTO_STREAM_SUBSCRIBE] = cmd_subscribe,
    [PROTO_STREAM_UNSUBSCRIBE] = cmd_unsubscribe,
    [PROTO_GC_COLLECT] = cmd_collect,
    [PROTO_GC_SET_THRESHOLD] = cmd_ask_heap,
    [PROTO_GC_GET_THRESHOLD] = cmd_ask_heap,
    [PROTO_GC_GET_COUNT] = cmd_ask_heap,
    [PROTO_GC_GET_STATS] = cmd_ask_heap,
    [PROTO_GC_IS_ENABLED] = cmd_ask_heap,
    [PROTO_GC_ENABLE] = cmd_ask_heap,
    [PROTO_GC_DISABLE] = cmd_ask_heap,
    [PROTO_GC_FREEZE] = cmd_ask_heap,
    [PROTO_GC_UNFREEZE] = cmd_ask_heap,
    [PROTO_GC_GET_FREEZE_COUNT] = cmd_ask_heap,
    [PROTO_GC_KEEP] = cmd_ask_heap,
    [PROTO_WORKLOAD_LIST] = cmd_workload_list,
    [PROTO_WORKLOAD_START] = cmd_ask_heap,
    [PROTO_WORKLOAD_STOP] = cmd_ask_heap,
    [PROTO_WORKLOAD_SET] = cmd_ask_heap,
    [PROTO_REPL_EVAL] = cmd_ask_heap,
    [PROTO_REPL_STATE] = cmd_ask_heap,
    [PROTO_REPL_STEP] = cmd_step,
    [PROTO_AUTH_ONE_TIME_URL] = cmd_one_time_url,
    [PROTO_HISTORY_COLLECTIONS] = cmd_history,
    [PROTO_HISTORY_SAMPLES] = cmd_history,
    [PROTO_HISTORY_COMPARE] = cmd_history,
    [PROTO_HISTORY_AUDIT] = cmd_history,
    [PROTO_TRACE_EXPORT] = cmd_trace_export,
};

void caller_init(struct caller *caller, const struct caller_ops *ops,
                 enum proto_role role, const char *name) {
  *caller = (struct caller){.ops = ops, .role = role};
  snprintf(caller->who, sizeof(caller->who), "%s@%s",
           role == PROTO_OPERATOR ? "operator" : "observer", name);
}

void dispatch_refuse(struct caller *caller, const char *id,
                     const struct proto_error *error) {
  size_t length = 0;
  char *text = proto_encode_error(id, error, &length);
  caller->ops->answer(caller, error->code, text, length);
}

/* These know heaps that are not there any more, too. */
static bool is_of_the_past(enum proto_method method) {
  return handlers[method] == cmd_history || handlers[method] == cmd_trace_export;
}

/* The refusal that everybody gets before a handler is asked. */
static bool is_allowed(const struct dispatch *dispatch, const struct caller *caller,
                       const struct proto_request *request, struct proto_error *error) {
  const char *name = proto_method_name(request->method);
  if (!request->has_id) {
    proto_error_set(error, PROTO_INVALID_REQUEST, "a request has an id");
  } else if (caller->role < proto_method_role(request->method)) {
    proto_error_set(error, PROTO_FORBIDDEN, "%s needs the operator's token", name);
  } else if (proto_method_names_heap(request->method) &&
             !hub_find(dispatch->hub, request->heap) &&
             !is_of_the_past(request->method) &&
             !(request->method == PROTO_STREAM_SUBSCRIBE && request->heap[0] == '*')) {
    proto_error_set(error, PROTO_NO_SUCH_HEAP, "there is no heap %s", request->heap);
  } else if (dispatch->read_only && !proto_request_only_reads(request)) {
    proto_error_set(error, PROTO_FORBIDDEN,
                    "%s changes something, and this daemon is read_only", name);
  } else if (caller->pending_count >= dispatch->limits->requests_under_way) {
    proto_error_set(error, PROTO_LIMIT, "%u requests are under way already",
                    caller->pending_count);
    error->retry_after_ms = 1000;
  } else {
    return true;
  }
  return false;
}

void dispatch_text(struct dispatch *dispatch, struct caller *caller, const char *text,
                   size_t length) {
  struct proto_request request;
  struct proto_error error;
  if (proto_decode_request_within(text, length, dispatch->limits, &request, &error) !=
      0) {
    dispatch_refuse(caller, request.id, &error);
    return;
  }
  if (!caller->dispatch) {
    caller->dispatch = dispatch;
    caller->number = ++dispatch->last_caller;
  }
  request.asker = caller->number;
  if (!is_allowed(dispatch, caller, &request, &error)) {
    audit_refused(dispatch, caller, &request, error.code);
    dispatch_refuse(caller, request.id, &error);
  } else {
    handlers[request.method](dispatch, caller, &request);
  }
  proto_request_fini(&request);
}

/* --- stream.*: the caller's own business, where it has a stream --- */

static void refuse_stream(struct caller *caller, const struct proto_request *request) {
  struct proto_error error;
  proto_error_set(&error, PROTO_NOT_SUPPORTED,
                  "%s works over a WebSocket at /ws, not over /rpc",
                  proto_method_name(request->method));
  dispatch_refuse(caller, request->id, &error);
}

void cmd_subscribe(struct dispatch *dispatch, struct caller *caller,
                   const struct proto_request *request) {
  (void)dispatch;
  if (caller->ops->subscribe) {
    caller->ops->subscribe(caller, request);
  } else {
    refuse_stream(caller, request);
  }
}

void cmd_unsubscribe(struct dispatch *dispatch, struct caller *caller,
                     const struct proto_request *request) {
  (void)dispatch;
  if (caller->ops->unsubscribe) {
    caller->ops->unsubscribe(caller, request);
  } else {
    refuse_stream(caller, request);
  }
}
