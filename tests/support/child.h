/* child.h - run a part of a test in a child process, which may die of it.
 *
 *   child_run(body, argument, text, sizeof text)
 *     fork --> body(argument) --> exit 0            returns how it ended (waitpid)
 *                  '--> abort()                     text: its standard error
 *
 * `body` must not use assertions of cmocka: they would run the other tests there. */
#ifndef OURO_TESTS_SUPPORT_CHILD_H
#define OURO_TESTS_SUPPORT_CHILD_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static inline int child_run(void (*body)(void *argument), void *argument, char *text,
                            size_t size) {
  int pipe_ends[2];
  assert_int_equal(pipe(pipe_ends), 0);
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    /* The signal must end it; a handler of the test's would not. */
    signal(SIGABRT, SIG_DFL);
    dup2(pipe_ends[1], STDERR_FILENO);
    close(pipe_ends[0]);
    body(argument);
    _exit(0);
  }
  close(pipe_ends[1]);
  size_t length = 0;
  for (ssize_t got; (got = read(pipe_ends[0], text + length, size - 1 - length)) > 0;)
    length += (size_t)got;
  text[length] = '\0';
  close(pipe_ends[0]);
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

/* It was aborted, and said this before. */
static inline void child_assert_aborts(void (*body)(void *argument), void *argument,
                                       const char *says) {
  char text[4096];
  int status = child_run(body, argument, text, sizeof text);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGABRT);
  if (strstr(text, says) == NULL)
    fail_msg("it said: %s", text);
}

#endif
