/* oracle_shrink.c - a failing program made small and readable.
 *
 *   cut runs of operations, ever shorter ones, until none can go;
 *   then make each operand as small as it goes
 *
 * Each attempt runs in a process of its own: an assertion that fails or a sanitizer
 * that stops the program is as good a failure as a disagreement. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle_private.h"

/* ---- running apart ---- */

static void run_child(const uint8_t *program, size_t bytes, char *shared) {
  int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere >= 0)
    (void)dup2(nowhere, STDERR_FILENO);
  bool good = oracle_run(program, bytes, shared, ORACLE_MESSAGE_BYTES);
  exit(good ? 0 : 1);
}

bool oracle_run_apart(const uint8_t *program, size_t bytes, char *message,
                      size_t size) {
  char *shared = mmap(NULL, ORACLE_MESSAGE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    return true;
  pid_t child = fork();
  if (child == 0)
    run_child(program, bytes, shared);
  int status = 0;
  bool good = child < 0 || (waitpid(child, &status, 0) == child && status == 0);
  if (!good && shared[0] != '\0')
    snprintf(message, size, "%s", shared);
  else if (!good && WIFSIGNALED(status))
    snprintf(message, size, "it ends with signal %d", WTERMSIG(status));
  else if (!good)
    snprintf(message, size, "it ends with status %d", WEXITSTATUS(status));
  (void)munmap(shared, ORACLE_MESSAGE_BYTES);
  return good;
}

static bool fails(const uint8_t *program, size_t bytes) {
  char message[ORACLE_MESSAGE_BYTES];
  return !oracle_run_apart(program, bytes, message, sizeof message);
}

/* ---- shrinking ---- */

static size_t cut_operations(uint8_t *program, size_t bytes) {
  uint8_t *shorter = malloc(bytes + 1);
  if (shorter == NULL)
    return bytes;
  for (size_t cut = bytes / ORACLE_OP_BYTES / 2; cut >= 1;) {
    bool shrunk = false;
    size_t width = cut * ORACLE_OP_BYTES;
    for (size_t at = 0; at + width <= bytes;) {
      memcpy(shorter, program, at);
      memcpy(shorter + at, program + at + width, bytes - at - width);
      if (!fails(shorter, bytes - width)) {
        at += width;
        continue;
      }
      bytes -= width;
      memcpy(program, shorter, bytes);
      shrunk = true;
    }
    if (!shrunk)
      cut /= 2;
  }
  free(shorter);
  return bytes;
}

/* Operands from 0 on, until one fails like the old one. */
static void lower_operands(uint8_t *program, size_t bytes) {
  for (size_t at = 0; at < bytes; at++) {
    uint8_t old = program[at];
    if (at % ORACLE_OP_BYTES == 0)
      continue;
    for (unsigned value = 0; value < old && value < 2 * VARS * FIELDS; value++) {
      program[at] = (uint8_t)value;
      if (fails(program, bytes))
        break;
      program[at] = old;
    }
  }
}

size_t oracle_shrink(uint8_t *program, size_t bytes) {
  bytes -= bytes % ORACLE_OP_BYTES;
  if (!fails(program, bytes))
    return bytes;
  bytes = cut_operations(program, bytes);
  lower_operands(program, bytes);
  return cut_operations(program, bytes);
}

/* ---- printing ---- */

static void print_kind(const struct step *step) {
  static const char *const names[WEAKLING] = {
      "plain",    "dropping", "resurrecting", "making", "collecting", "callbacks",
      "stubborn", "hiding",   "leaf",         "large",  "tailed"};
  fprintf(stderr, "%s", names[step->kind]);
  if (step->kind == TAILED)
    fprintf(stderr, " (a tail of %d)", step->tail);
}

static void print_operand(const struct step *step, char what) {
  bool second = step->b >= 128;
  switch (what) {
  case 'v': fprintf(stderr, "v%d", step->var); break;
  case 'o': fprintf(stderr, "v%d", step->other); break;
  case 'w': fprintf(stderr, "weak%d", step->weak); break;
  case 'f': fprintf(stderr, "field%d", step->field); break;
  case 'k': print_kind(step); break;
  case 't':
  case 's':
    fprintf(stderr, second ? "v%d" : "weak%d", second ? step->other : step->weak);
    break;
  case 'z': fputs(step->a % 4 == 0 ? "freeze" : "unfreeze", stderr); break;
  case 'e': fputs(step->a % 4 == 0 ? "disable" : "enable", stderr); break;
  case 'd': fputs(step->a % 4 == 0 ? "saveall on" : "saveall off", stderr); break;
  case 'x': fputs(step->a % 2 == 0 ? "break and empty" : "empty", stderr); break;
  case 'g': fprintf(stderr, "%u", step->a % 3); break;
  case 'h': fprintf(stderr, "%u %u %u", step->a % 24, step->b % 3, step->b % 4); break;
  case 'c': fprintf(stderr, "%u", step->a % BLOCKS); break;
  case 'i': fprintf(stderr, "%u", step->a % BALLASTS); break;
  case 'n': fprintf(stderr, "%u", step->b % 9); break;
  case 'a': fprintf(stderr, "%u", step->a); break;
  default: fprintf(stderr, "%u", step->b); break;
  }
}

void oracle_print(const uint8_t *program, size_t bytes) {
  static const char *const texts[] = {
#define ORACLE_TEXT(name, weight, text) text,
      ORACLE_OPS(ORACLE_TEXT)};
#undef ORACLE_TEXT
  for (size_t at = 0; at + ORACLE_OP_BYTES <= bytes; at += ORACLE_OP_BYTES) {
    const struct step step = oracle_decode(program + at);
    fprintf(stderr, "  %3zu  ", at / ORACLE_OP_BYTES + 1);
    for (const char *text = texts[step.op]; *text != '\0'; text++) {
      if (*text == '%')
        print_operand(&step, *++text);
      else
        fputc(*text, stderr);
    }
    fputc('\n', stderr);
  }
}
