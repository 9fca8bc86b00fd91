/* test_hosted_oom.c - memory runs short at every single allocation of a hosted heap.
 *
 *   the n-th allocation fails, n = 1, 2, 3 ... until none is left to fail
 *
 * Once only that one fails, and once every one from there on. Each time the heap is
 * valid afterwards and nothing is lost. What runs on a heap's thread is called here
 * without one, so that the n-th is the same each time. Allocations are counted through
 * the linker's --wrap, on the test's thread alone. */
#include "hosted_fixture.h"

#include "documents.h"
#include "heap_requests.h"
#include "log.h"
#include "playground.h"
#include "workshop.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);

static _Thread_local bool is_counting, is_failing_on;
static _Thread_local unsigned calls, failing_call;
static _Thread_local long live_blocks;

static bool is_refused(void) {
  if (!is_counting)
    return false;
  calls++;
  return calls == failing_call || (is_failing_on && calls > failing_call);
}

void *__wrap_malloc(size_t size) {
  void *block = is_refused() ? NULL : __real_malloc(size);
  live_blocks += block != NULL;
  return block;
}

void *__wrap_calloc(size_t count, size_t size) {
  void *block = is_refused() ? NULL : __real_calloc(count, size);
  live_blocks += block != NULL;
  return block;
}

void *__wrap_realloc(void *block, size_t size) {
  void *moved = is_refused() ? NULL : __real_realloc(block, size);
  live_blocks += moved != NULL && block == NULL;
  return moved;
}

void __wrap_free(void *block) {
  live_blocks -= block != NULL;
  __real_free(block);
}

char *__wrap_strdup(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = __wrap_malloc(size);
  if (copy != NULL)
    memcpy(copy, text, size);
  return copy;
}

/* --- a heap with its mutator, and no thread --- */

struct stage {
  struct heap_thread thread;
  const char *directory;
};

static void no_notify(void *context) {
  (void)context;
}

/* False when there was no memory to begin. */
static bool begin(struct stage *stage, const struct mutator_ops *ops) {
  char message[256] = "";
  ouro_heap *heap = ouro_heap_new(NULL);
  struct mailbox *mailbox = mailbox_new(4, no_notify, NULL);
  void *mutator = NULL;
  if (heap != NULL && mailbox != NULL)
    mutator = ops == &playground_ops ? playground_new(heap, message, sizeof message)
              : ops == &workshop_ops
                  ? workshop_new(heap, message, sizeof message)
                  : documents_new(heap, stage->directory, message, sizeof message);
  if (mutator == NULL) {
    ouro_heap_free(heap);
    mailbox_free(mailbox);
    return false;
  }
  stage->thread = (struct heap_thread){
      .mailbox = mailbox, .id = "stage", .heap = heap, .ops = ops, .mutator = mutator};
  return true;
}

static void end(struct stage *stage) {
  heap_steps_end(&stage->thread, 0);
  heap_marks_fini(&stage->thread.marks);
  stage->thread.ops->free(stage->thread.mutator);
  ouro_heap_free(stage->thread.heap);
  mailbox_free(stage->thread.mailbox);
}

static void check(struct stage *stage) {
  char message[256] = "";
  bool was_counting = is_counting;
  is_counting = false;
  if (ouro_verify(stage->thread.heap, message, sizeof message) != 0)
    fail_msg("allocation %u: %s", failing_call, message);
  is_counting = was_counting;
}

static void serve(struct stage *stage, const struct proto_request *request) {
  const ouro_budget budget = {.steps = 20};
  struct proto_result result = {.kind = PROTO_RESULT_EMPTY};
  struct heap_task *task = heap_request(&stage->thread, request, "test", &result);
  while (task != NULL && !task->ops->step(task, &budget))
    ;
  heap_task_free(task);
  if (result.kind == PROTO_RESULT_ERROR && result.as.error.code != PROTO_LIMIT &&
      result.as.error.code != PROTO_NAME)
    fail_msg("allocation %u: error %d (%s)", failing_call, result.as.error.code,
             result.as.error.message);
  proto_result_fini(&result);
}

/* Run `play` with each allocation failing in turn. */
static void fail_each(void (*play)(struct stage *stage), struct stage *stage) {
  for (int later_too = 0; later_too < 2; later_too++) {
    failing_call = 0;
    do {
      failing_call++;
      is_failing_on = later_too != 0;
      calls = 0;
      live_blocks = 0;
      is_counting = true;
      play(stage);
      is_counting = false;
      if (live_blocks != 0)
        fail_msg("allocation %u: %ld blocks are lost", failing_call, live_blocks);
    } while (calls >= failing_call);
    assert_true(failing_call > 10);
  }
}

/* --- plays --- */

static void play_statements(struct stage *stage) {
  static char *const codes[] = {
      "john = Person('John'); mary = Person('Mary')\n",
      "john.friend = mary; mary.friend = john; mary.enemy = john; mary.x = None",
      "a = john; b = john; c = john.friend; john",
      "del john, mary, a, b, c",
      "gc.collect()",
      "Person('Ghost'); x = Person('X')",
      "t = Node('t'); t.c = [Node('a'), Node('b'), None, Node('c'), x]; t.c[0].up = t",
      "w = weakref.ref(x); w() is x; t.c.append([x]); t.c; w; len(t.c)",
      "p = Phoenix('P'); p.me = p; v = weakref.ref(p); del p, x, t",
      "gc.collect(); v(); del saved; gc.collect()",
  };
  struct proto_request request = {.method = PROTO_REPL_EVAL};
  if (!begin(stage, &playground_ops))
    return;
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    request.params.eval.code = codes[i];
    serve(stage, &request);
    check(stage);
  }
  request.method = PROTO_REPL_STATE;
  serve(stage, &request);
  request =
      (struct proto_request){.method = PROTO_HEAP_CENSUS, .params.census.limit = 5};
  serve(stage, &request);
  end(stage);
}

