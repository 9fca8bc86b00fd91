/* help.c - the words of --help. Lines end by column 80, so that they fit anywhere. */
#include "help.h"

#include <string.h>

#include "arguments.h"

#define LINE_COLUMNS   80
#define OPTION_COLUMNS 25

/* `text` in lines that begin at `column`; the first stands there already. */
static void put_wrapped(FILE *out, const char *text, int column) {
  int at = column;
  while (*text != '\0') {
    int word = (int)strcspn(text, " ");
    if (at > column && at + 1 + word > LINE_COLUMNS) {
      fprintf(out, "\n%*s", column, "");
      at = column;
    } else if (at > column) {
      fputc(' ', out);
      at++;
    }
    fprintf(out, "%.*s", word, text);
    at += word;
    text += word + (text[word] == ' ');
  }
  fputc('\n', out);
}

static void put_options(FILE *out, const struct option_spec *options, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct option_spec *option = &options[i];
    char text[64], letter[5] = "    ";
    if (option->letter != '\0') {
      snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    }
    int length =
        snprintf(text, sizeof(text), "  %s--%s%s%s", letter, option->name,
                 option->value ? " " : "",
                 option->choices && strlen(option->choices) < 20 ? option->choices
                 : option->value                                 ? option->value
                                                                 : "");
    fputs(text, out);
    if (length >= OPTION_COLUMNS) {
      fprintf(out, "\n%*s", OPTION_COLUMNS, "");
    } else {
      fprintf(out, "%*s", OPTION_COLUMNS - length, "");
    }
    put_wrapped(out, option->summary, OPTION_COLUMNS);
  }
}

void help_print_usage(FILE *out, const struct command *command) {
  fprintf(out, "usage: ouroctl %s%s%s [OPTIONS]\n", command ? command->name : "COMMAND",
          command && command->positionals[0] != '\0' ? " " : "",
          command ? command->positionals : " [ARGUMENTS]");
}

void help_print(FILE *out, const struct command_table *table) {
  size_t count = 0;
  const struct option_spec *options = arguments_global_options(&count);
  fputs(
      "usage: ouroctl COMMAND [ARGUMENTS] [OPTIONS]\n\n"
      "Shows and steers the collectors of an ourod: on this host through its control\n"
      "socket, elsewhere by address and token.\n\ncommands:\n",
      out);
  for (size_t i = 0; i < table->count; i++) {
    fprintf(out, "  %-12s %s\n", table->commands[i]->name, table->commands[i]->summary);
  }
  fputs(
      "\n`ouroctl COMMAND --help` explains one. HEAP is an id that `ouroctl heaps` "
      "lists;\nwithout it a question is about all heaps, and a command is for the only "
      "one.\n\noptions, anywhere on the line:\n",
      out);
  put_options(out, options, count);
  fputs(
      "\nenvironment:\n"
      "  OURO_SERVER            what --server says, where it is not given\n"
      "  OURO_TOKEN             the token for http and https; never an argument, "
      "which\n"
      "                         everybody on the host can read\n"
      "  NO_COLOR               no bold headings\n"
      "\nexit codes:\n"
      "  0 done   1 refused   2 wrong usage   3 unreachable   4 no answer in time\n"
      "\nWithout --server: /run/ouro/control.sock, $XDG_RUNTIME_DIR/ouro/control.sock\n"
      "or /tmp/ouro-UID/control.sock, the first that is there.\n",
      out);
}

void help_print_command(FILE *out, const struct command *command) {
  help_print_usage(out, command);
  fprintf(out, "\n%s\n", command->help);
  if (command->option_count > 0) {
    fputs("options:\n", out);
    put_options(out, command->options, command->option_count);
    fputc('\n', out);
  }
  fputs("The options of `ouroctl --help` hold here too.\n", out);
}
