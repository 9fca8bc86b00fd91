/* stream.c - subscribe, count, lose the connection, resume.
 *
 * After a restart of the daemon a heap's numbers go on where history keeps them, or
 * begin anew. Which it was, its own count of collections tells: it began with the heap,
 * so numbers that are not ahead of it by what we had seen have begun with it. Then all
 * that the new ones hold is asked for. */
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_WAIT_MS 250
#define LAST_WAIT_MS  5000

void stream_fini(struct stream *stream) {
  json_decref(stream->seqs);
  json_decref(stream->started);
}

static void write_topics(struct proto_writer *writer, const char *topics) {
  char topic[PROTO_NAME_BYTES];
  proto_write_array(writer, "topics");
  for (const char *at = topics; *at != '\0';) {
    size_t length = strcspn(at, ",");
    snprintf(topic, sizeof(topic), "%.*s", (int)length, at);
    proto_write_string(writer, NULL, topic);
    at += length + (at[length] == ',');
  }
  proto_write_end(writer);
}

static void write_after(const struct stream *stream, struct ctl *ctl,
                        struct proto_writer *writer) {
  const char *heap = NULL;
  json_t *seq = NULL;
  unsigned count = 0;
  if (strcmp(stream->heap, "*") != 0) {
    seq = json_object_get(stream->seqs, stream->heap);
    if (seq) {
      proto_write_uint(writer, "after_seq", (uint64_t)json_integer_value(seq));
    }
    return;
  }
  if (json_object_size(stream->seqs) == 0) {
    return;
  }
  proto_write_object(writer, "after_seq");
  json_object_foreach(stream->seqs, heap, seq) {
    if (count++ < PROTO_MAX_AFTER) {
      proto_write_uint(writer, heap, (uint64_t)json_integer_value(seq));
    }
  }
  proto_write_end(writer);
  if (count > PROTO_MAX_AFTER) {
    ctl_say(ctl, "only %d heaps resume at once; the others go on from now",
            PROTO_MAX_AFTER);
  }
}

/* Where each heap stands that we do not count yet: from there we do. */
static void learn_seqs(struct stream *stream, const json_t *seq) {
  const char *heap = NULL;
  json_t *value = NULL;
  if (json_is_integer(seq)) {
    if (!json_object_get(stream->seqs, stream->heap)) {
      json_object_set(stream->seqs, stream->heap, (json_t *)(uintptr_t)seq);
    }
    return;
  }
  json_object_foreach((json_t *)(uintptr_t)seq, heap, value) {
    if (json_is_integer(value) && !json_object_get(stream->seqs, heap)) {
      json_object_set(stream->seqs, heap, value);
    }
  }
}

/* CLIENT_OK with a refusal in `error`, or without. */
static enum client_status subscribe(struct stream *stream, struct ctl *ctl,
                                    struct proto_error *error) {
  struct proto_writer *writer = ctl_question(ctl, "stream.subscribe");
  json_t *answer = NULL;
  proto_write_string(writer, "heap", stream->heap);
  write_topics(writer, stream->topics);
  if (stream->interval_ms > 0) {
    proto_write_int(writer, "interval_ms", stream->interval_ms);
  }
  write_after(stream, ctl, writer);
  enum client_status status = ctl_exchange(ctl, &answer, error);
  if (answer) {
    learn_seqs(stream, json_object_get(answer, "seq"));
  }
  json_decref(answer);
  return status;
}

/* When each heap began, to know it again after a restart. */
static void learn_heaps(struct stream *stream, const json_t *heaps) {
  size_t at = 0;
  json_t *heap = NULL;
  json_array_foreach((json_t *)(uintptr_t)heaps, at, heap) {
    const char *id = json_string_value(json_object_get(heap, "id"));
    json_t *started = json_object_get(heap, "started_ms");
    if (id && started) {
      json_object_set(stream->started, id, started);
    }
  }
}

static void remember_instance(struct stream *stream, const struct ctl *ctl) {
  const char *instance = json_string_value(json_object_get(ctl->hello, "instance"));
  snprintf(stream->instance, sizeof(stream->instance), "%s", instance ? instance : "");
}

/* `--after`: a number for every heap followed, or HEAP=NUMBER,... for some. */
static int read_after(struct stream *stream, struct ctl *ctl, const json_t *heaps) {
  char *end = NULL;
  unsigned long long seq = strtoull(stream->after, &end, 10);
  if (*end == '\0' && stream->after[0] >= '0' && stream->after[0] <= '9') {
    size_t at = 0;
    json_t *heap = NULL;
    json_array_foreach((json_t *)(uintptr_t)heaps, at, heap) {
      const char *id = json_string_value(json_object_get(heap, "id"));
      if (id && (strcmp(stream->heap, "*") == 0 || strcmp(stream->heap, id) == 0)) {
        json_object_set_new(stream->seqs, id, json_integer((json_int_t)seq));
      }
    }
    return 0;
  }
  char id[PROTO_NAME_BYTES];
  for (const char *at = stream->after; *at != '\0';) {
    size_t length = strcspn(at, ",");
    const char *equals = memchr(at, '=', length);
    size_t name = equals ? (size_t)(equals - at) : 0;
    seq = equals && equals[1] >= '0' && equals[1] <= '9'
              ? strtoull(equals + 1, &end, 10)
              : 0;
    if (name == 0 || name >= sizeof(id) || end != at + length) {
      ctl_fail(ctl, EXIT_USAGE, NULL,
               "--after is a number, or HEAP=NUMBER with commas between, not '%.100s'",
               stream->after);
      return -1;
    }
    memcpy(id, at, name);
    id[name] = '\0';
    json_object_set_new(stream->seqs, id, json_integer((json_int_t)seq));
    at += length + (at[length] == ',');
  }
  return 0;
}