/* Looks at everything in every way, at a heap that stands. */
static void play_looks(struct stage *stage) {
  static char code[] = "a = Person('A'); b = Person('B'); a.b = b; b.a = a; b.x = a";
  struct proto_request request = {.method = PROTO_REPL_EVAL, .params.eval.code = code};
  if (!begin(stage, &playground_ops))
    return;
  serve(stage, &request);
  ouro_root root;
  uint64_t id = ouro_root_at(stage->thread.heap, 0, &root) == 0
                    ? (uint64_t)(uintptr_t)root.object
                    : 0;
  static const enum proto_method methods[] = {
      PROTO_HEAP_MARK,      PROTO_HEAP_OBJECTS,   PROTO_HEAP_OBJECT,
      PROTO_HEAP_REFERRERS, PROTO_HEAP_REFERENTS, PROTO_HEAP_PATH_TO_ROOT,
      PROTO_HEAP_GRAPH,     PROTO_HEAP_POOL_MAP,  PROTO_HEAP_SNAPSHOT};
  for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
    request = (struct proto_request){.method = methods[i]};
    if (methods[i] == PROTO_HEAP_SNAPSHOT) {
      request.params.snapshot.directory = stage->directory;
      serve(stage, &request);
      request.params.snapshot.format = PROTO_SNAPSHOT_DEVTOOLS;
    } else {
      request.params.look.id = id;
      request.params.look.has_id = true;
      request.params.look.limit = request.params.look.depth = 5;
    }
    if (id != 0)
      serve(stage, &request);
    assert_int_equal(stage->thread.held, 0);
    assert_false(stage->thread.has_snapshot);
  }
  request = (struct proto_request){.method = PROTO_HEAP_GROWTH,
                                   .params.growth = {.since = 1, .limit = 5}};
  if (stage->thread.marks.count > 0)
    serve(stage, &request);
  request = (struct proto_request){.method = PROTO_REPL_STEP,
                                   .params.step.action = PROTO_STEP_BEGIN,
                                   .params.step.generation = 2};
  serve(stage, &request);
  request.params.step.action = PROTO_STEP_NEXT;
  for (unsigned i = 0; i < 3 && stage->thread.steps.until_ns != 0; i++)
    serve(stage, &request);
  heap_steps_end(&stage->thread, 0);
  check(stage);
  end(stage);
}

static void play_documents(struct stage *stage) {
  if (!begin(stage, &documents_ops))
    return;
  for (unsigned i = 0; i < 12; i++)
    documents_ops.step(stage->thread.mutator, uv_hrtime());
  check(stage);
  end(stage);
}

/* Each workload for a while, as far as memory lets it. */
static void play_workloads(struct stage *stage) {
  if (!begin(stage, &workshop_ops))
    return;
  for (unsigned i = 0; workshop_classes[i] != NULL; i++) {
    struct proto_request request = {.method = PROTO_WORKLOAD_START};
    struct proto_setting *rate = &request.params.workload.settings[0];
    strcpy(request.params.workload.name, workshop_classes[i]->name);
    strcpy(rate->name, "rate");
    rate->value = 2000; /* forty in a slice */
    request.params.workload.setting_count = 1;
    serve(stage, &request);
    for (unsigned slices = 0; slices < 3; slices++)
      workshop_ops.step(stage->thread.mutator, uv_hrtime());
    check(stage);
  }
  end(stage);
}

/* --- tests --- */

static void statements_survive_any_failing_allocation(void **state) {
  struct stage stage = {.directory = NULL};
  (void)state;
  fail_each(play_statements, &stage);
}

static void looks_survive_any_failing_allocation(void **state) {
  struct stage stage = {.directory = "/tmp"};
  (void)state;
  fail_each(play_looks, &stage);
}

static void documents_survive_any_failing_allocation(void **state) {
  struct fixture *fixture = *state;
  struct stage stage = {.directory = fixture->directory};
  make_directory(fixture);
  write_file(fixture, "a.json", "{\"a\": [1, 2.5, \"a longer text\", {\"b\": null}]}");
  write_file(fixture, "b.json", "[true, [], {}]");
  fail_each(play_documents, &stage);
}

static void workloads_survive_any_failing_allocation(void **state) {
  struct stage stage = {.directory = NULL};
  (void)state;
  fail_each(play_workloads, &stage);
}

static void source_that_gets_no_memory_says_so_and_leaves_nothing(void **state) {
  char message[256];
  struct fixture *fixture = *state;
  is_failing_on = false;
  for (failing_call = 1;; failing_call++) {
    message[0] = '\0';
    calls = 0;
    is_counting = true;
    int error = hosted_playground_new(&fixture->loop, &fixture->sink, &HOSTED_OPTIONS,
                                      &fixture->source, message, sizeof message);
    is_counting = false;
    assert_int_equal(error != 0, message[0] != '\0');
    if (error == 0)
      break;
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
  }
  assert_true(failing_call > 5);
  verify(fixture);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(statements_survive_any_failing_allocation),
      TEST(looks_survive_any_failing_allocation),
      TEST(documents_survive_any_failing_allocation),
      TEST(workloads_survive_any_failing_allocation),
      TEST(source_that_gets_no_memory_says_so_and_leaves_nothing),
  };
  log_init(LOG_LEVEL_ERROR,
           LOG_FORMAT_TEXT); /* the same two files found some hundred times */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
