/* The snapshot is what DevTools counts on, and what is in the heap. */
#include <jansson.h>

#include "oom.h"
#include "tangle.h"

struct file {
  char *bytes;
  size_t size, capacity;
  size_t fail_after; /* bytes; 0: never */
};

static int write_file(void *context, const char *bytes, size_t size) {
  struct file *file = context;
  if (file->fail_after != 0 && file->size + size > file->fail_after)
    return 4711;
  if (file->size + size > file->capacity) {
    file->capacity = (file->size + size) * 2;
    file->bytes = realloc(file->bytes, file->capacity);
    assert_non_null(file->bytes);
  }
  memcpy(file->bytes + file->size, bytes, size);
  file->size += size;
  return 0;
}

/* The whole file, in slices of so many steps. */
static struct file take(struct nodes *nodes, uint64_t steps) {
  struct file file = {0};
  ouro_snapshot *snapshot = ouro_snapshot_new(nodes->heap, write_file, &file);
  assert_non_null(snapshot);
  bool done = false;
  for (unsigned calls = 0; !done; calls++) {
    assert_true(calls < 1000000);
    assert_int_equal(
        ouro_snapshot_step(snapshot, &(ouro_budget){.steps = steps}, &done), OURO_OK);
  }
  ouro_snapshot_free(snapshot);
  return file;
}

/* ---- a reader, as DevTools reads ---- */

enum { NODE_FIELDS = 7, EDGE_FIELDS = 3 };
enum { TYPE, NAME, ID, SIZE, EDGES };

struct reader {
  json_t *file, *nodes, *edges, *strings;
  size_t node_count, edge_count;
};

static size_t number(const json_t *array, size_t index) {
  const json_t *value = json_array_get(array, index);
  assert_true(json_is_integer(value));
  assert_true(json_integer_value(value) >= 0);
  return (size_t)json_integer_value(value);
}

static size_t node_at(const struct reader *reader, size_t node, size_t field) {
  return number(reader->nodes, node * NODE_FIELDS + field);
}

static const char *string_at(const struct reader *reader, size_t index) {
  const char *string = json_string_value(json_array_get(reader->strings, index));
  assert_non_null(string);
  return string;
}

static const char *name_at(const struct reader *reader, size_t node) {
  return string_at(reader, node_at(reader, node, NAME));
}

static const char *type_name(const struct reader *reader, const char *types,
                             size_t type) {
  const json_t *meta =
      json_object_get(json_object_get(reader->file, "snapshot"), "meta");
  const json_t *names = json_array_get(json_object_get(meta, types), 0);
  const char *name = json_string_value(json_array_get(names, type));
  assert_non_null(name);
  return name;
}

static void expect_field(const struct reader *reader, const char *fields, size_t index,
                         const char *expected, size_t count) {
  const json_t *meta =
      json_object_get(json_object_get(reader->file, "snapshot"), "meta");
  const json_t *names = json_object_get(meta, fields);
  assert_int_equal(json_array_size(names), count);
  assert_string_equal(json_string_value(json_array_get(names, index)), expected);
}

