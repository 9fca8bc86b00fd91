/* proto.h - the wire's messages as plain C structs.
 *
 *   text from a peer --decode--> struct proto_request ---> handler
 *   text to a peer  <--encode--- struct proto_result  <---
 *
 * The structs hold no pointers into a heap or a JSON tree: they may cross threads by
 * copy. Where a runtime cannot know a figure, the message's `has` bit is unset and the
 * field is absent on the wire, never 0. Nothing here logs, prints or aborts. */
#ifndef PROTO_PROTO_H
#define PROTO_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "objects.h"

/* Limits of the contract (proto/PROTOCOL.md "Limits"). */
#define PROTO_MAX_MESSAGE_BYTES 65536
#define PROTO_MAX_DEPTH         16
#define PROTO_NAME_BYTES        64  /* heap ids, type names, workload names, with NUL */
#define PROTO_WHO_BYTES         96  /* requested_by, with NUL */
#define PROTO_ID_BYTES          128 /* a request's id as JSON text, with NUL */
#define PROTO_REASON_BYTES      160
#define PROTO_GENERATIONS       3
#define PROTO_MAX_PHASES        10
#define PROTO_MAX_FREED_TYPES   10
#define PROTO_MAX_CYCLE         8  /* objects of a cycle that are shown */
#define PROTO_FIELD_BYTES       24 /* a field's name in a cycle, with NUL */
#define PROTO_MAX_CLASSES       64
#define PROTO_ARENA_POOLS       32
#define PROTO_MAX_ARENAS        512 /* of a page of heap.pool_map */
#define PROTO_MAX_CAPABILITIES  32
#define PROTO_MAX_AFTER         64 /* heaps that one stream.subscribe resumes */
#define PROTO_MAX_SETTINGS      12
#define PROTO_CODE_BYTES        16384 /* a statement of the playground */
#define PROTO_PROTOCOL          "ouro.v1"

/* How much one peer may take, and how long, as server.hello tells it. What enforces a
 * limit borrows the daemon's struct, which a reload changes in place on the loop. */
struct proto_limits {
  uint64_t message_bytes;         /* of one request; at most PROTO_MAX_MESSAGE_BYTES */
  uint64_t nesting_levels;        /* of its JSON; at most PROTO_MAX_DEPTH */
  uint64_t connections;           /* open at once, whatever they are */
  uint64_t sessions;              /* WebSockets */
  uint64_t sessions_an_address;   /* of them from one address */
  uint64_t subscriptions;         /* of one session */
  uint64_t requests_under_way;    /* of one caller, not yet answered */
  uint64_t queue_bytes;           /* waiting to be sent to one session */
  uint64_t behind_ms;             /* a session stays that far behind: 4408 */
  uint64_t commands_a_second;     /* of one session; as many at once after a rest */
  uint64_t wrong_tokens_a_minute; /* from one address */
  uint64_t cool_down_ms;          /* between two gc.collect of a heap */
  uint64_t graph_objects;         /* in one answer about references */
};
/* What holds where nobody decides otherwise. */
extern const struct proto_limits proto_limits_default;

enum proto_role { PROTO_OBSERVER, PROTO_OPERATOR };

/* Error numbers: JSON-RPC's own, then one for each name of the domain. */
enum proto_error_code {
  PROTO_OK = 0,
  PROTO_PARSE_ERROR = -32700,
  PROTO_INVALID_REQUEST = -32600,
  PROTO_METHOD_NOT_FOUND = -32601,
  PROTO_INVALID_PARAMS = -32602,
  PROTO_INTERNAL_ERROR = -32603,
  PROTO_UNAUTHORIZED = -32001,
  PROTO_FORBIDDEN = -32002,
  PROTO_NO_SUCH_HEAP = -32003,
  PROTO_NO_SUCH_OBJECT = -32004,
  PROTO_NOT_SUPPORTED = -32005,
  PROTO_BUSY = -32006,
  PROTO_COOLING_DOWN = -32007,
  PROTO_LIMIT = -32008,
  PROTO_TOO_LARGE = -32009,
  PROTO_HEAP_GONE = -32010,
  PROTO_TIMEOUT = -32011,
  PROTO_SYNTAX = -32012,
  PROTO_NAME = -32013
};

