/* history.c - the loop's side: what is queued for the thread and what comes back.
 *
 *   tap --> item --+-- full? dropped, counted, alarm       (never waits)
 *                  +--> queue ~~~> thread
 *   on_async: answers --> their replies; news --> alarms, leases asked for anew
 *
 * The lock is held for a few pointers at a time by both sides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_private.h"
#include "log.h"

/* A start waits this long for a lease; afterwards nothing waits. */
#define LEASE_WAIT_NS (UINT64_C(2000) * 1000000u)
/* Numbers are leased for this long at the rate seen, so that a disk that is gone for a
 * while does not leave a heap without. */
#define LEASE_S 600u
/* A state that stays as it is is stored this often. */
#define SAME_SAMPLE_MS 60000u
/* A queue that has been full is no trouble any more after this. */
#define OVERFLOW_MS 10000u
/* The thread gets this long for its last commit. */
#define CLOSE_MS 1000u

static struct history *of_tap(struct hub_tap *tap) {
  return (struct history *)(void *)((char *)tap - offsetof(struct history, tap));
}

static struct moment now(const struct history *history) {
  return history->hub->now();
}

/* --- heaps --- */

struct history_heap *history_heap_locked(struct history *history, const char *id,
                                         bool is_made) {
  struct history_heap *heap = history->heaps;
  while (heap && strcmp(heap->id, id) != 0) {
    heap = heap->next;
  }
  if (heap || !is_made || history->heap_count >= HISTORY_MAX_HEAPS) {
    return heap;
  }
  heap = calloc(1, sizeof *heap);
  if (heap) {
    snprintf(heap->id, sizeof heap->id, "%s", id);
    heap->next = history->heaps;
    history->heaps = heap;
    history->heap_count++;
  }
  return heap;
}

struct history_heap *history_first_heap(struct history *history) {
  uv_mutex_lock(&history->lock);
  struct history_heap *heap = history->heaps;
  uv_mutex_unlock(&history->lock);
  return heap;
}

/* NULL: not to be had, and told. */
static struct history_heap *heap_of(struct history *history, const char *id) {
  uv_mutex_lock(&history->lock);
  struct history_heap *heap = history_heap_locked(history, id, true);
  uv_mutex_unlock(&history->lock);
  if (!heap) {
    alarms_raise(history->alarms, now(history), "history.heaps",
                 "%u heaps are known: others are not stored", HISTORY_MAX_HEAPS);
  }
  return heap;
}

void history_gap_locked(struct history_heap *heap, uint64_t first_seq,
                        uint64_t last_seq, bool is_counted) {
  if (heap->gap_count == HISTORY_GAPS) {
    memmove(heap->gaps, heap->gaps + 1, (HISTORY_GAPS - 1) * sizeof heap->gaps[0]);
    heap->gap_count--;
  }
  heap->gaps[heap->gap_count++] = (struct history_gap){first_seq, last_seq, is_counted};
}

/* --- queue --- */

static struct history_item *item_new(enum history_item_kind kind,
                                     struct history_heap *heap, const void *body,
                                     size_t size) {
  struct history_item *item = malloc(sizeof *item + size);
  if (item) {
    item->next = NULL;
    item->kind = kind;
    item->heap = heap;
    memcpy(item->body, body, size);
  }
  return item;
}

static void overflow(struct history *history) {
  history->dropped++;
  history->overflow_ms = now(history).monotonic_ms;
  history->has_overflowed = true;
  alarms_raise(history->alarms, now(history), "history.queue",
               "the disk is too slow: records are not stored");
}

