/* cmd_pauses.c - how long the program stood still: percentiles and a histogram.
 *
 *   pause        collections
 *   64 µs            812  ##################
 *   128 µs           203  ####
 *
 * Made from the newest collections that the daemon still has, by subscribing as if they
 * had been missed: exact durations, and nothing is asked again and again. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "format.h"
#include "stream.h"

#define BAR_COLUMNS  40
#define DEFAULT_LAST 1000
#define MAX_LAST     1000000
#define BUCKETS      40 /* powers of two from 1 ns: to 18 minutes */

static const struct column columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},          {"GEN", "generation", COLUMN_TEXT, 0},
    {"COLLECTIONS", "count", COLUMN_COUNT, 0}, {"P50", "p50_ns", COLUMN_NS, 0},
    {"P90", "p90_ns", COLUMN_NS, 0},           {"P99", "p99_ns", COLUMN_NS, 0},
    {"MAX", "max_ns", COLUMN_NS, 0},           {"SUM", "sum_ns", COLUMN_NS, 0},
};

static const struct option_spec options[] = {
    {'n', "last", "N", OPTION_NUMBER, 1, MAX_LAST, NULL,
     "of so many collections, the newest (default: 1000)"},
};

/* Pauses of one generation, or of all. */
struct pauses {
  uint64_t *ns; /* owned */
  size_t count, capacity;
};

static int add(struct pauses *pauses, uint64_t ns) {
  if (pauses->count == pauses->capacity) {
    size_t capacity = pauses->capacity > 0 ? pauses->capacity * 2 : 256;
    uint64_t *grown = realloc(pauses->ns, capacity * sizeof(*grown));
    if (!grown) {
      return -1;
    }
    pauses->ns = grown;
    pauses->capacity = capacity;
  }
  pauses->ns[pauses->count++] = ns;
  return 0;
}

static int by_length(const void *a, const void *b) {
  uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
  return (first > second) - (first < second);
}

/* The smallest pause that `percent` of all do not exceed. */
static json_t *percentile(const struct pauses *pauses, unsigned percent) {
  size_t rank = (pauses->count * percent + 99) / 100;
  return json_integer((json_int_t)pauses->ns[rank > 0 ? rank - 1 : 0]);
}

/* Sorts; NULL when there are none. */
static json_t *summarize(const char *heap, const char *generation,
                         struct pauses *pauses) {
  json_int_t sum = 0;
  if (pauses->count == 0) {
    return NULL;
  }
  qsort(pauses->ns, pauses->count, sizeof(*pauses->ns), by_length);
  for (size_t i = 0; i < pauses->count; i++) {
    sum += (json_int_t)pauses->ns[i];
  }
  return json_pack("{sssssIsosososIsI}", "heap", heap, "generation", generation,
                   "count", (json_int_t)pauses->count, "p50_ns", percentile(pauses, 50),
                   "p90_ns", percentile(pauses, 90), "p99_ns", percentile(pauses, 99),
                   "max_ns", (json_int_t)pauses->ns[pauses->count - 1], "sum_ns", sum);
}

/* Lines from the shortest pause to the longest, a power of two each. */
static void draw(const struct pauses *pauses) {
  size_t counts[BUCKETS] = {0}, most = 0;
  unsigned first = BUCKETS, last = 0;
  for (size_t i = 0; i < pauses->count; i++) {
    unsigned bucket = 0;
    while (bucket + 1 < BUCKETS && pauses->ns[i] >> (bucket + 1) > 0) {
      bucket++;
    }
    counts[bucket]++;
    most = counts[bucket] > most ? counts[bucket] : most;
    first = bucket < first ? bucket : first;
    last = bucket > last ? bucket : last;
  }
  for (unsigned i = first; i <= last && i < BUCKETS; i++) {
    char from[FORMAT_BYTES], count[FORMAT_BYTES];
    size_t length = (counts[i] * BAR_COLUMNS + most - 1) / most;
    format_ns(from, UINT64_C(1) << i);
    format_count(count, (int64_t)counts[i]);
    size_t width = format_width(from);
    printf("  from %*s%s %10s%s", width < 7 ? (int)(7 - width) : 0, "", from, count,
           length > 0 ? "  " : "");
    while (length-- > 0) {
      putchar('#');
    }
    putchar('\n');
  }
}

static int add_collection(const json_t *event,
                          struct pauses pauses[PROTO_GENERATIONS + 1]) {
  json_int_t generation = json_integer_value(json_object_get(event, "generation"));
  json_int_t ns = json_integer_value(json_object_get(event, "pause_ns"));
  if (generation < 0 || generation >= PROTO_GENERATIONS || ns < 0) {
    return 0;
  }
  return add(&pauses[generation], (uint64_t)ns) != 0 ||
                 add(&pauses[PROTO_GENERATIONS], (uint64_t)ns) != 0
             ? -1
             : 0;
}

/* Read the collections after `first` up to `last`, by generation and (at the end)
 * together. Those that the daemon does not know any more are passed over with what it
 * says of them. */
