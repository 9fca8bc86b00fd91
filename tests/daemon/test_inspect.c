/* test_inspect.c - looking into real heaps on their own threads: who is there, who
 * holds whom, what grew, a snapshot, a collection step by step. */
#include "hosted_fixture.h"
#include "rng.h"

#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>

static int setup_playground(void **state) {
  char message[256];
  setup(state);
  struct fixture *fixture = *state;
  assert_int_equal(hosted_playground_new(&fixture->loop, &fixture->sink,
                                         &HOSTED_OPTIONS, &fixture->source, message,
                                         sizeof message),
                   0);
  return 0;
}

static int teardown_playground(void **state) {
  verify(*state);
  return teardown(state);
}

static struct proto_result eval(struct fixture *fixture, char *code) {
  struct proto_request request = {.method = PROTO_REPL_EVAL, .params.eval.code = code};
  return ask(fixture, &request);
}

static void run_code(struct fixture *fixture, char *code) {
  struct proto_result result = eval(fixture, code);
  if (result.kind != PROTO_RESULT_EVAL)
    fail_msg("%s: %s", code, result.as.error.message);
  proto_result_fini(&result);
}

static struct proto_result look(struct fixture *fixture, enum proto_method method,
                                uint64_t id, uint32_t limit) {
  struct proto_request request = {
      .method = method,
      .params.look = {.id = id, .has_id = id != 0, .limit = limit, .depth = 10}};
  return ask(fixture, &request);
}

/* The id of the one object that shows this text. */
static uint64_t id_of(struct fixture *fixture, const char *text) {
  struct proto_result result = look(fixture, PROTO_HEAP_OBJECTS, 0, 1000);
  uint64_t id = 0;
  assert_int_equal(result.kind, PROTO_RESULT_OBJECTS);
  for (size_t i = 0; i < result.as.objects.count; i++)
    if (strcmp(result.as.objects.rows[i].text, text) == 0)
      id = result.as.objects.rows[i].id;
  proto_result_fini(&result);
  if (id == 0)
    fail_msg("there is no %s", text);
  return id;
}

static char john_and_mary[] =
    "john = Person('John'); mary = Person('Mary'); john.friend = mary; "
    "mary.friend = john; mary.boss = john; del mary";

static int refusal(struct proto_result *result) {
  int code = result->kind == PROTO_RESULT_ERROR ? result->as.error.code : PROTO_OK;
  proto_result_fini(result);
  return code;
}

#define assert_refused(result, number)                                                 \
  do {                                                                                 \
    struct proto_result refused_result = (result);                                     \
    assert_int_equal(refusal(&refused_result), (number));                              \
  } while (0)

/* --- objects --- */

static void objects_are_described(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  struct proto_result result =
      look(fixture, PROTO_HEAP_OBJECT, id_of(fixture, "Person('John')"), 0);
  const struct proto_object *john = &result.as.object.row;
  assert_int_equal(result.kind, PROTO_RESULT_OBJECT);
  assert_string_equal(john->type, "Person");
  assert_int_equal(john->refcount, 3);
  assert_int_equal(john->generation, 0);
  assert_true(john->is_tracked);
  assert_false(john->is_finalized);
  assert_true(john->bytes >= 24);
  assert_int_equal(result.as.object.references, 1);
  uint64_t id = john->id;
  proto_result_fini(&result);
  /* The playground's own table leads here. */
  result = ask_method(fixture, PROTO_REPL_STATE);
  assert_int_equal(result.as.state.objects[0].address, id);
  proto_result_fini(&result);
}

static struct proto_result pool_map(struct fixture *fixture, uint64_t cursor,
                                    uint32_t limit) {
  struct proto_request request = {.method = PROTO_HEAP_POOL_MAP,
                                  .params.look = {.cursor = cursor, .limit = limit}};
  return ask(fixture, &request);
}

/* The map, page by page of one arena, is the map in one page; a person more is a block
 * more; and a place where no page can end is refused. */
static void the_pool_map_counts_every_block(void **state) {
  struct fixture *fixture = *state;
  struct proto_result whole = pool_map(fixture, 0, PROTO_MAX_ARENAS);
  assert_int_equal(whole.kind, PROTO_RESULT_POOL_MAP);
  assert_false(whole.as.pool_map.has_next);
  assert_true(whole.as.pool_map.time_ms > 0);
  size_t count = whole.as.pool_map.count;
  uint64_t cursor = 0, blocks_before = 0, blocks = 0, met = 0;
  assert_true(count > 0);
  assert_true(count <= whole.as.pool_map.arenas_total);
  for (size_t i = 0; i < count; i++)
    for (unsigned k = 0; k < whole.as.pool_map.rows[i].pool_count; k++)
      blocks_before += whole.as.pool_map.rows[i].used[k];
  run_code(fixture, "a = Person('A'); b = Person('B')");
  for (bool is_more = true; is_more;) {
    struct proto_result page = pool_map(fixture, cursor, 1);
    assert_int_equal(page.kind, PROTO_RESULT_POOL_MAP);
    assert_in_range(page.as.pool_map.count, 0, 1);
    for (size_t i = 0; i < page.as.pool_map.count; i++) {
      const struct proto_arena *arena = &page.as.pool_map.rows[i];
      assert_int_equal(arena->number, cursor);
      assert_int_equal(arena->pool_count, PROTO_ARENA_POOLS);
      met++;
      for (unsigned k = 0; k < arena->pool_count; k++) {
        assert_true(arena->used[k] <= arena->capacity[k]);
        assert_true((arena->block_bytes[k] == 0) == (arena->capacity[k] == 0));
        blocks += arena->used[k];
      }
    }
    is_more = page.as.pool_map.has_next;
    assert_true(!is_more || page.as.pool_map.next == cursor + 1);
    cursor = page.as.pool_map.next;
    proto_result_fini(&page);
  }
  assert_true(met >= count);
  assert_true(blocks >= blocks_before + 2);
  uint64_t total = whole.as.pool_map.arenas_total;
  proto_result_fini(&whole);
  assert_refused(pool_map(fixture, total + 1000, 1), PROTO_INVALID_PARAMS);
  assert_refused(pool_map(fixture, UINT64_MAX, 1), PROTO_INVALID_PARAMS);
}

