/* cmd_threshold.c - show or set when generations are collected. */
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "format.h"

#define HOUR_MS (INT64_C(3600) * 1000)

static const struct column columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"THRESHOLD 0", "thresholds/0", COLUMN_COUNT, 0},
    {"THRESHOLD 1", "thresholds/1", COLUMN_COUNT, 0},
    {"THRESHOLD 2", "thresholds/2", COLUMN_COUNT, 0},
    {"AUTO", "enabled", COLUMN_BOOL, 0},
    {"BACK TO", "revert/thresholds", COLUMN_TEXT, 0},
    {"AT", "revert/at_ms", COLUMN_DATE, 0},
};

/* Without what it goes back to. */
#define PLAIN_COLUMNS 5

static const struct option_spec options[] = {
    {0, "revert-after", "TIME", OPTION_DURATION, 1, 24 * HOUR_MS, NULL,
     "go back to what was before after this time, unless `ouroctl keep` comes"},
};

static bool is_digits(const char *text) {
  return text[strspn(text, "0123456789")] == '\0';
}

/* Why asked for: an id may be digits too, and a question must not become a command. */
static bool is_heap(const json_t *heaps, const char *text) {
  size_t at = 0;
  json_t *heap = NULL;
  json_array_foreach((json_t *)(uintptr_t)heaps, at, heap) {
    const char *id = json_string_value(json_object_get(heap, "id"));
    if (id && strcmp(id, text) == 0) {
      return true;
    }
  }
  return false;
}

static json_t *row_of(const json_t *heap) {
  json_t *row = json_pack("{sOsOsO}", "heap", json_object_get(heap, "id"), "thresholds",
                          json_object_get(heap, "thresholds"), "enabled",
                          json_object_get(heap, "enabled"));
  json_t *revert = json_object_get(heap, "revert");
  if (revert) {
    json_object_set(row, "revert", revert);
  }
  return row;
}

static enum exit_code show(struct ctl *ctl, const char *named) {
  json_t *heaps = ctl_chosen_heaps(ctl, named), *rows = json_array(), *heap = NULL;
  size_t at = 0;
  size_t count = ctl->output == OUTPUT_TABLE ? PLAIN_COLUMNS
                                             : sizeof(columns) / sizeof(columns[0]);
  json_array_foreach(heaps, at, heap) {
    json_array_append_new(rows, row_of(heap));
    if (json_object_get(heap, "revert")) {
      count = sizeof(columns) / sizeof(columns[0]);
    }
  }
  if (heaps) {
    json_t *all = json_pack("{sO}", "heaps", rows);
    ctl_print(ctl, columns, count, rows, all);
    json_decref(all);
  }
  json_decref(heaps);
  json_decref(rows);
  return ctl->exit;
}

static int read_thresholds(struct ctl *ctl, unsigned first, int64_t *ret,
                           unsigned *ret_count) {
  unsigned count = ctl->arguments.positional_count;
  for (unsigned i = first; i < count; i++) {
    const char *text = ctl->arguments.positionals[i];
    if (!is_digits(text) || strlen(text) > 10 || atoll(text) > INT32_MAX) {
      ctl_fail(ctl, EXIT_USAGE, NULL,
               "a threshold is an integer from 0 to 2147483647, not '%.60s'", text);
      return -1;
    }
    ret[i - first] = atoll(text);
  }
  *ret_count = count - first;
  if (*ret_count > PROTO_GENERATIONS) {
    ctl_fail(ctl, EXIT_USAGE, NULL, "a heap has %d thresholds, not %u",
             PROTO_GENERATIONS, *ret_count);
    return -1;
  }
  return 0;
}

static enum exit_code set(struct ctl *ctl, const char *heap, const int64_t *values,
                          unsigned count) {
  struct proto_writer *writer = ctl_question(ctl, "gc.set_threshold");
  int64_t revert_ms = arguments_number(&ctl->arguments, "revert-after", -1);
  proto_write_string(writer, "heap", heap);
  proto_write_array(writer, "thresholds");
  for (unsigned i = 0; i < count; i++) {
    proto_write_int(writer, NULL, values[i]);
  }
  proto_write_end(writer);
  if (revert_ms > 0) {
    proto_write_int(writer, "revert_after_ms", revert_ms);
  }
  json_t *answer = ctl_ask(ctl);
  if (!answer) {
    return ctl->exit;
  }
  json_decref(answer);
  if (revert_ms > 0) {
    char time[FORMAT_BYTES];
    format_duration(time, (uint64_t)revert_ms);
    ctl_say(ctl, "this goes back in %s, unless: ouroctl keep %s", time, heap);
  }
  return show(ctl, heap);
}

static enum exit_code run(struct ctl *ctl) {
  const char *first = arguments_positional(&ctl->arguments, 0);
  bool is_first_heap = first && !is_digits(first);
  int64_t values[ARGUMENTS_MAX_POSITIONALS];
  unsigned count = 0;
  char heap[PROTO_NAME_BYTES];
  /* Mistakes that need no daemon are told without one. */
  if (first && read_thresholds(ctl, 1, values, &count) != 0) {
    return ctl->exit;
  }
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  if (first && !is_first_heap) {
    json_t *heaps = ctl_heaps(ctl);
    if (!heaps) {
      return ctl->exit;
    }
    is_first_heap = is_heap(heaps, first);
    json_decref(heaps);
  }
  if (read_thresholds(ctl, is_first_heap ? 1 : 0, values, &count) != 0) {
    return ctl->exit;
  }
  if (count == 0) {
    if (arguments_has(&ctl->arguments, "revert-after")) {
      return ctl_fail(ctl, EXIT_USAGE, NULL, "--revert-after is for new thresholds");
    }
    return show(ctl, is_first_heap ? first : NULL);
  }
  if (ctl_only_heap(ctl, is_first_heap ? first : NULL, heap) != 0) {
    return ctl->exit;
  }
  return set(ctl, heap, values, count);
}

const struct command command_threshold = {
    .name = "threshold",
    .positionals = "[HEAP] [T0 [T1 [T2]]]",
    .positionals_max = 4,
    .takes_heap = true,
    .summary = "show or set when generations are collected",
    .help =
        "Without numbers it shows the thresholds of HEAP, or of all heaps. With "
        "numbers\n"
        "it sets them, from generation 0 on; those that are not named stay. Generation "
        "0\n"
        "is collected after T0 net new containers, generation 1 after T1 collections "
        "of\n"
        "generation 0, generation 2 after T2 of generation 1. T0 = 0 turns automatic\n"
        "collection off. Setting needs the operator's role.\n"
        "\n"
        "  ouroctl threshold documents 2000 --revert-after 60s\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
