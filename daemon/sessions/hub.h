/* hub.h - the heaps that can be watched, and who watches which.
 *
 *   source --sink--> hub_heap --+-- follow --> listener (a session)
 *                    | ring of  +-- follow --> listener
 *                    | collections
 *         --------> taps: history, metrics (plain structs, before anybody is sent text)
 *
 * Periodic state (samples, pools) is pushed: encoded once for all followers that are
 * due. Collections are pulled: the hub keeps the newest HUB_RING_COLLECTIONS of each
 * heap, a follow has a cursor into them, and each listener takes what it has not had as
 * fast as its client drains it. One mechanism serves live events, backfill after a
 * reconnect and slow clients, and a gap is a place in the ring that holds another
 * number.
 *
 * Loop thread only. A listener is called inside the source's call; it may follow and
 * unfollow only where the call says so. */
#ifndef DAEMON_HUB_H
#define DAEMON_HUB_H

#include "message.h"
#include "moment.h"
#include "source.h"

/* Collections of each heap kept for clients that come back: the last 100 seconds at the
 * default rate. About 1 KiB each; a daemon that has run long must not look as if it
 * leaked. A power of two. */
#define HUB_RING_COLLECTIONS 1024u
/* Bounds of the interval that a subscription may ask for. */
#define HUB_MIN_INTERVAL_MS 20u
#define HUB_MAX_INTERVAL_MS 60000u

struct backfill;
struct hub_listener;
struct hub_tap;

struct hub_heap {
  struct hub_heap *next;
  struct hub *hub;              /* whose it is */
  struct source *source;        /* borrowed until its gone */
  uint64_t number;              /* unique in this process */
  struct hub_follow *followers; /* doubly linked */
  struct message **ring;        /* owned; by seq % HUB_RING_COLLECTIONS */
  uint64_t *ring_seq;           /* owned; which collection lies there */
  uint64_t newest_seq;          /* last collection seen or known to be lost */
  uint64_t asked_ms;            /* monotonic; last gc.collect let through, 0 none */
  unsigned watch_ms;            /* what the source was last told */
  bool is_gone;                 /* the source says goodbye: ask it nothing more */
  bool is_burst;                /* more collections come; who follows is told later */
};

/* One listener's interest in one heap; allocated by hub_follow. */
struct hub_follow {
  struct hub_follow *next, **link; /* in the heap's list */
  struct hub_follow *listener_next;
  struct hub_listener *listener;
  struct hub_heap *heap;
  unsigned topics;        /* enum proto_topic */
  unsigned interval_ms;   /* of samples and pools */
  uint64_t sample_due_ms; /* monotonic */
  uint64_t pools_due_ms;
  uint64_t cursor;         /* newest collection taken or announced as lost */
  uint64_t backfill_until; /* up to here it is the past, which may take its time */
  struct backfill *past;   /* owned; what is fetched from the archive, or NULL */
};

enum hub_heap_event { HUB_HEAP_ADDED, HUB_HEAP_REMOVED, HUB_HEAP_CHANGED };

struct hub_listener_ops {
  /* A heap came, changed or goes. The message is borrowed. When it goes, the listener
   * unfollows it; when it comes, the listener may follow it. */
  void (*heap)(struct hub_listener *listener, struct hub_heap *heap,
               enum hub_heap_event event, struct message *message);
  /* A sample or the pools, due for this follow; the message is borrowed. */
  void (*periodic)(struct hub_follow *follow, enum proto_topic topic,
                   struct message *message);
  /* The heap's newest_seq moved past this follow's cursor. */
  void (*collections)(struct hub_follow *follow);
  /* Does it want to hear of a command on this heap ("": on none)? */
  bool (*wants_audit)(struct hub_listener *listener, const char *heap);
  /* Such a command has ended. The message is borrowed, NULL when memory was short. */
  void (*audit)(struct hub_listener *listener, struct message *message);
};

struct hub_listener {
  struct hub_listener *next, **link;
  const struct hub_listener_ops *ops;
  struct hub_follow *follows; /* by listener_next */
};

/* Parts of the daemon that keep what sources tell. They see the structs themselves,
 * borrowed for the call, and see them before any listener does. Members may be NULL. A
 * tap neither comes nor goes inside one of these calls. */
