/* reload.h - SIGHUP: the sources are read again, and what may change while we run does.
 *
 *   files, environment, arguments --config_load--> loaded --+
 *        a mistake: everything stays, an alarm stands       |  option by option
 *                                       running ------------+--> next: reloadable ones
 *                                                                 are loaded's, the
 * rest running's
 *
 *   reload_begin --> somebody tries `next` --+--> reload_end: running becomes next
 *                                            +--> reload_refuse: everything stays
 *
 * Loop thread only; reads files. */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "alarms.h"
#include "config.h"

/* How the process was started; borrowed for ever. */
struct reload_sources {
  int argc;
  char *const *argv;
  char *const *environment;
};

struct reload {
  struct config loaded; /* as the sources have it */
  struct config next;   /* what may become of the running one */
};

/* The alarm that stands while the sources hold a mistake: the next start would fail. */
#define RELOAD_ALARM "configuration"

/* Read the sources. Owned: one of the two below takes it. NULL where nothing can be
 * reloaded: the mistakes are logged and the alarm is raised. */
struct reload *reload_begin(const struct reload_sources *sources,
                            const struct config *running, struct alarms *alarms,
                            struct moment now);
/* `*running` becomes `next`; each change is logged, and each that needs a restart. */
void reload_end_take(struct reload *reload, struct config *running,
                     struct alarms *alarms);
/* Something of the new configuration cannot be used: everything stays. */
void reload_refuse_take(struct reload *reload, struct alarms *alarms, struct moment now,
                        const char *message);

/* The part without files: take from `loaded` what may change. */
void reload_merge(const struct config *running, const struct config *loaded,
                  struct config *ret);

#endif
