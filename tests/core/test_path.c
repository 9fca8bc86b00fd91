/* Paths from a root: true, shortest, bounded, and safe whatever happens meanwhile. */
#include "oom.h"
#include "tangle.h"

static ouro_path *new_path(struct nodes *nodes, const void *object, uint32_t own) {
  ouro_path *path = ouro_path_new(nodes->heap, object, own);
  assert_non_null(path);
  return path;
}

static ouro_path_answer search(ouro_path *path, uint64_t steps) {
  ouro_path_answer answer = OURO_PATH_SEARCHING;
  for (unsigned calls = 0; answer == OURO_PATH_SEARCHING; calls++) {
    assert_true(calls < 1000000);
    assert_int_equal(ouro_path_search(path, &(ouro_budget){.steps = steps}, &answer),
                     OURO_OK);
  }
  return answer;
}

/* What a step's field refers to. */
static void *follow(const struct nodes *nodes, const ouro_step *step) {
  void *found;
  if (step->field.kind == OURO_FIELD_TRAVERSED)
    return ((struct bag *)step->object)->items[step->field.at];
  if (step->field.kind == OURO_FIELD_TAIL)
    return ((struct row *)step->object)->items[step->field.at];
  (void)nodes;
  memcpy(&found, (char *)step->object + step->field.at, sizeof found);
  return found;
}

/* The object that a found path begins with, after every step was checked. */
static void *check_path(struct nodes *nodes, ouro_path *path, const void *target) {
  ouro_step step, next;
  size_t count;
  uint64_t length = ouro_path_length(path);
  assert_true(length > 0);
  assert_int_equal(ouro_path_steps(path, 0, &step, 1, &count), OURO_OK);
  assert_int_equal(count, 1);
  void *start = step.object;
  for (uint64_t i = 1; i < length; i++, step = next) {
    assert_int_equal(ouro_path_steps(path, i, &next, 1, &count), OURO_OK);
    assert_int_equal(count, 1);
    assert_ptr_equal(follow(nodes, &step), next.object);
    assert_ptr_equal(next.type, ouro_object_type(nodes->heap, next.object));
    assert_int_equal(next.id, ouro_object_id(nodes->heap, next.object));
  }
  assert_ptr_equal(step.object, target);
  assert_int_equal(ouro_path_steps(path, length, &next, 1, &count), OURO_OK);
  assert_int_equal(count, 0);
  return start;
}

static void a_path_begins_with_the_name_of_a_root(void **state) {
  struct nodes *nodes = *state;
  struct node *globals = nodes_new(nodes);
  assert_int_equal(ouro_root_add(nodes->heap, &globals, "globals"), OURO_OK);
  struct bag *bag = nodes_bag(nodes, 4);
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 4000);
  struct node *target = nodes_new(nodes);
  ouro_set_take(nodes->heap, &globals->c, bag);
  ouro_set_take(nodes->heap, &bag->items[3], row);
  ouro_set_take(nodes->heap, &row->items[400], target);
  ouro_path *path = new_path(nodes, target, 0);
  assert_null(ouro_path_root(path));
  assert_int_equal(ouro_path_length(path), 0);
  assert_int_equal(search(path, 1), OURO_PATH_FOUND);
  assert_string_equal(ouro_path_root(path), "globals");
  assert_int_equal(ouro_path_length(path), 4);
  ouro_step steps[5];
  size_t count;
  assert_int_equal(ouro_path_steps(path, 0, steps, 5, &count), OURO_OK);
  assert_int_equal(count, 4);
  assert_ptr_equal(steps[0].object, globals);
  assert_int_equal(steps[0].field.kind, OURO_FIELD_DECLARED);
  assert_int_equal(steps[0].field.at, offsetof(struct node, c));
  assert_ptr_equal(steps[1].type, nodes->bag);
  assert_int_equal(steps[1].field.kind, OURO_FIELD_TRAVERSED);
  assert_int_equal(steps[1].field.at, 3);
  assert_ptr_equal(steps[2].object, row);
  assert_int_equal(steps[2].field.kind, OURO_FIELD_TAIL);
  assert_int_equal(steps[2].field.at, 400);
  assert_ptr_equal(steps[3].object, target);
  /* From the middle, backwards, and in order again. */
  assert_int_equal(ouro_path_steps(path, 2, steps, 1, &count), OURO_OK);
  assert_ptr_equal(steps[0].object, row);
  assert_int_equal(ouro_path_steps(path, 1, steps, 5, &count), OURO_OK);
  assert_int_equal(count, 3);
  assert_ptr_equal(steps[0].object, bag);
  ouro_path_free(path);
  assert_int_equal(ouro_root_remove(nodes->heap, &globals), OURO_OK);
  ouro_decref(nodes->heap, globals);
}