/* Everything by which DevTools finds its way: lengths, offsets, sums and names. */
static void check_arithmetic(const struct reader *reader) {
  expect_field(reader, "node_fields", TYPE, "type", NODE_FIELDS);
  expect_field(reader, "node_fields", NAME, "name", NODE_FIELDS);
  expect_field(reader, "node_fields", ID, "id", NODE_FIELDS);
  expect_field(reader, "node_fields", SIZE, "self_size", NODE_FIELDS);
  expect_field(reader, "node_fields", EDGES, "edge_count", NODE_FIELDS);
  expect_field(reader, "edge_fields", 0, "type", EDGE_FIELDS);
  expect_field(reader, "edge_fields", 1, "name_or_index", EDGE_FIELDS);
  expect_field(reader, "edge_fields", 2, "to_node", EDGE_FIELDS);
  assert_int_equal(json_array_size(reader->nodes), reader->node_count * NODE_FIELDS);
  assert_int_equal(json_array_size(reader->edges), reader->edge_count * EDGE_FIELDS);
  size_t sum = 0, last_id = 0;
  for (size_t i = 0; i < reader->node_count; i++) {
    (void)name_at(reader, i);
    (void)type_name(reader, "node_types", node_at(reader, i, TYPE));
    /* Comparing two snapshots needs ids that rise. */
    assert_true(node_at(reader, i, ID) > last_id);
    last_id = node_at(reader, i, ID);
    sum += node_at(reader, i, EDGES);
    assert_int_equal(node_at(reader, i, 5), 0);
    assert_int_equal(node_at(reader, i, 6), 0);
  }
  assert_int_equal(sum, reader->edge_count);
  for (size_t i = 0; i < reader->edge_count; i++) {
    const char *type = type_name(reader, "edge_types", number(reader->edges, i * 3));
    if (strcmp(type, "element") != 0 && strcmp(type, "hidden") != 0)
      (void)string_at(reader, number(reader->edges, i * 3 + 1));
    size_t to = number(reader->edges, i * 3 + 2);
    assert_int_equal(to % NODE_FIELDS, 0);
    assert_true(to / NODE_FIELDS < reader->node_count);
  }
  static const char *const empty[] = {"trace_function_infos", "trace_tree", "samples",
                                      "locations"};
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(json_array_size(json_object_get(reader->file, empty[i])), 0);
  assert_string_equal(type_name(reader, "node_types", node_at(reader, 0, TYPE)),
                      "synthetic");
  assert_string_equal(name_at(reader, 1), "(GC roots)");
}

static struct reader read_file(const struct file *file) {
  json_error_t error;
  struct reader reader = {.file = json_loadb(file->bytes, file->size, 0, &error)};
  if (reader.file == NULL)
    fail_msg("%s at byte %d", error.text, error.position);
  const json_t *head = json_object_get(reader.file, "snapshot");
  reader.nodes = json_object_get(reader.file, "nodes");
  reader.edges = json_object_get(reader.file, "edges");
  reader.strings = json_object_get(reader.file, "strings");
  reader.node_count = (size_t)json_integer_value(json_object_get(head, "node_count"));
  reader.edge_count = (size_t)json_integer_value(json_object_get(head, "edge_count"));
  check_arithmetic(&reader);
  return reader;
}

static void close_file(struct reader *reader, struct file *file) {
  json_decref(reader->file);
  free(file->bytes);
}

struct edge {
  const char *type, *name; /* name: "" for a numbered one */
  size_t index, to;
};

static struct edge edge_of(const struct reader *reader, size_t node, size_t index) {
  size_t at = index;
  for (size_t i = 0; i < node; i++)
    at += node_at(reader, i, EDGES);
  struct edge edge = {
      .type = type_name(reader, "edge_types", number(reader->edges, at * 3)),
      .name = "",
      .index = number(reader->edges, at * 3 + 1),
      .to = number(reader->edges, at * 3 + 2) / NODE_FIELDS,
  };
  if (strcmp(edge.type, "element") != 0)
    edge.name = string_at(reader, edge.index);
  return edge;
}

/* The node of an object. */
static size_t node_of(const struct reader *reader, struct nodes *nodes,
                      const void *object) {
  size_t id = (size_t)ouro_object_id(nodes->heap, object) + 5;
  size_t low = 0, high = reader->node_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (node_at(reader, middle, ID) < id)
      low = middle + 1;
    else
      high = middle;
  }
  assert_true(low < reader->node_count);
  assert_int_equal(node_at(reader, low, ID), id);
  return low;
}

/* ---- what is in it ---- */

struct listing {
  void *objects[1000];
  size_t count;
};

static void list_one(void *object, void *argument) {
  struct listing *listing = argument;
  assert_true(listing->count < 1000);
  if (object != NULL)
    listing->objects[listing->count++] = object;
}