struct hub_tap_ops {
  void (*heap)(struct hub_tap *tap, struct hub_heap *heap, enum hub_heap_event event);
  void (*sample)(struct hub_tap *tap, struct hub_heap *heap,
                 const struct proto_sample *sample);
  void (*pools)(struct hub_tap *tap, struct hub_heap *heap,
                const struct proto_pools *pools);
  void (*collection)(struct hub_tap *tap, struct hub_heap *heap,
                     const struct proto_collection *collection);
  /* Collections first_seq..last_seq of this heap are not to be had. */
  void (*lost)(struct hub_tap *tap, struct hub_heap *heap, uint64_t first_seq,
               uint64_t last_seq);
  void (*audit)(struct hub_tap *tap, const struct proto_audit *audit);
};

/* --- what lies further back than the rings --- */

/* A piece of a heap's past: one collection, or numbers that are not to be had. */
struct hub_past {
  uint64_t first_seq, last_seq;
  struct message *message; /* one reference; NULL: a gap */
  bool is_counted;         /* of a gap: each number was a collection; else not known */
};

/* In order and without holes from the number that was asked for. */
struct hub_page {
  struct hub_past *entries; /* owned; NULL: there is no answer */
  unsigned count;
};

/* The page is taken: hub_page_fini(). */
typedef void hub_page_reply(void *context, struct hub_page *page);

struct hub_archive;

struct hub_archive_ops {
  /* As source_sink's last_seq. */
  uint64_t (*last_seq)(struct hub_archive *archive, const char *id);
  /* How many collections after_seq < n <= until_seq it has, at once; and whether all
   * the others are known to have been collections. */
  uint64_t (*count)(struct hub_archive *archive, const char *id, uint64_t after_seq,
                    uint64_t until_seq, bool *ret_is_counted);
  /* The first of them, as many as make a page. 0 and `reply` follows exactly once, not
   * inside this call; or -1. */
  int (*page)(struct hub_archive *archive, const char *id, uint64_t after_seq,
              uint64_t until_seq, hub_page_reply *reply, void *context);
};

struct hub_archive {
  const struct hub_archive_ops *ops;
};

void hub_page_fini(struct hub_page *page);

struct hub_tap {
  struct hub_tap *next, **link;
  const struct hub_tap_ops *ops;
  unsigned interval_ms; /* how often samples and pools are wanted; 0: not for this */
};

struct hub {
  struct source_sink sink; /* give this to sources */
  struct hub_heap *heaps;  /* in the order they came */
  struct hub_listener *listeners;
  struct hub_tap *taps;
  struct hub_archive *archive; /* borrowed; NULL: there is none */
  bool is_ending;              /* heaps go because the daemon does */
  unsigned heap_count, listener_count;
  uint64_t last_number;
  struct moment (*now)(void); /* injected */
};

void hub_init(struct hub *hub, struct moment (*now)(void));
/* No sources and no listeners are left. */
void hub_fini(struct hub *hub);

/* Show a source's heap. 0, or -1 when memory is short. */
int hub_add(struct hub *hub, struct source *source);
/* The daemon ends, and its sources after this: what clients have not had of a heap that
 * goes now waits for them in the archive, if there is one. */
void hub_end(struct hub *hub);
/* NULL when there is none of that id. */
struct hub_heap *hub_find(const struct hub *hub, const char *id);

void hub_listen(struct hub *hub, struct hub_listener *listener);
/* Ends its follows too. */
void hub_unlisten(struct hub *hub, struct hub_listener *listener);

/* Begin to tell `tap` what happens; it is told of the heaps that are here already. Its
 * ops and interval_ms are set. */
void hub_add_tap(struct hub *hub, struct hub_tap *tap);
void hub_remove_tap(struct hub *hub, struct hub_tap *tap);

/* Somebody's command has ended: tell the taps and who follows the topic. */
void hub_audit(struct hub *hub, const struct proto_audit *audit);

/* Follow a heap, or change how: one follow for each pair. NULL when memory is short. */
struct hub_follow *hub_follow(struct hub *hub, struct hub_listener *listener,
                              struct hub_heap *heap, unsigned topics,
                              unsigned interval_ms);
void hub_unfollow(struct hub_follow *follow);

/* Collection `seq` of a heap, borrowed, or NULL when it is not (any more) here. */
struct message *hub_collection(const struct hub_heap *heap, uint64_t seq);
/* `seq` is not here: the last one of the same gap. */
uint64_t hub_gap_end(const struct hub_heap *heap, uint64_t seq);

#endif