static void a_registered_root_is_preferred_to_a_shorter_way(void **state) {
  struct nodes *nodes = *state;
  struct node *root = nodes_new(nodes), *local = nodes_new(nodes);
  struct node *target = nodes_new(nodes);
  ouro_set(nodes->heap, &local->a, target);
  ouro_set_take(nodes->heap, &root->a, nodes_new(nodes));
  ouro_set_take(nodes->heap, &root->a->a, target);
  ouro_path *path = new_path(nodes, target, 0);
  assert_int_equal(search(path, 0), OURO_PATH_FOUND);
  assert_int_equal(ouro_path_length(path), 2);
  assert_null(ouro_path_root(path));
  ouro_path_free(path);
  assert_int_equal(ouro_root_add(nodes->heap, &root, "root"), OURO_OK);
  path = new_path(nodes, target, 0);
  assert_int_equal(search(path, 0), OURO_PATH_FOUND);
  assert_int_equal(ouro_path_length(path), 3);
  assert_string_equal(ouro_path_root(path), "root");
  ouro_path_free(path);
  assert_int_equal(ouro_root_remove(nodes->heap, &root), OURO_OK);
  ouro_decref(nodes->heap, root);
  ouro_decref(nodes->heap, local);
}

static void the_callers_own_references_are_no_answer(void **state) {
  struct nodes *nodes = *state;
  struct node *holder = nodes_new(nodes), *target = nodes_new(nodes);
  ouro_set(nodes->heap, &holder->a, target);
  ouro_path *path = new_path(nodes, target, 0);
  assert_int_equal(search(path, 0), OURO_PATH_FOUND);
  assert_int_equal(ouro_path_length(path), 1);
  assert_ptr_equal(check_path(nodes, path, target), target);
  ouro_path_free(path);
  path = new_path(nodes, target, 1);
  assert_int_equal(search(path, 0), OURO_PATH_FOUND);
  assert_int_equal(ouro_path_length(path), 2);
  ouro_path_free(path);
  ouro_clear(nodes->heap, &holder->a);
  path = new_path(nodes, target, 1);
  assert_int_equal(search(path, 0), OURO_PATH_UNREACHABLE);
  ouro_path_free(path);
  /* An immortal one needs no other reference. */
  ouro_make_immortal(nodes->heap, target);
  path = new_path(nodes, target, 1);
  assert_int_equal(search(path, 0), OURO_PATH_FOUND);
  ouro_path_free(path);
  ouro_header_of(target)->refcount = 1;
  ouro_decref(nodes->heap, target);
  ouro_decref(nodes->heap, holder);
}

