/* session.c - one client on a WebSocket: what it may, what it follows, what it is owed.
 *
 *                  clear and nothing queued: straight to the transport
 *   message --send--+
 *                   +--> sendq --session_writable--> transport
 *   hub ring --cursor of each follow--^ refilled as the queue drains
 *
 * Samples and pools replace their older selves in the queue. Collections stay in the
 * hub's ring until there is room here, so however slow the client, each follow costs
 * one cursor; what falls out of the ring meanwhile is announced as stream.lagged. */
#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill.h"
#include "log.h"
#include "sendq.h"
#include "subscriptions.h"
#include "utf8.h"

struct session {
  struct caller caller; /* first: a caller of ours is its session */
  struct hub_listener listener;
  struct subscriptions subscriptions;
  struct dispatch *dispatch;
  const struct session_transport *transport;
  void *connection;
  struct sendq queue;
  char *incoming; /* owned; pieces of a message so far */
  size_t incoming_length;
  size_t incoming_checked; /* of it, known to be UTF-8 */
  uint64_t commands_us;    /* virtual time that the commands so far have used up */
  uint64_t lag_ms; /* since when live collections wait in the hub; 0: they do not */
  bool is_closing;
};

static struct session *session_of(struct hub_listener *listener) {
  return (struct session *)(void *)((char *)listener -
                                    offsetof(struct session, listener));
}

static uint64_t now_ms(const struct session *session) {
  return session->dispatch->now().monotonic_ms;
}

void session_close(struct session *session, int code, const char *reason) {
  if (session->is_closing) {
    return;
  }
  session->is_closing = true;
  session->dispatch->traffic.slow_clients += code == SESSION_CLOSE_SLOW;
  sendq_fini(&session->queue);
  session->transport->close(session->connection, code, reason);
}

/* --- sending --- */

/* 0, or -1 when the connection is dead. */
static int write_now(struct session *session, struct message *const *messages,
                     unsigned count) {
  if (session->transport->write(session->connection, messages, count) == 0) {
    session->dispatch->traffic.messages += count;
    return 0;
  }
  session->is_closing = true;
  return -1;
}

/* Send or queue; the message is taken, and NULL when there was no memory for it. */
static void send_take(struct session *session, struct message *message, uint64_t key) {
  if (!message) {
    session_close(session, SESSION_CLOSE_INTERNAL, "out of memory");
    return;
  }
  if (session->is_closing) {
    message_decref(message);
    return;
  }
  if (sendq_is_empty(&session->queue) &&
      session->transport->is_clear(session->connection)) {
    write_now(session, &message, 1);
    message_decref(message);
    return;
  }
  int queued = sendq_push_take(&session->queue, message, key, now_ms(session),
                               session->dispatch->limits->queue_bytes);
  if (queued < 0) {
    session_close(session, SESSION_CLOSE_SLOW, "the outgoing queue is full");
    return;
  }
  session->dispatch->traffic.replaced += (uint64_t)queued;
  session->transport->want_write(session->connection);
}

/* Say that everything after the cursor up to `last` is not to be had; whether each of
 * them was a collection may be unknown. */
static void send_lagged(struct session *session, struct hub_follow *follow,
                        uint64_t last, bool is_counted) {
  uint64_t first = follow->cursor + 1;
  size_t length = 0;
  char *text =
      proto_encode_lagged(follow->heap->source->info.id, "collection", first, last,
                          is_counted ? (int64_t)(last - first + 1) : -1, &length);
  follow->cursor = last;
  session->dispatch->traffic.lagged += last - first + 1;
  send_take(session, message_new_take(text, length), 0);
}

/* With nothing queued collections go from the hub's ring straight to the transport, as
 * many in one write as wait; up to the newest, to a gap, or until the socket is full.
 */
static void write_through(struct session *session, struct hub_follow *follow) {
  const struct hub_heap *heap = follow->heap;
  struct message *batch[SESSION_BATCH_MESSAGES];
  unsigned count = 1;
  while (count > 0 && !session->is_closing && sendq_is_empty(&session->queue) &&
         session->transport->is_clear(session->connection)) {
    size_t bytes = 0;
    for (count = 0; count < SESSION_BATCH_MESSAGES; count++) {
      uint64_t seq = follow->cursor + count + 1;
      struct message *message =
          seq <= heap->newest_seq ? hub_collection(heap, seq) : NULL;
      bytes += message ? message->length : 0;
      if (!message || (count > 0 && bytes > SESSION_BATCH_BYTES)) {
        break;
      }
      batch[count] = message;
    }
    follow->cursor += count;
    if (count > 0) {
      write_now(session, batch, count);
    }
  }
}