/* A refusal. Unused members are empty or negative. */
struct proto_error {
  int code;                          /* enum proto_error_code */
  char message[PROTO_REASON_BYTES];  /* one sentence */
  char path[PROTO_NAME_BYTES * 2];   /* JSON Pointer into the request, "" for none */
  char expected[PROTO_REASON_BYTES]; /* what would have been right */
  int64_t retry_after_ms;            /* -1: absent */
  int line, column;                  /* playground, 1-based; 0: absent */
  char reason[PROTO_REASON_BYTES];   /* playground */
  const char *name; /* literal that replaces the code's own data.name, or NULL */
};

enum proto_method {
  PROTO_SERVER_INFO,
  PROTO_HEAP_LIST,
  PROTO_HEAP_GET,
  PROTO_HEAP_CENSUS,
  PROTO_HEAP_POOL_MAP,
  PROTO_HEAP_VERIFY,
  PROTO_HEAP_MARK,
  PROTO_HEAP_GROWTH,
  PROTO_HEAP_OBJECTS,
  PROTO_HEAP_OBJECT,
  PROTO_HEAP_REFERRERS,
  PROTO_HEAP_REFERENTS,
  PROTO_HEAP_PATH_TO_ROOT,
  PROTO_HEAP_GRAPH,
  PROTO_HEAP_SNAPSHOT,
  PROTO_STREAM_SUBSCRIBE,
  PROTO_STREAM_UNSUBSCRIBE,
  PROTO_GC_COLLECT,
  PROTO_GC_SET_THRESHOLD,
  PROTO_GC_GET_THRESHOLD,
  PROTO_GC_GET_COUNT,
  PROTO_GC_GET_STATS,
  PROTO_GC_IS_ENABLED,
  PROTO_GC_ENABLE,
  PROTO_GC_DISABLE,
  PROTO_GC_FREEZE,
  PROTO_GC_UNFREEZE,
  PROTO_GC_GET_FREEZE_COUNT,
  PROTO_GC_KEEP,
  PROTO_WORKLOAD_LIST,
  PROTO_WORKLOAD_START,
  PROTO_WORKLOAD_STOP,
  PROTO_WORKLOAD_SET,
  PROTO_REPL_EVAL,
  PROTO_REPL_STATE,
  PROTO_REPL_STEP,
  PROTO_AUTH_ONE_TIME_URL,
  PROTO_HISTORY_COLLECTIONS,
  PROTO_HISTORY_SAMPLES,
  PROTO_HISTORY_COMPARE,
  PROTO_HISTORY_AUDIT,
  PROTO_TRACE_EXPORT,
  PROTO_METHODS
};

enum proto_topic {
  PROTO_TOPIC_SAMPLE = 1u << 0,
  PROTO_TOPIC_POOLS = 1u << 1,
  PROTO_TOPIC_COLLECTION = 1u << 2,
  PROTO_TOPIC_HEAP = 1u << 3,
  PROTO_TOPIC_AUDIT = 1u << 4
};

/* One setting of a workload, e.g. {"rate", 20}. Values are numbers. */
struct proto_setting {
  char name[PROTO_NAME_BYTES];
  double value;
};

/* The last collection of a heap that a subscriber to all heaps has. */
struct proto_after {
  char heap[PROTO_NAME_BYTES];
  uint64_t seq;
};

/* A stretch of wall-clock time: from_ms <= t < to_ms. */
struct proto_range {
  int64_t from_ms, to_ms;
};

enum proto_snapshot_format { PROTO_SNAPSHOT_OURO, PROTO_SNAPSHOT_DEVTOOLS };

enum proto_step_action { PROTO_STEP_BEGIN, PROTO_STEP_NEXT, PROTO_STEP_FINISH };

