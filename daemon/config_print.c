/* config_print.c - the table for people: --help and --print-config.
 *
 *   --listen ADDR:PORT  where to serve; ... (127.0.0.1:6876)
 *   listen = 127.0.0.1:6876                       # default
 *
 * What --print-config prints is a file that --config reads back to the same values. */
#include "config.h"

#include <string.h>

#define HELP_COLUMN 22
#define HELP_WIDTH  80

/* `text` from column `column` on, in lines of words. */
static void print_words(FILE *out, size_t column, const char *text) {
  for (bool is_first = true; *text != '\0'; is_first = false) {
    size_t length = strcspn(text, " ");
    if (column + 1 + length > HELP_WIDTH) {
      fprintf(out, "\n%*s", HELP_COLUMN, "");
      column = HELP_COLUMN;
    } else if (!is_first) {
      fputc(' ', out);
      column++;
    }
    fwrite(text, 1, length, out);
    column += length;
    text += length + (text[length] == ' ');
  }
  fputc('\n', out);
}

static void print_row(FILE *out, const char *name, const char *value,
                      const char *text) {
  int used = fprintf(out, "  %s%s%s", name, value ? " " : "", value ? value : "");
  size_t column = used > 0 ? (size_t)used : 0;
  if (column + 2 > HELP_COLUMN) {
    fputc('\n', out);
    column = 0;
  }
  fprintf(out, "%*s", (int)(HELP_COLUMN - column), "");
  print_words(out, HELP_COLUMN, text);
}

static void print_option(FILE *out, const struct config_option *option) {
  char name[64], text[512];
  snprintf(name, sizeof(name), "--%s", option->key);
  for (char *at = name; *at != '\0'; at++) {
    *at = *at == '.' || *at == '_' ? '-' : *at;
  }
  bool is_off = option->kind == CONFIG_FLAG && strcmp(option->fallback, "no") == 0;
  snprintf(text, sizeof(text),
           option->fallback[0] != '\0' && !is_off ? "%s (default %s)" : "%s",
           option->help, option->fallback);
  print_row(out, name, option->value, text);
}

int config_print_help(FILE *out) {
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  fputs(
      "usage: ourod [OPTION]...\n"
      "\n"
      "Runs garbage-collected heaps and shows their collectors at work: in a browser,\n"
      "over WebSocket at /ws and over HTTP at /rpc. Stays in the foreground; SIGTERM "
      "or\n"
      "Ctrl-C ends it, SIGHUP makes it read its configuration again.\n"
      "\n",
      out);
  print_row(out, "--config", "FILE",
            "read this file, and *.conf in the directory conf.d beside it "
            "(default " OURO_CONFIG_FILE ", if it is there)");
  print_row(out, "--check-config", NULL, "say whether the configuration is in order");
  print_row(out, "--print-config", NULL,
            "print every option's value and where it comes from");
  print_row(out, "--help", NULL, "this text");
  print_row(out, "--version", NULL, "the version");
  fputc('\n', out);
  for (size_t i = 0; i < count; i++) {
    print_option(out, &options[i]);
  }
  fputs(
      "\n"
      "Each of these options but the last two is also a line in the configuration "
      "file\n"
      "(read_only = yes; [limits] sessions = 10) and a variable of the environment\n"
      "(OUROD_READ_ONLY=yes, OUROD_LIMITS_SESSIONS=10). The command line wins over "
      "the\n"
      "environment, the environment over the files; --read-only=no is how a yes in a\n"
      "file is taken back. ourod.conf explains each of them.\n"
      "\n"
      "Exit code: 0 ended by a signal, 1 failed, 2 a mistake in an option or in what "
      "it\n"
      "names.\n",
      out);
  return ferror(out) ? -1 : 0;
}

void config_origin_text(const struct config *config, const struct config_option *option,
                        char *ret, size_t size) {
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  const struct config_origin *origin = &config->origins[option - options];
  const char *slash = strrchr(config->file, '/');
  switch (origin->source) {
  case CONFIG_DEFAULT: snprintf(ret, size, "default"); return;
  case CONFIG_ENVIRONMENT: snprintf(ret, size, "environment"); return;
  case CONFIG_COMMAND_LINE: snprintf(ret, size, "command line"); return;
  case CONFIG_FILE: break;
  }
  if (origin->file == 0) {
    snprintf(ret, size, "%s:%u", config->file, origin->line);
  } else {
    snprintf(ret, size, "%.*sconf.d/%s:%u", slash ? (int)(slash - config->file + 1) : 0,
             config->file, config->extra_files[origin->file - 1], origin->line);
  }
}

void config_place(const struct config *config, const char *key, char *ret,
                  size_t size) {
  config_origin_text(config, config_find(key, strlen(key)), ret, size);
}

int config_print(const struct config *config, FILE *out) {
  size_t count = 0, section_length = 0;
  const struct config_option *options = config_options(&count);
  const char *section = "";
  fprintf(out, "# The effective values, and above each where it comes from.\n");
  for (size_t i = 0; i < count; i++) {
    char value[PATH_MAX], origin[PATH_MAX + NAME_MAX + 64];
    const char *dot = strchr(options[i].key, '.');
    size_t length = dot ? (size_t)(dot - options[i].key) : 0;
    if ((options[i].flags & CONFIG_ONLY_ARGUMENT) != 0 ||
        config_format(config, &options[i], value, sizeof(value)) != 0) {
      continue;
    }
    if (length != section_length || strncmp(section, options[i].key, length) != 0) {
      section = options[i].key;
      section_length = length;
      fprintf(out, "\n[%.*s]\n", (int)length, section);
    }
    config_origin_text(config, &options[i], origin, sizeof(origin));
    fprintf(out, "# %s\n%s =%s%s\n", origin, dot ? dot + 1 : options[i].key,
            value[0] != '\0' ? " " : "", value);
  }
  return ferror(out) ? -1 : 0;
}
