/* A type that reports more references than it owns could make the collector free a live
 * object: the checked build stops before that, and names it. A child process dies, and
 * its standard error is read. */
#include "child.h"

#include "nodes.h"

static void report_once(const void *object, ouro_visit *visit, void *argument) {
  visit(((const struct node *)object)->a, argument);
}

static void report_twice(const void *object, ouro_visit *visit, void *argument) {
  report_once(object, visit, argument);
  report_once(object, visit, argument);
}

static void drop_a(ouro_heap *heap, void *object) {
  ouro_clear(heap, &((struct node *)object)->a);
}

/* An object of a type with this traverse, between two honest ones. Returns who holds
 * the target, which counts two: one too few for what is reported. */
static struct node *make_graph(struct nodes *nodes, const char *name,
                               void (*traverse)(const void *, ouro_visit *, void *)) {
  ouro_type_info info = {
      .name = name, .size = sizeof(struct node), .traverse = traverse, .clear = drop_a};
  const ouro_type *type;
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  struct node *suspect = ouro_new(nodes->heap, type);
  struct node *target = nodes_new(nodes), *honest = nodes_new(nodes);
  ouro_set(nodes->heap, &suspect->a, target);
  ouro_set_take(nodes->heap, &honest->a, target);
  ouro_set_take(nodes->heap, &honest->b, suspect);
  return honest;
}

static void collect(void *heap) {
  if (ouro_gc_collect(heap, 2, NULL) != OURO_OK)
    _exit(1);
}

static void the_checked_build_stops_at_who_reports_too_much(void **state) {
  struct nodes *nodes = *state;
  struct node *held = make_graph(nodes, "Boaster", report_twice);
  child_assert_aborts(collect, nodes->heap,
                      "an object of type Node counts 2 references, but 3 are "
                      "reported, 2 by one of type Boaster\n");
  ouro_decref(nodes->heap, held);
}

static void an_honest_type_collects_in_the_checked_build(void **state) {
  struct nodes *nodes = *state;
  struct node *held = make_graph(nodes, "Honest", report_once);
  char text[4096];
  assert_int_equal(child_run(collect, nodes->heap, text, sizeof text), 0);
  assert_string_equal(text, "");
  ouro_decref(nodes->heap, held);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_checked_build_stops_at_who_reports_too_much,
                                      nodes_setup, nodes_teardown),
      cmocka_unit_test_setup_teardown(an_honest_type_collects_in_the_checked_build,
                                      nodes_setup, nodes_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
