/* cmd_types.c - live objects and bytes by type, and by how much they grew.
 *
 *   heap.mark ... time passes ... heap.growth
 *
 * The daemon remembers the first count, so both are exact for all types, however many
 * are shown. */
#include "commands.h"
#include "ctl.h"
#include "format.h"

#define CENSUS_MAX    1000
#define DEFAULT_TYPES 20
#define DAY_MS        (INT64_C(24) * 3600 * 1000)

static const struct column columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"TYPE", "type", COLUMN_TEXT, 0},
    {"OBJECTS", "objects", COLUMN_COUNT, 0},
    {"BYTES", "bytes", COLUMN_BYTES, 0},
    {"OBJECTS GREW", "grown_objects", COLUMN_COUNT, 0},
    {"BYTES GREW", "grown_bytes", COLUMN_BYTES, 0},
};

#define COLUMNS        4
#define GROWTH_COLUMNS 6

static const struct option_spec options[] = {
    {0, "growth", "TIME", OPTION_DURATION, 1, DAY_MS, NULL,
     "count twice, so long apart, and show what grew, most bytes first"},
    {'l', "limit", "N", OPTION_NUMBER, 1, CENSUS_MAX, NULL,
     "so many types of each heap (default: 20)"},
};

/* The census of one heap, owned. */
static json_t *count_types(struct ctl *ctl, const char *heap, int64_t limit) {
  struct proto_writer *writer = ctl_question(ctl, "heap.census");
  proto_write_string(writer, "heap", heap);
  proto_write_int(writer, "limit", limit);
  return ctl_ask(ctl);
}

static json_int_t member(const json_t *row, const char *key) {
  return json_integer_value(json_object_get(row, key));
}

/* A census of each heap: [{"heap", "types", "types_total"}]; NULL: all was said. */
static json_t *count_all(struct ctl *ctl, const json_t *heaps, int64_t limit) {
  json_t *ret = json_array(), *heap = NULL;
  size_t at = 0;
  json_array_foreach((json_t *)(uintptr_t)heaps, at, heap) {
    json_t *id = json_object_get(heap, "id");
    json_t *census = count_types(ctl, json_string_value(id), limit);
    if (!census) {
      json_decref(ret);
      return NULL;
    }
    json_object_set(census, "heap", id);
    json_array_append_new(ret, census);
  }
  return ret;
}

/* Mark all heaps: [mark, ...] in their order; NULL: all was said. */
static json_t *mark_all(struct ctl *ctl, const json_t *heaps) {
  json_t *ret = json_array(), *heap = NULL;
  size_t at = 0;
  json_array_foreach((json_t *)(uintptr_t)heaps, at, heap) {
    const char *id = json_string_value(json_object_get(heap, "id"));
    proto_write_string(ctl_question(ctl, "heap.mark"), "heap", id);
    json_t *answer = ctl_ask(ctl);
    if (!answer) {
      json_decref(ret);
      return NULL;
    }
    json_array_append(ret, json_object_get(answer, "mark"));
    json_decref(answer);
  }
  return ret;
}

/* Growth of each heap since its mark, in the form of count_all. */
static json_t *growth_all(struct ctl *ctl, const json_t *heaps, const json_t *marks,
                          int64_t limit) {
  json_t *ret = json_array(), *heap = NULL;
  size_t at = 0;
  json_array_foreach((json_t *)(uintptr_t)heaps, at, heap) {
    json_t *id = json_object_get(heap, "id");
    struct proto_writer *writer = ctl_question(ctl, "heap.growth");
    proto_write_string(writer, "heap", json_string_value(id));
    proto_write_int(writer, "since", json_integer_value(json_array_get(marks, at)));
    proto_write_int(writer, "limit", limit);
    json_t *answer = ctl_ask(ctl);
    if (!answer) {
      json_decref(ret);
      return NULL;
    }
    json_object_set(answer, "heap", id);
    json_array_append_new(ret, answer);
  }
  return ret;
}

static json_t *measure_growth(struct ctl *ctl, const json_t *heaps, int64_t wait_ms,
                              int64_t limit) {
  json_t *marks = mark_all(ctl, heaps), *ret = NULL;
  enum client_status status =
      marks ? client_sleep(ctl->client, wait_ms) : CLIENT_TIMED_OUT;
  if (status != CLIENT_TIMED_OUT) {
    ctl_ended(ctl, status);
  } else if (marks) {
    ret = growth_all(ctl, heaps, marks, limit);
  }
  json_decref(marks);
  return ret;
}

/* The first `limit` types of each heap as rows; what is left out is counted. */
static json_t *take_rows(const json_t *censuses, size_t limit, json_int_t *ret_hidden) {
  json_t *rows = json_array(), *census = NULL, *row = NULL;
  size_t at = 0, i = 0;
  *ret_hidden = 0;
  json_array_foreach((json_t *)(uintptr_t)censuses, at, census) {
    json_t *types = json_object_get(census, "types");
    json_int_t total = member(census, "types_total");
    size_t shown = json_array_size(types) < limit ? json_array_size(types) : limit;
    *ret_hidden += total > (json_int_t)shown ? total - (json_int_t)shown : 0;
    json_array_foreach(types, i, row) {
      if (i < limit) {
        json_object_set(row, "heap", json_object_get(census, "heap"));
        json_array_append(rows, row);
      }
    }
  }
  return rows;
}

static void print(struct ctl *ctl, const json_t *censuses, size_t limit,
                  bool is_growth) {
  json_int_t hidden = 0;
  json_t *rows = take_rows(censuses, limit, &hidden);
  json_t *all = json_pack("{sO}", "types", rows);
  /* The heap's column is for several of them, and for programs always. */
  size_t skip = ctl->output == OUTPUT_TABLE && json_array_size(censuses) == 1;
  if (ctl->output == OUTPUT_TABLE && is_growth && json_array_size(rows) == 0) {
    printf("nothing grew or shrank\n");
    ctl_flush(ctl);
  } else {
    ctl_print(ctl, columns + skip, (is_growth ? GROWTH_COLUMNS : COLUMNS) - skip, rows,
              all);
  }
  if (ctl->output == OUTPUT_TABLE && hidden > 0) {
    char count[FORMAT_BYTES];
    format_count(count, hidden);
    printf("... and %s more types: --limit shows more\n", count);
    ctl_flush(ctl);
  }
  json_decref(all);
  json_decref(rows);
}

static enum exit_code run(struct ctl *ctl) {
  const char *named = arguments_positional(&ctl->arguments, 0);
  int64_t limit = arguments_number(&ctl->arguments, "limit", DEFAULT_TYPES);
  int64_t growth_ms = arguments_number(&ctl->arguments, "growth", 0);
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  json_t *heaps = ctl_chosen_heaps(ctl, named);
  json_t *censuses = !heaps          ? NULL
                     : growth_ms > 0 ? measure_growth(ctl, heaps, growth_ms, limit)
                                     : count_all(ctl, heaps, limit);
  if (censuses) {
    print(ctl, censuses, (size_t)limit, growth_ms > 0);
  }
  json_decref(heaps);
  json_decref(censuses);
  return ctl->exit;
}

const struct command command_types = {
    .name = "types",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "live objects and bytes by type, and what grows",
    .help = "Takes a census of HEAP, or of all heaps: which types the live objects "
            "have and\n"
            "how many bytes they take, most bytes first. With --growth it counts twice "
            "and\n"
            "shows the types that changed, which is where a leak shows.\n"
            "\n"
            "  ouroctl types documents --growth 10s\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
