/* subscriptions.h - what one session asked for, and what the hub is told of it.
 *
 *   subscription 1: *          sample every 1000 ms   \   one follow a heap:
 *   subscription 2: documents  sample every 100 ms,    > documents: both, every 100 ms
 *                              collection             /  playground: sample, 1000 ms
 *
 * Notifications bear no subscription's number, so a session gets each of them once,
 * however many of its subscriptions want it. */
#ifndef DAEMON_SUBSCRIPTIONS_H
#define DAEMON_SUBSCRIPTIONS_H

#include "hub.h"
#include "proto.h"

struct subscription {
  struct subscription *next;
  uint64_t id;
  char heap[PROTO_NAME_BYTES]; /* "*" : every heap, also later ones */
  unsigned topics;
  unsigned interval_ms;
};

/* All zero: none. */
struct subscriptions {
  struct subscription *first; /* owned */
  unsigned count;
  uint64_t last_id;
};

void subscriptions_fini(struct subscriptions *subscriptions);
/* NULL with `*ret_error` filled when `most` are there or memory is short. Borrowed. */
struct subscription *subscriptions_add(struct subscriptions *subscriptions,
                                       const struct proto_request *request,
                                       uint64_t most, struct proto_error *ret_error);
/* 0, or -1 when there is none of that number. */
int subscriptions_remove(struct subscriptions *subscriptions, uint64_t id);

/* The topics of a heap that are wanted. */
unsigned subscriptions_topics(const struct subscriptions *subscriptions,
                              const struct hub_heap *heap);
/* Is the topic `audit` wanted for commands on this heap? Its id, or "" for commands on
 * none, which go to who wants those of all heaps. */
bool subscriptions_want_audit(const struct subscriptions *subscriptions,
                              const char *heap);
/* Bring the listener's follow of a heap into line. 0 with `*ret` the follow, or NULL
 * when the heap is not wanted; -1 when memory is short. */
int subscriptions_apply(const struct subscriptions *subscriptions, struct hub *hub,
                        struct hub_listener *listener, struct hub_heap *heap,
                        struct hub_follow **ret);
/* Does the request say which collection of this heap came last, and which? */
bool subscriptions_after(const struct proto_request *request,
                         const struct hub_heap *heap, uint64_t *ret_seq);
/* Begin a follow after collection `after_seq`. How many collections will come of those
 * that were missed: the hub and history still have them. */
uint64_t subscriptions_rewind(struct hub_follow *follow, uint64_t after_seq);

#endif