/* Whatever number a peer sends, nothing but a live object is touched. */
static void what_is_no_object_is_refused(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  uint64_t john = id_of(fixture, "Person('John')");
  const uint64_t ids[] = {1, 8, 4096, UINT64_MAX, john + 8, john - 8, john ^ 1, 0x10};
  static const enum proto_method methods[] = {
      PROTO_HEAP_OBJECT, PROTO_HEAP_REFERRERS, PROTO_HEAP_REFERENTS,
      PROTO_HEAP_PATH_TO_ROOT, PROTO_HEAP_GRAPH};
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
    for (size_t k = 0; k < sizeof methods / sizeof methods[0]; k++)
      assert_refused(look(fixture, methods[k], ids[i], 10), PROTO_NO_SUCH_OBJECT);
  run_code(fixture, "del john; gc.collect()");
  assert_refused(look(fixture, PROTO_HEAP_OBJECT, john, 0), PROTO_NO_SUCH_OBJECT);
}

static void pages_of_a_type_meet_each_object_once(void **state) {
  struct fixture *fixture = *state;
  char code[8192], *at = code;
  for (unsigned i = 0; i < 150; i++)
    at += sprintf(at, "p%u = Person('%u'); ", i, i);
  run_code(fixture, code);
  struct proto_request request = {.method = PROTO_HEAP_OBJECTS,
                                  .params.look = {.type = "Person", .limit = 7}};
  unsigned met[150] = {0}, total = 0;
  bool is_more = true;
  while (is_more) {
    struct proto_result result = ask(fixture, &request);
    assert_int_equal(result.kind, PROTO_RESULT_OBJECTS);
    assert_in_range(result.as.objects.count, 0, 7);
    for (size_t i = 0; i < result.as.objects.count; i++)
      met[atoi(result.as.objects.rows[i].text + 8)]++;
    total += (unsigned)result.as.objects.count;
    is_more = result.as.objects.has_next;
    request.params.look.cursor = result.as.objects.next;
    proto_result_fini(&result);
    run_code(fixture, "x = Person('0'); del x"); /* the program runs in between */
  }
  assert_int_equal(total, 150);
  for (unsigned i = 0; i < 150; i++)
    assert_int_equal(met[i], 1);
  request.params.look.cursor = UINT64_MAX - 1;
  assert_refused(ask(fixture, &request), PROTO_INVALID_PARAMS);
  strcpy(request.params.look.type, "Nobody");
  assert_refused(ask(fixture, &request), PROTO_INVALID_PARAMS);
}

/* --- references --- */

static void referrers_are_objects_roots_and_others(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  struct proto_result result =
      look(fixture, PROTO_HEAP_REFERRERS, id_of(fixture, "Person('John')"), 10);
  assert_int_equal(result.kind, PROTO_RESULT_REFERRERS);
  assert_int_equal(result.as.links.count, 1);
  assert_string_equal(result.as.links.rows[0].object.text, "Person('Mary')");
  assert_string_equal(result.as.links.rows[0].field, "friend");
  assert_int_equal(result.as.links.rows[0].references, 2);
  assert_int_equal(result.as.links.root_count, 1);
  assert_string_equal(result.as.links.roots[0].name, "john");
  assert_int_equal(result.as.links.by_objects, 2);
  assert_int_equal(result.as.links.by_roots, 1);
  assert_int_equal(result.as.links.by_others, 0);
  assert_false(result.as.links.truncated);
  proto_result_fini(&result);
}

static void more_referrers_than_asked_for_are_counted(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture,
           "a = Person('A'); b = Person('B'); c = Person('C'); d = Person('D');"
           "b.x = a; c.x = a; d.x = a; d.y = a");
  struct proto_result result =
      look(fixture, PROTO_HEAP_REFERRERS, id_of(fixture, "Person('A')"), 2);
  assert_int_equal(result.as.links.count, 2);
  assert_int_equal(result.as.links.by_objects, 4);
  assert_true(result.as.links.truncated);
  proto_result_fini(&result);
}

static void referents_are_told_field_by_field(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  uint64_t mary = id_of(fixture, "Person('Mary')");
  struct proto_result result = look(fixture, PROTO_HEAP_REFERENTS, mary, 10);
  assert_int_equal(result.kind, PROTO_RESULT_REFERENTS);
  assert_int_equal(result.as.links.count, 2);
  assert_string_equal(result.as.links.rows[0].field, "friend");
  assert_string_equal(result.as.links.rows[1].field, "boss");
  assert_string_equal(result.as.links.rows[1].object.text, "Person('John')");
  proto_result_fini(&result);
  result = look(fixture, PROTO_HEAP_REFERENTS, mary, 1);
  assert_int_equal(result.as.links.count, 1);
  assert_int_equal(result.as.links.total, 2);
  assert_true(result.as.links.truncated);
  proto_result_fini(&result);
}

