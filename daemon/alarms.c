/* alarms.c - what is wrong with the daemon now.
 *
 * A handful at most, so a list that is searched from the front. */
#include "alarms.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

const struct alarm *alarms_find(const struct alarms *alarms, const char *name) {
  for (unsigned i = 0; i < alarms->count; i++) {
    if (strcmp(alarms->list[i].name, name) == 0) {
      return &alarms->list[i];
    }
  }
  return NULL;
}

static struct alarm *find(struct alarms *alarms, const char *name) {
  const struct alarm *alarm = alarms_find(alarms, name);
  return alarm ? &alarms->list[alarm - alarms->list] : NULL;
}

void alarms_raise(struct alarms *alarms, struct moment now, const char *name,
                  const char *format, ...) {
  char message[sizeof(alarms->list[0].message)];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);

  struct alarm *alarm = find(alarms, name);
  if (alarm && strcmp(alarm->message, message) == 0) {
    return;
  }
  log_line(LOG_LEVEL_ERROR, "alarm %s: %s", name, message);
  if (!alarm && alarms->count < ALARMS_MAX) {
    alarm = &alarms->list[alarms->count++];
    *alarm = (struct alarm){.since_ms = now.wall_ms};
    snprintf(alarm->name, sizeof(alarm->name), "%s", name);
  }
  if (alarm) {
    memcpy(alarm->message, message, sizeof(message));
  }
}

void alarms_clear(struct alarms *alarms, const char *name) {
  struct alarm *alarm = find(alarms, name);
  if (!alarm) {
    return;
  }
  log_line(LOG_LEVEL_INFO, "alarm %s is over", name);
  alarms->count--;
  memmove(alarm, alarm + 1,
          (size_t)(&alarms->list[alarms->count] - alarm) * sizeof(*alarm));
}

unsigned alarms_list(const struct alarms *alarms, struct proto_alarm ret[ALARMS_MAX]) {
  for (unsigned i = 0; i < alarms->count; i++) {
    const struct alarm *alarm = &alarms->list[i];
    ret[i] = (struct proto_alarm){alarm->name, alarm->message, alarm->since_ms};
  }
  return alarms->count;
}