/* A checked request. `code` and nothing else is owned: proto_request_fini(). */
struct proto_request {
  enum proto_method method;
  bool has_id;             /* an answer is due; true also for every refusal */
  char id[PROTO_ID_BYTES]; /* JSON text, "null" where there is none */
  char heap[PROTO_NAME_BYTES];
  uint64_t asker; /* who asks, a number that dispatch gave; 0: nobody in particular */
  union {
    struct {
      unsigned generation;
      bool dry_run;
    } collect;
    struct {
      uint32_t values[PROTO_GENERATIONS];
      unsigned count;
      int64_t revert_after_ms; /* -1: absent */
    } threshold;
    struct {
      int64_t revert_after_ms; /* -1: absent */
    } disable;
    struct {
      uint32_t limit;
    } census;
    struct {
      uint64_t since; /* a mark */
      uint32_t limit;
    } growth;
    struct { /* what looks at objects; each method reads its part */
      uint64_t id, cursor;
      bool has_id;
      char type[PROTO_NAME_BYTES]; /* "" : of any */
      uint32_t limit, depth;
    } look;
    struct {
      enum proto_snapshot_format format;
      const char *directory; /* where; the daemon's own, lives as long as it */
    } snapshot;
    struct {
      enum proto_step_action action;
      unsigned generation;
    } step;
    struct {
      unsigned topics; /* enum proto_topic */
      uint32_t interval_ms;
      bool has_after_seq;
      uint64_t after_seq; /* of the one heap */
      unsigned after_count;
      struct proto_after after[PROTO_MAX_AFTER]; /* with "*": what was sent */
    } subscribe;
    struct {
      uint64_t subscription;
    } unsubscribe;
    struct {
      char name[PROTO_NAME_BYTES]; /* start only */
      struct proto_setting settings[PROTO_MAX_SETTINGS];
      unsigned setting_count;
    } workload;
    struct {
      char *code; /* owned, UTF-8, NUL-terminated */
    } eval;
    struct {
      enum proto_role role;
    } one_time_url;
    struct {
      struct proto_range range;      /* collections, samples, audit, trace.export */
      struct proto_range a, b;       /* compare */
      uint32_t limit;                /* collections, audit */
      char cursor[PROTO_NAME_BYTES]; /* the same; "" : from the newest */
      uint32_t step_ms; /* samples; 0: as fine as the answer has room for */
    } history;
  } params;
};

/* A tuning that undoes itself unless gc.keep comes: what it goes back to, and when. */
struct proto_revert {
  int64_t at_ms;                    /* Unix epoch; 0: no revert is pending */
  bool has_thresholds, has_enabled; /* which of the two it undoes */
  uint32_t thresholds[PROTO_GENERATIONS];
  bool enabled;
};

/* A heap as heap.list shows it. */
struct proto_heap {
  char id[PROTO_NAME_BYTES];
  char name[PROTO_NAME_BYTES];
  char kind[PROTO_NAME_BYTES]; /* "hosted", "attached", ... */
  char runtime[PROTO_NAME_BYTES];
  char collector[PROTO_NAME_BYTES]; /* "generational" */
  char workload[PROTO_NAME_BYTES];  /* running now; "" for none */
  int64_t pid;                      /* -1: absent */
  int64_t started_ms;               /* Unix epoch */
  uint32_t thresholds[PROTO_GENERATIONS];
  bool enabled;
  struct proto_revert revert;
  bool failed; /* has not come to a safepoint for 30 s: nothing it answers is to be had
                */
  const char *capabilities[PROTO_MAX_CAPABILITIES]; /* string literals */
  unsigned capability_count;
};

struct proto_generation {
  uint64_t count, threshold, objects, collections, collected, uncollectable, candidates;
};