/* Queue a record; an item that could not be made is dropped like one too many. */
static void push_take(struct history *history, struct history_item *item) {
  bool is_urgent = item && item->kind == ITEM_LEASE;
  uv_mutex_lock(&history->lock);
  bool is_on = history->is_on && !history->is_stopping;
  bool is_full = !item || history->item_count >= history->options.queue;
  if (is_on && (!is_full || is_urgent)) {
    *history->items_end = item;
    history->items_end = &item->next;
    history->item_count++;
    item = NULL;
    if (is_urgent || history->item_count == HISTORY_HALF(history) ||
        history->due_ns == 0) {
      history->is_urgent = history->is_urgent || is_urgent;
      if (history->due_ns == 0) {
        history->due_ns = uv_hrtime() + history->options.commit_ms * UINT64_C(1000000);
      }
      uv_cond_signal(&history->wake);
    }
  }
  uv_mutex_unlock(&history->lock);
  free(item);
  if (is_on && is_full && !is_urgent) {
    overflow(history);
  } else if (history->has_overflowed &&
             now(history).monotonic_ms - history->overflow_ms > OVERFLOW_MS) {
    history->has_overflowed = false;
    alarms_clear(history->alarms, "history.queue");
  }
}

/* --- leases --- */

static void ask_lease(struct history *history, struct history_heap *heap) {
  uv_mutex_lock(&history->lock);
  uint64_t newest = heap->newest_seq;
  uv_mutex_unlock(&history->lock);
  uint64_t now_ms = now(history).monotonic_ms;
  uint64_t used = newest - heap->renewed_seq, passed_ms = now_ms - heap->renewed_ms;
  uint64_t block = history->options.lease;
  if (heap->renewed_ms != 0 && passed_ms > 0 &&
      used * 1000 / passed_ms * LEASE_S > block) {
    block = used * 1000 / passed_ms * LEASE_S;
  }
  heap->renewed_seq = newest;
  heap->renewed_ms = now_ms;
  heap->asked_to = newest + block;
  struct history_item *item =
      item_new(ITEM_LEASE, heap, &heap->asked_to, sizeof heap->asked_to);
  if (!item) {
    heap->asked_to = 0; /* the next number asks again */
    return;
  }
  push_take(history, item);
}

/* The heap's newest number is now `seq`: are there enough for what comes? */
static void note_seq(struct history *history, struct history_heap *heap, uint64_t seq) {
  uv_mutex_lock(&history->lock);
  if (seq > heap->newest_seq) {
    heap->newest_seq = seq;
  }
  uint64_t lease_end = heap->lease_end;
  uv_mutex_unlock(&history->lock);
  if (heap->asked_to != 0 && lease_end >= heap->asked_to) {
    heap->asked_to = 0;
  }
  uint64_t block = lease_end > heap->renewed_seq ? lease_end - heap->renewed_seq : 0;
  if (heap->is_numbered && heap->asked_to == 0 && seq + block / 2 >= lease_end) {
    ask_lease(history, heap);
  }
}

static uint64_t last_seq(struct hub_archive *archive, const char *id) {
  struct history *history = history_of_archive(archive);
  struct history_heap *heap = heap_of(history, id);
  if (!heap) {
    return 0;
  }
  uv_mutex_lock(&history->lock);
  if (heap->newest_seq < history->floor_seq) {
    heap->newest_seq = history->floor_seq;
  }
  uint64_t newest = heap->newest_seq;
  uv_mutex_unlock(&history->lock);
  heap->is_numbered = true;
  ask_lease(history, heap);
  uint64_t until_ns = uv_hrtime() + LEASE_WAIT_NS;
  uv_mutex_lock(&history->lock);
  while (!history->is_running && history->is_on && heap->lease_end < heap->asked_to &&
         uv_hrtime() < until_ns) {
    uv_cond_timedwait(&history->written, &history->lock, until_ns - uv_hrtime());
  }
  uv_mutex_unlock(&history->lock);
  return newest;
}

/* --- the tap --- */

static void on_collection(struct hub_tap *tap, struct hub_heap *hub_heap,
                          const struct proto_collection *collection) {
  struct history *history = of_tap(tap);
  struct history_heap *heap = heap_of(history, hub_heap->source->info.id);
  if (heap) {
    push_take(history, item_new(ITEM_COLLECTION, heap, collection, sizeof *collection));
    note_seq(history, heap, collection->seq);
  }
}

static void on_lost(struct hub_tap *tap, struct hub_heap *hub_heap, uint64_t first_seq,
                    uint64_t last) {
  struct history *history = of_tap(tap);
  struct history_heap *heap = heap_of(history, hub_heap->source->info.id);
  (void)first_seq; /* the next collection's number tells */
  if (heap) {
    note_seq(history, heap, last);
  }
}