int stream_open(struct stream *stream, struct ctl *ctl) {
  struct proto_error error;
  stream->seqs = json_object();
  stream->started = json_object();
  json_t *heaps = ctl_heaps(ctl);
  if (!heaps || !stream->seqs || !stream->started) {
    json_decref(heaps);
    return -1;
  }
  learn_heaps(stream, heaps);
  remember_instance(stream, ctl);
  int result = stream->after ? read_after(stream, ctl, heaps) : 0;
  json_decref(heaps);
  if (result != 0) {
    return -1;
  }
  enum client_status status = subscribe(stream, ctl, &error);
  ctl_ended(ctl, status);
  if (status == CLIENT_OK && error.code != PROTO_OK) {
    ctl_refused(ctl, &error);
  }
  return status == CLIENT_OK && error.code == PROTO_OK ? 0 : -1;
}

/* --- after a restart of the daemon --- */

enum client_status stream_newest(struct ctl *ctl, json_t **ret) {
  struct proto_error error;
  struct proto_writer *writer = ctl_question(ctl, "stream.subscribe");
  json_t *answer = NULL, *ended = NULL;
  proto_write_string(writer, "heap", "*");
  write_topics(writer, "heap");
  *ret = NULL;
  enum client_status status = ctl_exchange(ctl, &answer, &error);
  if (status == CLIENT_OK && answer) {
    json_int_t number = json_integer_value(json_object_get(answer, "subscription"));
    *ret = json_incref(json_object_get(answer, "seq"));
    writer = ctl_question(ctl, "stream.unsubscribe");
    proto_write_int(writer, "subscription", number);
    status = ctl_exchange(ctl, &ended, &error);
  }
  json_decref(answer);
  json_decref(ended);
  return status;
}

/* Collections since the heap began; -1: it does not say. */
static enum client_status count_collections(struct ctl *ctl, const char *heap,
                                            json_int_t *ret) {
  struct proto_error error;
  json_t *answer = NULL, *row = NULL;
  size_t at = 0;
  *ret = -1;
  proto_write_string(ctl_question(ctl, "gc.get_stats"), "heap", heap);
  enum client_status status = ctl_exchange(ctl, &answer, &error);
  if (answer) {
    *ret = 0;
    json_array_foreach(json_object_get(answer, "stats"), at, row) {
      *ret += json_integer_value(json_object_get(row, "collections"));
    }
  }
  json_decref(answer);
  return status;
}

/* `counts` are of the heaps that began anew: {heap: collections since then}. */
static void restart_numbers(struct stream *stream, const struct ctl *ctl,
                            const json_t *counts, const json_t *newest) {
  const char *heap = NULL;
  json_t *count = NULL;
  json_object_foreach((json_t *)(uintptr_t)counts, heap, count) {
    json_int_t seen = json_integer_value(json_object_get(stream->seqs, heap));
    json_int_t now = json_integer_value(json_object_get(newest, heap));
    json_int_t own = json_integer_value(count);
    if (now < seen || (own >= 0 && seen > 0 && now - own < seen)) {
      ctl_say(ctl, "the daemon was restarted: %s numbers its collections from 1 again",
              heap);
      json_object_set_new(stream->seqs, heap, json_integer(0));
    }
  }
}

static enum client_status compare_numbers(struct stream *stream, struct ctl *ctl) {
  struct proto_error error;
  json_t *answer = NULL, *newest = NULL, *counts = json_object(), *heap = NULL;
  size_t at = 0;
  ctl_question(ctl, "heap.list");
  enum client_status status = ctl_exchange(ctl, &answer, &error);
  json_t *heaps = json_object_get(answer, "heaps");
  json_array_foreach(heaps, at, heap) {
    const char *id = json_string_value(json_object_get(heap, "id"));
    json_t *before = id ? json_object_get(stream->started, id) : NULL;
    json_int_t count = -1;
    if (before && status == CLIENT_OK && json_object_get(stream->seqs, id) &&
        !json_equal(before, json_object_get(heap, "started_ms"))) {
      status = count_collections(ctl, id, &count);
      json_object_set_new(counts, id, json_integer(count));
    }
  }
  if (status == CLIENT_OK && json_object_size(counts) > 0) {
    status = stream_newest(ctl, &newest);
  }
  if (status == CLIENT_OK) {
    restart_numbers(stream, ctl, counts, newest);
    learn_heaps(stream, heaps);
    remember_instance(stream, ctl);
  }
  json_decref(answer);
  json_decref(newest);
  json_decref(counts);
  return status;
}

