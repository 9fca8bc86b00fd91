/* What the callback is told: each start has its end, also where memory was short. */
#include "oom.h"

#include "nodes.h"

/* What was told. */
struct told {
  unsigned starts, stops, failures;
  bool open; /* a start without its end */
  ouro_collection start;
};

static void listen(ouro_heap *heap, ouro_gc_event event, const ouro_collection *record,
                   void *context) {
  struct told *told = context;
  assert_true(ouro_gc_is_collecting(heap));
  assert_int_equal(ouro_gc_collect(heap, 0, NULL), OURO_EBUSY);
  assert_int_equal(told->open, event != OURO_GC_START);
  told->open = event == OURO_GC_START;
  if (event == OURO_GC_START) {
    told->starts++;
    told->start = *record;
    return;
  }
  assert_int_equal(record->seq, told->start.seq);
  assert_int_equal(record->generation, told->start.generation);
  assert_int_equal(record->reason, told->start.reason);
  if (event == OURO_GC_STOP) {
    told->stops++;
    return;
  }
  assert_int_equal(event, OURO_GC_FAILED);
  told->failures++;
  /* Nothing was done, and nothing is claimed. */
  assert_memory_equal(record, &told->start, sizeof *record);
}

typedef int collect_way(ouro_heap *heap, unsigned generation);

static int collect_at_once(ouro_heap *heap, unsigned generation) {
  return ouro_gc_collect(heap, generation, NULL);
}

static int collect_in_steps(ouro_heap *heap, unsigned generation) {
  int error = ouro_gc_step_begin(heap, generation);
  return error == OURO_OK ? ouro_gc_step_finish(heap, NULL) : error;
}

/* One collection in which the n-th request for memory fails. Whether one did. */
static bool run_with_failure(collect_way *collect, unsigned generation, uint64_t n,
                             unsigned *failures) {
  struct oom oom = {0};
  ouro_memory memory = oom_memory(&oom);
  ouro_heap_config config = {.memory = &memory, .reserve_bytes = (size_t)256 << 20};
  struct nodes nodes = {.heap = ouro_heap_new(&config)};
  assert_non_null(nodes.heap);
  ouro_heap_set_user(nodes.heap, &nodes);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  ouro_gc_disable(nodes.heap);
  for (int i = 0; i < 2000; i++)
    nodes_drop_cycle(&nodes, nodes.person);

  struct told told = {0};
  ouro_gc_set_callback(nodes.heap, listen, &told);
  oom.calls = 0;
  oom.fail_at = n;
  int error = collect(nodes.heap, generation);
  bool failed = oom.failed > 0;
  oom.fail_at = 0;
  assert_false(told.open);
  assert_int_equal(told.stops, error == OURO_OK);
  assert_int_equal(told.starts, told.stops + told.failures);
  if (error == OURO_OK)
    assert_int_equal(nodes.finalized, 4000);
  else
    assert_int_equal(nodes.finalized, 0);
  *failures += told.failures;

  unsigned tried = told.starts;
  uint64_t next = told.start.seq + (error == OURO_OK);
  assert_int_equal(ouro_gc_collect(nodes.heap, 2, NULL), OURO_OK);
  assert_int_equal(told.starts, tried + 1);
  if (tried > 0)
    assert_int_equal(told.start.seq, next);
  assert_int_equal(nodes.finalized, 4000);
  ouro_gc_set_callback(nodes.heap, NULL, NULL);
  ouro_heap_free(nodes.heap);
  assert_int_equal(oom.outstanding, 0);
  return failed;
}

static void fail_each_request(collect_way *collect) {
  for (unsigned generation = 0; generation <= 2; generation++) {
    unsigned failures = 0;
    for (uint64_t n = 1; run_with_failure(collect, generation, n, &failures);)
      n++;
    assert_true(failures > 0);
  }
}

static void a_collection_that_fails_for_want_of_memory_is_told(void **state) {
  (void)state;
  fail_each_request(collect_at_once);
}

static void a_stepped_collection_that_fails_is_told_too(void **state) {
  (void)state;
  fail_each_request(collect_in_steps);
}

static void what_is_refused_was_not_begun(void **state) {
  struct nodes *nodes = *state;
  struct told told = {0};
  ouro_gc_set_callback(nodes->heap, listen, &told);
  assert_int_equal(ouro_gc_collect(nodes->heap, OURO_GENERATIONS, NULL), OURO_EINVAL);
  assert_int_equal(told.starts, 0);
  assert_int_equal(told.failures, 0);
  ouro_gc_set_callback(nodes->heap, NULL, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_collection_that_fails_for_want_of_memory_is_told),
      cmocka_unit_test(a_stepped_collection_that_fails_is_told_too),
      cmocka_unit_test_setup_teardown(what_is_refused_was_not_begun, nodes_setup,
                                      nodes_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