static void a_snapshot_has_every_object_and_reference(void **state) {
  struct nodes *nodes = *state;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    struct tangle tangle;
    tangle_init(&tangle, nodes, seed, 300, 30 * (uint32_t)seed);
    struct file file = take(nodes, 0);
    struct reader reader = read_file(&file);
    assert_int_equal(reader.node_count, 300 + 4);
    for (size_t i = 0; i < 300; i++) {
      void *object = tangle.items[i].object;
      size_t node = node_of(&reader, nodes, object);
      assert_string_equal(name_at(&reader, node),
                          ouro_type_name(ouro_object_type(nodes->heap, object)));
      assert_int_equal(node_at(&reader, node, SIZE),
                       ouro_object_size(nodes->heap, object));
      struct listing listing = {.count = 0};
      ouro_referents(nodes->heap, object, list_one, &listing);
      assert_int_equal(node_at(&reader, node, EDGES), listing.count);
      for (size_t j = 0; j < listing.count; j++)
        assert_int_equal(edge_of(&reader, node, j).to,
                         node_of(&reader, nodes, listing.objects[j]));
    }
    /* Held from outside is what the tangle itself holds. */
    size_t held = 0, edges = node_at(&reader, 3, EDGES);
    for (size_t i = 0; i < 300; i++)
      held += tangle.items[i].is_held;
    assert_int_equal(edges, held);
    for (size_t j = 0; j < edges; j++) {
      struct edge edge = edge_of(&reader, 3, j);
      uint32_t id = (uint32_t)node_at(&reader, edge.to, ID) - 5;
      size_t item = 0;
      while (tangle.items[item].id != id)
        item++;
      assert_true(tangle.items[item].is_held);
      assert_string_equal(edge.type, "element");
      assert_int_equal(edge.index, j + 1);
    }
    close_file(&reader, &file);
    tangle_fini(&tangle);
    assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  }
}

static void edges_are_named_by_where_the_reference_is(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  struct bag *bag = nodes_bag(nodes, 5);
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 4000);
  ouro_set(nodes->heap, &node->b, bag);
  ouro_set(nodes->heap, &node->c, row);
  ouro_set(nodes->heap, &bag->items[3], node);
  ouro_set(nodes->heap, &row->items[499], node);
  struct file file = take(nodes, 0);
  struct reader reader = read_file(&file);
  size_t at = node_of(&reader, nodes, node);
  struct edge edge = edge_of(&reader, at, 0);
  assert_string_equal(edge.type, "property");
  assert_string_equal(edge.name, "+8");
  assert_int_equal(edge.to, node_of(&reader, nodes, bag));
  edge = edge_of(&reader, at, 1);
  assert_string_equal(edge.name, "+16");
  assert_int_equal(edge.to, node_of(&reader, nodes, row));
  edge = edge_of(&reader, node_of(&reader, nodes, bag), 0);
  assert_string_equal(edge.type, "element");
  assert_int_equal(edge.index, 3);
  edge = edge_of(&reader, node_of(&reader, nodes, row), 0);
  assert_string_equal(edge.type, "element");
  assert_int_equal(edge.index, 499);
  close_file(&reader, &file);
  ouro_decref(nodes->heap, bag);
  ouro_decref(nodes->heap, row);
  ouro_decref(nodes->heap, node);
}