static void frozen_and_untracked_objects_hold_like_any_other(void **state) {
  struct nodes *nodes = *state;
  struct node *root = nodes_new(nodes);
  ouro_set_take(nodes->heap, &root->a, nodes_new(nodes));
  assert_int_equal(ouro_gc_freeze(nodes->heap), OURO_OK);
  ouro_set_take(nodes->heap, &root->a->a, nodes_new(nodes));
  ouro_untrack(nodes->heap, root->a->a);
  ouro_set_take(nodes->heap, &root->a->a->b, ouro_new(nodes->heap, nodes->leaf));
  ouro_path *path = new_path(nodes, root->a->a->b, 0);
  assert_int_equal(search(path, 3), OURO_PATH_FOUND);
  assert_int_equal(ouro_path_length(path), 4);
  assert_ptr_equal(check_path(nodes, path, root->a->a->b), root);
  ouro_path_free(path);
  assert_int_equal(ouro_gc_unfreeze(nodes->heap), OURO_OK);
  ouro_decref(nodes->heap, root);
}

static void garbage_that_waits_is_unreachable(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_set(nodes->heap, &node->a, node);
  ouro_decref(nodes->heap, node);
  ouro_path *path = new_path(nodes, node, 0);
  assert_int_equal(search(path, 2), OURO_PATH_UNREACHABLE);
  assert_int_equal(search(path, 2), OURO_PATH_UNREACHABLE);
  ouro_step step;
  size_t count;
  assert_int_equal(ouro_path_steps(path, 0, &step, 1, &count), OURO_EINVAL);
  ouro_path_free(path);
}

static void a_very_long_list_is_searched_in_pieces_without_recursion(void **state) {
  struct nodes *nodes = *state;
  enum { LENGTH = 200000 };
  struct node *list = nodes_new(nodes), *last = list;
  for (size_t i = 1; i < LENGTH; i++) {
    ouro_set_take(nodes->heap, &last->b, nodes_new(nodes));
    last = last->b;
  }
  ouro_path *path = new_path(nodes, last, 0);
  ouro_path_answer answer = OURO_PATH_SEARCHING;
  unsigned calls = 0;
  for (; answer == OURO_PATH_SEARCHING; calls++)
    assert_int_equal(ouro_path_search(path, &(ouro_budget){.steps = 1000}, &answer),
                     OURO_OK);
  assert_int_equal(answer, OURO_PATH_FOUND);
  assert_true(calls > 500);
  assert_int_equal(ouro_path_length(path), LENGTH);
  uint64_t read = 0;
  for (size_t count = 1; count > 0; read += count) {
    ouro_step steps[1000];
    assert_int_equal(ouro_path_steps(path, read, steps, 1000, &count), OURO_OK);
    for (size_t i = 0; i < count && read + i + 1 < LENGTH; i++)
      assert_int_equal(steps[i].field.at, offsetof(struct node, b));
  }
  assert_int_equal(read, LENGTH);
  ouro_path_free(path);
  ouro_decref(nodes->heap, list);
}

/* ---- against a naive look ---- */

#define FAR SIZE_MAX

/* Objects on the shortest path to each item from the seeds in `distance` (1). */
static void naive_spread(struct tangle *tangle, size_t *distance) {
  size_t *queue = calloc(tangle->count, sizeof *queue), first = 0, last = 0;
  for (size_t i = 0; i < tangle->count; i++)
    if (distance[i] == 1)
      queue[last++] = i;
  while (first < last) {
    size_t at = queue[first++];
    void **fields;
    size_t length = tangle_fields(tangle->nodes, tangle->items[at].object, &fields);
    for (size_t i = 0; i < length; i++) {
      size_t to = fields[i] != NULL ? tangle_index(tangle, fields[i]) : at;
      if (distance[to] == FAR) {
        distance[to] = distance[at] + 1;
        queue[last++] = to;
      }
    }
  }
  free(queue);
}

