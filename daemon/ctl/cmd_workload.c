/* cmd_workload.c - what hosted heaps run: show it, start, change and stop it.
 *
 *   workload [HEAP]                      workload.list
 *   workload HEAP NAME [SETTING=VALUE]   workload.start
 *   workload HEAP SETTING=VALUE          workload.set
 *   workload HEAP stop                   workload.stop */
#include "commands.h"
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct column columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"WORKLOAD", "name", COLUMN_TEXT, 0},
    {"RUNS", "running", COLUMN_BOOL, 0},
    {"SETTINGS", "words", COLUMN_TEXT, 0},
};

/* "rate=7000 keep=16", owned; NULL when memory is short. */
static json_t *words_of(const json_t *workload) {
  char text[PROTO_MAX_SETTINGS * (PROTO_NAME_BYTES + 32)] = "";
  size_t used = 0, at;
  const json_t *setting;
  json_array_foreach(json_object_get(workload, "settings"), at, setting) {
    const char *name = json_string_value(json_object_get(setting, "name"));
    double value = json_number_value(json_object_get(setting, "value"));
    int length = snprintf(text + used, sizeof(text) - used, "%s%.63s=%.15g",
                          at > 0 ? " " : "", name ? name : "?", value);
    if (length < 0 || (size_t)length >= sizeof(text) - used) {
      break; /* more settings than the contract has */
    }
    used += (size_t)length;
  }
  return json_string(text);
}

static json_t *row_of(const json_t *workload) {
  json_t *row = json_copy((json_t *)(uintptr_t)workload);
  if (row) {
    json_object_set_new(row, "words", words_of(workload));
  }
  return row;
}

static enum exit_code list(struct ctl *ctl, const char *heap) {
  ctl_question(ctl, "workload.list");
  json_t *answer = ctl_ask(ctl);
  json_t *rows = json_array(), *kept = json_array();
  const json_t *workload;
  size_t at;
  json_array_foreach(json_object_get(answer, "workloads"), at, workload) {
    const char *of = json_string_value(json_object_get(workload, "heap"));
    if (!heap || (of && strcmp(of, heap) == 0)) {
      json_array_append_new(rows, row_of(workload));
      json_array_append(kept, (json_t *)(uintptr_t)workload);
    }
  }
  if (answer) {
    json_t *all = json_pack("{sO}", "workloads", kept);
    ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]), rows, all);
    json_decref(all);
  }
  json_decref(rows);
  json_decref(kept);
  json_decref(answer);
  return ctl->exit;
}

/* Write SETTING=VALUE of the positionals from `first` on. 0, or -1: said. */
static int write_settings(struct ctl *ctl, struct proto_writer *writer,
                          unsigned first) {
  proto_write_object(writer, "settings");
  for (unsigned i = first; i < ctl->arguments.positional_count; i++) {
    const char *text = ctl->arguments.positionals[i];
    const char *sign = strchr(text, '=');
    char name[PROTO_NAME_BYTES], *end = NULL;
    double value = sign ? strtod(sign + 1, &end) : 0;
    if (!sign || sign == text || (size_t)(sign - text) >= sizeof(name) ||
        end == sign + 1 || *end != '\0') {
      ctl_fail(ctl, EXIT_USAGE, NULL, "a setting is NAME=NUMBER, not '%.60s'", text);
      return -1;
    }
    memcpy(name, text, (size_t)(sign - text));
    name[sign - text] = '\0';
    proto_write_real(writer, name, value);
  }
  proto_write_end(writer);
  return 0;
}

static enum exit_code change(struct ctl *ctl, const char *heap, const char *what) {
  bool is_stop = strcmp(what, "stop") == 0, is_set = strchr(what, '=') != NULL;
  if (is_stop && ctl->arguments.positional_count > 2) {
    return ctl_fail(ctl, EXIT_USAGE, NULL, "stop takes no settings");
  }
  struct proto_writer *writer = ctl_question(ctl, is_stop  ? "workload.stop"
                                                  : is_set ? "workload.set"
                                                           : "workload.start");
  proto_write_string(writer, "heap", heap);
  if (!is_stop && !is_set) {
    proto_write_string(writer, "workload", what);
  }
  if (!is_stop && write_settings(ctl, writer, is_set ? 1 : 2) != 0) {
    return ctl->exit;
  }
  json_t *answer = ctl_ask(ctl);
  if (answer) {
    json_t *rows = json_pack("[o]", row_of(answer));
    ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]), rows, answer);
    json_decref(rows);
  }
  json_decref(answer);
  return ctl->exit;
}

static enum exit_code run(struct ctl *ctl) {
  const char *heap = arguments_positional(&ctl->arguments, 0);
  const char *what = arguments_positional(&ctl->arguments, 1);
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  if (heap) {
    json_t *named = ctl_chosen_heaps(ctl, heap);
    if (!named) {
      return ctl->exit;
    }
    json_decref(named);
  }
  return what ? change(ctl, heap, what) : list(ctl, heap);
}

const struct command command_workload = {
    .name = "workload",
    .positionals = "[HEAP [NAME|stop] [SETTING=VALUE]...]",
    .positionals_max = ARGUMENTS_MAX_POSITIONALS,
    .takes_heap = true,
    .summary = "what hosted heaps run: show, start, change, stop it",
    .help =
        "Without NAME it shows the workloads that hosted heaps can run, and their\n"
        "settings. With one it starts that workload in HEAP; with settings alone it\n"
        "changes what runs; `stop` ends it. Changing needs the operator's role.\n"
        "\n"
        "  ouroctl workload workshop leak rate=500\n"
        "  ouroctl workload workshop rate=2000\n"
        "  ouroctl workload workshop stop\n",
    .run = run,
};
