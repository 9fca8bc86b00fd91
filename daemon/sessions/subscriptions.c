/* subscriptions.c - what one session asked for, and what the hub is told of it.
 *
 * The follow of a heap is the union of the subscriptions that match it: all their
 * topics, the shortest of their intervals. It is computed anew after every change. */
#include "subscriptions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backfill.h"
#include "session.h"

#define PERIODIC (PROTO_TOPIC_SAMPLE | PROTO_TOPIC_POOLS)

static bool is_match(const struct subscription *subscription,
                     const struct hub_heap *heap) {
  return strcmp(subscription->heap, "*") == 0 ||
         strcmp(subscription->heap, heap->source->info.id) == 0;
}

void subscriptions_fini(struct subscriptions *subscriptions) {
  while (subscriptions->first) {
    struct subscription *subscription = subscriptions->first;
    subscriptions->first = subscription->next;
    free(subscription);
  }
  *subscriptions = (struct subscriptions){0};
}

struct subscription *subscriptions_add(struct subscriptions *subscriptions,
                                       const struct proto_request *request,
                                       uint64_t most, struct proto_error *ret_error) {
  if (subscriptions->count >= most) {
    proto_error_set(ret_error, PROTO_LIMIT,
                    "a session has at most %" PRIu64 " subscriptions", most);
    return NULL;
  }
  struct subscription *subscription = calloc(1, sizeof(*subscription));
  if (!subscription) {
    proto_error_set(ret_error, PROTO_INTERNAL_ERROR, "out of memory");
    return NULL;
  }
  subscription->id = ++subscriptions->last_id;
  memcpy(subscription->heap, request->heap, sizeof(subscription->heap));
  subscription->topics = request->params.subscribe.topics;
  subscription->interval_ms = request->params.subscribe.interval_ms;
  subscription->next = subscriptions->first;
  subscriptions->first = subscription;
  subscriptions->count++;
  return subscription;
}

int subscriptions_remove(struct subscriptions *subscriptions, uint64_t id) {
  for (struct subscription **link = &subscriptions->first; *link;
       link = &(*link)->next) {
    struct subscription *subscription = *link;
    if (subscription->id == id) {
      *link = subscription->next;
      subscriptions->count--;
      free(subscription);
      return 0;
    }
  }
  return -1;
}

unsigned subscriptions_topics(const struct subscriptions *subscriptions,
                              const struct hub_heap *heap) {
  unsigned topics = 0;
  for (const struct subscription *subscription = subscriptions->first; subscription;
       subscription = subscription->next) {
    topics |= is_match(subscription, heap) ? subscription->topics : 0;
  }
  return topics;
}

bool subscriptions_want_audit(const struct subscriptions *subscriptions,
                              const char *heap) {
  const struct subscription *subscription = subscriptions->first;
  while (subscription && ((subscription->topics & PROTO_TOPIC_AUDIT) == 0 ||
                          (strcmp(subscription->heap, "*") != 0 &&
                           strcmp(subscription->heap, heap) != 0))) {
    subscription = subscription->next;
  }
  return subscription != NULL;
}

int subscriptions_apply(const struct subscriptions *subscriptions, struct hub *hub,
                        struct hub_listener *listener, struct hub_heap *heap,
                        struct hub_follow **ret) {
  struct hub_follow *follow = listener->follows;
  while (follow && follow->heap != heap) {
    follow = follow->listener_next;
  }
  unsigned topics = subscriptions_topics(subscriptions, heap);
  if ((topics & (PERIODIC | PROTO_TOPIC_COLLECTION)) == 0) {
    if (follow) {
      hub_unfollow(follow);
    }
    *ret = NULL;
    return 0;
  }
  unsigned interval_ms = HUB_MAX_INTERVAL_MS;
  for (const struct subscription *subscription = subscriptions->first; subscription;
       subscription = subscription->next) {
    if (is_match(subscription, heap) && (subscription->topics & PERIODIC) != 0 &&
        subscription->interval_ms < interval_ms) {
      interval_ms = subscription->interval_ms;
    }
  }
  /* Who did not want collections until now begins with the next one. */
  if (follow && (follow->topics & PROTO_TOPIC_COLLECTION) == 0) {
    backfill_end(follow);
    follow->cursor = follow->backfill_until = heap->newest_seq;
  }
  *ret = hub_follow(hub, listener, heap, topics, interval_ms);
  return *ret ? 0 : -1;
}

bool subscriptions_after(const struct proto_request *request,
                         const struct hub_heap *heap, uint64_t *ret_seq) {
  const char *id = heap->source->info.id;
  if (request->params.subscribe.has_after_seq && strcmp(request->heap, id) == 0) {
    *ret_seq = request->params.subscribe.after_seq;
    return true;
  }
  for (unsigned i = 0; i < request->params.subscribe.after_count; i++) {
    if (strcmp(request->params.subscribe.after[i].heap, id) == 0) {
      *ret_seq = request->params.subscribe.after[i].seq;
      return true;
    }
  }
  return false;
}

uint64_t subscriptions_rewind(struct hub_follow *follow, uint64_t after_seq) {
  uint64_t newest = follow->heap->newest_seq;
  if (after_seq >= newest) {
    return 0;
  }
  /* Never forwards: what another subscription is still owed lies in front. */
  if (after_seq >= follow->cursor) {
    return backfill_count(follow->heap, after_seq);
  }
  backfill_end(follow); /* what was fetched is for another place */
  follow->cursor = after_seq;
  follow->backfill_until = newest;
  return backfill_count(follow->heap, after_seq);
}