static void path_leads_from_the_variable_to_the_object(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  run_code(fixture, "z = Person('Z'); john.friend.friend.friend.pet = z; del z");
  uint64_t z = id_of(fixture, "Person('Z')");
  struct proto_result result = look(fixture, PROTO_HEAP_PATH_TO_ROOT, z, 10);
  assert_int_equal(result.kind, PROTO_RESULT_PATH);
  assert_true(result.as.links.is_reachable);
  assert_string_equal(result.as.links.roots[0].name, "john");
  assert_int_equal(result.as.links.total, 3);
  assert_int_equal(result.as.links.count, 3);
  assert_string_equal(result.as.links.rows[0].field, "friend");
  assert_string_equal(result.as.links.rows[1].object.text, "Person('Mary')");
  assert_string_equal(result.as.links.rows[1].field, "pet");
  assert_string_equal(result.as.links.rows[2].field, "");
  proto_result_fini(&result);
  result = look(fixture, PROTO_HEAP_PATH_TO_ROOT, z, 2);
  assert_int_equal(result.as.links.count, 2);
  assert_true(result.as.links.truncated);
  proto_result_fini(&result);
  run_code(fixture, "del john");
  result = look(fixture, PROTO_HEAP_PATH_TO_ROOT, z, 10);
  assert_int_equal(result.kind, PROTO_RESULT_PATH);
  assert_false(result.as.links.is_reachable);
  proto_result_fini(&result);
}

static void graph_has_the_garbage_too(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  run_code(fixture, "del john; only = Person('Only')");
  struct proto_result result = look(fixture, PROTO_HEAP_GRAPH, 0, 100);
  assert_int_equal(result.kind, PROTO_RESULT_GRAPH);
  assert_int_equal(result.as.graph.node_count, 3);
  assert_int_equal(result.as.graph.edge_count, 3);
  assert_int_equal(result.as.graph.root_count, 1);
  assert_string_equal(result.as.graph.roots[0].name, "only");
  assert_false(result.as.graph.truncated);
  for (size_t i = 0; i < 3; i++) {
    const struct proto_edge *edge = &result.as.graph.edges[i];
    assert_true(edge->from < 3 && edge->to < 3 && edge->from != edge->to);
    assert_string_not_equal(result.as.graph.nodes[edge->to].text, "Person('Only')");
  }
  proto_result_fini(&result);
  result = look(fixture, PROTO_HEAP_GRAPH, 0, 3); /* just as many as there are */
  assert_int_equal(result.as.graph.node_count, 3);
  assert_false(result.as.graph.truncated);
  proto_result_fini(&result);
  result = look(fixture, PROTO_HEAP_GRAPH, 0, 2);
  assert_int_equal(result.as.graph.node_count, 2);
  assert_true(result.as.graph.truncated);
  proto_result_fini(&result);
}

/* A part of a large heap hangs together: roots first. */
static void graph_that_is_cut_begins_at_the_roots(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, "a = Person('A'); a.me = a; del a");
  run_code(fixture, "b = Person('B'); c = Person('C'); b.x = c; c.x = b; del c");
  struct proto_result result = look(fixture, PROTO_HEAP_GRAPH, 0, 2);
  assert_int_equal(result.as.graph.node_count, 2);
  assert_string_equal(result.as.graph.nodes[0].text, "Person('B')");
  assert_string_equal(result.as.graph.nodes[1].text, "Person('C')");
  assert_int_equal(result.as.graph.edge_count, 2);
  assert_true(result.as.graph.truncated);
  proto_result_fini(&result);
  result = look(fixture, PROTO_HEAP_GRAPH, 0, 3);
  assert_string_equal(result.as.graph.nodes[2].text, "Person('A')");
  assert_int_equal(result.as.graph.edge_count, 3);
  assert_false(result.as.graph.truncated);
  proto_result_fini(&result);
}

static void graph_from_an_object_ends_at_its_depth(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture,
           "a = Person('A'); b = Person('B'); c = Person('C'); d = Person('D');"
           "a.x = b; b.x = c; c.x = d; c.back = a; d.back = d");
  struct proto_request request = {.method = PROTO_HEAP_GRAPH,
                                  .params.look = {.id = id_of(fixture, "Person('A')"),
                                                  .has_id = true,
                                                  .limit = 50}};
  static const size_t nodes[] = {0, 2, 3, 4, 4}, edges[] = {0, 1, 3, 5, 5};
  for (uint32_t depth = 1; depth < 5; depth++) {
    request.params.look.depth = depth;
    struct proto_result result = ask(fixture, &request);
    assert_int_equal(result.as.graph.node_count, nodes[depth]);
    assert_int_equal(result.as.graph.edge_count, edges[depth]);
    assert_int_equal(result.as.graph.truncated, depth < 3);
    assert_string_equal(result.as.graph.nodes[0].text, "Person('A')");
    proto_result_fini(&result);
  }
}

/* --- growth --- */

static void growth_is_told_since_a_mark(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, "a = Person('A')");
  struct proto_result result = ask_method(fixture, PROTO_HEAP_MARK);
  assert_int_equal(result.kind, PROTO_RESULT_MARK);
  assert_int_equal(result.as.mark.number, 1);
  assert_int_equal(result.as.mark.objects, 1);
  assert_true(result.as.mark.time_ms > 0);
  run_code(fixture, "b = Person('B'); c = Person('C')");
  struct proto_request request = {.method = PROTO_HEAP_GROWTH,
                                  .params.growth = {.since = 1, .limit = 10}};
  result = ask(fixture, &request);
  assert_int_equal(result.kind, PROTO_RESULT_GROWTH);
  assert_int_equal(result.as.growth.count, 1);
  assert_string_equal(result.as.growth.rows[0].type, "Person");
  assert_int_equal(result.as.growth.rows[0].grown_objects, 2);
  assert_true(result.as.growth.rows[0].grown_bytes > 0);
  assert_int_equal(result.as.growth.rows[0].objects, 3);
  proto_result_fini(&result);
  run_code(fixture, "del a, b, c");
  result = ask(fixture, &request);
  assert_int_equal(result.as.growth.rows[0].grown_objects, -1);
  proto_result_fini(&result);
}

