/* cmd_objects.c - the way from a type that grows to what holds its objects.
 *
 *   types --growth 10s  -->  objects --type T  -->  why ID */
#include <string.h>

#include "commands.h"
#include "ctl.h"

#define PAGE_OBJECTS  1000
#define DEFAULT_COUNT 20

static const struct column object_columns[] = {
    {"ID", "id", COLUMN_TEXT, 14},           {"TYPE", "type", COLUMN_TEXT, 16},
    {"BYTES", "bytes", COLUMN_BYTES, 8},     {"REFCOUNT", "refcount", COLUMN_NUMBER, 0},
    {"GEN", "generation", COLUMN_NUMBER, 0}, {"WHAT", "text", COLUMN_TEXT, 0},
};

static const struct column path_columns[] = {
    {"ID", "object/id", COLUMN_TEXT, 0},
    {"TYPE", "object/type", COLUMN_TEXT, 0},
    {"WHAT", "object/text", COLUMN_TEXT, 0},
    {"HOLDS THE NEXT AS", "field", COLUMN_TEXT, 0},
};

#define OBJECT_COLUMNS (sizeof(object_columns) / sizeof(object_columns[0]))
#define PATH_COLUMNS   (sizeof(path_columns) / sizeof(path_columns[0]))

static const struct option_spec objects_options[] = {
    {0, "type", "TYPE", OPTION_TEXT, 0, 0, NULL, "of this type (default: of any)"},
    {'n', "count", "N", OPTION_NUMBER, 1, INT64_C(9007199254740991), NULL,
     "so many (default: 20)"},
};

/* --- objects --- */

static int put_page(struct ctl *ctl, const json_t *objects, int64_t *left) {
  size_t at = 0;
  json_t *row = NULL;
  json_array_foreach((json_t *)(uintptr_t)objects, at, row) {
    if (*left == 0) {
      break;
    }
    *left -= 1;
    switch (ctl->output) {
    case OUTPUT_TABLE:
      table_print_row(stdout, object_columns, OBJECT_COLUMNS, row);
      break;
    case OUTPUT_CSV: csv_print_row(stdout, object_columns, OBJECT_COLUMNS, row); break;
    case OUTPUT_JSON: ctl_print_json(ctl, row, true); break;
    }
  }
  return ctl_flush(ctl);
}

/* A page is printed before the next is asked for. */
static void list_objects(struct ctl *ctl, const char *heap) {
  const char *type = arguments_text(&ctl->arguments, "type", NULL);
  int64_t left = arguments_number(&ctl->arguments, "count", DEFAULT_COUNT);
  json_t *page = NULL;
  const char *cursor = NULL;
  int result = 0;
  do {
    struct proto_writer *writer = ctl_question(ctl, "heap.objects");
    proto_write_string(writer, "heap", heap);
    proto_write_int(writer, "limit", left < PAGE_OBJECTS ? left : PAGE_OBJECTS);
    if (type) {
      proto_write_string(writer, "type", type);
    }
    if (cursor) {
      proto_write_string(writer, "cursor", cursor);
    }
    json_decref(page);
    page = ctl_ask(ctl);
    result = page ? put_page(ctl, json_object_get(page, "objects"), &left) : -1;
    cursor = json_string_value(json_object_get(page, "next_cursor"));
  } while (result == 0 && cursor && left > 0);
  json_decref(page);
}

static enum exit_code objects(struct ctl *ctl) {
  char heap[PROTO_NAME_BYTES];
  const char *named = arguments_positional(&ctl->arguments, 0);
  if (ctl_connect(ctl) != 0 || ctl_only_heap(ctl, named, heap) != 0) {
    return ctl->exit;
  }
  if (ctl->output == OUTPUT_TABLE) {
    table_print_heading(stdout, object_columns, OBJECT_COLUMNS, ctl->is_bold);
  } else if (ctl->output == OUTPUT_CSV) {
    csv_print_heading(stdout, object_columns, OBJECT_COLUMNS);
  }
  list_objects(ctl, heap);
  return ctl->exit;
}

/* --- why --- */

static void print_path(struct ctl *ctl, json_t *answer) {
  char root[TABLE_TEXT_BYTES], length[TABLE_TEXT_BYTES];
  const json_t *path = json_object_get(answer, "path");
  if (ctl->output == OUTPUT_TABLE) {
    if (!json_is_true(json_object_get(answer, "reachable"))) {
      printf("nothing that lives holds it: the next collection may free it\n");
      ctl_flush(ctl);
      return;
    }
    if (json_object_get(answer, "root")) {
      printf("held from the root %s, %s objects long\n\n",
             table_text(root, answer, "root", COLUMN_TEXT),
             table_text(length, answer, "length_objects", COLUMN_COUNT));
    } else {
      printf("held from outside of the heap, as by a local variable\n\n");
    }
  }
  ctl_print(ctl, path_columns, PATH_COLUMNS, path, answer);
}

static enum exit_code why(struct ctl *ctl) {
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  struct proto_writer *writer = ctl_question(ctl, "heap.path_to_root");
  proto_write_string(writer, "heap", arguments_positional(&ctl->arguments, 0));
  proto_write_string(writer, "id", arguments_positional(&ctl->arguments, 1));
  json_t *answer = ctl_ask(ctl);
  if (answer) {
    print_path(ctl, answer);
  }
  json_decref(answer);
  return ctl->exit;
}

const struct command command_objects = {
    .name = "objects",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "live objects, of one type or any",
    .help =
        "Lists objects with their ids, for `ouroctl why` and `ouroctl graph --root`.\n"
        "json is a line for each. Needs the operator's role.\n",
    .options = objects_options,
    .option_count = sizeof(objects_options) / sizeof(objects_options[0]),
    .run = objects,
};

const struct command command_why = {
    .name = "why",
    .positionals = "HEAP ID",
    .positionals_min = 2,
    .positionals_max = 2,
    .takes_heap = true,
    .summary = "what keeps an object alive",
    .help = "Shows the shortest path to the object from a registered root, or else "
            "from an\n"
            "object that is held from outside of the heap. Ids come from `ouroctl "
            "objects`\n"
            "and `ouroctl graph`. Needs the operator's role.\n",
    .run = why,
};