static int read_collections(struct ctl *ctl, json_int_t first, json_int_t last,
                            struct pauses pauses[PROTO_GENERATIONS + 1]) {
  json_int_t seq = 0;
  while (seq < last) {
    char topic[PROTO_NAME_BYTES];
    json_t *event = NULL;
    enum client_status status = ctl_next(ctl, ctl->timeout_ms, topic, &event);
    if (status != CLIENT_OK) {
      ctl_ended(ctl, status);
      return -1;
    }
    int result = 0;
    if (strcmp(topic, "collection") == 0) {
      seq = json_integer_value(json_object_get(event, "seq"));
      result = seq > first ? add_collection(event, pauses) : 0;
    } else if (strcmp(topic, "stream.lagged") == 0) {
      seq = json_integer_value(json_object_get(event, "last_seq"));
    }
    json_decref(event);
    if (result != 0) {
      ctl_fail(ctl, EXIT_REFUSED, NULL, "out of memory");
      return -1;
    }
  }
  return 0;
}

/* Subscribe as if the newest `last` had been missed, read them, unsubscribe. */
static int read_heap(struct ctl *ctl, const char *heap, json_int_t newest,
                     json_int_t last, struct pauses pauses[PROTO_GENERATIONS + 1]) {
  struct proto_writer *writer = ctl_question(ctl, "stream.subscribe");
  proto_write_string(writer, "heap", heap);
  proto_write_array(writer, "topics");
  proto_write_string(writer, NULL, "collection");
  proto_write_end(writer);
  proto_write_int(writer, "after_seq", newest > last ? newest - last : 0);
  json_t *answer = ctl_ask(ctl);
  if (!answer) {
    return -1;
  }
  json_int_t known = json_integer_value(json_object_get(answer, "backfilled"));
  json_int_t seq = json_integer_value(json_object_get(answer, "seq"));
  json_int_t number = json_integer_value(json_object_get(answer, "subscription"));
  json_decref(answer);
  if (known > 0 && read_collections(ctl, seq - last, seq, pauses) != 0) {
    return -1;
  }
  proto_write_int(ctl_question(ctl, "stream.unsubscribe"), "subscription", number);
  answer = ctl_ask(ctl);
  int result = answer ? 0 : -1;
  json_decref(answer);
  return result;
}

static void add_rows(json_t *rows, const char *heap, struct pauses *pauses) {
  static const char *const names[] = {"0", "1", "2", "all"};
  for (size_t i = 0; i <= PROTO_GENERATIONS; i++) {
    json_t *row = summarize(heap, names[i], &pauses[i]);
    if (row) {
      json_array_append_new(rows, row);
    }
  }
}

/* One heap; the drawing at once, or the rows for later. */
static int show_heap(struct ctl *ctl, const char *heap, json_int_t newest, json_t *all,
                     bool is_first) {
  struct pauses pauses[PROTO_GENERATIONS + 1] = {{0}};
  json_t *rows = json_array();
  int result =
      read_heap(ctl, heap, newest,
                arguments_number(&ctl->arguments, "last", DEFAULT_LAST), pauses);
  if (result == 0) {
    add_rows(rows, heap, pauses);
    json_array_extend(all, rows);
  }
  if (result == 0 && ctl->output == OUTPUT_TABLE) {
    printf("%s", is_first ? "" : "\n");
    if (json_array_size(rows) == 0) {
      char *name = format_escape(heap);
      printf("%s has had no collection\n", name ? name : "?");
      free(name);
    } else {
      ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]), rows, NULL);
      printf("\n");
      draw(&pauses[PROTO_GENERATIONS]);
    }
    ctl_flush(ctl);
  }
  for (size_t i = 0; i <= PROTO_GENERATIONS; i++) {
    free(pauses[i].ns);
  }
  json_decref(rows);
  return result;
}

static enum exit_code run(struct ctl *ctl) {
  const char *named = arguments_positional(&ctl->arguments, 0);
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  json_t *heaps = ctl_chosen_heaps(ctl, named), *all = json_array(), *heap = NULL;
  json_t *newest = NULL;
  size_t at = 0;
  enum client_status status = heaps ? stream_newest(ctl, &newest) : CLIENT_OK;
  int result = heaps && status == CLIENT_OK ? 0 : -1;
  ctl_ended(ctl, status);
  json_array_foreach(heaps, at, heap) {
    const char *id = json_string_value(json_object_get(heap, "id"));
    if (result == 0 && id) {
      result = show_heap(ctl, id, json_integer_value(json_object_get(newest, id)), all,
                         at == 0);
    }
  }
  if (result == 0 && ctl->output != OUTPUT_TABLE) {
    json_t *json = json_pack("{sO}", "pauses", all);
    ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]), all, json);
    json_decref(json);
  }
  json_decref(heaps);
  json_decref(newest);
  json_decref(all);
  return ctl->exit;
}

const struct command command_pauses = {
    .name = "pauses",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "how long programs stood still: percentiles and a histogram",
    .help =
        "Reads the newest collections that the daemon still knows and shows, for each\n"
        "generation and all together, the median pause, the 90th and 99th percentile,\n"
        "the longest and the sum; below them how many pauses there were of each "
        "length.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
