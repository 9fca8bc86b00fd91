/* hub.c - the heaps that can be watched, and who watches which.
 *
 *   ring      | 1024 | 1025 |  2  |  3  | ... | 1023 |      by seq % 1024
 *                       ^ newest          1 is gone: its place holds 1025
 *
 * Fan-out encodes at most once a message and only if somebody is due. */
#include "hub.h"

#include <stdlib.h>
#include <string.h>

#include "backfill.h"

#define RING_INDEX(seq) ((seq) & (HUB_RING_COLLECTIONS - 1))

static struct hub_heap *find_source(const struct hub *hub,
                                    const struct source *source) {
  struct hub_heap *heap = hub->heaps;
  while (heap && heap->source != source) {
    heap = heap->next;
  }
  return heap;
}

struct hub_heap *hub_find(const struct hub *hub, const char *id) {
  struct hub_heap *heap = hub->heaps;
  while (heap && strcmp(heap->source->info.id, id) != 0) {
    heap = heap->next;
  }
  return heap;
}

/* --- what sources tell --- */

/* Call one member of every tap that has it. */
#define TELL_TAPS(hub, member, ...)                                                    \
  for (struct hub_tap *tap = (hub)->taps; tap; tap = tap->next) {                      \
    if (tap->ops->member) {                                                            \
      tap->ops->member(tap, __VA_ARGS__);                                              \
    }                                                                                  \
  }

/* Is a periodic message due for this follow? Half the source's own interval is slack,
 * so a timer that fires a little early does not cost a whole turn. */
static bool is_due(struct hub_follow *follow, enum proto_topic topic, uint64_t now_ms) {
  if ((follow->topics & topic) == 0) {
    return false;
  }
  uint64_t *due_ms =
      topic == PROTO_TOPIC_SAMPLE ? &follow->sample_due_ms : &follow->pools_due_ms;
  if (now_ms + follow->heap->watch_ms / 2 < *due_ms) {
    return false;
  }
  *due_ms += follow->interval_ms;
  if (*due_ms <= now_ms) {
    *due_ms = now_ms + follow->interval_ms;
  }
  return true;
}

/* Send a periodic message to whom it is due; encoded once, and only if somebody is. */
static void publish_periodic(struct hub *hub, struct hub_heap *heap,
                             enum proto_topic topic,
                             char *(*encode)(const void *body, size_t *ret_length),
                             const void *body) {
  uint64_t now_ms = hub->now().monotonic_ms;
  struct message *message = NULL;
  for (struct hub_follow *follow = heap->followers; follow; follow = follow->next) {
    if (!is_due(follow, topic, now_ms)) {
      continue;
    }
    if (!message) {
      size_t length = 0;
      char *text = encode(body, &length);
      message = message_new_take(text, length);
    }
    if (message) {
      follow->listener->ops->periodic(follow, topic, message);
    }
  }
  message_decref(message);
}

static char *encode_sample(const void *body, size_t *ret_length) {
  return proto_encode_sample(body, ret_length);
}

static char *encode_pools(const void *body, size_t *ret_length) {
  return proto_encode_pools(body, ret_length);
}

static void on_sample(void *context, struct source *source,
                      const struct proto_sample *sample) {
  struct hub *hub = context;
  struct hub_heap *heap = find_source(hub, source);
  if (heap) {
    TELL_TAPS(hub, sample, heap, sample);
    publish_periodic(hub, heap, PROTO_TOPIC_SAMPLE, encode_sample, sample);
  }
}

static void on_pools(void *context, struct source *source,
                     const struct proto_pools *pools) {
  struct hub *hub = context;
  struct hub_heap *heap = find_source(hub, source);
  if (heap) {
    TELL_TAPS(hub, pools, heap, pools);
    publish_periodic(hub, heap, PROTO_TOPIC_POOLS, encode_pools, pools);
  }
}

static void wake_followers(struct hub_heap *heap) {
  if (heap->is_burst) {
    return;
  }
  for (struct hub_follow *follow = heap->followers; follow; follow = follow->next) {
    if ((follow->topics & PROTO_TOPIC_COLLECTION) != 0) {
      follow->listener->ops->collections(follow);
    }
  }
}

static void on_collection(void *context, struct source *source,
                          const struct proto_collection *collection) {
  struct hub *hub = context;
  struct hub_heap *heap = find_source(hub, source);
  if (!heap || collection->seq <= heap->newest_seq) {
    return; /* numbers only grow; what comes twice was told already */
  }
  /* Without memory for the message the place stays another's: a gap, and announced. */
  size_t length = 0;
  char *text = proto_encode_collection(collection, &length);
  struct message *message = message_new_take(text, length);
  if (message) {
    uint64_t place = RING_INDEX(collection->seq);
    message_decref(heap->ring[place]);
    heap->ring[place] = message;
    heap->ring_seq[place] = collection->seq;
  }
  heap->newest_seq = collection->seq;
  TELL_TAPS(hub, collection, heap, collection);
  wake_followers(heap);
}