struct proto_sample {
  char heap[PROTO_NAME_BYTES];
  uint64_t seq;
  int64_t time_ms;
  uint64_t uptime_ns;
  struct proto_generation generations[PROTO_GENERATIONS];
  uint64_t frozen_objects, tracked_objects, live_objects, live_bytes;
  uint64_t allocated_total_objects, freed_total_objects, allocated_total_bytes;
  bool enabled, collecting;
  uint64_t pause_p50_ns, pause_p99_ns, pause_max_ns;
  uint64_t rss_bytes;
};

/* Figures of a collection that not every runtime knows. */
enum proto_collection_has {
  PROTO_HAS_DURATION = 1u << 0,
  PROTO_HAS_PHASES = 1u << 1,
  PROTO_HAS_CANDIDATES = 1u << 2,
  PROTO_HAS_RESURRECTED = 1u << 3,
  PROTO_HAS_FINALIZED = 1u << 4,
  PROTO_HAS_PROMOTED = 1u << 5,
  PROTO_HAS_FREED_BYTES = 1u << 6,
  PROTO_HAS_LIVE_BEFORE = 1u << 7,
  PROTO_HAS_LIVE_AFTER = 1u << 8,
  PROTO_HAS_ARENAS_RELEASED = 1u << 9,
  PROTO_HAS_TYPES = 1u << 10,
  PROTO_HAS_WEAKREFS_CLEARED = 1u << 11,
  PROTO_HAS_CYCLE = 1u << 12
};

/* One object of a cycle and the field by which it refers to the next one; the last
 * object of all refers to the first. */
struct proto_cycle_step {
  uint32_t id; /* while it lived; others may have it now */
  char type[PROTO_NAME_BYTES];
  char via[PROTO_FIELD_BYTES];
};

struct proto_phase {
  char name[24];
  uint64_t ns;
};

struct proto_type_count {
  char type[PROTO_NAME_BYTES];
  uint64_t objects, bytes;
};

struct proto_collection {
  char heap[PROTO_NAME_BYTES];
  uint64_t seq;
  int64_t time_ms;
  unsigned generation;
  char reason[24];
  char requested_by[PROTO_WHO_BYTES]; /* "" : absent */
  uint64_t pause_ns, collected, uncollectable;
  unsigned has; /* enum proto_collection_has: which of these are known */
  uint64_t duration_ns, candidates, resurrected, finalized, promoted, weakrefs_cleared;
  uint64_t freed_bytes, live_objects_before, live_objects_after, live_bytes_after;
  uint64_t arenas_released;
  struct proto_phase phases[PROTO_MAX_PHASES];
  unsigned phase_count;
  struct proto_type_count types[PROTO_MAX_FREED_TYPES];
  unsigned type_count;
  struct proto_cycle_step cycle[PROTO_MAX_CYCLE]; /* of one cycle that was found */
  unsigned cycle_count;
  uint64_t cycle_objects; /* on that cycle, shown or not */
};

/* What a collection would do, told without doing it (gc.collect with dry_run). */
struct proto_prediction {
  char heap[PROTO_NAME_BYTES];
  unsigned generation;
  uint64_t candidates;
  bool has_pause; /* false: no collection of this generation to learn from yet */
  uint64_t pause_ns;
  /* Earlier collections of this generation whose pause was predicted before it was
   * measured, since the heap began, and by how much the newest were off. */
  uint64_t predictions;
  double error_p50_percent, error_p90_percent; /* known where predictions > 0 */
};

struct proto_class {
  uint32_t size;
  uint64_t pools, used_blocks, free_blocks, allocated_total;
};

struct proto_pools {
  char heap[PROTO_NAME_BYTES];
  uint64_t seq;
  int64_t time_ms;
  uint64_t arenas_in_use, arenas_allocated_total, arenas_released_total;
  uint64_t arenas_highwater, arena_bytes;
  uint64_t pools_in_use, pools_empty, pool_bytes;
  struct proto_class classes[PROTO_MAX_CLASSES];
  unsigned class_count;
  uint64_t large_objects, large_bytes, used_bytes, free_bytes;
  double fragmentation;
};

/* Who asked for what, from where, when, and how it ended: each command of an operator.
 */