static bool is_same(const struct proto_sample *a, const struct proto_sample *b) {
  return a->seq == b->seq && a->live_objects == b->live_objects &&
         a->live_bytes == b->live_bytes && a->tracked_objects == b->tracked_objects &&
         a->allocated_total_objects == b->allocated_total_objects &&
         a->allocated_total_bytes == b->allocated_total_bytes &&
         a->freed_total_objects == b->freed_total_objects;
}

static void on_sample(struct hub_tap *tap, struct hub_heap *hub_heap,
                      const struct proto_sample *sample) {
  struct history *history = of_tap(tap);
  struct history_heap *heap = heap_of(history, hub_heap->source->info.id);
  uint64_t now_ms = now(history).monotonic_ms;
  if (heap && (heap->shown_ms == 0 || now_ms - heap->shown_ms >= SAME_SAMPLE_MS ||
               !is_same(&heap->shown, sample))) {
    heap->shown = *sample;
    heap->shown_ms = now_ms;
    push_take(history, item_new(ITEM_SAMPLE, heap, sample, sizeof *sample));
  }
}

static void on_audit(struct hub_tap *tap, const struct proto_audit *audit) {
  push_take(of_tap(tap), item_new(ITEM_AUDIT, NULL, audit, sizeof *audit));
}

static const struct hub_tap_ops tap_ops = {.sample = on_sample,
                                           .collection = on_collection,
                                           .lost = on_lost,
                                           .audit = on_audit};

static const struct hub_archive_ops archive_ops = {last_seq, history_count,
                                                   history_page};

/* --- what the thread tells --- */

static void tell_news(struct history *history) {
  char trouble[sizeof history->trouble], damaged[sizeof history->damaged];
  uv_mutex_lock(&history->lock);
  bool is_news = history->is_news, is_on = history->is_on;
  history->is_news = false;
  memcpy(trouble, history->trouble, sizeof trouble);
  memcpy(damaged, history->damaged, sizeof damaged);
  uv_mutex_unlock(&history->lock);
  if (!is_news) {
    return;
  }
  if (damaged[0] != '\0') {
    alarms_raise(history->alarms, now(history), "history.damaged", "%s", damaged);
  }
  if (!is_on) {
    alarms_raise(history->alarms, now(history), "history", "history is off: %s",
                 trouble);
    return;
  }
  alarms_clear(history->alarms, "history");
  for (struct history_heap *heap = history->heaps; heap; heap = heap->next) {
    if (heap->is_numbered) {
      ask_lease(history, heap);
    }
  }
}

static void on_handle_closed(uv_handle_t *handle) {
  struct history *history = handle->data;
  if (--history->open_handles == 0) {
    history->closed(history->closed_context);
  }
}

static void close_handles(struct history *history) {
  uv_close((uv_handle_t *)&history->async, on_handle_closed);
  uv_close((uv_handle_t *)&history->timer, on_handle_closed);
}

static void on_async(uv_async_t *async) {
  struct history *history = async->data;
  history_tell_answers(history);
  tell_news(history);
  uv_mutex_lock(&history->lock);
  bool is_finished = history->is_finished;
  uv_mutex_unlock(&history->lock);
  if (is_finished && !history->is_joined && !history->is_left_behind) {
    history->is_joined = true;
    uv_thread_join(&history->handle);
    history_tell_answers(history);
    close_handles(history);
  }
}

static void on_close_timeout(uv_timer_t *timer) {
  struct history *history = timer->data;
  if (!history->is_joined && !history->is_left_behind) {
    log_line(LOG_LEVEL_ERROR, "history: the disk does not answer; the end is unclean");
    history->is_left_behind = true;
    uv_mutex_lock(&history->lock);
    history->is_muted = true;
    uv_mutex_unlock(&history->lock);
    close_handles(history);
  }
}

/* --- life --- */

