/* Memory fails at call 1, 2, 3 ... of one scenario, once and from then on. Whatever
 * fails is reported, the heap verifies, and nothing is lost. */
#include "oom.h"

#include "nodes.h"

/* Touches everything that asks for memory: arenas, logs, lists, large objects, the
 * mark stack, the recount of a hub. Returns early where memory is short. */
static void scenario(struct nodes *nodes) {
  ouro_heap *heap = nodes->heap;
  struct node *hub = ouro_new(heap, nodes->node);
  struct node *chain = NULL;
  for (int i = 0; i < 3000; i++) {
    struct node *node = ouro_new(heap, i % 5 == 0 ? nodes->person : nodes->node);
    if (node == NULL)
      continue;
    node->a = chain;
    if (hub != NULL)
      ouro_set(heap, &node->b, hub);
    chain = node;
  }
  for (int i = 0; i < 70; i++) {
    struct row *row = ouro_new_tail(heap, nodes->row, 2000);
    if (row == NULL)
      continue;
    row->items[0] = chain;
    chain = (struct node *)(void *)row;
    (void)chain;
    break;
  }
  (void)ouro_gc_collect(heap, 0, NULL);
  (void)ouro_gc_collect(heap, 1, NULL);
  if (hub != NULL) {
    ouro_set(heap, &hub->c, chain);
    ouro_decref(heap, hub);
  }
  ouro_decref_maybe(heap, chain);
  for (int i = 0; i < 600; i++) {
    struct node *node = ouro_new(heap, nodes->person);
    if (node != NULL)
      ouro_set_take(heap, &node->a, node);
  }
  (void)ouro_gc_collect(heap, 2, NULL);
}

/* Whether the failure came to pass. */
static bool run_with_failure(uint64_t fail_at, bool stays) {
  struct oom oom = {.fail_at = fail_at, .stays = stays};
  ouro_memory memory = oom_memory(&oom);
  ouro_heap_config config = {.memory = &memory, .reserve_bytes = (size_t)256 << 20};
  struct nodes nodes = {.heap = ouro_heap_new(&config)};
  if (nodes.heap != NULL) {
    ouro_heap_set_user(nodes.heap, &nodes);
    if (nodes_add_types(&nodes) == OURO_OK)
      scenario(&nodes);
    nodes_verify(&nodes);
    /* With memory again all of it can be collected. */
    oom.fail_at = 0;
    assert_int_equal(ouro_gc_collect(nodes.heap, 2, NULL), OURO_OK);
    assert_int_equal(nodes_live(&nodes), 0);
    nodes_verify(&nodes);
    ouro_heap_free(nodes.heap);
  }
  assert_int_equal(oom.outstanding, 0);
  return oom.failed > 0;
}

static void each_allocation_may_fail_once(void **state) {
  (void)state;
  uint64_t n = 1;
  while (run_with_failure(n, false))
    n++;
  assert_true(n > 15);
}

static void each_allocation_may_fail_from_then_on(void **state) {
  (void)state;
  uint64_t n = 1;
  while (run_with_failure(n, true))
    n++;
  assert_true(n > 15);
}

/* Addresses are halved until the system agrees. */
static void *refuse_above_1_gib(void *context, size_t size) {
  return size > (size_t)1 << 30 ? NULL : oom_reserve(context, size);
}

static void a_small_address_space_makes_a_smaller_heap(void **state) {
  (void)state;
  struct oom oom = {0};
  ouro_memory memory = oom_memory(&oom);
  memory.reserve = refuse_above_1_gib;
  ouro_heap_config config = {.memory = &memory};
  ouro_heap *heap = ouro_heap_new(&config);
  assert_non_null(heap);
  assert_true(ouro_heap_reserved_bytes(heap) <= (size_t)1 << 30);
  assert_true(ouro_heap_reserved_bytes(heap) >= (size_t)256 << 20);
  ouro_heap_free(heap);
  assert_int_equal(oom.outstanding, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_may_fail_once),
      cmocka_unit_test(each_allocation_may_fail_from_then_on),
      cmocka_unit_test(a_small_address_space_makes_a_smaller_heap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
