/* config_file.c - ourod.conf and what lies in conf.d, line by line.
 *
 *   file --> text --read_line--> libinih --on_pair--> the table's reader
 *                     |                       |
 *                  counts lines, refuses   knows section, name and line
 *                  what the library would cut
 *
 * Debian's libinih splits a line after 199 bytes and cuts a section's name after 49,
 * and says nothing; and it takes an indented line for more of the value above. So what
 * is too long, or holds a NUL, is refused here and never seen by it, and blanks in
 * front are taken away. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the library takes, without the end of the line. */
#define MAX_LINE_BYTES    197u
#define MAX_SECTION_BYTES 49u
/* A file of options is shorter than this. */
#define MAX_FILE_BYTES (256u * 1024u)

static const char byte_order_mark[] = "\xef\xbb\xbf";

struct reading {
  struct config *config;
  struct config_problems *problems;
  const char *name;
  unsigned file;
  const char *at, *end;
  unsigned line;
  unsigned seen[CONFIG_MAX_OPTIONS]; /* the line that set each option; 0: none */
  const char *unknown;   /* the [section] under way, if there is none of that name */
  unsigned unknown_line; /* and no name in it has said so yet */
};

/* --- lines --- */

/* NULL, or what is wrong with a line. */
static const char *line_fault(const char *text, size_t length) {
  const char *bracket = length > 0 && text[0] == '[' ? memchr(text, ']', length) : NULL;
  if (memchr(text, '\0', length)) {
    return "holds a NUL byte: this is no text file";
  }
  if (length > MAX_LINE_BYTES) {
    return "is longer than 197 bytes; a list may be given in several lines";
  }
  if (bracket && (size_t)(bracket - text) > MAX_SECTION_BYTES + 1) {
    return "names a section of more than 49 bytes";
  }
  for (const char *rest = bracket ? bracket + 1 : NULL; rest && rest < text + length;
       rest++) {
    if (*rest == ';') {
      break;
    }
    if (*rest != ' ' && *rest != '\t') {
      return "goes on after the section's name";
    }
  }
  return NULL;
}

static bool is_unknown_section(const char *text, size_t length) {
  const char *end = length > 0 && text[0] == '[' ? memchr(text, ']', length) : NULL;
  size_t name = end ? (size_t)(end - text) - 1 : 0;
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  for (size_t i = 0; end && i < count; i++) {
    const char *key = options[i].key;
    if (strncmp(key, text + 1, name) == 0 && key[name] == '.') {
      return false;
    }
  }
  return end != NULL;
}

/* An unknown section without any name in it would be heard of nowhere else. */
static void say_unknown_section(struct reading *reading) {
  if (reading->unknown) {
    config_problem(reading->problems, "%s:%u: there is no section %.*s", reading->name,
                   reading->unknown_line, (int)(strcspn(reading->unknown, "]") + 1),
                   reading->unknown);
  }
  reading->unknown = NULL;
}

/* The library's fgets(): one line for each call, so that it counts as we do. */
static char *read_line(char *ret, int size, void *stream) {
  struct reading *reading = stream;
  if (reading->at == reading->end || size < (int)MAX_LINE_BYTES + 3) {
    return NULL;
  }
  const char *text = reading->at;
  const char *end = memchr(text, '\n', (size_t)(reading->end - text));
  reading->at = end ? end + 1 : reading->end;
  end = end ? end : reading->end;
  reading->line++;

  if (reading->line == 1 && end - text >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
    text += 3;
  }
  if (end > text && end[-1] == '\r') {
    end--;
  }
  while (text < end && (*text == ' ' || *text == '\t')) {
    text++;
  }
  size_t length = (size_t)(end - text);
  /* Nobody reads a comment's end. */
  bool is_comment = length > 0 && (text[0] == '#' || text[0] == ';');
  const char *fault = is_comment ? NULL : line_fault(text, length);
  if (fault) {
    config_problem(reading->problems, "%s:%u: the line %s", reading->name,
                   reading->line, fault);
  } else if (length > 0 && text[0] == '[') {
    say_unknown_section(reading);
    reading->unknown = is_unknown_section(text, length) ? text : NULL;
    reading->unknown_line = reading->line;
  }
  length = is_comment || fault ? 0 : length;
  memcpy(ret, text, length);
  memcpy(ret + length, "\n", 2);
  return ret;
}

/* --- pairs --- */

static void say_unknown(struct reading *reading, const char *section, const char *key) {
  const struct config_option *nearest = config_nearest(key);
  const char *dot = nearest ? strrchr(nearest->key, '.') : NULL;
  size_t length = dot ? (size_t)(dot - nearest->key) : 0;
  char where[MAX_SECTION_BYTES + 16] = "";
  if (!nearest || (nearest->flags & CONFIG_ONLY_ARGUMENT) != 0) {
    config_problem(reading->problems, "%s:%u: there is no option %s", reading->name,
                   reading->line, key);
    return;
  }
  if (strlen(section) != length || memcmp(section, nearest->key, length) != 0) {
    snprintf(where, sizeof(where), dot ? " under [%.*s]" : " before the first section",
             (int)length, nearest->key);
  }
  config_problem(reading->problems, "%s:%u: there is no option %s; is %s%s meant?",
                 reading->name, reading->line, key, dot ? dot + 1 : nearest->key,
                 where);
}