/* The ring does not have what comes next: history may. False: it is waited for. */
static bool fill_past(struct session *session, struct hub_follow *follow) {
  struct hub_past past;
  uint64_t gap_end = hub_gap_end(follow->heap, follow->cursor + 1);
  if (backfill_next(follow, gap_end, &past) == BACKFILL_WAIT) {
    return false;
  }
  if (past.message) {
    follow->cursor = past.last_seq;
    send_take(session, message_incref(past.message), 0);
  } else {
    send_lagged(session, follow, past.last_seq, past.is_counted);
  }
  return true;
}

/* Take collections from the hub up to the newest, or until enough waits here. */
static void fill(struct session *session, struct hub_follow *follow) {
  const struct hub_heap *heap = follow->heap;
  for (;;) {
    write_through(session, follow);
    if (follow->cursor >= heap->newest_seq || session->is_closing) {
      return;
    }
    bool is_past = follow->cursor < follow->backfill_until;
    size_t enough = is_past ? SESSION_BACKFILL_BYTES : SESSION_FILL_BYTES;
    if (session->queue.bytes >= enough) {
      return;
    }
    uint64_t seq = follow->cursor + 1;
    struct message *message = hub_collection(heap, seq);
    if (message) {
      follow->cursor = seq;
      send_take(session, message_incref(message), 0);
    } else if (!fill_past(session, follow)) {
      return;
    }
  }
}

static void fill_all(struct session *session) {
  for (struct hub_follow *follow = session->listener.follows; follow;
       follow = follow->listener_next) {
    if ((follow->topics & PROTO_TOPIC_COLLECTION) != 0) {
      fill(session, follow);
    }
  }
}

void session_writable(struct session *session) {
  while (!session->is_closing && session->transport->is_clear(session->connection)) {
    struct message *batch[SESSION_BATCH_MESSAGES];
    unsigned count =
        sendq_peek(&session->queue, batch, SESSION_BATCH_MESSAGES, SESSION_BATCH_BYTES);
    if (count == 0) {
      fill_all(session);
      if (sendq_is_empty(&session->queue)) {
        return;
      }
      continue;
    }
    if (write_now(session, batch, count) != 0) {
      return;
    }
    while (count-- > 0) {
      sendq_pop(&session->queue);
    }
  }
  if (!session->is_closing) {
    fill_all(session);
    session->transport->want_write(session->connection);
  }
}

/* --- what the hub tells --- */

/* The heap goes and its ring with it: what the client cannot have any more is told, and
 * what a restart gives it, by after_seq, is not: it would count that as lost. */
static void take_leave(struct session *session, struct hub_heap *heap) {
  if (heap->hub->is_ending && heap->hub->archive) {
    return;
  }
  for (struct hub_follow *follow = session->listener.follows; follow;
       follow = follow->listener_next) {
    if (follow->heap == heap && (follow->topics & PROTO_TOPIC_COLLECTION) != 0) {
      fill(session, follow);
      if (follow->cursor < heap->newest_seq) {
        send_lagged(session, follow, heap->newest_seq, true);
      }
    }
  }
}

static void on_heap(struct hub_listener *listener, struct hub_heap *heap,
                    enum hub_heap_event event, struct message *message) {
  struct session *session = session_of(listener);
  bool is_wanted =
      subscriptions_topics(&session->subscriptions, heap) & PROTO_TOPIC_HEAP;
  struct hub_follow *follow = NULL;
  if (event == HUB_HEAP_ADDED &&
      subscriptions_apply(&session->subscriptions, session->dispatch->hub, listener,
                          heap, &follow) != 0) {
    session_close(session, SESSION_CLOSE_INTERNAL, "out of memory");
  } else if (event == HUB_HEAP_REMOVED) {
    take_leave(session, heap);
  }
  if (is_wanted) {
    send_take(session, message ? message_incref(message) : NULL, 0);
  }
}

static void on_periodic(struct hub_follow *follow, enum proto_topic topic,
                        struct message *message) {
  send_take(session_of(follow->listener), message_incref(message),
            follow->heap->number << 4 | (uint64_t)topic);
}

static void on_collections(struct hub_follow *follow) {
  fill(session_of(follow->listener), follow);
}

static bool wants_audit(struct hub_listener *listener, const char *heap) {
  return subscriptions_want_audit(&session_of(listener)->subscriptions, heap);
}