struct proto_audit {
  int64_t time_ms;
  char who[PROTO_WHO_BYTES];       /* "operator@127.0.0.1" */
  const char *method;              /* string literal */
  char heap[PROTO_NAME_BYTES];     /* "" : absent */
  char detail[PROTO_REASON_BYTES]; /* the parameters in short; "" : absent */
  int code;                        /* PROTO_OK or the error's */
  uint64_t duration_ns;            /* from the request to its answer */
};

/* --- history: what was stored, summed up --- */

/* Points in one answer of history.samples. */
#define PROTO_MAX_HISTORY_SAMPLES 1000u

struct proto_spread {
  uint64_t min, max, mean;
};

/* The samples of one step of time as one. */
struct proto_history_sample {
  int64_t time_ms;  /* the step's begin */
  uint64_t samples; /* how many it is made of */
  uint64_t seq;     /* the newest collection by then */
  struct proto_spread live_objects, live_bytes, tracked_objects;
  struct proto_spread rss_bytes;                              /* all 0: absent */
  uint64_t allocated_objects, allocated_bytes, freed_objects; /* within the step */
};

/* Pauses of many collections; percentiles within 5 % of the true ones. */
struct proto_pauses {
  uint64_t count; /* of collections; 0: the others are absent */
  uint64_t p50_ns, p99_ns, max_ns, total_ns;
};

struct proto_history_generation {
  struct proto_pauses pauses;
  uint64_t collected, uncollectable, candidates, freed_bytes;
};

/* One side of a comparison. */
struct proto_history_side {
  struct proto_range range; /* what was summed up: whole steps around what was asked */
  uint64_t covered_ms;      /* of it, for how long the heap is known */
  struct proto_history_generation generations[PROTO_GENERATIONS], all;
  uint64_t live_bytes_mean, allocated_objects, allocated_bytes;
  bool has_samples; /* the three above are known */
};

/* One setting as workload.list explains it. */
struct proto_setting_info {
  const char *name, *unit, *description; /* string literals */
  double value, minimum, maximum, initial;
};

struct proto_workload {
  const char *name, *description; /* string literals; description: what it stresses */
  char heap[PROTO_NAME_BYTES];    /* the heap that runs or can run it */
  bool running;
  struct proto_setting_info settings[PROTO_MAX_SETTINGS];
  unsigned setting_count;
  /* What it has done so far, e.g. {"documents_read", 123}, and what it holds now. */
  struct proto_setting counters[PROTO_MAX_SETTINGS];
  unsigned counter_count;
};

/* The playground's objects, for its tables. */
struct proto_repl_field {
  char name[PROTO_NAME_BYTES];
  uint32_t id;
};
enum proto_finalizer {
  PROTO_FINALIZER_NONE, /* the type has none: absent */
  PROTO_FINALIZER_PENDING,
  PROTO_FINALIZER_RAN
};
struct proto_repl_object {
  uint32_t id;
  uint64_t address; /* its id in heap.object and the like */
  char type[PROTO_NAME_BYTES];
  char name[PROTO_NAME_BYTES]; /* "" : absent */
  uint32_t refcount;
  int generation;                  /* -1: untracked */
  struct proto_repl_field *fields; /* owned */
  unsigned field_count;
  enum proto_finalizer finalizer;
  bool has_target; /* a weak reference that is not cleared */
  uint32_t target; /* id of the object it leads to */
};

/* The pools of an arena, in order: zeros for an empty one. */
struct proto_arena {
  uint64_t number;
  unsigned pool_count;
  uint16_t block_bytes[PROTO_ARENA_POOLS];
  uint16_t used[PROTO_ARENA_POOLS], capacity[PROTO_ARENA_POOLS];
};