int history_open(uv_loop_t *loop, struct hub *hub, struct alarms *alarms,
                 const char *state_dir, const struct history_options *options,
                 struct history **ret, char *message, size_t size) {
  struct history *history = calloc(1, sizeof *history);
  bool is_newer = false;
  if (!history) {
    snprintf(message, size, "history: out of memory");
    return -1;
  }
  history->hub = hub;
  history->alarms = alarms;
  history->options = *options;
  history->items_end = &history->items;
  history->requests_end = &history->requests;
  history->answered_end = &history->answered;
  history->retry_ms = options->retry_ms;
  snprintf(history->state_dir, sizeof history->state_dir, "%s", state_dir);
  snprintf(history->path, sizeof history->path, "%s/history.sqlite",
           history->state_dir);
  uv_mutex_init(&history->lock);
  uv_cond_init(&history->wake);
  uv_cond_init(&history->written);

  int error = 0;
  history_begin(history, &is_newer);
  if (is_newer) {
    snprintf(message, size, "%s: %s; start the newer ourod, or move the file away",
             history->path, history->trouble);
    goto fail;
  }
  error = uv_async_init(loop, &history->async, on_async);
  if (error != 0) {
    goto fail_uv;
  }
  uv_timer_init(loop, &history->timer);
  history->async.data = history->timer.data = history;
  history->open_handles = 2;
  error = uv_thread_create(&history->handle, history_thread, history);
  if (error != 0) {
    uv_close((uv_handle_t *)&history->async, NULL);
    uv_close((uv_handle_t *)&history->timer, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    goto fail_uv;
  }
  history->archive.ops = &archive_ops;
  hub->archive = &history->archive;
  history->tap.ops = &tap_ops;
  history->tap.interval_ms = options->sample_ms;
  hub_add_tap(hub, &history->tap);
  tell_news(history);
  *ret = history;
  return 0;

fail_uv:
  snprintf(message, size, "history: %s", uv_strerror(error));
fail:
  history_db_close(&history->db);
  history_free(history);
  return -1;
}

void history_set_retention(struct history *history, int64_t max_age_ms,
                           uint64_t max_bytes) {
  if (!history) {
    return;
  }
  uv_mutex_lock(&history->lock);
  history->keep_ms = max_age_ms;
  history->keep_bytes = max_bytes;
  history->is_keep_new = history->is_urgent = true;
  uv_cond_signal(&history->wake);
  uv_mutex_unlock(&history->lock);
}

void history_run(struct history *history) {
  uv_mutex_lock(&history->lock);
  history->is_running = true;
  uv_mutex_unlock(&history->lock);
}

void history_close(struct history *history, void (*closed)(void *context),
                   void *context) {
  if (history->is_closing) {
    return;
  }
  history->is_closing = true;
  history->closed = closed;
  history->closed_context = context;
  hub_remove_tap(history->hub, &history->tap);
  history->hub->archive = NULL;
  uv_mutex_lock(&history->lock);
  history->is_stopping = true;
  uv_cond_signal(&history->wake);
  uv_mutex_unlock(&history->lock);
  uv_update_time(history->timer.loop); /* a loop that has not run for long */
  uv_timer_start(&history->timer, on_close_timeout, CLOSE_MS, 0);
}

void history_free(struct history *history) {
  if (!history || history->is_left_behind) {
    return; /* a thread that still runs keeps what it uses */
  }
  while (history->heaps) {
    struct history_heap *heap = history->heaps;
    history->heaps = heap->next;
    free(heap);
  }
  uv_mutex_destroy(&history->lock);
  uv_cond_destroy(&history->wake);
  uv_cond_destroy(&history->written);
  free(history);
}

uint64_t history_beat(struct history *history, bool *ret_waiting) {
  uv_mutex_lock(&history->lock);
  uint64_t beat = history->beat;
  *ret_waiting = history->is_waiting || history->is_finished;
  uv_mutex_unlock(&history->lock);
  return beat;
}

uint64_t history_dropped(const struct history *history) {
  return history->dropped;
}

void history_flush(struct history *history) {
  uv_mutex_lock(&history->lock);
  history->is_flushing = true;
  uv_cond_signal(&history->wake);
  while (history->is_flushing && !history->is_finished) {
    uv_cond_wait(&history->written, &history->lock);
  }
  uv_mutex_unlock(&history->lock);
}