static void on_lost(void *context, struct source *source, uint64_t first_seq,
                    uint64_t last_seq) {
  struct hub *hub = context;
  struct hub_heap *heap = find_source(hub, source);
  if (heap && last_seq > heap->newest_seq) {
    heap->newest_seq = last_seq;
    TELL_TAPS(hub, lost, heap, first_seq, last_seq);
    wake_followers(heap);
  }
}

static void on_burst_begin(void *context, struct source *source) {
  struct hub_heap *heap = find_source(context, source);
  if (heap) {
    heap->is_burst = true;
  }
}

static void on_burst_end(void *context, struct source *source) {
  struct hub_heap *heap = find_source(context, source);
  if (heap && heap->is_burst) {
    heap->is_burst = false;
    wake_followers(heap);
  }
}

static void tell_heap(struct hub *hub, struct hub_heap *heap,
                      enum hub_heap_event event) {
  TELL_TAPS(hub, heap, heap, event);
  static const char *const names[] = {"added", "removed", "changed"};
  size_t length = 0;
  char *text = proto_encode_heap_event(names[event], &heap->source->info, &length);
  struct message *message = message_new_take(text, length);
  struct hub_listener *next = NULL;
  for (struct hub_listener *listener = hub->listeners; listener; listener = next) {
    next = listener->next;
    listener->ops->heap(listener, heap, event, message);
  }
  message_decref(message);
}

static void on_changed(void *context, struct source *source) {
  struct hub_heap *heap = find_source(context, source);
  if (heap) {
    tell_heap(context, heap, HUB_HEAP_CHANGED);
  }
}

static void on_audit(void *context, struct source *source,
                     const struct proto_audit *audit) {
  (void)source;
  hub_audit(context, audit);
}

static void free_heap(struct hub_heap *heap) {
  for (unsigned i = 0; heap->ring && i < HUB_RING_COLLECTIONS; i++) {
    message_decref(heap->ring[i]);
  }
  free(heap->ring);
  free(heap->ring_seq);
  free(heap);
}

static void on_gone(void *context, struct source *source) {
  struct hub *hub = context;
  for (struct hub_heap **link = &hub->heaps; *link; link = &(*link)->next) {
    struct hub_heap *heap = *link;
    if (heap->source == source) {
      heap->is_gone = true;
      tell_heap(hub, heap, HUB_HEAP_REMOVED);
      while (heap->followers) {
        hub_unfollow(heap->followers);
      }
      *link = heap->next;
      hub->heap_count--;
      free_heap(heap);
      return;
    }
  }
}

static uint64_t on_last_seq(void *context, const char *id) {
  struct hub_archive *archive = ((struct hub *)context)->archive;
  return archive ? archive->ops->last_seq(archive, id) : 0;
}

void hub_page_fini(struct hub_page *page) {
  for (unsigned i = 0; i < page->count; i++) {
    message_decref(page->entries[i].message);
  }
  free(page->entries);
  *page = (struct hub_page){0};
}

void hub_audit(struct hub *hub, const struct proto_audit *audit) {
  TELL_TAPS(hub, audit, audit);
  struct message *message = NULL;
  struct hub_listener *next = NULL;
  for (struct hub_listener *listener = hub->listeners; listener; listener = next) {
    next = listener->next;
    if (!listener->ops->wants_audit(listener, audit->heap)) {
      continue;
    }
    if (!message) {
      size_t length = 0;
      char *text = proto_encode_audit(audit, &length);
      message = message_new_take(text, length);
    }
    listener->ops->audit(listener, message);
  }
  message_decref(message);
}

/* --- life --- */

/* Tell the source how often anybody looks. */
static void update_watch(struct hub_heap *heap) {
  unsigned smallest = 0;
  for (const struct hub_tap *tap = heap->hub->taps; tap; tap = tap->next) {
    if (tap->interval_ms != 0 && (smallest == 0 || tap->interval_ms < smallest)) {
      smallest = tap->interval_ms;
    }
  }
  for (struct hub_follow *follow = heap->followers; follow; follow = follow->next) {
    if ((follow->topics & (PROTO_TOPIC_SAMPLE | PROTO_TOPIC_POOLS)) != 0 &&
        (smallest == 0 || follow->interval_ms < smallest)) {
      smallest = follow->interval_ms;
    }
  }
  if (smallest != heap->watch_ms && !heap->is_gone) {
    heap->watch_ms = smallest;
    heap->source->ops->watch(heap->source, smallest);
  }
}

void hub_init(struct hub *hub, struct moment (*now)(void)) {
  *hub = (struct hub){.sink = {.sample = on_sample,
                               .pools = on_pools,
                               .collection = on_collection,
                               .burst_begin = on_burst_begin,
                               .burst_end = on_burst_end,
                               .lost = on_lost,
                               .changed = on_changed,
                               .audit = on_audit,
                               .gone = on_gone,
                               .context = hub,
                               .last_seq = on_last_seq},
                      .now = now};
}

void hub_fini(struct hub *hub) {
  while (hub->heaps) {
    struct hub_heap *heap = hub->heaps;
    hub->heaps = heap->next;
    free_heap(heap);
  }
  hub->heap_count = 0;
}