/* The tagged answer of a handler; proto_result_fini() frees what it owns. */
enum proto_result_kind {
  PROTO_RESULT_ERROR,
  PROTO_RESULT_EMPTY,      /* {} */
  PROTO_RESULT_COLLECTION, /* gc.collect */
  PROTO_RESULT_PREDICTION, /* gc.collect with dry_run */
  PROTO_RESULT_CENSUS,     /* heap.census: {types: [...], types_total, truncated} */
  PROTO_RESULT_POOL_MAP,   /* heap.pool_map */
  PROTO_RESULT_COUNT,      /* gc.get_count: {counts: [..3]} */
  PROTO_RESULT_THRESHOLD,  /* gc.get_threshold, gc.set_threshold: {thresholds: [..3]} */
  PROTO_RESULT_ENABLED,    /* gc.is_enabled, gc.enable, gc.disable: {enabled} */
  PROTO_RESULT_FROZEN,     /* gc.freeze, gc.unfreeze, gc.get_freeze_count */
  PROTO_RESULT_KEPT,       /* gc.keep: {kept, thresholds, enabled} */
  PROTO_RESULT_STATS,    /* gc.get_stats: {stats: [{collections, collected, ...}..3]} */
  PROTO_RESULT_VERIFY,   /* heap.verify: {ok, message?} */
  PROTO_RESULT_WORKLOAD, /* workload.start/stop/set: the workload as listed */
  PROTO_RESULT_EVAL,     /* repl.eval */
  PROTO_RESULT_STATE,    /* repl.state */
  PROTO_RESULT_MARK,     /* heap.mark */
  PROTO_RESULT_GROWTH,   /* heap.growth */
  PROTO_RESULT_OBJECTS,  /* heap.objects */
  PROTO_RESULT_OBJECT,   /* heap.object */
  PROTO_RESULT_REFERRERS,
  PROTO_RESULT_REFERENTS,
  PROTO_RESULT_PATH,  /* heap.path_to_root */
  PROTO_RESULT_GRAPH, /* heap.graph */
  PROTO_RESULT_STEP,  /* repl.step */
  PROTO_RESULT_FILE   /* heap.snapshot: a file, not yet a download; never encoded */
};

struct proto_result {
  enum proto_result_kind kind;
  union {
    struct proto_error error;
    struct proto_collection collection;
    struct {
      struct proto_type_count *rows; /* owned */
      size_t count, types_total;
    } census;
    struct {
      int64_t time_ms;
      uint64_t arenas_total;
      struct proto_arena *rows; /* owned */
      size_t count;
      bool has_next;
      uint64_t next; /* number of the next page's first arena */
    } pool_map;
    uint64_t counts[PROTO_GENERATIONS];
    struct proto_prediction prediction;
    struct {
      uint32_t thresholds[PROTO_GENERATIONS]; /* THRESHOLD, KEPT */
      bool enabled;                           /* ENABLED, KEPT */
      bool kept;                              /* KEPT: something was pending */
      int64_t reverts_at_ms;                  /* 0: no revert is pending */
    } tuning;
    uint64_t frozen_objects;
    struct proto_generation stats[PROTO_GENERATIONS];
    struct {
      bool ok;
      char message[PROTO_REASON_BYTES];
    } verify;
    struct proto_workload workload;
    struct {
      char *value;    /* owned; JSON text (null, number, string) */
      char **created; /* owned array of owned strings */
      size_t created_count;
      char **destroyed; /* owned array of owned strings */
      size_t destroyed_count;
      char **resurrected; /* owned array of owned strings */
      size_t resurrected_count;
      bool has_collection;
      struct proto_collection collection;
    } eval;
    struct {
      struct proto_repl_field *roots; /* owned: variable name and object id */
      size_t root_count;
      struct proto_repl_object *objects; /* owned */
      size_t object_count;
      bool truncated;
    } state;
    struct {
      uint64_t number, objects, bytes;
      int64_t time_ms;
    } mark;
    struct {
      struct proto_growth *rows; /* owned */
      size_t count, types_total;
      int64_t since_ms; /* when the mark was made */
    } growth;
    struct {
      struct proto_object *rows; /* owned */
      size_t count;
      bool has_next;
      uint64_t next; /* cursor */
    } objects;
    struct {
      struct proto_object row;
      uint64_t references; /* that it has */
    } object;
    struct {
      struct proto_link *rows; /* owned; a path's from the root on */
      size_t count;
      struct proto_root *roots; /* owned; referrers and paths: names */
      size_t root_count;
      uint64_t by_objects, by_roots, by_others; /* REFERRERS: references */
      uint64_t total;                           /* REFERENTS, PATH: its length */
      bool is_reachable;                        /* PATH */
      bool truncated;
    } links;
    struct {
      struct proto_object *nodes; /* owned */
      size_t node_count;
      struct proto_edge *edges; /* owned */
      size_t edge_count;
      struct proto_root *roots; /* owned */
      size_t root_count;
      bool truncated;
    } graph;
    struct {
      bool is_stepping;
      const char *phase, *next_phase; /* string literals; NULL: absent */
      unsigned generation;
      struct proto_candidate *rows; /* owned */
      size_t count;
      uint64_t total;
      struct proto_edge *edges; /* owned; between the rows */
      size_t edge_count;
      struct proto_root *roots; /* owned */
      size_t root_count;
      bool is_cut;          /* edges or roots are missing */
      bool tells_destroyed; /* false: the heap does not notice who dies */
      char **destroyed;     /* owned array of owned strings */
      size_t destroyed_count;
      char **resurrected; /* owned array of owned strings */
      size_t resurrected_count;
      bool has_collection;
      struct proto_collection collection;
    } step;
    struct {
      int fd; /* owned */
      uint64_t bytes;
      const char *type; /* string literal: content type */
      char name[PROTO_NAME_BYTES * 2];
    } file;
  } as;
};

