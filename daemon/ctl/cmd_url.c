/* cmd_url.c - an address of the dashboard that logs one browser in. */
#include "commands.h"
#include "ctl.h"
#include "format.h"

static const struct option_spec options[] = {
    {0, "role", "ROLE", OPTION_CHOICE, 0, 0, "operator|observer",
     "what the browser may do (default: operator)"},
};

static enum exit_code run(struct ctl *ctl) {
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  const char *role = arguments_text(&ctl->arguments, "role", NULL);
  struct proto_writer *writer = ctl_question(ctl, "auth.one_time_url");
  if (role) {
    proto_write_string(writer, "role", role);
  }
  json_t *answer = ctl_ask(ctl);
  if (!answer) {
    return ctl->exit;
  }
  if (ctl->output == OUTPUT_TABLE) {
    char url[TABLE_TEXT_BYTES * 4], time[FORMAT_BYTES];
    const char *text = json_string_value(json_object_get(answer, "url"));
    char *escaped = format_escape(text ? text : "");
    snprintf(url, sizeof(url), "%s", escaped ? escaped : "");
    free(escaped);
    printf("%s\n", url);
    if (ctl_flush(ctl) == 0) {
      format_duration(
          time, (uint64_t)json_integer_value(json_object_get(answer, "expires_in_ms")));
      ctl_say(ctl, "good for one browser, within %s", time);
    }
  } else {
    static const struct column columns[] = {
        {"URL", "url", COLUMN_TEXT, 0},
        {"EXPIRES IN", "expires_in_ms", COLUMN_MS, 0},
    };
    json_t *rows = json_pack("[O]", answer);
    ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]), rows, answer);
    json_decref(rows);
  }
  json_decref(answer);
  return ctl->exit;
}

const struct command command_url = {
    .name = "url",
    .positionals = "",
    .summary = "the dashboard's address, with a login that is good once",
    .help = "Prints an address that logs one browser in, within a minute. Needs the\n"
            "operator's role. The address alone goes to standard output:\n"
            "\n"
            "  xdg-open \"$(ouroctl url)\"\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