static void on_audit(struct hub_listener *listener, struct message *message) {
  send_take(session_of(listener), message ? message_incref(message) : NULL, 0);
}

static const struct hub_listener_ops listener_ops = {
    on_heap, on_periodic, on_collections, wants_audit, on_audit};

/* --- requests --- */

static void answer(struct caller *caller, int code, char *text, size_t length) {
  (void)code; /* the text says it */
  struct session *session = (struct session *)caller;
  send_take(session, message_new_take(text, length), 0);
}

static void subscribe(struct caller *caller, const struct proto_request *request) {
  struct session *session = (struct session *)caller;
  struct hub *hub = session->dispatch->hub;
  struct proto_error error;
  struct subscription *made =
      subscriptions_add(&session->subscriptions, request,
                        session->dispatch->limits->subscriptions, &error);
  if (!made) {
    dispatch_refuse(caller, request->id, &error);
    return;
  }

  /* Where each heap stands now is part of the answer, and where its stream begins. */
  const struct proto_heap **heaps = calloc(hub->heap_count + 1, sizeof(*heaps));
  uint64_t *seqs = calloc(hub->heap_count + 1, sizeof(*seqs));
  size_t count = 0, length = 0;
  uint64_t backfilled = 0;
  bool is_one = strcmp(request->heap, "*") != 0, is_short = false;
  for (struct hub_heap *heap = hub->heaps; heap && heaps && seqs; heap = heap->next) {
    if (is_one && strcmp(heap->source->info.id, request->heap) != 0) {
      continue;
    }
    heaps[count] = &heap->source->info;
    seqs[count++] = heap->newest_seq;
    struct hub_follow *follow = NULL;
    uint64_t after_seq = 0;
    is_short |= subscriptions_apply(&session->subscriptions, hub, &session->listener,
                                    heap, &follow) != 0;
    if (follow && (made->topics & PROTO_TOPIC_COLLECTION) != 0 &&
        subscriptions_after(request, heap, &after_seq)) {
      backfilled += subscriptions_rewind(follow, after_seq);
    }
  }
  char *text = heaps && seqs && !is_short
                   ? proto_encode_subscribed(request->id, made->id, is_one, heaps, seqs,
                                             count, backfilled, &length)
                   : NULL;
  free(heaps);
  free(seqs);
  answer(caller, PROTO_OK, text, length);
  fill_all(session);
}

static void unsubscribe(struct caller *caller, const struct proto_request *request) {
  struct session *session = (struct session *)caller;
  uint64_t id = request->params.unsubscribe.subscription;
  if (subscriptions_remove(&session->subscriptions, id) != 0) {
    struct proto_error error;
    proto_error_set(&error, PROTO_INVALID_PARAMS, "there is no such subscription");
    snprintf(error.path, sizeof(error.path), "/params/subscription");
    snprintf(error.expected, sizeof(error.expected),
             "the number that stream.subscribe answered");
    dispatch_refuse(caller, request->id, &error);
    return;
  }
  for (struct hub_heap *heap = session->dispatch->hub->heaps; heap; heap = heap->next) {
    struct hub_follow *follow = NULL; /* there already, where it is wanted */
    subscriptions_apply(&session->subscriptions, session->dispatch->hub,
                        &session->listener, heap, &follow);
  }
  size_t length = 0;
  char *text = proto_encode_unsubscribed(request->id, id, &length);
  answer(caller, PROTO_OK, text, length);
}

static const struct caller_ops caller_ops = {answer, subscribe, unsubscribe};

/* How long to wait before the next command; 0: go on. Each command uses up its share of
 * a second of virtual time, which may run one second ahead of the clock. */
static uint64_t command_wait_ms(struct session *session) {
  uint64_t now = now_ms(session) * 1000u;
  if (session->commands_us < now) {
    session->commands_us = now;
  }
  uint64_t ahead = session->commands_us - now;
  uint64_t share = 1000000u / session->dispatch->limits->commands_a_second;
  if (ahead + share > 1000000u) {
    return (ahead + share - 1000000u + 999u) / 1000u;
  }
  session->commands_us += share;
  return 0;
}

static void handle(struct session *session, const char *text, size_t length) {
  if (!proto_utf8_is_valid(text, length)) {
    session_close(session, SESSION_CLOSE_UTF8, "a text frame is UTF-8");
    return;
  }
  const struct proto_limits *limits = session->dispatch->limits;
  uint64_t wait_ms = command_wait_ms(session);
  if (wait_ms == 0) {
    dispatch_text(session->dispatch, &session->caller, text, length);
    return;
  }
  struct proto_request request;
  struct proto_error error;
  if (proto_decode_request_within(text, length, limits, &request, &error) == 0) {
    proto_request_fini(&request);
  }
  proto_error_set(&error, PROTO_LIMIT, "more than %" PRIu64 " commands a second",
                  limits->commands_a_second);
  error.retry_after_ms = (int64_t)wait_ms;
  dispatch_refuse(&session->caller, request.id, &error);
}