/* Something that is wrong with the daemon now. All borrowed. */
struct proto_alarm {
  const char *name;    /* stable: "history", "heap.documents" */
  const char *message; /* for people */
  int64_t since_ms;    /* Unix epoch */
};

/* server.info: static facts and the daemon's own figures. */
struct proto_server_info {
  const char *version, *instance, *protocol; /* borrowed */
  int64_t started_ms, time_ms;
  uint64_t uptime_ms;
  unsigned heaps, sessions;
  uint64_t rss_bytes;
  int64_t pid;
  const struct proto_alarm *alarms; /* borrowed; with any the status is "degraded" */
  size_t alarm_count;
  bool read_only; /* commands are refused */
};

struct proto_hello {
  const char *server, *instance; /* server: the program's name; the version is added */
  enum proto_role role;
  bool read_only; /* commands are refused */
  int64_t time_ms;
  const struct proto_limits *limits; /* borrowed for the call */
};

/* Methods by name and back; PROTO_METHODS when there is none. */
enum proto_method proto_method_from_name(const char *name);
const char *proto_method_name(enum proto_method method);
/* The least role that may call it, and whether it takes `heap`: the id of one heap, or
 * for stream.subscribe also "*". */
enum proto_role proto_method_role(enum proto_method method);
bool proto_method_names_heap(enum proto_method method);
/* The capability that a heap lists when it can do this, such as "census"; NULL where
 * every heap can, or no heap is asked. */
const char *proto_method_capability(enum proto_method method);
/* Does it change nothing, so that a read-only daemon serves it? */
bool proto_request_only_reads(const struct proto_request *request);
/* The stable `data.name` of a domain error; NULL for JSON-RPC's own. */
const char *proto_error_name(int code);

/* Text of a peer to a checked request. 0, or -1 with `*ret_error` filled; then `*ret`
 * still holds the id (or "null"), so that the refusal can be addressed, and owns
 * nothing. A request without an id is refused (the contract has no notifications from
 * clients), so whatever was decoded or refused is to be answered.
 * `length` may be anything; the text need not end in NUL. On success the caller owns
 * `*ret` and calls proto_request_fini(). */
int proto_decode_request(const char *text, size_t length, struct proto_request *ret,
                         struct proto_error *ret_error);