static void roots_stand_under_gc_roots_with_their_names(void **state) {
  struct nodes *nodes = *state;
  static struct node *globals, *nothing, *shared;
  globals = nodes_new(nodes);
  shared = ouro_incref(nodes->heap, globals);
  nothing = NULL;
  struct node *local = nodes_new(nodes);
  assert_int_equal(ouro_root_add(nodes->heap, &globals, "globals"), OURO_OK);
  assert_int_equal(ouro_root_add(nodes->heap, &nothing, "nothing"), OURO_OK);
  assert_int_equal(ouro_root_add(nodes->heap, &shared, "sh\"\303\244r\\ed\n\377"),
                   OURO_OK);
  struct file file = take(nodes, 0);
  struct reader reader = read_file(&file);
  assert_int_equal(reader.node_count, 6);
  assert_int_equal(edge_of(&reader, 0, 0).to, 1);
  assert_int_equal(edge_of(&reader, 1, 0).to, 2);
  assert_int_equal(edge_of(&reader, 1, 1).to, 3);
  assert_string_equal(name_at(&reader, 2), "(Registered roots)");
  assert_int_equal(node_at(&reader, 2, EDGES), 2);
  assert_string_equal(edge_of(&reader, 2, 0).name, "globals");
  assert_string_equal(edge_of(&reader, 2, 1).name, "sh\"\303\244r\\ed\n\357\277\275");
  assert_int_equal(edge_of(&reader, 2, 0).to, node_of(&reader, nodes, globals));
  assert_int_equal(edge_of(&reader, 2, 1).to, node_of(&reader, nodes, globals));
  /* Both of its references are known, the local one's is not. */
  assert_int_equal(node_at(&reader, 3, EDGES), 1);
  assert_int_equal(edge_of(&reader, 3, 0).to, node_of(&reader, nodes, local));
  /* Distances are measured along the root's shortcuts. */
  assert_int_equal(node_at(&reader, 0, EDGES), 4);
  for (size_t i = 1; i < 4; i++)
    assert_string_equal(edge_of(&reader, 0, i).type, "shortcut");
  assert_int_equal(edge_of(&reader, 0, 3).to, node_of(&reader, nodes, local));
  close_file(&reader, &file);
  assert_int_equal(ouro_root_remove(nodes->heap, &globals), OURO_OK);
  assert_int_equal(ouro_root_remove(nodes->heap, &nothing), OURO_OK);
  assert_int_equal(ouro_root_remove(nodes->heap, &shared), OURO_OK);
  ouro_decref(nodes->heap, globals);
  ouro_decref(nodes->heap, shared);
  ouro_decref(nodes->heap, local);
}

static void names_of_types_are_escaped(void **state) {
  struct nodes *nodes = *state;
  static const char *const names[][2] = {
      {"a\"b\\c\001\177", "a\"b\\c\001\177"},
      {"\343\201\202 \360\237\220\215", "\343\201\202 \360\237\220\215"},
      {"cut \343\201", "cut \357\277\275\357\277\275"},
      {"surrogate \355\240\200", "surrogate \357\277\275\357\277\275\357\277\275"},
      {"overlong \300\257 \360\200\200\200", NULL},
      {"too high \364\220\200\200", NULL},
  };
  void *objects[6];
  for (size_t i = 0; i < 6; i++) {
    const ouro_type *type;
    assert_int_equal(
        ouro_type_new(nodes->heap,
                      &(ouro_type_info){.name = names[i][0], .size = 8 + 8 * i}, &type),
        OURO_OK);
    objects[i] = ouro_new(nodes->heap, type);
  }
  struct file file = take(nodes, 0);
  struct reader reader = read_file(&file);
  for (size_t i = 0; i < 6; i++) {
    const char *name = name_at(&reader, node_of(&reader, nodes, objects[i]));
    if (names[i][1] != NULL)
      assert_string_equal(name, names[i][1]);
    else
      assert_non_null(strstr(name, "\357\277\275"));
    ouro_decref(nodes->heap, objects[i]);
  }
  close_file(&reader, &file);
}

static void an_empty_heap_has_a_snapshot(void **state) {
  (void)state;
  struct nodes nodes = {.heap = ouro_heap_new(NULL)};
  struct file file = take(&nodes, 1);
  struct reader reader = read_file(&file);
  assert_int_equal(reader.node_count, 4);
  assert_int_equal(reader.edge_count, 3);
  close_file(&reader, &file);
  ouro_heap_free(nodes.heap);
}

/* ---- slices ---- */

static void slices_of_any_size_write_the_same_file(void **state) {
  struct nodes *nodes = *state;
  struct tangle tangle;
  tangle_init(&tangle, nodes, 31, 500, 50);
  static void *root;
  root = ouro_incref(nodes->heap, tangle.items[3].object);
  assert_int_equal(ouro_root_add(nodes->heap, &root, "root"), OURO_OK);
  struct file whole = take(nodes, 0);
  struct reader reader = read_file(&whole);
  for (uint64_t steps = 1; steps < 3000; steps = steps * 3 + 1) {
    struct file file = take(nodes, steps);
    assert_int_equal(file.size, whole.size);
    assert_memory_equal(file.bytes, whole.bytes, whole.size);
    free(file.bytes);
  }
  close_file(&reader, &whole);
  assert_int_equal(ouro_root_remove(nodes->heap, &root), OURO_OK);
  ouro_decref(nodes->heap, root);
  tangle_fini(&tangle);
}

