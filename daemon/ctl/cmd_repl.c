/* cmd_repl.c - statements of the playground, typed or piped in.
 *
 *   > john = Person('John')
 *   + Person('John')
 *   > del john
 *   - Person('John')
 *   > del phoenix
 *   ! Phoenix('P')          its finalizer saved it
 *
 * While it waits for a line the connection is served, or the daemon would think that we
 * are gone. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "ctl.h"
#include "format.h"

static const struct option_spec options[] = {
    {'e', "eval", "CODE", OPTION_TEXT, 0, 0, NULL,
     "run this and end, instead of reading statements"},
};

/* The heap that has a playground: named, or the only one that can. 0, or -1. */
static int find_heap(struct ctl *ctl, char ret[PROTO_NAME_BYTES]) {
  const char *named = arguments_positional(&ctl->arguments, 0);
  if (named) {
    return ctl_only_heap(ctl, named, ret);
  }
  json_t *heaps = ctl_heaps(ctl), *heap = NULL, *capability = NULL;
  size_t at = 0, i = 0;
  unsigned found = 0;
  json_array_foreach(heaps, at, heap) {
    const char *id = json_string_value(json_object_get(heap, "id"));
    json_array_foreach(json_object_get(heap, "capabilities"), i, capability) {
      const char *name = json_string_value(capability);
      if (id && name && strcmp(name, "repl") == 0) {
        snprintf(ret, PROTO_NAME_BYTES, "%s", id);
        found++;
      }
    }
  }
  if (heaps && found != 1) {
    ctl_fail(ctl, found == 0 ? EXIT_REFUSED : EXIT_USAGE, NULL,
             found == 0 ? "no heap here understands statements"
                        : "several heaps understand statements: name one");
  }
  json_decref(heaps);
  return found == 1 ? 0 : -1;
}

static void put_list(const char *mark, const json_t *list) {
  size_t at = 0;
  json_t *item = NULL;
  json_array_foreach((json_t *)(uintptr_t)list, at, item) {
    char *text = format_escape(json_string_value(item) ? json_string_value(item) : "?");
    printf("%s %s\n", mark, text ? text : "?");
    free(text);
  }
}

/* As Python prints it; a text of several lines, as help's is, line by line. */
static void put_value(const json_t *value) {
  if (json_is_boolean(value)) {
    puts(json_is_true(value) ? "True" : "False");
  } else if (json_is_integer(value)) {
    printf("%" JSON_INTEGER_FORMAT "\n", json_integer_value(value));
  } else if (json_is_string(value)) {
    char *copy = strdup(json_string_value(value)), *rest = copy;
    for (char *line = NULL; rest != NULL && (line = strsep(&rest, "\n")) != NULL;) {
      char *text = format_escape(line);
      puts(text ? text : "?");
      free(text);
    }
    free(copy);
  }
}

static void put_result(struct ctl *ctl, const json_t *result) {
  const json_t *value = json_object_get(result, "value");
  if (ctl->output != OUTPUT_TABLE) {
    ctl_print_json(ctl, result, true);
    return;
  }
  put_list("+", json_object_get(result, "created"));
  put_list("-", json_object_get(result, "destroyed"));
  put_list("!", json_object_get(result, "resurrected"));
  put_value(value);
}

/* Run one statement. A refusal is told, and the next may be better. */
static void eval(struct ctl *ctl, const char *heap, const char *code) {
  struct proto_writer *writer = ctl_question(ctl, "repl.eval");
  proto_write_string(writer, "heap", heap);
  proto_write_string(writer, "code", code);
  json_t *result = ctl_ask(ctl);
  if (result) {
    put_result(ctl, result);
  }
  json_decref(result);
  ctl_flush(ctl);
}

/* Read lines until their end. What failed last is not forgotten where nobody watches.
 */
static void read_statements(struct ctl *ctl, const char *heap) {
  bool is_terminal = isatty(STDIN_FILENO);
  char *line = NULL;
  size_t size = 0;
  enum exit_code worst = EXIT_OK;
  setvbuf(stdin, NULL, _IONBF, 0); /* what poll() does not see must not wait in here */
  while (!ctl->is_unheard && !ctl->is_interrupted) {
    if (is_terminal) {
      fputs("> ", stderr);
    }
    enum client_status status = client_wait_input(ctl->client, STDIN_FILENO);
    if (status != CLIENT_OK) {
      ctl_ended(ctl, status);
      break;
    }
    ssize_t length = getline(&line, &size, stdin);
    if (length < 0) {
      fputs(is_terminal ? "\n" : "", stderr);
      break;
    }
    line[strcspn(line, "\r\n")] = '\0';
    if (line[strspn(line, " \t")] != '\0') {
      ctl->exit = EXIT_OK;
      eval(ctl, heap, line);
      worst = ctl->exit != EXIT_OK ? ctl->exit : worst;
      if (ctl->exit >= EXIT_UNREACHABLE) {
        break;
      }
    }
  }
  free(line);
  ctl->exit = ctl->exit >= EXIT_UNREACHABLE || is_terminal ? ctl->exit : worst;
}

static enum exit_code run(struct ctl *ctl) {
  char heap[PROTO_NAME_BYTES];
  const char *code = arguments_text(&ctl->arguments, "eval", NULL);
  if (ctl_connect(ctl) != 0 || find_heap(ctl, heap) != 0) {
    return ctl->exit;
  }
  if (code) {
    eval(ctl, heap, code);
  } else {
    read_statements(ctl, heap);
  }
  return ctl->exit;
}

const struct command command_repl = {
    .name = "repl",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "statements of the playground, typed or piped in",
    .help =
        "Reads statements and runs each in the playground; + is an object that "
        "came to\n"
        "be, - one that was destroyed, ! one that its finalizer saved. The statement\n"
        "help lists what is known: a small part of Python, with lists, weak "
        "references\n"
        "and gc. Ctrl-D ends. Needs the operator's role.\n"
        "\n"
        "  ouroctl repl -e \"john = Person('John')\"\n"
        "  ouroctl repl -e help\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
