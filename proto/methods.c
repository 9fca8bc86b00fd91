/* methods.c - one row a method, in the order of enum proto_method.
 *
 * openrpc.json describes the same methods for readers and other programs; a test holds
 * the two against each other, row by row and range by range. */
#include "methods.h"

#include <string.h>

#include "domains.h"

static const struct proto_method_entry table[PROTO_METHODS] = {
    [PROTO_SERVER_INFO] = {"server.info", PROTO_OBSERVER, false, NULL},
    [PROTO_HEAP_LIST] = {"heap.list", PROTO_OBSERVER, false, NULL},
    [PROTO_HEAP_GET] = {"heap.get", PROTO_OBSERVER, true, NULL},
    [PROTO_HEAP_CENSUS] = {"heap.census", PROTO_OBSERVER, true, proto_read_census},
    [PROTO_HEAP_POOL_MAP] = {"heap.pool_map", PROTO_OBSERVER, true,
                             proto_read_pool_map},
    [PROTO_HEAP_VERIFY] = {"heap.verify", PROTO_OPERATOR, true, NULL},
    [PROTO_HEAP_MARK] = {"heap.mark", PROTO_OBSERVER, true, NULL},
    [PROTO_HEAP_GROWTH] = {"heap.growth", PROTO_OBSERVER, true, proto_read_growth},
    [PROTO_HEAP_OBJECTS] = {"heap.objects", PROTO_OPERATOR, true, proto_read_objects},
    [PROTO_HEAP_OBJECT] = {"heap.object", PROTO_OPERATOR, true, proto_read_object},
    [PROTO_HEAP_REFERRERS] = {"heap.referrers", PROTO_OPERATOR, true, proto_read_links},
    [PROTO_HEAP_REFERENTS] = {"heap.referents", PROTO_OPERATOR, true, proto_read_links},
    [PROTO_HEAP_PATH_TO_ROOT] = {"heap.path_to_root", PROTO_OPERATOR, true,
                                 proto_read_links},
    [PROTO_HEAP_GRAPH] = {"heap.graph", PROTO_OPERATOR, true, proto_read_graph},
    [PROTO_HEAP_SNAPSHOT] = {"heap.snapshot", PROTO_OPERATOR, true,
                             proto_read_snapshot},
    [PROTO_STREAM_SUBSCRIBE] = {"stream.subscribe", PROTO_OBSERVER, true,
                                proto_read_subscribe},
    [PROTO_STREAM_UNSUBSCRIBE] = {"stream.unsubscribe", PROTO_OBSERVER, false,
                                  proto_read_unsubscribe},
    [PROTO_GC_COLLECT] = {"gc.collect", PROTO_OPERATOR, true, proto_read_collect},
    [PROTO_GC_SET_THRESHOLD] = {"gc.set_threshold", PROTO_OPERATOR, true,
                                proto_read_set_threshold},
    [PROTO_GC_GET_THRESHOLD] = {"gc.get_threshold", PROTO_OBSERVER, true, NULL},
    [PROTO_GC_GET_COUNT] = {"gc.get_count", PROTO_OBSERVER, true, NULL},
    [PROTO_GC_GET_STATS] = {"gc.get_stats", PROTO_OBSERVER, true, NULL},
    [PROTO_GC_IS_ENABLED] = {"gc.is_enabled", PROTO_OBSERVER, true, NULL},
    [PROTO_GC_ENABLE] = {"gc.enable", PROTO_OPERATOR, true, NULL},
    [PROTO_GC_DISABLE] = {"gc.disable", PROTO_OPERATOR, true, proto_read_disable},
    [PROTO_GC_FREEZE] = {"gc.freeze", PROTO_OPERATOR, true, NULL},
    [PROTO_GC_UNFREEZE] = {"gc.unfreeze", PROTO_OPERATOR, true, NULL},
    [PROTO_GC_GET_FREEZE_COUNT] = {"gc.get_freeze_count", PROTO_OBSERVER, true, NULL},
    [PROTO_GC_KEEP] = {"gc.keep", PROTO_OPERATOR, true, NULL},
    [PROTO_WORKLOAD_LIST] = {"workload.list", PROTO_OBSERVER, false, NULL},
    [PROTO_WORKLOAD_START] = {"workload.start", PROTO_OPERATOR, true,
                              proto_read_workload_start},
    [PROTO_WORKLOAD_STOP] = {"workload.stop", PROTO_OPERATOR, true, NULL},
    [PROTO_WORKLOAD_SET] = {"workload.set", PROTO_OPERATOR, true,
                            proto_read_workload_set},
    [PROTO_REPL_EVAL] = {"repl.eval", PROTO_OPERATOR, true, proto_read_eval},
    [PROTO_REPL_STATE] = {"repl.state", PROTO_OPERATOR, true, NULL},
    [PROTO_REPL_STEP] = {"repl.step", PROTO_OPERATOR, true, proto_read_step},
    [PROTO_AUTH_ONE_TIME_URL] = {"auth.one_time_url", PROTO_OPERATOR, false,
                                 proto_read_one_time_url},
    [PROTO_HISTORY_COLLECTIONS] = {"history.collections", PROTO_OBSERVER, true,
                                   proto_read_history_collections},
    [PROTO_HISTORY_SAMPLES] = {"history.samples", PROTO_OBSERVER, true,
                               proto_read_history_samples},
    [PROTO_HISTORY_COMPARE] = {"history.compare", PROTO_OBSERVER, true,
                               proto_read_history_compare},
    [PROTO_HISTORY_AUDIT] = {"history.audit", PROTO_OPERATOR, false,
                             proto_read_history_audit},
    [PROTO_TRACE_EXPORT] = {"trace.export", PROTO_OBSERVER, true,
                            proto_read_trace_export},
};

