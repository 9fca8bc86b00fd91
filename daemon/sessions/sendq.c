/* sendq.c - what one session still has to be sent, bounded.
 *
 *   entries  | . | . | a | b | c | . | . | . |
 *                      ^ head      ^ head + count
 *
 * The ring starts at nothing and doubles, because nearly every session is written to
 * directly and never queues. An emptied ring that had grown is given back. */
#include "sendq.h"

#include <stdlib.h>

#define FIRST_CAPACITY 8u
#define KEEP_CAPACITY  32u

static struct sendq_entry *entry_at(const struct sendq *queue, unsigned i) {
  return &queue->entries[(queue->head + i) & (queue->capacity - 1)];
}

void sendq_fini(struct sendq *queue) {
  while (queue->count > 0) {
    sendq_pop(queue);
  }
  free(queue->entries);
  *queue = (struct sendq){0};
}

static int grow(struct sendq *queue) {
  unsigned capacity = queue->capacity ? queue->capacity * 2 : FIRST_CAPACITY;
  struct sendq_entry *entries = malloc(capacity * sizeof(*entries));
  if (!entries) {
    return -1;
  }
  for (unsigned i = 0; i < queue->count; i++) {
    entries[i] = *entry_at(queue, i);
  }
  free(queue->entries);
  queue->entries = entries;
  queue->capacity = capacity;
  queue->head = 0;
  return 0;
}

int sendq_push_take(struct sendq *queue, struct message *message, uint64_t key,
                    uint64_t now_ms, uint64_t max_bytes) {
  for (unsigned i = 0; key != 0 && i < queue->count; i++) {
    struct sendq_entry *entry = entry_at(queue, i);
    if (entry->key == key) {
      queue->bytes = queue->bytes - entry->message->length + message->length;
      message_decref(entry->message);
      entry->message = message;
      return 1;
    }
  }
  if (queue->bytes + message->length > max_bytes ||
      (queue->count == queue->capacity && grow(queue) != 0)) {
    message_decref(message);
    return -1;
  }
  *entry_at(queue, queue->count) = (struct sendq_entry){message, key, now_ms};
  queue->count++;
  queue->bytes += message->length;
  return 0;
}

unsigned sendq_peek(const struct sendq *queue, struct message **ret, unsigned capacity,
                    size_t bytes) {
  unsigned count = 0;
  for (size_t sum = 0; count < capacity && count < queue->count; count++) {
    ret[count] = entry_at(queue, count)->message;
    sum += ret[count]->length;
    if (count > 0 && sum > bytes) {
      break;
    }
  }
  return count;
}

void sendq_pop(struct sendq *queue) {
  struct message *message = entry_at(queue, 0)->message;
  queue->bytes -= message->length;
  message_decref(message);
  queue->head = (queue->head + 1) & (queue->capacity - 1);
  queue->count--;
  if (queue->count == 0 && queue->capacity > KEEP_CAPACITY) {
    free(queue->entries);
    *queue = (struct sendq){0};
  }
}

bool sendq_is_empty(const struct sendq *queue) {
  return queue->count == 0;
}

uint64_t sendq_age_ms(const struct sendq *queue, uint64_t now_ms) {
  if (queue->count == 0) {
    return 0;
  }
  uint64_t since = entry_at(queue, 0)->since_ms;
  return now_ms > since ? now_ms - since : 0;
}
