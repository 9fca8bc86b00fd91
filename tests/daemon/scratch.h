/* scratch.h - a directory of a test's own, removed with what is in it. */
#ifndef TESTS_DAEMON_SCRATCH_H
#define TESTS_DAEMON_SCRATCH_H

#include "test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline int scratch_setup(void **state) {
  char *path = strdup("/tmp/ouro-test-XXXXXX");
  assert_non_null(mkdtemp(path));
  *state = path;
  return 0;
}

static inline int scratch_remove(const char *path, const struct stat *facts, int kind,
                                 struct FTW *where) {
  (void)facts;
  (void)kind;
  (void)where;
  return remove(path);
}

static inline int scratch_teardown(void **state) {
  assert_int_equal(nftw(*state, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
  free(*state);
  return 0;
}

/* "directory/name"; valid until the fourth call after this one. */
static inline const char *scratch_path(const char *directory, const char *name) {
  static char paths[4][512];
  static unsigned turn;
  char built[sizeof(paths[0])]; /* `directory` may be an earlier answer */
  snprintf(built, sizeof(built), "%s/%s", directory, name);
  char *path = paths[turn++ % 4];
  memcpy(path, built, sizeof(built));
  return path;
}

static inline void scratch_write(const char *directory, const char *name,
                                 const char *text) {
  FILE *file = fopen(scratch_path(directory, name), "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

#define scratch_test(name)                                                             \
  cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

#endif