void session_receive(struct session *session, const char *data, size_t length,
                     bool is_binary, bool is_final) {
  if (session->is_closing) {
    return;
  }
  if (is_binary) {
    session_close(session, SESSION_CLOSE_BINARY, "text frames only");
    return;
  }
  uint64_t most = session->dispatch->limits->message_bytes;
  if (session->incoming_length + length > most) {
    char reason[64];
    snprintf(reason, sizeof(reason), "a message has at most %" PRIu64 " bytes", most);
    session_close(session, SESSION_CLOSE_TOO_LARGE, reason);
    return;
  }
  if (is_final && session->incoming_length == 0) {
    handle(session, data, length); /* whole in one piece: nothing to keep */
    return;
  }
  char *incoming = realloc(session->incoming, session->incoming_length + length + 1);
  if (!incoming) {
    session_close(session, SESSION_CLOSE_INTERNAL, "out of memory");
    return;
  }
  if (length > 0) {
    memcpy(incoming + session->incoming_length, data, length);
  }
  session->incoming = incoming;
  session->incoming_length += length;
  /* What is no UTF-8 ends at once, not when the message does. */
  if (!proto_utf8_goes_on(incoming, session->incoming_length, session->incoming_checked,
                          &session->incoming_checked)) {
    session_close(session, SESSION_CLOSE_UTF8, "a text frame is UTF-8");
    return;
  }
  if (is_final) {
    length = session->incoming_length;
    session->incoming = NULL;
    session->incoming_length = session->incoming_checked = 0;
    handle(session, incoming, length);
    free(incoming);
  }
}

/* --- life --- */

void session_tick(struct session *session) {
  if (session->is_closing) {
    return;
  }
  uint64_t now = now_ms(session);
  bool is_lagging = false;
  for (struct hub_follow *follow = session->listener.follows; follow;
       follow = follow->listener_next) {
    is_lagging = is_lagging || ((follow->topics & PROTO_TOPIC_COLLECTION) != 0 &&
                                follow->cursor < follow->heap->newest_seq &&
                                follow->cursor >= follow->backfill_until &&
                                !backfill_is_waiting(follow));
  }
  if (!is_lagging) {
    session->lag_ms = 0;
  } else if (session->lag_ms == 0) {
    session->lag_ms = now;
  }
  uint64_t behind_ms = session->dispatch->limits->behind_ms;
  if (sendq_age_ms(&session->queue, now) > behind_ms ||
      (is_lagging && now - session->lag_ms > behind_ms)) {
    log_peer(&session->dispatch->peer_lines, now, LOG_LEVEL_INFO,
             "%s stayed %" PRIu64 " ms behind: closed", session->caller.who, behind_ms);
    session_close(session, SESSION_CLOSE_SLOW, "too slow");
  }
}

size_t session_queued_bytes(const struct session *session) {
  return session->queue.bytes;
}

struct session *session_new(struct dispatch *dispatch,
                            const struct session_transport *transport, void *connection,
                            enum proto_role role, const char *name) {
  struct session *session = calloc(1, sizeof(*session));
  if (!session) {
    return NULL;
  }
  caller_init(&session->caller, &caller_ops, role, name);
  session->listener.ops = &listener_ops;
  session->dispatch = dispatch;
  session->transport = transport;
  session->connection = connection;
  hub_listen(dispatch->hub, &session->listener);

  size_t length = 0;
  const struct proto_hello hello = {.server = "ourod",
                                    .instance = dispatch->instance,
                                    .role = role,
                                    .read_only = dispatch->read_only,
                                    .time_ms = dispatch->now().wall_ms,
                                    .limits = dispatch->limits};
  char *text = proto_encode_hello(&hello, &length);
  send_take(session, message_new_take(text, length), 0);
  return session;
}

void session_free(struct session *session) {
  if (!session) {
    return;
  }
  session->is_closing = true;
  caller_fini(&session->caller);
  hub_unlisten(session->dispatch->hub, &session->listener);
  subscriptions_fini(&session->subscriptions);
  sendq_fini(&session->queue);
  free(session->incoming);
  free(session);
}
