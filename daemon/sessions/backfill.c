/* backfill.c - one follow's way through what the hub's ring does not have any more.
 *
 *   nothing fetched --ask--> asked --page--> fetched --taken to its end--> nothing
 *                              |                                   fetched
 *                              `--follow ends--> nobody's: freed when the page comes */
#include "backfill.h"

#include <stdlib.h>

struct backfill {
  struct hub_follow *follow; /* NULL: it ended while the page was under way */
  struct hub_page page;
  unsigned next; /* entries before it lie behind the cursor */
  bool is_asked;
  bool is_in_doubt;     /* of what was asked for, some may never have been */
  uint64_t refused_seq; /* the archive has no answer up to here; 0: it was not asked */
};

static void on_page(void *context, struct hub_page *page) {
  struct backfill *past = context;
  struct hub_follow *follow = past->follow;
  past->is_asked = false;
  if (!follow) {
    hub_page_fini(page);
    free(past);
    return;
  }
  past->page = *page;
  past->next = 0;
  if (page->count == 0) {
    past->refused_seq = follow->heap->newest_seq;
  }
  follow->listener->ops->collections(follow);
}

/* Ask for a page. -1: there is none to be had. */
static int ask(struct hub_follow *follow, uint64_t last_seq) {
  struct hub_archive *archive = follow->heap->hub->archive;
  const char *id = follow->heap->source->info.id;
  bool is_counted = true, is_there = archive && !follow->heap->is_gone;
  uint64_t count =
      is_there ? archive->ops->count(archive, id, follow->cursor, last_seq, &is_counted)
               : 0;
  if (follow->past) {
    follow->past->is_in_doubt = !is_counted;
  }
  if (count == 0 && is_counted) {
    return -1;
  }
  if (!follow->past) {
    follow->past = calloc(1, sizeof *follow->past);
    if (!follow->past) {
      return -1;
    }
    follow->past->follow = follow;
  }
  struct backfill *past = follow->past;
  past->is_in_doubt = !is_counted;
  if (past->refused_seq > follow->cursor ||
      archive->ops->page(archive, id, follow->cursor, last_seq, on_page, past) != 0) {
    return -1;
  }
  past->is_asked = true;
  if (follow->cursor < follow->backfill_until) {
    follow->backfill_until = follow->heap->newest_seq; /* what came meanwhile is, too */
  }
  return 0;
}

/* The entry that follows the cursor, or NULL. */
static struct hub_past *fetched(struct hub_follow *follow) {
  struct backfill *past = follow->past;
  while (past->next < past->page.count &&
         past->page.entries[past->next].last_seq <= follow->cursor) {
    past->next++;
  }
  if (past->next == past->page.count) {
    hub_page_fini(&past->page);
    past->next = 0;
    return NULL;
  }
  return &past->page.entries[past->next];
}

enum backfill_state backfill_next(struct hub_follow *follow, uint64_t last_seq,
                                  struct hub_past *ret) {
  struct hub_past *entry = NULL;
  if (follow->past) {
    if (follow->past->is_asked) {
      return BACKFILL_WAIT;
    }
    entry = fetched(follow);
  }
  if (!entry && ask(follow, last_seq) == 0) {
    return BACKFILL_WAIT;
  }
  bool is_in_doubt = follow->past && follow->past->is_in_doubt;
  *ret = entry ? *entry
               : (struct hub_past){.last_seq = last_seq, .is_counted = !is_in_doubt};
  ret->first_seq = follow->cursor + 1;
  if (ret->last_seq > last_seq) {
    ret->last_seq = last_seq;
  }
  return BACKFILL_READY;
}

bool backfill_is_waiting(const struct hub_follow *follow) {
  return follow->past && follow->past->is_asked;
}

uint64_t backfill_count(const struct hub_heap *heap, uint64_t after_seq) {
  struct hub_archive *archive = heap->hub->archive;
  const char *id = heap->source->info.id;
  uint64_t newest = heap->newest_seq, found = 0;
  uint64_t oldest = newest > HUB_RING_COLLECTIONS ? newest - HUB_RING_COLLECTIONS : 0;
  bool is_counted;
  if (archive && after_seq < oldest) {
    found = archive->ops->count(archive, id, after_seq, oldest, &is_counted);
  }
  uint64_t seq = after_seq > oldest ? after_seq : oldest;
  while (seq < newest) {
    if (hub_collection(heap, seq + 1)) {
      found++;
      seq++;
    } else {
      uint64_t last = hub_gap_end(heap, seq + 1);
      found += archive ? archive->ops->count(archive, id, seq, last, &is_counted) : 0;
      seq = last;
    }
  }
  return found;
}

void backfill_end(struct hub_follow *follow) {
  struct backfill *past = follow->past;
  follow->past = NULL;
  if (!past) {
    return;
  }
  past->follow = NULL;
  hub_page_fini(&past->page);
  past->next = 0;
  if (!past->is_asked) {
    free(past);
  }
}