static void random_paths_are_the_shortest_that_a_naive_look_finds(void **state) {
  struct nodes *nodes = *state;
  enum { COUNT = 400 };
  static size_t from_root[COUNT], from_held[COUNT];
  size_t named = 0, held = 0, unreachable = 0;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    struct tangle tangle;
    tangle_init(&tangle, nodes, seed, COUNT, 25 + 10 * (uint32_t)seed);
    void *root = ouro_incref(nodes->heap, tangle.items[5 * seed].object);
    assert_int_equal(ouro_root_add(nodes->heap, &root, "root"), OURO_OK);
    for (size_t i = 0; i < COUNT; i++) {
      from_root[i] = tangle.items[i].object == root ? 1 : FAR;
      from_held[i] = tangle.items[i].is_held ? 1 : FAR;
    }
    naive_spread(&tangle, from_root);
    naive_spread(&tangle, from_held);
    for (size_t i = 0; i < COUNT; i++) {
      void *object = tangle.items[i].object;
      ouro_path *path = new_path(nodes, object, 0);
      ouro_path_answer answer = search(path, i % 3 * 17);
      if (from_root[i] != FAR) {
        assert_int_equal(answer, OURO_PATH_FOUND);
        assert_int_equal(ouro_path_length(path), from_root[i]);
        assert_string_equal(ouro_path_root(path), "root");
        assert_ptr_equal(check_path(nodes, path, object), root);
        named++;
      } else if (from_held[i] != FAR) {
        assert_int_equal(answer, OURO_PATH_FOUND);
        assert_int_equal(ouro_path_length(path), from_held[i]);
        assert_null(ouro_path_root(path));
        size_t start = tangle_index(&tangle, check_path(nodes, path, object));
        assert_true(tangle.items[start].is_held);
        held++;
      } else {
        assert_int_equal(answer, OURO_PATH_UNREACHABLE);
        unreachable++;
      }
      ouro_path_free(path);
    }
    assert_int_equal(ouro_root_remove(nodes->heap, &root), OURO_OK);
    ouro_decref(nodes->heap, root);
    tangle_fini(&tangle);
    assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  }
  assert_true(named > 100 && held > 100 && unreachable > 10);
}

/* ---- while the program runs ---- */

/* A chain whose nodes the program replaces, moves and drops while it is searched. What
 * is found is true; at the end, left alone, it is found. */
static void a_search_survives_everything_the_program_does_meanwhile(void **state) {
  struct nodes *nodes = *state;
  struct rng rng = {17};
  enum { VARIABLES = 50 };
  static void *variables[VARIABLES];
  struct node *target = nodes_new(nodes);
  for (size_t i = 0; i < VARIABLES; i++)
    variables[i] = nodes_new(nodes);
  assert_int_equal(ouro_root_add(nodes->heap, &variables[0], "first"), OURO_OK);
  unsigned found = 0, broken = 0, elsewhere = 0;
  for (unsigned round = 0; round < 300; round++) {
    ouro_path *path = new_path(nodes, target, 1);
    ouro_path_answer answer = OURO_PATH_SEARCHING;
    for (unsigned calls = 0; answer == OURO_PATH_SEARCHING && calls < 5 + round;
         calls++) {
      assert_int_equal(ouro_path_search(path, &(ouro_budget){.steps = 5}, &answer),
                       OURO_OK);
      if (answer == OURO_PATH_FOUND && calls % 2 == 0)
        break;
      for (unsigned i = 0; i < 5; i++) {
        void **variable = &variables[rng_below(&rng, VARIABLES)];
        void *other = variables[rng_below(&rng, VARIABLES)];
        switch (rng_below(&rng, 6)) {
        case 0:
          ouro_decref(nodes->heap, *variable);
          *variable = nodes_person(nodes);
          break;
        case 1: {
          struct row *row = ouro_new_tail(nodes->heap, nodes->row, 800);
          ouro_set(nodes->heap, &row->items[3], other);
          ouro_decref(nodes->heap, *variable);
          *variable = row;
          break;
        }
        case 2:
          if (ouro_object_type(nodes->heap, *variable) != nodes->row)
            ouro_set(nodes->heap, &((struct node *)*variable)->a, other);
          break;
        case 3:
          if (ouro_object_type(nodes->heap, *variable) != nodes->row)
            ouro_set(nodes->heap, &((struct node *)*variable)->b, target);
          break;
        case 4: ouro_gc_collect(nodes->heap, rng_below(&rng, 3), NULL); break;
        default:
          if (ouro_object_type(nodes->heap, *variable) != nodes->row)
            ouro_clear(nodes->heap, &((struct node *)*variable)->b);
          break;
        }
      }
    }
    if (answer == OURO_PATH_FOUND) {
      ouro_step steps[60];
      size_t count;
      int error = ouro_path_steps(path, 0, steps, 60, &count);
      found++;
      if (error == OURO_ECHANGED) {
        broken++;
        assert_int_equal(ouro_path_length(path), 0);
        answer = search(path, 0);
        assert_int_not_equal(answer, OURO_PATH_GONE);
      }
      if (answer == OURO_PATH_FOUND)
        (void)check_path(nodes, path, target);
    } else {
      elsewhere++;
    }
    ouro_path_free(path);
  }
  assert_true(found > 50);
  assert_true(broken > 0);
  assert_true(elsewhere > 0);
  assert_int_equal(ouro_root_remove(nodes->heap, &variables[0]), OURO_OK);
  for (size_t i = 0; i < VARIABLES; i++)
    ouro_decref(nodes->heap, variables[i]);
  ouro_decref(nodes->heap, target);
}