/* The same under limits of ours: of its bytes and its nesting. */
int proto_decode_request_within(const char *text, size_t length,
                                const struct proto_limits *limits,
                                struct proto_request *ret,
                                struct proto_error *ret_error);
void proto_request_fini(struct proto_request *request);
void proto_result_fini(struct proto_result *result);

/* Fill an error; `format` as in printf makes the message. */
void proto_error_set(struct proto_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Encoders return NUL-terminated text that the caller owns (free()), its length in
 * `*ret_length`, or NULL when memory is short. Responses carry `id` (JSON text). */
char *proto_encode_result(const char *id, const struct proto_result *result,
                          size_t *ret_length);
char *proto_encode_error(const char *id, const struct proto_error *error,
                         size_t *ret_length);
char *proto_encode_heap_list(const char *id, const struct proto_heap *const *heaps,
                             size_t count, size_t *ret_length);
char *proto_encode_heap_get(const char *id, const struct proto_heap *heap,
                            size_t *ret_length);
char *proto_encode_workload_list(const char *id, const struct proto_workload *workloads,
                                 size_t count, size_t *ret_length);
char *proto_encode_server_info(const char *id, const struct proto_server_info *info,
                               size_t *ret_length);
/* What GET /healthz answers: {"status":"ok"|"degraded","alarms":[...]}, no envelope. */
char *proto_encode_health(const struct proto_alarm *alarms, size_t count,
                          size_t *ret_length);
/* stream.subscribe; `seqs` has one entry a heap, `one` tells {seq: n} from an object.
 */
char *proto_encode_subscribed(const char *id, uint64_t subscription, bool one,
                              const struct proto_heap *const *heaps,
                              const uint64_t *seqs, size_t count, uint64_t backfilled,
                              size_t *ret_length);
char *proto_encode_unsubscribed(const char *id, uint64_t subscription,
                                size_t *ret_length);
/* What was prepared for GET /download/ID: heap.snapshot, trace.export. */
char *proto_encode_download(const char *id, const char *download, uint64_t bytes,
                            size_t *ret_length);
char *proto_encode_url(const char *id, const char *url, int64_t expires_in_ms,
                       size_t *ret_length);

/* history.*. `records` are texts of proto_encode_collection_record(), in the order of
 * the answer; `next_cursor` "" : there are no more. */
char *proto_encode_history_collections(const char *id, const char *const *records,
                                       size_t count, const char *next_cursor,
                                       size_t *ret_length);
char *proto_encode_history_samples(const char *id, uint32_t step_ms,
                                   const struct proto_history_sample *rows,
                                   size_t count, size_t *ret_length);
char *proto_encode_history_compare(const char *id, const struct proto_history_side *a,
                                   const struct proto_history_side *b,
                                   size_t *ret_length);
/* `records` are texts of proto_encode_audit_record(). */
char *proto_encode_history_audit(const char *id, const char *const *records,
                                 size_t count, const char *next_cursor,
                                 size_t *ret_length);
/* What the notification has as its params. */
char *proto_encode_audit_record(const struct proto_audit *audit, size_t *ret_length);
/* A collection's record alone, to be stored, and the notification of such a text. */
char *proto_encode_collection_record(const struct proto_collection *collection,
                                     size_t *ret_length);
char *proto_encode_collection_stored(const char *record, size_t *ret_length);

/* Notifications. */
char *proto_encode_hello(const struct proto_hello *hello, size_t *ret_length);
char *proto_encode_sample(const struct proto_sample *sample, size_t *ret_length);
char *proto_encode_collection(const struct proto_collection *collection,
                              size_t *ret_length);
char *proto_encode_pools(const struct proto_pools *pools, size_t *ret_length);
char *proto_encode_heap_event(const char *event, const struct proto_heap *heap,
                              size_t *ret_length);
char *proto_encode_audit(const struct proto_audit *audit, size_t *ret_length);
/* `lost` negative: not known (null). */
char *proto_encode_lagged(const char *heap, const char *topic, uint64_t first_seq,
                          uint64_t last_seq, int64_t lost, size_t *ret_length);

#endif
