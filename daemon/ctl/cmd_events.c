/* cmd_events.c - what happens, as it happens: a line for each event, without end.
 *
 * JSON Lines by default, because this is what programs read; -o table is a sentence for
 * each, -o csv the columns of one topic. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "ctl.h"
#include "format.h"
#include "stream.h"

static const struct option_spec options[] = {
    {0, "topics", "LIST", OPTION_TEXT, 0, 0, NULL,
     "with commas between: collection, sample, pools, heap, audit (default: "
     "collection,heap)"},
    {0, "after", "SEQ", OPTION_TEXT, 0, 0, NULL,
     "begin with the collections after this number, as far as the daemon knows them: "
     "0 is all; for several heaps HEAP=SEQ,HEAP=SEQ"},
    {'n', "count", "N", OPTION_NUMBER, 1, INT64_C(9007199254740991), NULL,
     "end after so many events"},
    {'i', "interval", "TIME", OPTION_DURATION, 100, 60000, NULL,
     "between samples, and between pools (default: 1s)"},
};

static const struct column collection_columns[] = {
    {"", "heap", COLUMN_TEXT, 0},
    {"", "seq", COLUMN_COUNT, 0},
    {"", "time_ms", COLUMN_DATE, 0},
    {"", "generation", COLUMN_COUNT, 0},
    {"", "reason", COLUMN_TEXT, 0},
    {"", "requested_by", COLUMN_TEXT, 0},
    {"", "pause_ns", COLUMN_NS, 0},
    {"", "candidates", COLUMN_COUNT, 0},
    {"", "collected", COLUMN_COUNT, 0},
    {"", "uncollectable", COLUMN_COUNT, 0},
    {"", "freed_bytes", COLUMN_BYTES, 0},
    {"", "live_objects_after", COLUMN_COUNT, 0},
    {"", "live_bytes_after", COLUMN_BYTES, 0},
};

static const struct column sample_columns[] = {
    {"", "heap", COLUMN_TEXT, 0},
    {"", "seq", COLUMN_COUNT, 0},
    {"", "time_ms", COLUMN_DATE, 0},
    {"", "generations/0/count", COLUMN_COUNT, 0},
    {"", "generations/1/count", COLUMN_COUNT, 0},
    {"", "generations/2/count", COLUMN_COUNT, 0},
    {"", "tracked_objects", COLUMN_COUNT, 0},
    {"", "live_objects", COLUMN_COUNT, 0},
    {"", "live_bytes", COLUMN_BYTES, 0},
    {"", "allocated_total_objects", COLUMN_COUNT, 0},
    {"", "freed_total_objects", COLUMN_COUNT, 0},
    {"", "pause_ns/p50", COLUMN_NS, 0},
    {"", "pause_ns/p99", COLUMN_NS, 0},
    {"", "pause_ns/max", COLUMN_NS, 0},
};

static const struct column pools_columns[] = {
    {"", "heap", COLUMN_TEXT, 0},
    {"", "seq", COLUMN_COUNT, 0},
    {"", "time_ms", COLUMN_DATE, 0},
    {"", "arenas/in_use", COLUMN_COUNT, 0},
    {"", "arenas/bytes", COLUMN_BYTES, 0},
    {"", "pools/in_use", COLUMN_COUNT, 0},
    {"", "pools/empty", COLUMN_COUNT, 0},
    {"", "large/bytes", COLUMN_BYTES, 0},
    {"", "used_bytes", COLUMN_BYTES, 0},
    {"", "free_bytes", COLUMN_BYTES, 0},
    {"", "fragmentation", COLUMN_PERCENT, 0},
};

#define TOPIC(name, columns)                                                           \
  { name, columns, sizeof(columns) / sizeof((columns)[0]) }

static const struct topic {
  const char *name;
  const struct column *columns;
  size_t count;
} csv_topics[] = {
    TOPIC("collection", collection_columns),
    TOPIC("sample", sample_columns),
    TOPIC("pools", pools_columns),
};

/* NULL: this topic has no columns, or there are several topics. */
static const struct topic *csv_topic(const char *topics) {
  for (size_t i = 0; i < sizeof(csv_topics) / sizeof(csv_topics[0]); i++) {
    if (strcmp(csv_topics[i].name, topics) == 0) {
      return &csv_topics[i];
    }
  }
  return NULL;
}

