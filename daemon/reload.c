/* reload.c - SIGHUP: the sources are read again, and what may change while we run does.
 *
 *   limits.sessions: "1024" -> "10" (/etc/ouro/ourod.conf:12)            taken
 *   listen: "127.0.0.1:1" needs a restart; "127.0.0.1:6876" stays        told */
#include "reload.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

/* The values of one option as text; false when they are the same. */
static bool differs(const struct config *a, const struct config *b,
                    const struct config_option *option, char in_a[PATH_MAX],
                    char in_b[PATH_MAX]) {
  return config_format(a, option, in_a, PATH_MAX) == 0 &&
         config_format(b, option, in_b, PATH_MAX) == 0 && strcmp(in_a, in_b) != 0;
}

/* May the value `after` take the place of `before` while we run? */
static bool may_change(const struct config_option *option, const char *before,
                       const char *after) {
  bool is_switched = (before[0] == '\0') != (after[0] == '\0');
  return (option->flags & CONFIG_RELOADABLE) != 0 &&
         !(is_switched && (option->flags & CONFIG_SWITCH) != 0);
}

void reload_merge(const struct config *running, const struct config *loaded,
                  struct config *ret) {
  char before[PATH_MAX], after[PATH_MAX];
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  *ret = *loaded;
  for (size_t i = 0; i < count; i++) {
    const struct config_option *option = &options[i];
    if (!differs(running, loaded, option, before, after) ||
        may_change(option, before, after)) {
      continue;
    }
    memcpy((char *)ret + option->offset, (const char *)running + option->offset,
           option->size);
    if (option->kind == CONFIG_ADDRESS) {
      ret->port = running->port;
    }
    ret->origins[i] = running->origins[i];
  }
}

static void tell_changes(const struct config *running, const struct config *loaded) {
  char before[PATH_MAX], after[PATH_MAX], where[PATH_MAX + NAME_MAX + 64];
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  for (size_t i = 0; i < count; i++) {
    const struct config_option *option = &options[i];
    if (!differs(running, loaded, option, before, after)) {
      continue;
    }
    config_origin_text(loaded, option, where, sizeof(where));
    if (may_change(option, before, after)) {
      log_line(LOG_LEVEL_INFO, "%s: \"%s\" -> \"%s\" (%s)", option->key, before, after,
               where);
    } else {
      log_line(LOG_LEVEL_WARNING, "%s: \"%s\" needs a restart (%s); \"%s\" stays",
               option->key, after, where, before);
    }
  }
}

struct reload *reload_begin(const struct reload_sources *sources,
                            const struct config *running, struct alarms *alarms,
                            struct moment now) {
  struct reload *reload = malloc(sizeof(*reload));
  struct config_problems *problems = calloc(1, sizeof(*problems));
  if (!reload || !problems) {
    reload_refuse_take(reload, alarms, now, "out of memory");
    reload = NULL;
  } else if (config_load(&reload->loaded, sources->argc, sources->argv,
                         sources->environment, problems) == CONFIG_ERROR) {
    char first[PROTO_REASON_BYTES];
    config_log_problems(problems);
    snprintf(first, sizeof(first), "%.*s", (int)strcspn(problems->text, "\n"),
             problems->text);
    reload_refuse_take(reload, alarms, now, first);
    reload = NULL;
  } else {
    reload_merge(running, &reload->loaded, &reload->next);
  }
  free(problems);
  return reload;
}

void reload_end_take(struct reload *reload, struct config *running,
                     struct alarms *alarms) {
  tell_changes(running, &reload->loaded);
  *running = reload->next;
  alarms_clear(alarms, RELOAD_ALARM);
  log_line(LOG_LEVEL_INFO, "the configuration has been read again");
  free(reload);
}

void reload_refuse_take(struct reload *reload, struct alarms *alarms, struct moment now,
                        const char *message) {
  log_line(LOG_LEVEL_ERROR, "nothing was reloaded, everything stays as it was: %s",
           message);
  alarms_raise(alarms, now, RELOAD_ALARM, "%s", message);
  free(reload);
}