/* What a change after so many slices leads to; 0: it was over before. */
static int change_after(struct nodes *nodes, struct node *victim, unsigned slices,
                        void (*change)(struct nodes *, struct node *)) {
  struct file file = {0};
  ouro_snapshot *snapshot = ouro_snapshot_new(nodes->heap, write_file, &file);
  bool done = false;
  const ouro_budget budget = {.steps = 7};
  for (unsigned i = 0; i < slices && !done; i++)
    assert_int_equal(ouro_snapshot_step(snapshot, &budget, &done), OURO_OK);
  int error = OURO_OK;
  bool was_over = done;
  if (!was_over)
    change(nodes, victim);
  while (error == OURO_OK && !done)
    error = ouro_snapshot_step(snapshot, &budget, &done);
  if (error != OURO_OK) {
    assert_int_equal(error, OURO_ECHANGED);
    assert_int_equal(ouro_snapshot_step(snapshot, NULL, &done), OURO_ECHANGED);
  } else {
    struct reader reader = read_file(&file);
    json_decref(reader.file);
  }
  free(file.bytes);
  ouro_snapshot_free(snapshot);
  return was_over ? 0 : error == OURO_OK ? 1 : error;
}

static void give_birth(struct nodes *nodes, struct node *node) {
  (void)node;
  ouro_decref(nodes->heap, nodes_new(nodes));
}

static void move_a_reference(struct nodes *nodes, struct node *node) {
  if (node->a != NULL)
    ouro_clear(nodes->heap, &node->a);
  else
    ouro_set(nodes->heap, &node->a, node);
}

static void a_heap_that_changed_ends_the_snapshot(void **state) {
  struct nodes *nodes = *state;
  struct tangle tangle;
  tangle_init(&tangle, nodes, 37, 100, 40);
  struct node *victim = nodes_new(nodes);
  unsigned slices = 1, refused = 0;
  while (change_after(nodes, victim, slices, give_birth) == OURO_ECHANGED)
    slices++;
  assert_true(slices > 50);
  assert_int_equal(change_after(nodes, victim, slices, give_birth), 0);
  /* Only a change that cannot be seen in the file is let pass. */
  for (unsigned i = 1; i <= slices; i++)
    refused += change_after(nodes, victim, i, move_a_reference) == OURO_ECHANGED;
  assert_true(refused > slices / 4);
  ouro_clear(nodes->heap, &victim->a);
  ouro_decref(nodes->heap, victim);
  tangle_fini(&tangle);
}

/* Changes that undo each other, so that the sums come true again. */
struct scene {
  struct nodes *nodes;
  struct node *from, *to, *target;
};

static struct node *first_root, *second_root;

static void drop_root(struct scene *scene) {
  ouro_clear(scene->nodes->heap, &first_root);
}

static void restore_both_roots(struct scene *scene) {
  ouro_set(scene->nodes->heap, &first_root, scene->target);
  ouro_set(scene->nodes->heap, &second_root, scene->target);
}

static void drop_reference(struct scene *scene) {
  ouro_clear(scene->nodes->heap, &scene->from->a);
}

static void restore_reference(struct scene *scene) {
  ouro_set(scene->nodes->heap, &scene->from->a, scene->target);
}

static void move_reference(struct scene *scene) {
  ouro_clear(scene->nodes->heap, &scene->from->a);
  ouro_set(scene->nodes->heap, &scene->to->c, scene->target);
}

static void do_nothing(struct scene *scene) {
  (void)scene;
}