/* --- a sentence for each event --- */

static void put_collection(const json_t *event) {
  char a[TABLE_TEXT_BYTES], b[TABLE_TEXT_BYTES], c[TABLE_TEXT_BYTES],
      d[TABLE_TEXT_BYTES], e[TABLE_TEXT_BYTES];
  printf("collection %s: generation %s, %s", table_text(a, event, "seq", COLUMN_TEXT),
         table_text(b, event, "generation", COLUMN_TEXT),
         table_text(c, event, "reason", COLUMN_TEXT));
  if (json_object_get(event, "requested_by")) {
    printf(" by %s", table_text(a, event, "requested_by", COLUMN_TEXT));
  }
  printf(", paused %s, freed %s of %s objects, %s",
         table_text(a, event, "pause_ns", COLUMN_NS),
         table_text(b, event, "collected", COLUMN_COUNT),
         table_text(c, event, "candidates", COLUMN_COUNT),
         table_text(d, event, "freed_bytes", COLUMN_BYTES));
  if (json_integer_value(json_object_get(event, "uncollectable")) > 0) {
    printf(", %s uncollectable", table_text(e, event, "uncollectable", COLUMN_COUNT));
  }
}

static void put_sample(const json_t *event) {
  char a[TABLE_TEXT_BYTES], b[TABLE_TEXT_BYTES], c[TABLE_TEXT_BYTES],
      d[TABLE_TEXT_BYTES], e[TABLE_TEXT_BYTES];
  printf("sample: counts %s %s %s, %s objects, %s live",
         table_text(a, event, "generations/0/count", COLUMN_COUNT),
         table_text(b, event, "generations/1/count", COLUMN_COUNT),
         table_text(c, event, "generations/2/count", COLUMN_COUNT),
         table_text(d, event, "live_objects", COLUMN_COUNT),
         table_text(e, event, "live_bytes", COLUMN_BYTES));
}

static void put_pools(const json_t *event) {
  char a[TABLE_TEXT_BYTES], b[TABLE_TEXT_BYTES], c[TABLE_TEXT_BYTES],
      d[TABLE_TEXT_BYTES];
  printf("pools: arenas %s, %s, %s used, fragmentation %s",
         table_text(a, event, "arenas/in_use", COLUMN_COUNT),
         table_text(b, event, "arenas/bytes", COLUMN_BYTES),
         table_text(c, event, "used_bytes", COLUMN_BYTES),
         table_text(d, event, "fragmentation", COLUMN_PERCENT));
}

static void put_audit(const json_t *event) {
  char a[TABLE_TEXT_BYTES], b[TABLE_TEXT_BYTES], c[TABLE_TEXT_BYTES];
  bool is_ok = json_is_true(json_object_get(event, "ok"));
  printf("audit: %s, %s", table_text(a, event, "who", COLUMN_TEXT),
         table_text(b, event, "method", COLUMN_TEXT));
  if (json_object_get(event, "detail")) {
    printf(" %s", table_text(c, event, "detail", COLUMN_TEXT));
  }
  const char *why = json_object_get(event, "name") ? "name" : "code";
  if (is_ok) {
    printf(": done");
  } else {
    printf(": refused, %s", table_text(a, event, why, COLUMN_TEXT));
  }
}

/* What this program has no words for, a newer daemon's topics too. */
static void put_other(const char *topic, const json_t *event) {
  char *text = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(15));
  char *escaped = text ? format_escape(text) : NULL;
  printf("%s %s", topic, escaped ? escaped : "?");
  free(escaped);
  free(text);
}