int hub_add(struct hub *hub, struct source *source) {
  struct hub_heap *heap = calloc(1, sizeof(*heap));
  struct message **ring = calloc(HUB_RING_COLLECTIONS, sizeof(struct message *));
  uint64_t *ring_seq = calloc(HUB_RING_COLLECTIONS, sizeof(*ring_seq));
  if (!heap || !ring || !ring_seq) {
    free(heap);
    free(ring);
    free(ring_seq);
    return -1;
  }
  *heap = (struct hub_heap){.hub = hub,
                            .source = source,
                            .number = ++hub->last_number,
                            .ring = ring,
                            .ring_seq = ring_seq,
                            .newest_seq = source->last_seq};
  struct hub_heap **link = &hub->heaps;
  while (*link) {
    link = &(*link)->next;
  }
  *link = heap;
  hub->heap_count++;
  update_watch(heap);
  tell_heap(hub, heap, HUB_HEAP_ADDED);
  return 0;
}

void hub_end(struct hub *hub) {
  hub->is_ending = true;
}

void hub_listen(struct hub *hub, struct hub_listener *listener) {
  listener->next = hub->listeners;
  listener->link = &hub->listeners;
  if (listener->next) {
    listener->next->link = &listener->next;
  }
  hub->listeners = listener;
  hub->listener_count++;
}

void hub_unlisten(struct hub *hub, struct hub_listener *listener) {
  while (listener->follows) {
    hub_unfollow(listener->follows);
  }
  *listener->link = listener->next;
  if (listener->next) {
    listener->next->link = listener->link;
  }
  hub->listener_count--;
}

static void update_watches(struct hub *hub) {
  for (struct hub_heap *heap = hub->heaps; heap; heap = heap->next) {
    update_watch(heap);
  }
}

void hub_add_tap(struct hub *hub, struct hub_tap *tap) {
  tap->next = hub->taps;
  tap->link = &hub->taps;
  if (tap->next) {
    tap->next->link = &tap->next;
  }
  hub->taps = tap;
  for (struct hub_heap *heap = hub->heaps; heap && tap->ops->heap; heap = heap->next) {
    tap->ops->heap(tap, heap, HUB_HEAP_ADDED);
  }
  update_watches(hub);
}

void hub_remove_tap(struct hub *hub, struct hub_tap *tap) {
  *tap->link = tap->next;
  if (tap->next) {
    tap->next->link = tap->link;
  }
  update_watches(hub);
}

/* --- following --- */

struct hub_follow *hub_follow(struct hub *hub, struct hub_listener *listener,
                              struct hub_heap *heap, unsigned topics,
                              unsigned interval_ms) {
  struct hub_follow *follow = listener->follows;
  while (follow && follow->heap != heap) {
    follow = follow->listener_next;
  }
  if (!follow) {
    follow = calloc(1, sizeof(*follow));
    if (!follow) {
      return NULL;
    }
    uint64_t now_ms = hub->now().monotonic_ms;
    *follow = (struct hub_follow){.next = heap->followers,
                                  .link = &heap->followers,
                                  .listener_next = listener->follows,
                                  .listener = listener,
                                  .heap = heap,
                                  .sample_due_ms = now_ms,
                                  .pools_due_ms = now_ms,
                                  .cursor = heap->newest_seq,
                                  .backfill_until = heap->newest_seq};
    if (follow->next) {
      follow->next->link = &follow->next;
    }
    heap->followers = follow;
    listener->follows = follow;
  }
  if ((topics & PROTO_TOPIC_COLLECTION) == 0) {
    backfill_end(follow); /* a page under way is for nobody any more */
  }
  follow->topics = topics;
  follow->interval_ms = interval_ms < HUB_MIN_INTERVAL_MS   ? HUB_MIN_INTERVAL_MS
                        : interval_ms > HUB_MAX_INTERVAL_MS ? HUB_MAX_INTERVAL_MS
                                                            : interval_ms;
  update_watch(heap);
  return follow;
}

void hub_unfollow(struct hub_follow *follow) {
  *follow->link = follow->next;
  if (follow->next) {
    follow->next->link = follow->link;
  }
  struct hub_follow **link = &follow->listener->follows;
  while (*link != follow) {
    link = &(*link)->listener_next;
  }
  *link = follow->listener_next;
  update_watch(follow->heap);
  backfill_end(follow);
  free(follow);
}

struct message *hub_collection(const struct hub_heap *heap, uint64_t seq) {
  uint64_t place = RING_INDEX(seq);
  return heap->ring_seq[place] == seq ? heap->ring[place] : NULL;
}

uint64_t hub_gap_end(const struct hub_heap *heap, uint64_t seq) {
  /* Nothing older than one ring's length can be here: step over it at once. */
  if (heap->newest_seq - seq >= HUB_RING_COLLECTIONS) {
    seq = heap->newest_seq - HUB_RING_COLLECTIONS;
  }
  while (seq < heap->newest_seq && !hub_collection(heap, seq + 1)) {
    seq++;
  }
  return seq;
}