/* Every edge belongs to the node that the sums give it to. */
static void check_owners(const struct reader *reader, struct scene *scene) {
  static const char *const kinds[] = {"shortcut", "element", "property", "element"};
  assert_int_equal(node_at(reader, 1, EDGES), 2);
  for (size_t node = 0; node < 4; node++)
    for (size_t i = node == 0; i < node_at(reader, node, EDGES); i++)
      assert_string_equal(edge_of(reader, node, i).type, kinds[node]);
  size_t from = node_of(reader, scene->nodes, scene->from);
  size_t to = node_of(reader, scene->nodes, scene->to);
  if (node_at(reader, from, EDGES) > 0)
    assert_string_equal(edge_of(reader, from, 0).name, "+0");
  if (node_at(reader, to, EDGES) > 0)
    assert_string_equal(edge_of(reader, to, 0).name, "+16");
}

/* The first change after so many slices, the second after more. False when the first
 * came too late. */
static bool change_twice(struct nodes *nodes, unsigned first_at, unsigned second_at,
                         void (*first)(struct scene *), void (*second)(struct scene *),
                         unsigned *refused) {
  struct file file = {0};
  struct scene scene = {nodes, nodes_new(nodes), nodes_new(nodes), nodes_new(nodes)};
  restore_reference(&scene);
  first_root = ouro_incref(nodes->heap, scene.target);
  second_root = NULL;
  assert_int_equal(ouro_root_add(nodes->heap, &first_root, "first"), OURO_OK);
  assert_int_equal(ouro_root_add(nodes->heap, &second_root, "second"), OURO_OK);
  ouro_snapshot *snapshot = ouro_snapshot_new(nodes->heap, write_file, &file);
  bool done = false, in_time = false;
  int error = OURO_OK;
  for (unsigned slice = 0; error == OURO_OK && !done; slice++) {
    in_time = in_time || slice == first_at;
    if (slice == first_at)
      first(&scene);
    if (slice == second_at)
      second(&scene);
    error = ouro_snapshot_step(snapshot, &(ouro_budget){.steps = 5}, &done);
  }
  ouro_snapshot_free(snapshot);
  if (error == OURO_OK) {
    struct reader reader = read_file(&file);
    check_owners(&reader, &scene);
    json_decref(reader.file);
  } else {
    assert_int_equal(error, OURO_ECHANGED);
    ++*refused;
  }
  free(file.bytes);
  assert_int_equal(ouro_root_remove(nodes->heap, &first_root), OURO_OK);
  assert_int_equal(ouro_root_remove(nodes->heap, &second_root), OURO_OK);
  ouro_clear(nodes->heap, &first_root);
  ouro_clear(nodes->heap, &second_root);
  ouro_decref(nodes->heap, scene.from);
  ouro_decref(nodes->heap, scene.to);
  ouro_decref(nodes->heap, scene.target);
  return in_time;
}

static void changes_that_undo_each_other_are_noticed_or_harmless(void **state) {
  struct nodes *nodes = *state;
  static void (*const changes[][2])(struct scene *) = {
      {drop_root, restore_both_roots},
      {drop_reference, restore_reference},
      {move_reference, do_nothing},
  };
  for (size_t i = 0; i < 3; i++) {
    unsigned refused = 0;
    unsigned slices = 1;
    while (change_twice(nodes, slices, slices, do_nothing, do_nothing, &refused))
      slices++;
    assert_int_equal(refused, 0);
    for (unsigned first = 1; first < slices; first++)
      for (unsigned second = first + 1; second < slices; second++)
        (void)change_twice(nodes, first, second, changes[i][0], changes[i][1],
                           &refused);
    assert_true(refused > 0);
  }
}