/* root -> middle -> target: the first reference goes after so many steps. */
static void a_way_that_was_cut_meanwhile_is_not_the_answer(void **state) {
  struct nodes *nodes = *state;
  static struct node *root;
  unsigned cut_too_late = 0;
  ouro_path_answer before = OURO_PATH_SEARCHING;
  for (unsigned steps = 1; before == OURO_PATH_SEARCHING; steps++) {
    root = nodes_new(nodes);
    assert_int_equal(ouro_root_add(nodes->heap, &root, "root"), OURO_OK);
    struct node *middle = nodes_new(nodes), *target = nodes_new(nodes);
    ouro_set(nodes->heap, &root->a, middle);
    ouro_set_take(nodes->heap, &middle->b, target);
    ouro_path *path = new_path(nodes, target, 0);
    for (unsigned i = 0; i < steps && before == OURO_PATH_SEARCHING; i++)
      assert_int_equal(ouro_path_search(path, &(ouro_budget){.steps = 1}, &before),
                       OURO_OK);
    ouro_clear(nodes->heap, &root->a);
    if (before == OURO_PATH_SEARCHING) {
      assert_int_equal(search(path, 0), OURO_PATH_FOUND);
      ouro_step list[3];
      size_t count;
      if (ouro_path_steps(path, 0, list, 3, &count) == OURO_ECHANGED) {
        /* Every field had been looked at when it went. */
        cut_too_late++;
        assert_int_equal(search(path, 0), OURO_PATH_FOUND);
      }
      assert_ptr_equal(check_path(nodes, path, target), middle);
      assert_int_equal(ouro_path_length(path), 2);
      assert_null(ouro_path_root(path));
    }
    ouro_path_free(path);
    assert_int_equal(ouro_root_remove(nodes->heap, &root), OURO_OK);
    ouro_decref(nodes->heap, root);
    ouro_decref(nodes->heap, middle);
  }
  assert_true(cut_too_late <= 1);
}

static void an_object_that_dies_is_gone(void **state) {
  struct nodes *nodes = *state;
  struct node *target = nodes_new(nodes), *neighbour = nodes_new(nodes);
  struct row *large = ouro_new_tail(nodes->heap, nodes->row, 4000);
  ouro_path *path = new_path(nodes, target, 0), *other = new_path(nodes, large, 0);
  ouro_path_answer answer;
  assert_int_equal(ouro_path_search(path, &(ouro_budget){.steps = 1}, &answer),
                   OURO_OK);
  ouro_decref(nodes->heap, target);
  ouro_decref(nodes->heap, large);
  assert_int_equal(search(path, 1), OURO_PATH_GONE);
  assert_int_equal(search(other, 1), OURO_PATH_GONE);
  ouro_path_free(path);
  ouro_path_free(other);
  ouro_path_free(NULL);
  ouro_decref(nodes->heap, neighbour);
}