/* On a new connection. CLIENT_LOST: it went away again. */
static enum client_status resume(struct stream *stream, struct ctl *ctl) {
  struct proto_error error = {.code = PROTO_OK};
  const char *instance = json_string_value(json_object_get(ctl->hello, "instance"));
  enum client_status status = CLIENT_OK;
  if (instance && strcmp(instance, stream->instance) != 0) {
    status = compare_numbers(stream, ctl);
  }
  if (status == CLIENT_OK) {
    status = subscribe(stream, ctl, &error);
  }
  if (status == CLIENT_OK && error.code != PROTO_OK) {
    ctl_refused(ctl, &error);
    return CLIENT_DENIED;
  }
  return status;
}

/* --- the connection's end and its return --- */

/* Would the same attempt end the same way? */
static bool is_final(const struct ctl *ctl, enum client_status status) {
  int http = client_http_status(ctl->client);
  return status == CLIENT_INTERRUPTED || status == CLIENT_UNHEARD ||
         (status == CLIENT_DENIED && http < 500 && http != 429) ||
         (status == CLIENT_LOST && client_close_code(ctl->client) == 4401);
}

static enum client_status restore(struct stream *stream, struct ctl *ctl) {
  const char *reason = client_reason(ctl->client);
  int64_t wait_ms = FIRST_WAIT_MS;
  ctl_say(ctl, "connection to %s lost%s%s: trying again", ctl->endpoint.text,
          reason[0] != '\0' ? ", " : "", reason);
  for (;;) {
    /* Why jitter: after a restart not every client knocks at the same moment. */
    uint64_t jitter = client_now_ms(ctl->client) * 2654435761u >> 7;
    enum client_status status = client_sleep(
        ctl->client, wait_ms / 2 + (int64_t)(jitter % (uint64_t)(wait_ms / 2 + 1)));
    if (status == CLIENT_TIMED_OUT) {
      status = ctl_reconnect(ctl);
      status = status == CLIENT_OK ? resume(stream, ctl) : status;
    }
    if (status == CLIENT_OK) {
      ctl_say(ctl, "connected again");
      return CLIENT_OK;
    }
    if (is_final(ctl, status)) {
      if (ctl->exit == EXIT_OK) {
        ctl_ended(ctl, status);
      }
      return status;
    }
    wait_ms = wait_ms * 2 < LAST_WAIT_MS ? wait_ms * 2 : LAST_WAIT_MS;
  }
}

/* Announce what is lost, and go on behind it. */
static void tell_lagged(struct stream *stream, const struct ctl *ctl,
                        const json_t *params) {
  const char *heap = json_string_value(json_object_get(params, "heap"));
  const char *topic = json_string_value(json_object_get(params, "topic"));
  json_t *last = json_object_get(params, "last_seq");
  json_int_t first = json_integer_value(json_object_get(params, "first_seq"));
  const json_t *lost = json_object_get(params, "lost");
  char count[32] = "";
  if (json_is_integer(lost)) {
    snprintf(count, sizeof(count), " (%" JSON_INTEGER_FORMAT ")",
             json_integer_value(lost));
  }
  ctl_say(ctl, "lost: %ss %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT " of %s%s",
          topic ? topic : "event", first, json_integer_value(last), heap ? heap : "?",
          count);
  if (heap && json_is_integer(last)) {
    json_object_set(stream->seqs, heap, last);
  }
}

/* Is this the next one of its heap? Then it is counted. */
static bool is_news(struct stream *stream, const char *topic, const json_t *params) {
  const char *heap = json_string_value(json_object_get(params, "heap"));
  json_t *seq = json_object_get(params, "seq");
  if (strcmp(topic, "collection") != 0 || !heap || !json_is_integer(seq)) {
    return true;
  }
  const json_t *last = json_object_get(stream->seqs, heap);
  if (last && json_integer_value(seq) <= json_integer_value(last)) {
    return false;
  }
  json_object_set(stream->seqs, heap, seq);
  return true;
}

enum client_status stream_next(struct stream *stream, struct ctl *ctl, char *ret_topic,
                               json_t **ret_params) {
  for (;;) {
    json_t *params = NULL;
    enum client_status status =
        ctl_next(ctl, stream->is_once ? ctl->timeout_ms : -1, ret_topic, &params);
    if (status == CLIENT_LOST && !stream->is_once && !is_final(ctl, status)) {
      status = restore(stream, ctl);
      if (status != CLIENT_OK) {
        return status;
      }
      continue;
    }
    if (status != CLIENT_OK) {
      ctl_ended(ctl, status);
      return status;
    }
    if (strcmp(ret_topic, "stream.lagged") == 0) {
      tell_lagged(stream, ctl, params);
    } else if (is_news(stream, ret_topic, params)) {
      *ret_params = params;
      return CLIENT_OK;
    }
    json_decref(params);
  }
}