static void a_heap_keeps_its_newest_marks(void **state) {
  struct fixture *fixture = *state;
  struct proto_request request = {.method = PROTO_HEAP_GROWTH,
                                  .params.growth = {.since = 1, .limit = 10}};
  assert_refused(ask(fixture, &request), PROTO_INVALID_PARAMS);
  for (unsigned i = 1; i <= HEAP_MAX_MARKS + 1; i++) {
    struct proto_result result = ask_method(fixture, PROTO_HEAP_MARK);
    assert_int_equal(result.as.mark.number, i);
  }
  struct proto_result result = ask(fixture, &request);
  assert_int_equal(result.as.error.code, PROTO_INVALID_PARAMS);
  assert_string_equal(result.as.error.expected, "a mark from 2 to 17");
  request.params.growth.since = 2;
  result = ask(fixture, &request);
  assert_int_equal(result.kind, PROTO_RESULT_GROWTH);
  proto_result_fini(&result);
}

/* --- snapshots --- */

static struct proto_result snapshot(struct fixture *fixture, const char *directory,
                                    enum proto_snapshot_format format) {
  struct proto_request request = {
      .method = PROTO_HEAP_SNAPSHOT,
      .params.snapshot = {.format = format, .directory = directory}};
  return ask(fixture, &request);
}

/* The file of an answer, NUL-terminated and owned; the answer is finished. */
static char *read_file_of(struct proto_result *result) {
  assert_int_equal(result->kind, PROTO_RESULT_FILE);
  size_t size = (size_t)result->as.file.bytes;
  char *text = malloc(size + 1);
  assert_non_null(text);
  assert_int_equal(pread(result->as.file.fd, text, size + 1, 0), size);
  text[size] = '\0';
  proto_result_fini(result);
  return text;
}

static void snapshot_of_ours_has_a_line_an_object(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  struct proto_result result = snapshot(fixture, "/tmp", PROTO_SNAPSHOT_OURO);
  assert_string_equal(result.as.file.type, "application/x-ndjson");
  assert_non_null(strstr(result.as.file.name, "playground-"));
  char *text = read_file_of(&result), *rest = text, *line;
  json_t *lines = json_array();
  while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
    json_t *value = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(value);
    json_array_append_new(lines, value);
  }
  free(text);
  assert_int_equal(json_array_size(lines), 5);
  const char *format = NULL, *root = NULL, *id = NULL, *type = NULL, *name = NULL;
  int version = 0, objects = 0, is_end = 0;
  assert_int_equal(json_unpack(json_array_get(lines, 0), "{sssi}", "format", &format,
                               "version", &version),
                   0);
  assert_string_equal(format, "ouro");
  assert_int_equal(version, 1);
  assert_int_equal(
      json_unpack(json_array_get(lines, 1), "{ssss}", "root", &root, "id", &id), 0);
  assert_string_equal(root, "john");
  json_t *references = NULL;
  assert_int_equal(json_unpack(json_array_get(lines, 2), "{ssssso}", "type", &type,
                               "text", &name, "references", &references),
                   0);
  assert_string_equal(type, "Person");
  assert_int_equal(json_array_size(references), strstr(name, "John") ? 1 : 2);
  assert_string_equal(
      json_string_value(json_array_get(json_array_get(references, 0), 0)), "friend");
  assert_int_equal(json_unpack(json_array_get(lines, 4), "{sbsi}", "end", &is_end,
                               "objects", &objects),
                   0);
  assert_int_equal(objects, 2);
  json_decref(lines);
}

static size_t items(const json_t *root, const char *key) {
  return json_array_size(json_object_get(root, key));
}

/* What DevTools relies on: the counts, the strings, and where edges lead. */
static void snapshot_for_devtools_fits_together(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  struct proto_result result = snapshot(fixture, "/tmp", PROTO_SNAPSHOT_DEVTOOLS);
  assert_non_null(strstr(result.as.file.name, ".heapsnapshot"));
  char *text = read_file_of(&result);
  json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
  free(text);
  assert_non_null(root);
  const json_t *facts = json_object_get(root, "snapshot");
  const json_t *meta = json_object_get(facts, "meta");
  size_t node_fields = items(meta, "node_fields");
  size_t edge_fields = items(meta, "edge_fields");
  size_t nodes = (size_t)json_integer_value(json_object_get(facts, "node_count"));
  size_t edges = (size_t)json_integer_value(json_object_get(facts, "edge_count"));
  const json_t *node = json_object_get(root, "nodes");
  const json_t *edge = json_object_get(root, "edges");
  assert_int_equal(json_array_size(node), nodes * node_fields);
  assert_int_equal(json_array_size(edge), edges * edge_fields);
  size_t strings = items(root, "strings");
  json_int_t listed = 0;
  for (size_t i = 0; i < nodes; i++) {
    assert_in_range(json_integer_value(json_array_get(node, i * node_fields + 1)), 0,
                    strings - 1);
    listed += json_integer_value(json_array_get(node, i * node_fields + 4));
  }
  assert_int_equal(listed, edges);
  for (size_t i = 0; i < edges; i++) {
    json_int_t to = json_integer_value(json_array_get(edge, i * edge_fields + 2));
    assert_int_equal((size_t)to % node_fields, 0);
    assert_in_range(to, 0, nodes * node_fields - 1);
  }
  json_decref(root);
  assert_refused(eval(fixture, "x = Person('X')"), PROTO_OK); /* the heap goes on */
}