/* A pool that a collection empties forgets its blocks without writing to them. */
static void an_object_whose_pool_was_emptied_at_once_is_gone(void **state) {
  struct nodes *nodes = *state;
  static struct node *all[1000];
  for (size_t i = 0; i < 1000; i++) {
    all[i] = nodes_new(nodes);
    ouro_set(nodes->heap, &all[i]->a, all[i]);
  }
  ouro_path *path = new_path(nodes, all[900], 0);
  ouro_path_answer answer;
  assert_int_equal(ouro_path_search(path, &(ouro_budget){.steps = 1500}, &answer),
                   OURO_OK);
  assert_int_equal(answer, OURO_PATH_SEARCHING);
  for (size_t i = 0; i < 1000; i++)
    ouro_decref(nodes->heap, all[i]);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  struct node *first = nodes_new(nodes);
  assert_int_equal(search(path, 1), OURO_PATH_GONE);
  ouro_path_free(path);
  ouro_decref(nodes->heap, first);
}

/* After so many steps all pools of the table become pools of another class, with more
 * blocks. */
static void change_pools_after(struct nodes *nodes, unsigned steps) {
  enum { ROWS = 10000, NODES = 100000 };
  static void *objects[NODES];
  ouro_pool_row before, after;
  struct node *target = nodes_new(nodes);
  for (size_t i = 0; i < ROWS; i++) {
    objects[i] = ouro_new_tail(nodes->heap, nodes->row, 200);
    assert_non_null(objects[i]);
  }
  ouro_path *path = new_path(nodes, target, 1);
  ouro_path_answer answer = OURO_PATH_SEARCHING;
  for (unsigned i = 0; i < steps; i += 100)
    assert_int_equal(ouro_path_search(path, &(ouro_budget){.steps = 100}, &answer),
                     OURO_OK);
  assert_int_equal(answer, OURO_PATH_SEARCHING);
  assert_int_equal(ouro_pool_map(nodes->heap, 1, &before, 1), 1);
  for (size_t i = 0; i < ROWS; i++)
    ouro_decref(nodes->heap, objects[i]);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  for (size_t i = 0; i < NODES; i++) {
    struct node *node = nodes_new(nodes);
    node->a = ouro_incref(nodes->heap, target);
    objects[i] = node;
  }
  assert_int_equal(ouro_pool_map(nodes->heap, 1, &after, 1), 1);
  assert_true(after.capacity > before.capacity);
  answer = search(path, 100);
  assert_true(answer == OURO_PATH_UNREACHABLE || answer == OURO_PATH_FOUND);
  ouro_path_free(path);
  path = new_path(nodes, target, 1);
  assert_int_equal(search(path, 0), OURO_PATH_FOUND);
  assert_int_equal(ouro_path_length(path), 2);
  ouro_path_free(path);
  for (size_t i = 0; i < NODES; i++)
    ouro_decref(nodes->heap, objects[i]);
  ouro_decref(nodes->heap, target);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
}

/* While it counts, while it seeds, while it spreads: each looks at every object once.
 */
static void pools_that_change_their_class_meanwhile_are_left_out(void **state) {
  change_pools_after(*state, 5000);
  change_pools_after(*state, 15000);
  change_pools_after(*state, 25000);
}

static ouro_path *inside;
static int asked, asked_steps;
static void search_inside(struct nodes *nodes, void *object) {
  (void)nodes, (void)object;
  ouro_path_answer answer;
  ouro_step step;
  size_t count;
  asked = ouro_path_search(inside, NULL, &answer);
  asked_steps = ouro_path_steps(inside, 0, &step, 1, &count);
}

