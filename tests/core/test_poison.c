/* Under ASan a use after free inside a pool is reported, and names where. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "nodes.h"

#if OURO__ASAN

enum misuse {
  READ_FREED,
  WRITE_NEVER_USED,
  WRITE_BEHIND,
  WRITE_BEHIND_BLOCK,
  NO_MISUSE
};

/* In a child, whose standard error is read: does ASan stop it? */
static bool is_reported(struct nodes *nodes, enum misuse misuse) {
  int pipe_ends[2];
  assert_int_equal(pipe(pipe_ends), 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    close(pipe_ends[0]);
    struct node *volatile node = nodes_new(nodes);
    char *volatile block = ouro_block_new(nodes->heap, 48);
    struct node *volatile neighbour = nodes_new(nodes);
    node->number = neighbour->number = 7;
    memset(block, 1, ouro_block_size(nodes->heap, block));
    if (misuse == WRITE_BEHIND)
      node[1].a = NULL;
    if (misuse == WRITE_BEHIND_BLOCK)
      block[48] = 1;
    if (misuse != NO_MISUSE)
      ouro_decref(nodes->heap, node);
    if (misuse == READ_FREED)
      node->number++;
    if (misuse == WRITE_NEVER_USED)
      node[100].number = 1;
    _exit(0);
  }
  close(pipe_ends[1]);
  char text[8192];
  size_t length = 0;
  for (ssize_t got;
       (got = read(pipe_ends[0], text + length, sizeof text - 1 - length)) > 0;)
    length += (size_t)got;
  text[length] = '\0';
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  bool stopped = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  assert_int_equal(stopped, strstr(text, "use-after-poison") != NULL);
  return stopped;
}

static void a_use_after_free_in_a_pool_is_reported(void **state) {
  assert_true(is_reported(*state, READ_FREED));
  assert_true(is_reported(*state, WRITE_NEVER_USED));
  assert_false(is_reported(*state, NO_MISUSE));
}

static void a_write_behind_an_object_or_block_is_reported(void **state) {
  assert_true(is_reported(*state, WRITE_BEHIND));
  assert_true(is_reported(*state, WRITE_BEHIND_BLOCK));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_use_after_free_in_a_pool_is_reported,
                                      nodes_setup, nodes_teardown),
      cmocka_unit_test_setup_teardown(a_write_behind_an_object_or_block_is_reported,
                                      nodes_setup, nodes_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#else
#error "this test is built with the address sanitizer only"
#endif