static void snapshot_that_cannot_be_written_says_why(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  struct proto_result result = snapshot(fixture, "/nowhere", PROTO_SNAPSHOT_DEVTOOLS);
  assert_int_equal(result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(result.as.error.code, PROTO_LIMIT);
  assert_non_null(strstr(result.as.error.message, "No such file or directory"));
  /* The next one is none too many. */
  assert_refused(snapshot(fixture, "/tmp", PROTO_SNAPSHOT_DEVTOOLS), PROTO_OK);
}

/* The system refuses to make the file longer: as good as a full disk. */
static void disk_that_is_full_is_told(void **state) {
  struct fixture *fixture = *state;
  struct rlimit before, small;
  run_code(fixture, john_and_mary);
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &before);
  small = (struct rlimit){100, before.rlim_max};
  for (unsigned format = 0; format < 2; format++) {
    setrlimit(RLIMIT_FSIZE, &small);
    struct proto_result result =
        snapshot(fixture, "/tmp", (enum proto_snapshot_format)format);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(result.kind, PROTO_RESULT_ERROR);
    assert_int_equal(result.as.error.code, PROTO_LIMIT);
    assert_non_null(strstr(result.as.error.message, "File too large"));
    result = snapshot(fixture, "/tmp", (enum proto_snapshot_format)format);
    assert_int_equal(result.kind, PROTO_RESULT_FILE);
    proto_result_fini(&result);
  }
  run_code(fixture, "x = Person('X')");
}

/* --- steps --- */

static struct proto_result steps(struct fixture *fixture, uint64_t asker,
                                 enum proto_step_action action) {
  struct proto_request request = {.method = PROTO_REPL_STEP,
                                  .asker = asker,
                                  .params.step = {.action = action, .generation = 2}};
  return ask(fixture, &request);
}

/* John and Mary refer to each other, once and twice; the name `held` to the third. */
static void assert_references_explain_gc_refs(const struct proto_result *result) {
  assert_int_equal(result->as.step.edge_count, 3);
  for (size_t i = 0; i < result->as.step.count; i++) {
    const struct proto_candidate *row = &result->as.step.rows[i];
    uint64_t inside = 0;
    for (size_t k = 0; k < result->as.step.edge_count; k++) {
      assert_true(result->as.step.edges[k].from < result->as.step.count);
      inside += result->as.step.edges[k].to == i;
    }
    assert_int_equal(row->gc_refs, row->object.refcount - inside);
  }
  assert_int_equal(result->as.step.root_count, 1);
  assert_string_equal(result->as.step.roots[0].name, "held");
}

static void collection_is_stepped_phase_by_phase(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  run_code(fixture, "del john; held = Person('Held')");
  struct proto_result result = steps(fixture, 7, PROTO_STEP_BEGIN);
  assert_int_equal(result.kind, PROTO_RESULT_STEP);
  assert_true(result.as.step.is_stepping);
  assert_null(result.as.step.phase);
  assert_string_equal(result.as.step.next_phase, "subtract");
  assert_int_equal(result.as.step.total, 3);
  assert_int_equal(result.as.step.rows[0].gc_refs, -1);
  assert_string_equal(result.as.step.rows[0].verdict, "undecided");
  proto_result_fini(&result);

  result = steps(fixture, 7, PROTO_STEP_NEXT);
  assert_string_equal(result.as.step.phase, "subtract");
  for (size_t i = 0; i < result.as.step.count; i++) {
    bool is_held = strcmp(result.as.step.rows[i].object.text, "Person('Held')") == 0;
    assert_int_equal(result.as.step.rows[i].gc_refs, is_held);
  }
  assert_references_explain_gc_refs(&result);
  proto_result_fini(&result);
  result = steps(fixture, 7, PROTO_STEP_NEXT);
  assert_string_equal(result.as.step.phase, "mark");
  for (size_t i = 0; i < result.as.step.count; i++) {
    bool is_held = strcmp(result.as.step.rows[i].object.text, "Person('Held')") == 0;
    assert_string_equal(result.as.step.rows[i].verdict,
                        is_held ? "reachable" : "unreachable");
  }
  unsigned destroyed = 0, phases = 2;
  while (result.as.step.is_stepping) {
    proto_result_fini(&result);
    result = steps(fixture, 7, PROTO_STEP_NEXT);
    assert_int_equal(result.kind, PROTO_RESULT_STEP);
    destroyed += (unsigned)result.as.step.destroyed_count;
    phases++;
  }
  assert_int_equal(destroyed, 2);
  assert_int_equal(phases, OURO_PHASES);
  assert_string_equal(result.as.step.phase, "free");
  assert_null(result.as.step.next_phase);
  assert_true(result.as.step.has_collection);
  assert_int_equal(result.as.step.edge_count, 0);
  assert_int_equal(result.as.step.root_count, 0);
  assert_int_equal(result.as.step.collection.collected, 2);
  assert_string_equal(result.as.step.collection.requested_by, "test");
  assert_int_equal(fixture->collection.seq, result.as.step.collection.seq);
  proto_result_fini(&result);
}

static void stepped_collection_teaches_no_pause_and_a_tuning_can_be_kept(void **state) {
  struct fixture *fixture = *state;
  struct proto_request dry_run = {.method = PROTO_GC_COLLECT,
                                  .params.collect = {.generation = 2, .dry_run = true}};
  struct proto_request off = {.method = PROTO_GC_DISABLE,
                              .params.disable.revert_after_ms = 3600000};
  assert_refused(ask(fixture, &off), PROTO_OK);
  assert_refused(steps(fixture, 7, PROTO_STEP_BEGIN), PROTO_OK);
  struct proto_result result = ask_method(fixture, PROTO_GC_KEEP);
  assert_int_equal(result.kind, PROTO_RESULT_KEPT);
  assert_true(result.as.tuning.kept);
  assert_refused(steps(fixture, 7, PROTO_STEP_FINISH), PROTO_OK);
  result = ask(fixture, &dry_run);
  assert_int_equal(result.kind, PROTO_RESULT_PREDICTION);
  assert_false(result.as.prediction.has_pause);
  collect(fixture, 2);
  assert_true(ask(fixture, &dry_run).as.prediction.has_pause);
}