const struct proto_method_entry *proto_method_entry(enum proto_method method) {
  return (unsigned)method < PROTO_METHODS ? &table[method] : NULL;
}

enum proto_method proto_method_from_name(const char *name) {
  for (unsigned i = 0; i < PROTO_METHODS; i++) {
    if (strcmp(table[i].name, name) == 0)
      return (enum proto_method)i;
  }
  return PROTO_METHODS;
}

const char *proto_method_name(enum proto_method method) {
  const struct proto_method_entry *entry = proto_method_entry(method);
  return entry != NULL ? entry->name : NULL;
}

/* A number that is no method needs the higher role: refusing is the safe side. */
enum proto_role proto_method_role(enum proto_method method) {
  const struct proto_method_entry *entry = proto_method_entry(method);
  return entry != NULL ? entry->role : PROTO_OPERATOR;
}

bool proto_method_names_heap(enum proto_method method) {
  const struct proto_method_entry *entry = proto_method_entry(method);
  return entry != NULL && entry->names_heap;
}

/* What a heap has to be capable of; NULL: of nothing in particular. */
static const char *const capabilities[PROTO_METHODS] = {
    [PROTO_HEAP_CENSUS] = "census",
    [PROTO_HEAP_POOL_MAP] = "pool_map",
    [PROTO_HEAP_VERIFY] = "verify",
    [PROTO_HEAP_MARK] = "growth",
    [PROTO_HEAP_GROWTH] = "growth",
    [PROTO_HEAP_OBJECTS] = "objects",
    [PROTO_HEAP_OBJECT] = "objects",
    [PROTO_HEAP_REFERRERS] = "objects",
    [PROTO_HEAP_REFERENTS] = "objects",
    [PROTO_HEAP_PATH_TO_ROOT] = "path",
    [PROTO_HEAP_GRAPH] = "graph",
    [PROTO_HEAP_SNAPSHOT] = "snapshot",
    [PROTO_GC_COLLECT] = "collect",
    [PROTO_GC_SET_THRESHOLD] = "threshold",
    [PROTO_GC_GET_THRESHOLD] = "threshold",
    [PROTO_GC_IS_ENABLED] = "enable",
    [PROTO_GC_ENABLE] = "enable",
    [PROTO_GC_DISABLE] = "enable",
    [PROTO_GC_FREEZE] = "freeze",
    [PROTO_GC_UNFREEZE] = "freeze",
    [PROTO_GC_GET_FREEZE_COUNT] = "freeze",
    [PROTO_GC_KEEP] = "threshold",
    [PROTO_WORKLOAD_START] = "workload",
    [PROTO_WORKLOAD_STOP] = "workload",
    [PROTO_WORKLOAD_SET] = "workload",
    [PROTO_REPL_EVAL] = "repl",
    [PROTO_REPL_STATE] = "repl",
    [PROTO_REPL_STEP] = "step",
};

const char *proto_method_capability(enum proto_method method) {
  return (unsigned)method < PROTO_METHODS ? capabilities[method] : NULL;
}

/* Methods of operators that change nothing. Not to stand here is the safe side: a
 * read-only daemon refuses what does not. */
static const bool only_reads[PROTO_METHODS] = {
    [PROTO_HEAP_VERIFY] = true,       [PROTO_HEAP_OBJECTS] = true,
    [PROTO_HEAP_OBJECT] = true,       [PROTO_HEAP_REFERRERS] = true,
    [PROTO_HEAP_REFERENTS] = true,    [PROTO_HEAP_PATH_TO_ROOT] = true,
    [PROTO_HEAP_GRAPH] = true,        [PROTO_REPL_STATE] = true,
    [PROTO_AUTH_ONE_TIME_URL] = true, [PROTO_HISTORY_AUDIT] = true,
};

bool proto_request_only_reads(const struct proto_request *request) {
  const struct proto_method_entry *entry = proto_method_entry(request->method);
  if (request->method == PROTO_GC_COLLECT)
    return request->params.collect.dry_run;
  return entry != NULL &&
         (entry->role == PROTO_OBSERVER || only_reads[request->method]);
}
