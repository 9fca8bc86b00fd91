/* interrupt.c - the two signals that end a command. */
#include "interrupt.h"

#include <errno.h>
#include <signal.h>

/* Why these are global: a signal handler has no other way to its program. */
static volatile sig_atomic_t caught;
static uv_async_t *wake_on_signal;
static struct sigaction old_actions[2];

static void on_signal(int number) {
  int saved = errno;
  caught = number;
  if (wake_on_signal) {
    uv_async_send(wake_on_signal);
  }
  errno = saved;
}

/* Why not uv_signal: it restarts a write to a pipe that nobody empties, and then no
 * Ctrl-C would end the program. Without SA_RESTART the write fails. */
void interrupt_take(uv_async_t *wake) {
  struct sigaction action = {.sa_handler = on_signal};
  wake_on_signal = wake;
  sigaction(SIGINT, &action, &old_actions[0]);
  sigaction(SIGTERM, &action, &old_actions[1]);
}

void interrupt_return(void) {
  sigaction(SIGINT, &old_actions[0], NULL);
  sigaction(SIGTERM, &old_actions[1], NULL);
  wake_on_signal = NULL;
}

int interrupt_signal(void) {
  return caught;
}