static void while_one_steps_others_may_only_look(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  uint64_t john = id_of(fixture, "Person('John')");
  assert_refused(steps(fixture, 7, PROTO_STEP_NEXT), PROTO_INVALID_PARAMS);
  assert_refused(steps(fixture, 7, PROTO_STEP_BEGIN), PROTO_OK);
  assert_refused(steps(fixture, 7, PROTO_STEP_BEGIN), PROTO_BUSY);
  assert_refused(steps(fixture, 8, PROTO_STEP_NEXT), PROTO_BUSY);
  assert_refused(eval(fixture, "x = Person('X')"), PROTO_BUSY);
  struct proto_request collect_all = {.method = PROTO_GC_COLLECT,
                                      .params.collect.generation = 2};
  assert_refused(ask(fixture, &collect_all), PROTO_BUSY);
  assert_refused(ask_method(fixture, PROTO_GC_FREEZE), PROTO_BUSY);
  assert_refused(ask_method(fixture, PROTO_HEAP_VERIFY), PROTO_BUSY);
  assert_refused(snapshot(fixture, "/tmp", PROTO_SNAPSHOT_OURO), PROTO_BUSY);
  assert_refused(look(fixture, PROTO_HEAP_OBJECT, john, 0), PROTO_BUSY);
  assert_refused(look(fixture, PROTO_HEAP_GRAPH, 0, 10), PROTO_BUSY);
  assert_refused(look(fixture, PROTO_HEAP_OBJECTS, 0, 10), PROTO_BUSY);
  assert_refused(ask_method(fixture, PROTO_HEAP_MARK), PROTO_BUSY);
  assert_refused(ask_method(fixture, PROTO_GC_GET_COUNT), PROTO_OK);
  assert_refused(ask_method(fixture, PROTO_REPL_STATE), PROTO_OK);
  struct proto_result result = steps(fixture, 7, PROTO_STEP_FINISH);
  assert_false(result.as.step.is_stepping);
  assert_string_equal(result.as.step.phase, "free");
  assert_true(result.as.step.has_collection);
  proto_result_fini(&result);
  run_code(fixture, "x = Person('X')");
}

static void who_goes_in_the_middle_of_steps_ends_them(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  assert_refused(steps(fixture, 7, PROTO_STEP_BEGIN), PROTO_OK);
  fixture->source->ops->left(fixture->source, 8); /* somebody else */
  assert_refused(eval(fixture, "x = Person('X')"), PROTO_BUSY);
  fixture->source->ops->left(fixture->source, 7);
  assert_refused(eval(fixture, "x = Person('X')"), PROTO_OK);
  assert_int_equal(fixture->collections, 1);

  /* Also who goes before the answer to its begin is there. */
  struct asked asked;
  struct proto_request begin = {.method = PROTO_REPL_STEP, .asker = 9};
  send_request(fixture, &begin, &asked);
  fixture->source->ops->left(fixture->source, 9);
  await(fixture, &asked);
  proto_result_fini(&asked.result);
  assert_refused(eval(fixture, "x = Person('X')"), PROTO_OK);
}

static void heap_that_goes_in_the_middle_of_steps_goes_well(void **state) {
  struct fixture *fixture = *state;
  run_code(fixture, john_and_mary);
  assert_refused(steps(fixture, 7, PROTO_STEP_BEGIN), PROTO_OK);
  assert_refused(steps(fixture, 7, PROTO_STEP_NEXT), PROTO_OK);
}

static bool has_collected(struct fixture *fixture) {
  return fixture->collections > 0;
}

static void steps_that_nobody_takes_are_finished(void **state) {
  struct fixture *fixture = *state;
  struct hosted_options options = HOSTED_OPTIONS;
  char message[256];
  options.steps_idle_ms = 20;
  assert_int_equal(hosted_playground_new(&fixture->loop, &fixture->sink, &options,
                                         &fixture->source, message, sizeof message),
                   0);
  run_code(fixture, john_and_mary);
  assert_refused(steps(fixture, 7, PROTO_STEP_BEGIN), PROTO_OK);
  pump(fixture, has_collected);
  assert_refused(steps(fixture, 7, PROTO_STEP_NEXT), PROTO_INVALID_PARAMS);
  run_code(fixture, "x = Person('X')");
}

/* --- all at once --- */

#define AT_ONCE  8u
#define REQUESTS 4000u

static struct proto_request any_request(struct rng *rng, const uint64_t *ids) {
  static char *const codes[] = {
      "a = Person('A'); b = Person('B'); a.x = b; b.x = a",
      "del a",
      "a.x.y = Person('Y'); a.x.y.z = a",
      "b = None; gc.collect()",
      "c = Person('C'); c.c = c; del c",
      "gc.collect(0)",
  };
  static const enum proto_method methods[] = {
      PROTO_REPL_EVAL,      PROTO_REPL_EVAL,     PROTO_REPL_STEP,
      PROTO_REPL_STEP,      PROTO_REPL_STATE,    PROTO_GC_COLLECT,
      PROTO_HEAP_OBJECTS,   PROTO_HEAP_OBJECT,   PROTO_HEAP_PATH_TO_ROOT,
      PROTO_HEAP_REFERRERS, PROTO_HEAP_GRAPH,    PROTO_HEAP_REFERENTS,
      PROTO_HEAP_MARK,      PROTO_HEAP_SNAPSHOT, PROTO_HEAP_GROWTH,
      PROTO_GC_FREEZE,      PROTO_GC_UNFREEZE,   PROTO_HEAP_CENSUS,
      PROTO_HEAP_POOL_MAP};
  struct proto_request request = {
      .method = methods[rng_below(rng, sizeof methods / sizeof methods[0])],
      .asker = 1 + rng_below(rng, 3)};
  switch (request.method) {
  case PROTO_REPL_EVAL:
    request.params.eval.code = codes[rng_below(rng, sizeof codes / sizeof codes[0])];
    break;
  case PROTO_REPL_STEP:
    request.params.step.action = (enum proto_step_action)rng_below(rng, 3);
    request.params.step.generation = (unsigned)rng_below(rng, 3);
    break;
  case PROTO_GC_COLLECT:
    request.params.collect.generation = (unsigned)rng_below(rng, 3);
    break;
  case PROTO_HEAP_SNAPSHOT:
    request.params.snapshot.directory = "/tmp";
    request.params.snapshot.format = (enum proto_snapshot_format)rng_below(rng, 2);
    break;
  case PROTO_HEAP_GROWTH:
    request.params.growth.since = 1 + rng_below(rng, 40);
    request.params.growth.limit = 3;
    break;
  case PROTO_HEAP_CENSUS: request.params.census.limit = 3; break;
  default:
    request.params.look.id = ids[rng_below(rng, 16)];
    request.params.look.has_id = rng_below(rng, 4) != 0;
    request.params.look.limit = (uint32_t)(1 + rng_below(rng, 20));
    request.params.look.depth = (uint32_t)(1 + rng_below(rng, 5));
    break;
  }
  return request;
}

