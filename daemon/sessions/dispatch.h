/* dispatch.h - a request's way from its text to the handler and back.
 *
 *   WebSocket --+                       +-- answered at once (server.info, heap.list)
 *               +--> dispatch_text() ---+-- asked of a heap, answered later (gc.*)
 *   POST /rpc --+     one table         +-- asked of the caller (stream.*)
 *
 * A caller may go away while a heap still works on its request. Each request under way
 * is a `struct pending` that knows its caller; caller_fini() makes them forget it, and
 * what arrives afterwards is dropped. Loop thread only. */
#ifndef DAEMON_DISPATCH_H
#define DAEMON_DISPATCH_H

#include "alarms.h"
#include "credentials.h"
#include "downloads.h"
#include "hub.h"
#include "log.h"
#include "proto.h"
#include "traffic.h"

struct caller;
struct history;
struct pending;

struct caller_ops {
  /* The answer to one request. `code` is PROTO_OK or the error's. `text` is taken, and
   * NULL when memory is short. */
  void (*answer)(struct caller *caller, int code, char *text, size_t length);
  /* stream.subscribe and stream.unsubscribe; they answer by themselves. NULL: this
   * caller cannot stream. */
  void (*subscribe)(struct caller *caller, const struct proto_request *request);
  void (*unsubscribe)(struct caller *caller, const struct proto_request *request);
};

/* Whoever asks: the first member of a session, or of a call over HTTP. */
struct caller {
  const struct caller_ops *ops;
  enum proto_role role;
  char who[PROTO_WHO_BYTES]; /* for requested_by, such as "operator@127.0.0.1" */
  struct pending *pending;   /* requests under way */
  unsigned pending_count;
  uint64_t number;           /* unique in this process; requests bear it as `asker` */
  struct dispatch *dispatch; /* borrowed; NULL before the first request */
  bool has_stepped;          /* some heap may wait for its next step */
};

struct dispatch {
  struct hub *hub;                   /* borrowed */
  struct credentials *credentials;   /* borrowed */
  struct alarms *alarms;             /* borrowed */
  struct history *history;           /* borrowed; NULL: there is none */
  struct downloads *downloads;       /* borrowed */
  const struct proto_limits *limits; /* borrowed; a reload changes it in place */
  bool read_only;                    /* commands are refused */
  struct log_budget peer_lines;      /* what clients may make us log */
  uint64_t refused_ms;               /* virtual time that audited refusals used up */
  uint64_t refused_left_out;         /* and those beyond */
  uint64_t last_caller;              /* number given last */
  const char *state_dir;             /* borrowed; where files to download are made */
  struct moment (*now)(void);
  struct moment started;
  struct traffic traffic; /* of all sessions */
  const char *version;
  char instance[33];    /* another one after every start */
  const char *base_url; /* borrowed; "http://127.0.0.1:6876", below 900 bytes */
};

/* `name` is the peer's, without the role. */
void caller_init(struct caller *caller, const struct caller_ops *ops,
                 enum proto_role role, const char *name);
/* Answers that are still to come are dropped. */
void caller_fini(struct caller *caller);

/* Decode and run one request. The answer comes through caller->ops->answer, exactly
 * once, inside this call or later. The text is borrowed for the call. */
void dispatch_text(struct dispatch *dispatch, struct caller *caller, const char *text,
                   size_t length);

/* For handlers: answer `request` of `caller` with an error. */
void dispatch_refuse(struct caller *caller, const char *id,
                     const struct proto_error *error);

/* Remember who asked, for an answer that comes later; it belongs to whoever answers, by
 * pending_end_take(), once. NULL when memory is short: that was answered. */
struct pending *pending_begin(struct dispatch *dispatch, struct caller *caller,
                              const struct proto_request *request);
/* The answer, if the caller is still there. `text` is taken, NULL: no memory. */
void pending_end_take(struct pending *pending, int code, char *text, size_t length);

/* A method's handler. The request is borrowed for the call. */
typedef void dispatch_handler(struct dispatch *dispatch, struct caller *caller,
                              const struct proto_request *request);
dispatch_handler cmd_server_info, cmd_one_time_url;              /* cmd_server.c */
dispatch_handler cmd_heap_list, cmd_heap_get, cmd_workload_list; /* cmd_heap.c */
dispatch_handler cmd_ask_heap, cmd_collect;                      /* cmd_ask.c */
dispatch_handler cmd_history, cmd_trace_export;                  /* cmd_history.c */
dispatch_handler cmd_graph, cmd_snapshot, cmd_step;              /* cmd_ask.c */
dispatch_handler cmd_subscribe, cmd_unsubscribe;                 /* dispatch.c */

#endif