static void a_writer_that_fails_ends_the_snapshot_with_its_number(void **state) {
  struct nodes *nodes = *state;
  static struct node *kept[2000];
  for (size_t i = 0; i < 2000; i++)
    kept[i] = nodes_new(nodes);
  struct file all = take(nodes, 0);
  for (size_t fail_after = 1; fail_after < all.size; fail_after += 20000) {
    struct file file = {.fail_after = fail_after};
    ouro_snapshot *snapshot = ouro_snapshot_new(nodes->heap, write_file, &file);
    bool done = false;
    assert_int_equal(ouro_snapshot_step(snapshot, NULL, &done), 4711);
    assert_int_equal(ouro_snapshot_step(snapshot, NULL, &done), 4711);
    assert_false(done);
    assert_true(file.size <= fail_after);
    ouro_snapshot_free(snapshot);
    free(file.bytes);
  }
  free(all.bytes);
  ouro_snapshot_free(NULL);
  for (size_t i = 0; i < 2000; i++)
    ouro_decref(nodes->heap, kept[i]);
}

static ouro_snapshot *inside;
static int asked;
static void step_inside(struct nodes *nodes, void *object) {
  (void)nodes, (void)object;
  bool done;
  asked = ouro_snapshot_step(inside, NULL, &done);
}

static void during_a_collection_it_waits(void **state) {
  struct nodes *nodes = *state;
  struct file file = {0};
  nodes_drop_cycle(nodes, nodes->person);
  inside = ouro_snapshot_new(nodes->heap, write_file, &file);
  nodes->on_finalize = step_inside;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  assert_int_equal(asked, OURO_EBUSY);
  bool done = false;
  assert_int_equal(ouro_snapshot_step(inside, NULL, &done), OURO_OK);
  assert_true(done);
  ouro_snapshot_free(inside);
  struct reader reader = read_file(&file);
  close_file(&reader, &file);
}

static bool take_with_failure(uint64_t fail_at) {
  struct oom oom = {0};
  ouro_memory memory = oom_memory(&oom);
  ouro_heap_config config = {.memory = &memory, .reserve_bytes = (size_t)64 << 20};
  struct nodes nodes = {.heap = ouro_heap_new(&config)};
  assert_non_null(nodes.heap);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  struct node *node = nodes_new(&nodes);
  struct row *row = ouro_new_tail(nodes.heap, nodes.row, 4000);
  ouro_set_take(nodes.heap, &node->a, row);
  struct file file = {0};
  bool done = false;
  oom.calls = 0;
  oom.fail_at = fail_at;
  ouro_snapshot *snapshot = ouro_snapshot_new(nodes.heap, write_file, &file);
  if (snapshot != NULL) {
    int error = ouro_snapshot_step(snapshot, NULL, &done);
    assert_int_equal(error, oom.failed ? OURO_ENOMEM : OURO_OK);
    assert_int_equal(done, !oom.failed);
    assert_true(done || file.size == 0);
    assert_int_equal(ouro_snapshot_step(snapshot, NULL, &done), error);
  }
  ouro_snapshot_free(snapshot);
  free(file.bytes);
  oom.fail_at = 0;
  ouro_decref(nodes.heap, node);
  ouro_heap_free(nodes.heap);
  assert_int_equal(oom.outstanding, 0);
  return oom.failed > 0;
}

static void without_memory_nothing_is_written(void **state) {
  (void)state;
  uint64_t n = 1;
  while (take_with_failure(n))
    n++;
  assert_true(n > 4);
}

int main(void) {
#define SNAPSHOT_TEST(name)                                                            \
  cmocka_unit_test_setup_teardown(name, tangle_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      SNAPSHOT_TEST(a_snapshot_has_every_object_and_reference),
      SNAPSHOT_TEST(edges_are_named_by_where_the_reference_is),
      SNAPSHOT_TEST(roots_stand_under_gc_roots_with_their_names),
      SNAPSHOT_TEST(names_of_types_are_escaped),
      cmocka_unit_test(an_empty_heap_has_a_snapshot),
      SNAPSHOT_TEST(slices_of_any_size_write_the_same_file),
      SNAPSHOT_TEST(a_heap_that_changed_ends_the_snapshot),
      SNAPSHOT_TEST(changes_that_undo_each_other_are_noticed_or_harmless),
      SNAPSHOT_TEST(a_writer_that_fails_ends_the_snapshot_with_its_number),
      SNAPSHOT_TEST(during_a_collection_it_waits),
      cmocka_unit_test(without_memory_nothing_is_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