/* Any requests, several at a time, by clients that come and go: each gets its answer,
 * and the heap is whole afterwards (the teardown verifies it). */
static void any_requests_in_any_order_leave_the_heap_whole(void **state) {
  struct fixture *fixture = *state;
  struct rng rng = {20261122};
  uint64_t ids[16] = {1, 8, 4096};
  struct asked asked[AT_ONCE];
  struct proto_request requests[AT_ONCE];
  unsigned answered = 0;
  for (unsigned i = 0; i < REQUESTS; i += AT_ONCE) {
    for (unsigned k = 0; k < AT_ONCE; k++) {
      requests[k] = any_request(&rng, ids);
      send_request(fixture, &requests[k], &asked[k]);
    }
    if (rng_below(&rng, 8) == 0)
      fixture->source->ops->left(fixture->source, 1 + rng_below(&rng, 3));
    for (unsigned k = 0; k < AT_ONCE; k++) {
      struct proto_result *result = &asked[k].result;
      await(fixture, &asked[k]);
      if (result->kind == PROTO_RESULT_OBJECTS && result->as.objects.count > 0)
        ids[rng_below(&rng, 16)] = result->as.objects.rows[0].id;
      if (result->kind != PROTO_RESULT_ERROR)
        answered++;
      proto_result_fini(result);
    }
  }
  assert_true(answered > REQUESTS / 10);
  for (uint64_t asker = 1; asker <= 3; asker++)
    fixture->source->ops->left(fixture->source, asker);
}

/* --- a large heap, and a program that runs on --- */

struct pair {
  void *other;
};

struct mutator {
  ouro_heap *heap;
  const ouro_type *pair;
  struct pair *first; /* owned: a list of all */
  _Atomic unsigned steps;
};

/* Enough for several slices; also when the machine is busy. */
#define MANY 300000u

static uint64_t due(void *context) {
  (void)context;
  return 0;
}

static void step(void *context, uint64_t now_ns) {
  struct mutator *mutator = context;
  (void)now_ns;
  mutator->steps++;
  struct pair *dead = ouro_new(mutator->heap, mutator->pair);
  ouro_decref(mutator->heap, dead);
}

static void request(void *context, struct heap_thread *thread,
                    const struct proto_request *asked, const char *who,
                    struct proto_result *ret) {
  (void)context;
  heap_steps_request(thread, asked, who, ret);
}

static void free_mutator(void *context) {
  struct mutator *mutator = context;
  ouro_decref(mutator->heap, mutator->first);
  free(mutator);
}

static struct mutator *start_list(struct fixture *fixture, unsigned pairs) {
  static const struct mutator_ops ops = {
      .due = due, .step = step, .request = request, .free = free_mutator};
  static const char *const capabilities[] = {"growth",   "objects", "path",   "graph",
                                             "snapshot", "census",  "verify", NULL};
  static const size_t refs[] = {0};
  char message[256];
  struct mutator *mutator = calloc(1, sizeof *mutator);
  assert_non_null(mutator);
  mutator->heap = ouro_heap_new(NULL);
  ouro_gc_disable(mutator->heap);
  const ouro_type_info info = {
      .name = "Pair", .size = sizeof(struct pair), .refs = refs, .ref_count = 1};
  assert_int_equal(ouro_type_new(mutator->heap, &info, &mutator->pair), 0);
  for (unsigned i = 0; i < pairs; i++) {
    struct pair *pair = ouro_new(mutator->heap, mutator->pair);
    ouro_set_take(mutator->heap, &pair->other, mutator->first);
    mutator->first = pair;
  }
  struct hosted_parts parts = {.name = "list",
                               .capabilities = capabilities,
                               .heap = mutator->heap,
                               .ops = &ops,
                               .mutator = mutator};
  struct hosted_options options = HOSTED_OPTIONS;
  assert_int_equal(hosted_source_new_take(&fixture->loop, &fixture->sink, &parts,
                                          &options, &fixture->source, message,
                                          sizeof message),
                   0);
  return mutator;
}

