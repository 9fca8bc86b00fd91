/* cmd_status.c - the daemon and its heaps on one screen. */
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "format.h"

static const struct column table_columns[] = {
    {"HEAP", "id", COLUMN_TEXT, 0},
    {"WORKLOAD", "workload", COLUMN_TEXT, 0},
    {"AUTO", "enabled", COLUMN_BOOL, 0},
    {"GEN 0", "progress/0", COLUMN_COUNT, 0},
    {"GEN 1", "progress/1", COLUMN_COUNT, 0},
    {"GEN 2", "progress/2", COLUMN_COUNT, 0},
    {"OBJECTS", "sample/live_objects", COLUMN_COUNT, 0},
    {"BYTES", "sample/live_bytes", COLUMN_BYTES, 0},
    {"COLLECTIONS", "sample/seq", COLUMN_COUNT, 0},
    {"P50", "sample/pause_ns/p50", COLUMN_NS, 0},
    {"P99", "sample/pause_ns/p99", COLUMN_NS, 0},
    {"MAX", "sample/pause_ns/max", COLUMN_NS, 0},
};

static const struct column csv_columns[] = {
    {"", "id", COLUMN_TEXT, 0},
    {"", "kind", COLUMN_TEXT, 0},
    {"", "workload", COLUMN_TEXT, 0},
    {"", "enabled", COLUMN_BOOL, 0},
    {"", "sample/generations/0/count", COLUMN_COUNT, 0},
    {"", "sample/generations/0/threshold", COLUMN_COUNT, 0},
    {"", "sample/generations/1/count", COLUMN_COUNT, 0},
    {"", "sample/generations/1/threshold", COLUMN_COUNT, 0},
    {"", "sample/generations/2/count", COLUMN_COUNT, 0},
    {"", "sample/generations/2/threshold", COLUMN_COUNT, 0},
    {"", "sample/live_objects", COLUMN_COUNT, 0},
    {"", "sample/live_bytes", COLUMN_BYTES, 0},
    {"", "sample/seq", COLUMN_COUNT, 0},
    {"", "sample/pause_ns/p50", COLUMN_NS, 0},
    {"", "sample/pause_ns/p99", COLUMN_NS, 0},
    {"", "sample/pause_ns/max", COLUMN_NS, 0},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static size_t without_sample(const json_t *heaps) {
  size_t count = 0, at = 0;
  json_t *heap = NULL;
  json_array_foreach((json_t *)(uintptr_t)heaps, at, heap) {
    count += !json_object_get(heap, "sample");
  }
  return count;
}

static void give_sample(const json_t *heaps, json_t *sample) {
  size_t at = 0;
  json_t *heap = NULL;
  json_array_foreach((json_t *)(uintptr_t)heaps, at, heap) {
    if (json_equal(json_object_get(heap, "id"), json_object_get(sample, "heap"))) {
      json_object_set(heap, "sample", sample);
    }
  }
}

/* The first sample of each heap, which comes right after the subscription. A heap that
 * is silent is shown without one. */
static void add_samples(struct ctl *ctl, json_t *heaps) {
  struct proto_writer *writer = ctl_question(ctl, "stream.subscribe");
  proto_write_string(writer, "heap", "*");
  proto_write_array(writer, "topics");
  proto_write_string(writer, NULL, "sample");
  proto_write_end(writer);
  json_t *answer = ctl_ask(ctl);
  if (!answer) {
    return;
  }
  json_decref(answer);
  uint64_t until = client_now_ms(ctl->client) + 2000;
  while (without_sample(heaps) > 0 && client_now_ms(ctl->client) < until) {
    char topic[PROTO_NAME_BYTES];
    json_t *params = NULL;
    int64_t rest = (int64_t)(until - client_now_ms(ctl->client));
    enum client_status status = ctl_next(ctl, rest, topic, &params);
    if (status == CLIENT_TIMED_OUT) {
      return;
    }
    if (status != CLIENT_OK) {
      ctl_ended(ctl, status);
      return;
    }
    if (strcmp(topic, "sample") == 0) {
      give_sample(heaps, params);
    }
    json_decref(params);
  }
}

/* "312/700" for the eye. */
static void add_progress(json_t *heap) {
  json_t *texts = json_array();
  for (size_t i = 0; i < PROTO_GENERATIONS; i++) {
    char path[40], text[64] = "-", count[FORMAT_BYTES];
    snprintf(path, sizeof(path), "sample/generations/%zu", i);
    const json_t *generation = table_at(heap, path);
    if (generation) {
      format_count(count, json_integer_value(json_object_get(generation, "count")));
      snprintf(text, sizeof(text), "%s/%" JSON_INTEGER_FORMAT, count,
               json_integer_value(json_object_get(generation, "threshold")));
    }
    json_array_append_new(texts, json_string(text));
  }
  json_t *sample = json_object_get(heap, "sample");
  if (json_integer_value(json_object_get(sample, "seq")) == 0) {
    json_object_del(sample, "pause_ns"); /* no pause is not a pause of 0 */
  }
  json_object_set_new(heap, "progress", texts);
}

static void put_alarms(const json_t *info) {
  size_t at = 0;
  json_t *alarm = NULL;
  json_array_foreach(json_object_get(info, "alarms"), at, alarm) {
    char message[TABLE_TEXT_BYTES], since[TABLE_TEXT_BYTES];
    printf("alarm: %s (since %s)\n", table_text(message, alarm, "message", COLUMN_TEXT),
           table_text(since, alarm, "since_ms", COLUMN_DATE));
  }
}

static void put_headline(const struct ctl *ctl, const json_t *info) {
  char uptime[FORMAT_BYTES], memory[FORMAT_BYTES];
  const char *version = json_string_value(json_object_get(info, "version"));
  json_int_t sessions = json_integer_value(json_object_get(info, "sessions"));
  format_duration(uptime,
                  (uint64_t)json_integer_value(json_object_get(info, "uptime_ms")));
  format_bytes(memory,
               (uint64_t)json_integer_value(json_object_get(info, "rss_bytes")));
  printf("ourod %s at %s, up %s, pid %" JSON_INTEGER_FORMAT ", %s resident\n",
         version ? version : "?", ctl->endpoint.text, uptime,
         json_integer_value(json_object_get(info, "pid")), memory);
  printf("you are %s, one of %" JSON_INTEGER_FORMAT " session%s%s\n", ctl_role(ctl),
         sessions, sessions == 1 ? "" : "s",
         json_is_true(json_object_get(info, "read_only")) ? "; it is read-only" : "");
  put_alarms(info);
}

static enum exit_code print_table(struct ctl *ctl, const json_t *info, json_t *heaps) {
  size_t at = 0;
  json_t *heap = NULL;
  json_array_foreach(heaps, at, heap) {
    add_progress(heap);
  }
  put_headline(ctl, info);
  if (json_array_size(heaps) == 0) {
    printf("it has no heaps\n");
    ctl_flush(ctl);
    return ctl->exit;
  }
  printf("\n");
  return ctl_print(ctl, table_columns, COUNT_OF(table_columns), heaps, NULL);
}

static enum exit_code run(struct ctl *ctl) {
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  ctl_question(ctl, "server.info");
  json_t *info = ctl_ask(ctl);
  json_t *heaps = info ? ctl_heaps(ctl) : NULL;
  if (heaps && json_array_size(heaps) > 0) {
    add_samples(ctl, heaps);
  }
  if (heaps && ctl->exit == EXIT_OK && !ctl->is_interrupted) {
    if (ctl->output == OUTPUT_TABLE) {
      print_table(ctl, info, heaps);
    } else {
      json_t *all = json_pack("{sOsssssO}", "server", info, "role", ctl_role(ctl),
                              "address", ctl->endpoint.text, "heaps", heaps);
      ctl_print(ctl, csv_columns, COUNT_OF(csv_columns), heaps, all);
      json_decref(all);
    }
  }
  json_decref(info);
  json_decref(heaps);
  return ctl->exit;
}

const struct command command_status = {
    .name = "status",
    .positionals = "",
    .summary = "the daemon and its heaps on one screen",
    .help =
        "Shows the daemon's version, address, age and memory, your role, what is "
        "wrong\n"
        "(alarms), and for each heap: whether it collects automatically, how far each\n"
        "generation is towards its threshold, live objects and bytes, collections so\n"
        "far, and the pauses' median, 99th percentile and maximum since the heap "
        "began.\n",
    .run = run,
};
