/* cmd_completion.c - what the shells need to complete a line, from the table.
 *
 * Both scripts are a list of words for each command. Ids of heaps are asked from the
 * daemon while the user waits, so that takes a second at most. */
#include <string.h>

#include "commands.h"
#include "ctl.h"

static const char heaps_function[] =
    "_ouroctl_heaps() {\n"
    "  ouroctl heaps -o csv --timeout 1s 2>/dev/null | sed -n '2,$s/,.*//p'\n"
    "}\n";

static void put_words(const struct option_spec *options, size_t count) {
  for (size_t i = 0; i < count; i++) {
    printf(" --%s", options[i].name);
    if (options[i].letter != '\0') {
      printf(" -%c", options[i].letter);
    }
  }
}

/* "--a|-a)" for each option with choices or a file, in a case statement. */
static void put_values(const struct option_spec *options, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct option_spec *option = &options[i];
    if (option->kind == OPTION_FLAG) {
      continue;
    }
    printf("    --%s", option->name);
    if (option->letter != '\0') {
      printf("|-%c", option->letter);
    }
    if (option->choices) {
      printf(") COMPREPLY=($(compgen -W '");
      for (const char *c = option->choices; *c != '\0'; c++) {
        putchar(*c == '|' ? ' ' : *c);
      }
      printf("' -- \"$cur\")); return ;;\n");
    } else if (option->kind == OPTION_FILE) {
      printf(") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
    } else {
      printf(") return ;;\n");
    }
  }
}

static void put_bash(const struct command_table *table) {
  size_t count = 0;
  const struct option_spec *globals = arguments_global_options(&count);
  printf("# Completion of ouroctl for bash; made by: ouroctl completion bash\n%s"
         "_ouroctl() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local command= word words heap=\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case $word in\n     ",
         heaps_function);
  for (size_t i = 0; i < table->count; i++) {
    printf("%s%s", i > 0 ? "|" : " ", table->commands[i]->name);
  }
  printf(") command=$word; break ;;\n    esac\n  done\n  case $command:$prev in\n");
  /* A command's own options first: they may take the place of global ones. */
  for (size_t i = 0; i < table->count; i++) {
    const struct command *command = table->commands[i];
    for (size_t j = 0; j < command->option_count; j++) {
      if (command->options[j].choices) {
        printf("    %s:--%s) COMPREPLY=($(compgen -W '", command->name,
               command->options[j].name);
        for (const char *c = command->options[j].choices; *c != '\0'; c++) {
          putchar(*c == '|' ? ' ' : *c);
        }
        printf("' -- \"$cur\")); return ;;\n");
      } else if (command->options[j].kind != OPTION_FLAG) {
        printf("    %s:--%s) return ;;\n", command->name, command->options[j].name);
      }
    }
  }
  printf("  esac\n  case $prev in\n");
  put_values(globals, count);
  printf("  esac\n  case $command in\n    '') words='");
  for (size_t i = 0; i < table->count; i++) {
    printf("%s%s", i > 0 ? " " : "", table->commands[i]->name);
  }
  printf("' ;;\n");
  for (size_t i = 0; i < table->count; i++) {
    const struct command *command = table->commands[i];
    printf("    %s) words='", command->name);
    put_words(command->options, command->option_count);
    printf("'%s ;;\n", command->takes_heap ? " heap=yes" : "");
  }
  printf("  esac\n  if [[ $cur != -* && $heap ]]; then\n"
         "    words=$(_ouroctl_heaps)\n"
         "    local IFS=$'\\n'\n"
         "  elif [[ $cur == -* ]]; then\n    words+='");
  put_words(globals, count);
  printf("'\n  fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
         "complete -F _ouroctl ouroctl\n");
}

/* Text inside of [...] and '...' of _arguments. */
static void put_zsh_text(const char *text) {
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '\'') {
      fputs("'\\''", stdout);
    } else {
      printf("%s%c", *c == '[' || *c == ']' || *c == ':' || *c == '\\' ? "\\" : "", *c);
    }
  }
}

static void put_zsh_option(const struct option_spec *option, const char *name) {
  printf("    '%s[", name);
  put_zsh_text(option->summary);
  printf("]");
  if (option->kind != OPTION_FLAG) {
    printf(":%s:", option->value);
    if (option->choices) {
      printf("(");
      for (const char *c = option->choices; *c != '\0'; c++) {
        putchar(*c == '|' ? ' ' : *c);
      }
      printf(")");
    } else if (option->kind == OPTION_FILE) {
      printf("_files");
    }
  }
  printf("'\n");
}

static void put_zsh_options(const struct option_spec *options, size_t count) {
  char name[64];
  for (size_t i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "--%s", options[i].name);
    put_zsh_option(&options[i], name);
    if (options[i].letter != '\0') {
      snprintf(name, sizeof(name), "-%c", options[i].letter);
      put_zsh_option(&options[i], name);
    }
  }
}

static void put_zsh(const struct command_table *table) {
  size_t count = 0;
  const struct option_spec *globals = arguments_global_options(&count);
  printf("#compdef ouroctl\n"
         "# Completion of ouroctl for zsh; made by: ouroctl completion zsh\n%s"
         "_ouroctl_heap() {\n"
         "  local -a heaps\n"
         "  heaps=(\"${(@f)$(_ouroctl_heaps)}\")\n"
         "  compadd -- $heaps\n"
         "}\n"
         "_ouroctl() {\n"
         "  local context state state_descr line\n"
         "  typeset -A opt_args\n"
         "  local -a globals options commands\n"
         "  globals=(\n",
         heaps_function);
  put_zsh_options(globals, count);
  printf("  )\n  commands=(\n");
  for (size_t i = 0; i < table->count; i++) {
    printf("    '%s:", table->commands[i]->name);
    put_zsh_text(table->commands[i]->summary);
    printf("'\n");
  }
  printf("  )\n"
         "  _arguments -C $globals '1: :->command' '*:: :->rest'\n"
         "  case $state in\n"
         "    command) _describe command commands; return ;;\n"
         "    rest) ;;\n"
         "    *) return ;;\n"
         "  esac\n"
         "  case $line[1] in\n");
  for (size_t i = 0; i < table->count; i++) {
    const struct command *command = table->commands[i];
    printf("  %s) options=(\n", command->name);
    put_zsh_options(command->options, command->option_count);
    if (command->takes_heap) {
      printf("    '1:heap:_ouroctl_heap'\n");
    }
    if (strcmp(command->name, "completion") == 0) {
      printf("    '1:shell:(bash zsh)'\n");
    }
    printf("  ) ;;\n");
  }
  printf("  esac\n  _arguments $globals $options\n}\n_ouroctl \"$@\"\n");
}

static enum exit_code run(struct ctl *ctl) {
  const char *shell = arguments_positional(&ctl->arguments, 0);
  if (strcmp(shell, "bash") == 0) {
    put_bash(ctl->table);
  } else if (strcmp(shell, "zsh") == 0) {
    put_zsh(ctl->table);
  } else {
    return ctl_fail(ctl, EXIT_USAGE, NULL, "there are completions for bash and zsh");
  }
  ctl_flush(ctl);
  return ctl->exit;
}

const struct command command_completion = {
    .name = "completion",
    .positionals = "bash|zsh",
    .positionals_min = 1,
    .positionals_max = 1,
    .summary = "a script with which a shell completes ouroctl's arguments",
    .help = "An installed ouroctl has brought both. For one that is not:\n"
            "\n"
            "  source <(ouroctl completion bash)\n",
    .run = run,
};