static void program_runs_while_the_whole_heap_is_looked_through(void **state) {
  struct fixture *fixture = *state;
  struct mutator *mutator = start_list(fixture, MANY);
  uint64_t first = (uint64_t)(uintptr_t)mutator->first;
  uint64_t last = first;
  for (struct pair *pair = mutator->first; pair != NULL; pair = pair->other)
    last = (uint64_t)(uintptr_t)pair;
  unsigned before = mutator->steps;
  struct proto_result result = look(fixture, PROTO_HEAP_PATH_TO_ROOT, last, 10);
  assert_int_equal(result.kind, PROTO_RESULT_PATH);
  assert_true(result.as.links.is_reachable);
  assert_int_equal(result.as.links.total, MANY);
  assert_int_equal(result.as.links.count, 10);
  assert_int_equal(result.as.links.rows[0].object.id, first);
  assert_string_equal(result.as.links.rows[0].field, "+0");
  proto_result_fini(&result);
  /* Several slices, and a step of the program between them. */
  assert_true(mutator->steps - before >= 2);

  before = mutator->steps;
  result = snapshot(fixture, "/tmp", PROTO_SNAPSHOT_OURO);
  assert_int_equal(result.kind, PROTO_RESULT_FILE);
  proto_result_fini(&result);
  assert_true(mutator->steps - before >= 2);
}

/* The program must stand still, others are still served. */
static void devtools_snapshot_holds_the_program_and_nobody_else(void **state) {
  struct fixture *fixture = *state;
  struct mutator *mutator = start_list(fixture, MANY);
  struct asked slow, second, look_up, census;
  struct proto_request request_slow = {
      .method = PROTO_HEAP_SNAPSHOT,
      .params.snapshot = {.format = PROTO_SNAPSHOT_DEVTOOLS, .directory = "/tmp"}};
  struct proto_request request_object = {.method = PROTO_HEAP_OBJECT,
                                         .params.look.id =
                                             (uint64_t)(uintptr_t)mutator->first};
  struct proto_request request_census = {.method = PROTO_HEAP_CENSUS,
                                         .params.census.limit = 3};
  send_request(fixture, &request_slow, &slow);
  send_request(fixture, &request_slow, &second);
  send_request(fixture, &request_object, &look_up);
  send_request(fixture, &request_census, &census);
  await(fixture, &look_up);
  assert_int_equal(look_up.result.kind, PROTO_RESULT_OBJECT);
  assert_int_equal(slow.replies, 0); /* it was overtaken */
  await(fixture, &second);
  assert_int_equal(refusal(&second.result), PROTO_BUSY);
  await(fixture, &census);
  assert_int_equal(census.result.kind, PROTO_RESULT_CENSUS);
  proto_result_fini(&census.result);
  await(fixture, &slow);
  assert_int_equal(slow.result.kind, PROTO_RESULT_FILE); /* nothing had changed */
  assert_true(slow.result.as.file.bytes > MANY * 10u);
  proto_result_fini(&slow.result);
}

static void nobody_waits_and_the_work_ends(void **state) {
  struct fixture *fixture = *state;
  start_list(fixture, MANY);
  struct asked slow;
  struct proto_request request_slow = {
      .method = PROTO_HEAP_SNAPSHOT,
      .asker = 5,
      .params.snapshot = {.format = PROTO_SNAPSHOT_DEVTOOLS, .directory = "/tmp"}};
  send_request(fixture, &request_slow, &slow);
  fixture->source->ops->left(fixture->source, 5);
  await(fixture, &slow);
  assert_int_equal(refusal(&slow.result), PROTO_TIMEOUT);
  assert_refused(snapshot(fixture, "/tmp", PROTO_SNAPSHOT_OURO), PROTO_OK);
}

static void heap_that_goes_refuses_what_is_half_done(void **state) {
  struct fixture *fixture = *state;
  start_list(fixture, MANY);
  struct asked slow;
  struct proto_request request_slow = {
      .method = PROTO_HEAP_SNAPSHOT,
      .params.snapshot = {.format = PROTO_SNAPSHOT_DEVTOOLS, .directory = "/tmp"}};
  send_request(fixture, &request_slow, &slow);
  fixture->source->ops->close(fixture->source);
  await(fixture, &slow);
  assert_int_equal(refusal(&slow.result), PROTO_HEAP_GONE);
  pump(fixture, is_gone);
}

int main(void) {
#define PLAY(name)                                                                     \
  cmocka_unit_test_setup_teardown(name, setup_playground, teardown_playground)
#define LIST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      PLAY(objects_are_described),
      PLAY(the_pool_map_counts_every_block),
      PLAY(what_is_no_object_is_refused),
      PLAY(pages_of_a_type_meet_each_object_once),
      PLAY(referrers_are_objects_roots_and_others),
      PLAY(more_referrers_than_asked_for_are_counted),
      PLAY(referents_are_told_field_by_field),
      PLAY(path_leads_from_the_variable_to_the_object),
      PLAY(graph_has_the_garbage_too),
      PLAY(graph_that_is_cut_begins_at_the_roots),
      PLAY(graph_from_an_object_ends_at_its_depth),
      PLAY(growth_is_told_since_a_mark),
      PLAY(a_heap_keeps_its_newest_marks),
      PLAY(snapshot_of_ours_has_a_line_an_object),
      PLAY(snapshot_for_devtools_fits_together),
      PLAY(snapshot_that_cannot_be_written_says_why),
      PLAY(disk_that_is_full_is_told),
      PLAY(collection_is_stepped_phase_by_phase),
      PLAY(stepped_collection_teaches_no_pause_and_a_tuning_can_be_kept),
      PLAY(while_one_steps_others_may_only_look),
      PLAY(who_goes_in_the_middle_of_steps_ends_them),
      PLAY(any_requests_in_any_order_leave_the_heap_whole),
      cmocka_unit_test_setup_teardown(heap_that_goes_in_the_middle_of_steps_goes_well,
                                      setup_playground, teardown),
      LIST(steps_that_nobody_takes_are_finished),
      LIST(program_runs_while_the_whole_heap_is_looked_through),
      LIST(devtools_snapshot_holds_the_program_and_nobody_else),
      LIST(nobody_waits_and_the_work_ends),
      LIST(heap_that_goes_refuses_what_is_half_done),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
