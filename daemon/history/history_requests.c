/* history_requests.c - what is asked of history, on the loop's side.
 *
 *   history.*, trace.export, a page of the past --> requests --> thread
 *                        reply, exactly once <-- answered <-----/
 *
 * How much of a heap's past there is, is known here without asking: from the oldest
 * number, the newest, and the gaps between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_private.h"

struct history *history_of_archive(struct hub_archive *archive) {
  return (struct history *)(void *)((char *)archive -
                                    offsetof(struct history, archive));
}

/* Why pages have no limit: a follow has one at most, so sessions bound them, and one
 * that is refused is told to its client as lost. */
static int ask(struct history *history, struct history_request *request) {
  if (!request) {
    return -1;
  }
  bool is_page = request->page_reply != NULL;
  uv_mutex_lock(&history->lock);
  bool is_taken = history->is_on && !history->is_stopping &&
                  (is_page || history->under_way < HISTORY_MAX_REQUESTS);
  if (is_taken) {
    *history->requests_end = request;
    history->requests_end = &request->next;
    history->under_way += is_page ? 0 : 1;
    uv_cond_signal(&history->wake);
  }
  uv_mutex_unlock(&history->lock);
  if (!is_taken) {
    free(request);
  }
  return is_taken ? 0 : -1;
}

/* Ask, or say why not. */
static int ask_request(struct history *history, struct history_request *asked,
                       const struct proto_request *request,
                       struct proto_error *ret_error) {
  bool has_memory = asked != NULL;
  if (asked) {
    asked->request = *request;
    asked->fd = -1;
  }
  if (ask(history, asked) == 0) {
    return 0;
  }
  if (!has_memory) {
    proto_error_set(ret_error, PROTO_INTERNAL_ERROR, "out of memory");
  } else if (history->under_way >= HISTORY_MAX_REQUESTS) {
    proto_error_set(ret_error, PROTO_BUSY, "%u requests to history are under way",
                    HISTORY_MAX_REQUESTS);
  } else {
    uv_mutex_lock(&history->lock);
    proto_error_set(ret_error, PROTO_NOT_SUPPORTED, "history is off: %s",
                    history->trouble[0] != '\0' ? history->trouble : "it is ending");
    uv_mutex_unlock(&history->lock);
  }
  return -1;
}

int history_ask(struct history *history, const struct proto_request *request,
                history_reply *reply, void *context, struct proto_error *ret_error) {
  struct history_request *asked = calloc(1, sizeof *asked);
  if (asked) {
    asked->reply = reply;
    asked->context = context;
  }
  return ask_request(history, asked, request, ret_error);
}

int history_export(struct history *history, const struct proto_request *request,
                   history_file_reply *reply, void *context,
                   struct proto_error *ret_error) {
  struct history_request *asked = calloc(1, sizeof *asked);
  if (asked) {
    asked->file_reply = reply;
    asked->context = context;
  }
  return ask_request(history, asked, request, ret_error);
}

int history_page(struct hub_archive *archive, const char *id, uint64_t after_seq,
                 uint64_t until_seq, hub_page_reply *reply, void *context) {
  struct history_request *asked = calloc(1, sizeof *asked);
  if (asked) {
    asked->request.method = PROTO_METHODS;
    snprintf(asked->request.heap, sizeof asked->request.heap, "%s", id);
    asked->after_seq = after_seq;
    asked->until_seq = until_seq;
    asked->page_reply = reply;
    asked->context = context;
  }
  return ask(history_of_archive(archive), asked);
}

/* How many of the numbers first..last lie in after+1..until. */
static uint64_t overlap(uint64_t first, uint64_t last, uint64_t after, uint64_t until) {
  if (first <= after) {
    first = after + 1;
  }
  if (last > until) {
    last = until;
  }
  return last >= first ? last - first + 1 : 0;
}

uint64_t history_count(struct hub_archive *archive, const char *id, uint64_t after_seq,
                       uint64_t until_seq, bool *ret_is_counted) {
  struct history *history = history_of_archive(archive);
  uint64_t found = 0;
  *ret_is_counted = true;
  uv_mutex_lock(&history->lock);
  struct history_heap *heap = history_heap_locked(history, id, false);
  if (heap && history->is_on) {
    /* What is queued counts: the page's request stands behind it. */
    uint64_t first = heap->first_seq != 0 ? heap->first_seq : after_seq + 1;
    found = overlap(first, heap->newest_seq, after_seq, until_seq);
    for (unsigned i = 0; i < heap->gap_count; i++) {
      const struct history_gap *gap = &heap->gaps[i];
      uint64_t missing = overlap(gap->first_seq, gap->last_seq, after_seq, until_seq);
      uint64_t stored = overlap(gap->first_seq > first ? gap->first_seq : first,
                                gap->last_seq, after_seq, until_seq);
      found -= stored < found ? stored : found;
      *ret_is_counted = *ret_is_counted && (missing == 0 || gap->is_counted);
    }
  }
  uv_mutex_unlock(&history->lock);
  return found;
}

void history_tell_answers(struct history *history) {
  uv_mutex_lock(&history->lock);
  struct history_request *request = history->answered;
  history->answered = NULL;
  history->answered_end = &history->answered;
  uv_mutex_unlock(&history->lock);
  while (request) {
    struct history_request *next = request->next;
    history->under_way -= request->page_reply ? 0 : 1;
    if (request->page_reply) {
      request->page_reply(request->context, &request->page);
    } else if (request->file_reply) {
      request->file_reply(request->context, request->fd, request->bytes, request->code,
                          request->text, request->length);
    } else {
      request->reply(request->context, request->code, request->text, request->length);
    }
    free(request);
    request = next;
  }
}