static void put_sentence(const char *topic, const json_t *event) {
  char time[FORMAT_BYTES], heap[TABLE_TEXT_BYTES];
  const json_t *info = json_object_get(event, "heap");
  int64_t time_ms = json_integer_value(json_object_get(event, "time_ms"));
  if (time_ms == 0) { /* some come without; they are of now */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  }
  format_clock(time, time_ms);
  table_text(heap, json_is_object(info) ? info : event,
             json_is_object(info) ? "id" : "heap", COLUMN_TEXT);
  size_t width = format_width(heap);
  printf("%s  %s%*s  ", time, heap, width < 12 ? (int)(12 - width) : 0, "");
  if (strcmp(topic, "collection") == 0) {
    put_collection(event);
  } else if (strcmp(topic, "sample") == 0) {
    put_sample(event);
  } else if (strcmp(topic, "pools") == 0) {
    put_pools(event);
  } else if (strcmp(topic, "audit") == 0) {
    put_audit(event);
  } else if (strcmp(topic, "heap") == 0) {
    char what[TABLE_TEXT_BYTES];
    printf("heap %s", table_text(what, event, "event", COLUMN_TEXT));
  } else {
    put_other(topic, event);
  }
  printf("\n");
}

/* {"topic": ..., and the event's own members} on one line. */
static void put_line(struct ctl *ctl, const char *topic, const json_t *event) {
  json_t *line = json_pack("{ss}", "topic", topic);
  json_object_update_missing(line, (json_t *)(uintptr_t)event);
  ctl_print_json(ctl, line, true);
  json_decref(line);
}

/* --- */

static void follow(struct ctl *ctl, struct stream *stream,
                   const struct topic *columns) {
  int64_t left = arguments_number(&ctl->arguments, "count", INT64_MAX);
  while (left > 0) {
    char topic[PROTO_NAME_BYTES];
    json_t *event = NULL;
    if (stream_next(stream, ctl, topic, &event) != CLIENT_OK) {
      break;
    }
    if (strcmp(topic, "server.hello") != 0) {
      switch (ctl->output) {
      case OUTPUT_TABLE: put_sentence(topic, event); break;
      case OUTPUT_CSV:
        csv_print_row(stdout, columns->columns, columns->count, event);
        break;
      case OUTPUT_JSON: put_line(ctl, topic, event); break;
      }
      left--;
    }
    json_decref(event);
    if (ctl_flush(ctl) != 0) {
      break;
    }
  }
  ctl->is_interrupted = false; /* that is how a stream is ended */
}

static enum exit_code run(struct ctl *ctl) {
  const char *heap = arguments_positional(&ctl->arguments, 0);
  const char *topics =
      arguments_text(&ctl->arguments, "topics",
                     ctl->output == OUTPUT_CSV ? "collection" : "collection,heap");
  struct stream stream = {
      .heap = heap ? heap : "*",
      .topics = topics,
      .interval_ms = arguments_number(&ctl->arguments, "interval", 1000),
      .after = arguments_text(&ctl->arguments, "after", NULL),
  };
  const struct topic *columns = csv_topic(topics);
  if (ctl->output == OUTPUT_CSV && !columns) {
    return ctl_fail(ctl, EXIT_USAGE, NULL,
                    "-o csv shows one topic: --topics collection, sample or pools");
  }
  if (ctl_connect(ctl) == 0 && stream_open(&stream, ctl) == 0) {
    if (ctl->output == OUTPUT_CSV) {
      csv_print_heading(stdout, columns->columns, columns->count);
      ctl_flush(ctl);
    }
    follow(ctl, &stream, columns);
  }
  stream_fini(&stream);
  return ctl->exit;
}

const struct command command_events = {
    .name = "events",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .output = OUTPUT_JSON,
    .summary = "what happens, a line for each event, until you end it",
    .help =
        "Follows a heap, or all heaps and those to come. Each line is one JSON object\n"
        "with its topic; -o table writes sentences, -o csv the columns of one topic.\n"
        "\n"
        "A connection that is lost is made again, for as long as it takes, and the\n"
        "stream goes on after the last collection it had: none comes twice. What the\n"
        "daemon could not keep is said on standard error, with its first and last\n"
        "number. Ends with 0 at Ctrl-C, after -n events, or when nobody reads any "
        "more.\n"
        "\n"
        "  ouroctl events documents --after 0 | jq .pause_ns\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
