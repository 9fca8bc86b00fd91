/* test_sendq.c - order, replacing, bounds. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sendq.h"

#define MAX_BYTES (1024u * 1024u)

static int setup(void **state) {
  *state = calloc(1, sizeof(struct sendq));
  return 0;
}

static int teardown(void **state) {
  sendq_fini(*state);
  assert_int_equal(((struct sendq *)*state)->bytes, 0);
  free(*state);
  return 0;
}

static int push(struct sendq *queue, const char *text, uint64_t key, uint64_t now_ms) {
  return sendq_push_take(queue, message_new(text, strlen(text)), key, now_ms,
                         MAX_BYTES);
}

static void assert_pops(struct sendq *queue, const char *text) {
  struct message *front = NULL;
  assert_int_equal(sendq_peek(queue, &front, 1, 0), 1);
  assert_string_equal(message_text(front), text);
  sendq_pop(queue);
}

static void messages_keep_their_order_while_the_ring_grows(void **state) {
  struct sendq *queue = *state;
  char text[16];
  for (unsigned i = 0; i < 1000; i++) {
    snprintf(text, sizeof(text), "%u", i);
    assert_int_equal(push(queue, text, 0, i), 0);
    if (i % 3 == 2) {
      snprintf(text, sizeof(text), "%u", i / 3);
      assert_pops(queue, text);
    }
  }
  for (unsigned i = 333; i < 1000; i++) {
    snprintf(text, sizeof(text), "%u", i);
    assert_pops(queue, text);
  }
  assert_true(sendq_is_empty(queue));
  struct message *front = NULL;
  assert_int_equal(sendq_peek(queue, &front, 1, 100), 0);
}

static void as_many_leave_together_as_fit(void **state) {
  struct sendq *queue = *state;
  struct message *batch[4];
  for (unsigned i = 0; i < 6; i++) {
    push(queue, "ten bytes.", 0, 0);
  }
  assert_int_equal(sendq_peek(queue, batch, 4, 1000), 4);
  assert_int_equal(sendq_peek(queue, batch, 4, 30), 3);
  assert_int_equal(sendq_peek(queue, batch, 4, 29), 2);
  assert_int_equal(sendq_peek(queue, batch, 4, 1),
                   1); /* longer, but somebody must go */
  assert_int_equal(queue->count, 6);
  for (unsigned i = 0; i < 6; i++) {
    assert_pops(queue, "ten bytes.");
  }
}

static void newer_state_takes_the_place_of_the_older(void **state) {
  struct sendq *queue = *state;
  push(queue, "sample 1", 7, 100);
  push(queue, "collection", 0, 110);
  push(queue, "longer sample 2", 7, 120);
  push(queue, "other", 8, 130);
  assert_int_equal(queue->count, 3);
  assert_int_equal(queue->bytes, strlen("longer sample 2collectionother"));
  assert_int_equal(sendq_age_ms(queue, 200), 100); /* since the first of its kind */
  assert_pops(queue, "longer sample 2");
  assert_pops(queue, "collection");
  assert_pops(queue, "other");
}

static void full_queue_refuses_and_keeps_what_it_has(void **state) {
  struct sendq *queue = *state;
  static char text[MAX_BYTES / 4];
  memset(text, 'x', sizeof(text) - 1);
  unsigned count = 0;
  while (push(queue, text, 0, 0) == 0) {
    count++;
  }
  assert_int_equal(count, 4);
  assert_true(queue->bytes <= MAX_BYTES);
  sendq_pop(queue);
  assert_int_equal(push(queue, text, 0, 0), 0);
}

static void shared_message_lives_until_the_last_queue_lets_go(void **state) {
  struct sendq *queue = *state, other = {0};
  struct message *message = message_new("shared", 6);
  sendq_push_take(queue, message_incref(message), 0, 0, MAX_BYTES);
  sendq_push_take(&other, message_incref(message), 0, 0, MAX_BYTES);
  message_decref(message);
  sendq_fini(&other);
  assert_pops(queue, "shared");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(messages_keep_their_order_while_the_ring_grows,
                                      setup, teardown),
      cmocka_unit_test_setup_teardown(as_many_leave_together_as_fit, setup, teardown),
      cmocka_unit_test_setup_teardown(newer_state_takes_the_place_of_the_older, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(full_queue_refuses_and_keeps_what_it_has, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(shared_message_lives_until_the_last_queue_lets_go,
                                      setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
