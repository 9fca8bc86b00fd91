/* cmd_top.c - all heaps on a screen that renews itself.
 *
 * Samples are pushed at the interval; the screen is drawn when every heap has sent one
 * since the last time, or when a heap sends its second. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "ctl.h"
#include "format.h"
#include "rates.h"
#include "stream.h"

static const struct column columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"GEN 0", "generations/0/count", COLUMN_COUNT, 7},
    {"GEN 1", "generations/1/count", COLUMN_COUNT, 5},
    {"GEN 2", "generations/2/count", COLUMN_COUNT, 5},
    {"OBJECTS", "live_objects", COLUMN_COUNT, 10},
    {"BYTES", "live_bytes", COLUMN_BYTES, 8},
    {"ALLOC/S", "allocated_objects_per_s", COLUMN_COUNT, 10},
    {"FREED/S", "freed_objects_per_s", COLUMN_COUNT, 10},
    {"COLL/S", "collections_per_s", COLUMN_RATE, 6},
    {"P50", "pause_ns/p50", COLUMN_NS, 7},
    {"P99", "pause_ns/p99", COLUMN_NS, 7},
    {"MAX", "pause_ns/max", COLUMN_NS, 7},
};

static const struct option_spec options[] = {
    {'i', "interval", "TIME", OPTION_DURATION, 100, 60000, NULL,
     "between two pictures (default: 1s)"},
};

static void enter_screen(void) {
  fputs("\033[?1049h\033[?25l", stdout);
}

static void leave_screen(void) {
  fputs("\033[?25h\033[?1049l", stdout);
  fflush(stdout);
}

/* Compares rows for qsort: who allocates most stands first. */
static int by_rate(const void *a, const void *b) {
  json_int_t first = json_integer_value(
      json_object_get(*(json_t *const *)a, "allocated_objects_per_s"));
  json_int_t second = json_integer_value(
      json_object_get(*(json_t *const *)b, "allocated_objects_per_s"));
  return (first < second) - (first > second);
}

static json_t *sorted(const json_t *samples) {
  size_t count = 0;
  json_t **rows = calloc(json_object_size(samples) + 1, sizeof(json_t *));
  json_t *ret = json_array(), *sample = NULL;
  const char *heap = NULL;
  json_object_foreach((json_t *)(uintptr_t)samples, heap, sample) {
    if (rows) {
      rows[count++] = sample;
    }
  }
  if (rows) {
    qsort(rows, count, sizeof(json_t *), by_rate);
  }
  for (size_t i = 0; i < count; i++) {
    json_array_append(ret, rows[i]);
  }
  free(rows);
  return ret;
}

/* Each line over the old one, and the rest of the screen cleared: nothing flickers. */
static void draw(struct ctl *ctl, const json_t *samples) {
  char *text = NULL;
  size_t length = 0;
  FILE *memory = open_memstream(&text, &length);
  json_t *rows = sorted(samples);
  if (memory) {
    table_print(memory, columns, sizeof(columns) / sizeof(columns[0]), rows,
                ctl->is_bold);
    fclose(memory);
    printf("\033[Hourod at %s, you are %s; Ctrl-C ends\033[K\n\033[K\n",
           ctl->endpoint.text, ctl_role(ctl));
    for (const char *line = text; *line != '\0';) {
      size_t own = strcspn(line, "\n");
      printf("%.*s\033[K\n", (int)own, line);
      line += own + (line[own] == '\n');
    }
    fputs("\033[J", stdout);
  }
  free(text);
  json_decref(rows);
}

static void follow(struct ctl *ctl, struct stream *stream) {
  json_t *samples = json_object(), *fresh = json_object();
  while (!ctl->is_unheard) {
    char topic[PROTO_NAME_BYTES];
    json_t *event = NULL;
    if (stream_next(stream, ctl, topic, &event) != CLIENT_OK) {
      break;
    }
    const json_t *info = json_object_get(event, "heap");
    const char *heap =
        json_string_value(json_is_object(info) ? json_object_get(info, "id") : info);
    if (heap && strcmp(topic, "sample") == 0) {
      if (json_object_get(fresh, heap)) {
        draw(ctl, samples);
        json_object_clear(fresh);
      }
      rates_add(event, json_object_get(samples, heap));
      if (rates_collections(event) <= 0) {
        json_object_del(event, "pause_ns"); /* no pause is not a pause of 0 */
      }
      json_object_set(samples, heap, event);
      json_object_set_new(fresh, heap, json_true());
      if (json_object_size(fresh) == json_object_size(samples)) {
        draw(ctl, samples);
        json_object_clear(fresh);
      }
    } else if (heap && strcmp(topic, "heap") == 0 &&
               strcmp(json_string_value(json_object_get(event, "event"))
                          ? json_string_value(json_object_get(event, "event"))
                          : "",
                      "removed") == 0) {
      json_object_del(samples, heap);
      json_object_del(fresh, heap);
    }
    json_decref(event);
    ctl_flush(ctl);
  }
  json_decref(samples);
  json_decref(fresh);
  ctl->is_interrupted = false;
}

static enum exit_code run(struct ctl *ctl) {
  struct stream stream = {
      .heap = "*",
      .topics = "sample,heap",
      .interval_ms = arguments_number(&ctl->arguments, "interval", 1000),
  };
  if (!isatty(STDOUT_FILENO)) {
    return ctl_fail(ctl, EXIT_USAGE, "ouroctl stat prints lines",
                    "top needs a terminal");
  }
  if (ctl_connect(ctl) == 0 && stream_open(&stream, ctl) == 0) {
    enter_screen();
    follow(ctl, &stream);
    leave_screen();
  }
  stream_fini(&stream);
  return ctl->exit;
}

const struct command command_top = {
    .name = "top",
    .positionals = "",
    .summary = "all heaps on a screen that renews itself",
    .help = "Shows counts, live objects and bytes, rates and pauses of all heaps, "
            "those that\n"
            "allocate most first. Ctrl-C ends.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