static void during_a_collection_no_path_is_searched(void **state) {
  struct nodes *nodes = *state;
  struct node *target = nodes_new(nodes);
  inside = new_path(nodes, target, 0);
  nodes_drop_cycle(nodes, nodes->person);
  nodes->on_finalize = search_inside;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  assert_int_equal(asked, OURO_EBUSY);
  assert_int_equal(asked_steps, OURO_EBUSY);
  assert_int_equal(search(inside, 0), OURO_PATH_FOUND);
  ouro_path_free(inside);
  ouro_decref(nodes->heap, target);
}

/* ---- out of memory ---- */

static bool search_with_failure(uint64_t fail_at, bool stays) {
  struct oom oom = {0};
  ouro_memory memory = oom_memory(&oom);
  ouro_heap_config config = {.memory = &memory,
                             .reserve_bytes = (size_t)64 << 20,
                             .explicit_safepoints = true};
  struct nodes nodes = {.heap = ouro_heap_new(&config)};
  assert_non_null(nodes.heap);
  ouro_heap_set_user(nodes.heap, &nodes);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  struct node *held = nodes_new(&nodes);
  struct row *row = ouro_new_tail(nodes.heap, nodes.row, 900);
  ouro_set_take(nodes.heap, &held->a, row);
  ouro_set_take(nodes.heap, &row->items[50], nodes_bag(&nodes, 2));
  struct bag *bag = row->items[50];
  ouro_set_take(nodes.heap, &bag->items[1], ouro_new(nodes.heap, nodes.leaf));
  oom.calls = 0;
  oom.fail_at = fail_at;
  oom.stays = stays;
  ouro_path *path = ouro_path_new(nodes.heap, bag->items[1], 0);
  ouro_path_answer answer = OURO_PATH_SEARCHING;
  if (path != NULL) {
    int error = ouro_path_search(path, NULL, &answer);
    assert_int_equal(error, oom.failed ? OURO_ENOMEM : OURO_OK);
    oom.fail_at = 0;
    assert_int_equal(search(path, 2), OURO_PATH_FOUND);
    assert_int_equal(ouro_path_length(path), 4);
  }
  ouro_path_free(path);
  oom.fail_at = 0;
  ouro_decref(nodes.heap, held);
  ouro_heap_free(nodes.heap);
  assert_int_equal(oom.outstanding, 0);
  return oom.failed > 0;
}

static void without_memory_a_search_gives_all_back_and_begins_anew(void **state) {
  (void)state;
  for (int stays = 0; stays < 2; stays++) {
    uint64_t n = 1;
    while (search_with_failure(n, stays))
      n++;
    assert_true(n > 5);
  }
}

int main(void) {
#define PATH_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, tangle_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      PATH_TEST(a_path_begins_with_the_name_of_a_root),
      PATH_TEST(a_registered_root_is_preferred_to_a_shorter_way),
      PATH_TEST(the_callers_own_references_are_no_answer),
      PATH_TEST(frozen_and_untracked_objects_hold_like_any_other),
      PATH_TEST(garbage_that_waits_is_unreachable),
      PATH_TEST(a_very_long_list_is_searched_in_pieces_without_recursion),
      PATH_TEST(random_paths_are_the_shortest_that_a_naive_look_finds),
      PATH_TEST(a_search_survives_everything_the_program_does_meanwhile),
      PATH_TEST(a_way_that_was_cut_meanwhile_is_not_the_answer),
      PATH_TEST(an_object_that_dies_is_gone),
      PATH_TEST(an_object_whose_pool_was_emptied_at_once_is_gone),
      PATH_TEST(pools_that_change_their_class_meanwhile_are_left_out),
      PATH_TEST(during_a_collection_no_path_is_searched),
      cmocka_unit_test(without_memory_a_search_gives_all_back_and_begins_anew),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