/* Always 1: its own errors are told here, and 0 is for what the library finds. */
static int on_pair(void *context, const char *section, const char *name,
                   const char *value) {
  struct reading *reading = context;
  reading->unknown = NULL; /* the name will say it */
  char key[2 * MAX_LINE_BYTES + 2], expected[160];
  snprintf(key, sizeof(key), "%s%s%s", section, section[0] != '\0' ? "." : "", name);
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  /* A dot in a name would be a second way to write a section. */
  const struct config_option *option =
      strchr(name, '.') ? NULL : config_find(key, strlen(key));
  if (!option) {
    say_unknown(reading, section, key);
    return 1;
  }
  if ((option->flags & CONFIG_ONLY_ARGUMENT) != 0) {
    config_problem(reading->problems, "%s:%u: %s is for the command line only",
                   reading->name, reading->line, key);
    return 1;
  }
  size_t i = (size_t)(option - options);
  bool is_again = reading->seen[i] != 0;
  if (is_again && option->kind != CONFIG_LIST) {
    config_problem(reading->problems, "%s:%u: %s is set in line %u already",
                   reading->name, reading->line, key, reading->seen[i]);
    return 1;
  }
  if (!config_set(reading->config, option, value, is_again, expected)) {
    reading->config->origins[i] =
        (struct config_origin){CONFIG_FILE, reading->file, reading->line};
  } else {
    config_problem(reading->problems, "%s:%u: %s = %s: expected %s", reading->name,
                   reading->line, key, value, expected);
  }
  reading->seen[i] = reading->line;
  return 1;
}

void config_read_text(struct config *config, unsigned file, const char *name,
                      const char *text, size_t length,
                      struct config_problems *problems) {
  struct reading reading = {.config = config,
                            .problems = problems,
                            .name = name,
                            .file = file,
                            .at = text,
                            .end = text + length};
  int result = ini_parse_stream(read_line, &reading, on_pair, &reading);
  say_unknown_section(&reading);
  if (result > 0) {
    config_problem(problems, "%s:%d: expected [section], name = value or a # comment",
                   name, result);
  } else if (result < 0) {
    config_problem(problems, "%s: out of memory", name);
  }
}

/* --- files --- */

/* The file's text, owned, or NULL with errno; ENOENT alone is no problem yet. */
static char *read_file(const char *path, size_t *ret_length) {
  struct stat facts;
  char *text = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return NULL;
  }
  int failure = 0;
  size_t used = 0;
  if (fstat(fd, &facts) != 0) {
    failure = errno;
  } else if (S_ISDIR(facts.st_mode)) {
    failure = EISDIR;
  } else if (!S_ISREG(facts.st_mode) && !S_ISCHR(facts.st_mode)) {
    failure = EINVAL; /* a pipe may never have an end */
  } else if ((text = malloc(MAX_FILE_BYTES + 1)) == NULL) {
    failure = ENOMEM;
  }
  while (failure == 0 && used <= MAX_FILE_BYTES) {
    ssize_t bytes = read(fd, text + used, MAX_FILE_BYTES + 1 - used);
    if (bytes < 0 && errno == EINTR) {
      continue;
    }
    if (bytes <= 0) {
      failure = bytes < 0 ? errno : 0;
      break;
    }
    used += (size_t)bytes;
  }
  close(fd);
  if (failure == 0 && used > MAX_FILE_BYTES) {
    failure = EFBIG;
  }
  if (failure != 0) {
    free(text);
    errno = failure;
    return NULL;
  }
  *ret_length = used;
  return text;
}

static void read_one(struct config *config, unsigned file, const char *path,
                     bool may_be_missing, struct config_problems *problems) {
  size_t length = 0;
  char *text = read_file(path, &length);
  if (text) {
    config_read_text(config, file, path, text, length, problems);
  } else if (!may_be_missing || (errno != ENOENT && errno != ENOTDIR)) {
    config_problem(problems, "%s: %s", path,
                   errno == EINVAL ? "not a regular file" : strerror(errno));
  }
  free(text);
}

static int is_extra(const struct dirent *entry) {
  size_t length = strlen(entry->d_name);
  return entry->d_name[0] != '.' && length > 5 &&
         strcmp(entry->d_name + length - 5, ".conf") == 0;
}

/* By bytes, whatever the locale: 10-a.conf before 20-b.conf. */
static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

void config_read_files(struct config *config, bool is_named,
                       struct config_problems *problems) {
  char directory[PATH_MAX + 16], path[sizeof(directory) + NAME_MAX + 2];
  struct dirent **entries = NULL;
  read_one(config, 0, config->file, !is_named, problems);

  const char *slash = strrchr(config->file, '/');
  snprintf(directory, sizeof(directory), "%.*sconf.d",
           slash ? (int)(slash - config->file + 1) : 0, config->file);
  int count = scandir(directory, &entries, is_extra, by_name);
  if (count < 0 && errno != ENOENT && errno != ENOTDIR) {
    config_problem(problems, "%s: %s", directory, strerror(errno));
  }
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
    if (config->extra_count < CONFIG_MAX_EXTRA) {
      snprintf(config->extra_files[config->extra_count++], NAME_MAX + 1, "%s",
               entries[i]->d_name);
      read_one(config, config->extra_count, path, false, problems);
    } else {
      config_problem(problems, "%s: more than %u files in %s", path, CONFIG_MAX_EXTRA,
                     directory);
    }
    free(entries[i]);
  }
  free(entries);
}
