/* heap_path.c - the shortest path from a root, searched in slices.
 *
 *   search ... found --> read its steps --changed since--> search again, MAX_TRIES
 * times
 *
 * Core checks every step when it is read, so what is answered was there. */
#include "heap_path.h"

#include <stdlib.h>

#include "heap_describe.h"
#include "heap_requests.h"
#include "sampler.h"

#define MAX_TRIES 5u
#define PAGE      64u

struct path_task {
  struct heap_task base;
  uint64_t id;
  size_t limit;
  unsigned tries;
  ouro_path *path; /* owned */
};

/* The first `limit` steps of what was found. 0 or core's error. */
static int read_steps(struct path_task *task, struct proto_link *rows,
                      size_t *ret_count) {
  ouro_step page[PAGE];
  size_t done = 0, count = 0;
  do {
    size_t room = task->limit - done;
    int error =
        ouro_path_steps(task->path, done, page, room < PAGE ? room : PAGE, &count);
    if (error != 0)
      return error;
    for (size_t i = 0; i < count; i++, done++) {
      heap_describe(task->base.thread, page[i].object, &rows[done].object);
      if (done + 1 < ouro_path_length(task->path))
        heap_describe_field(task->base.thread, page[i].object, page[i].field,
                            rows[done].field);
    }
  } while (count > 0 && done < task->limit);
  *ret_count = done;
  return 0;
}

static bool tell(struct path_task *task) {
  struct proto_result *ret = task->base.ret;
  struct proto_link *rows = calloc(task->limit, sizeof *rows);
  struct proto_root *root = calloc(1, sizeof *root);
  size_t count = 0;
  int error = rows == NULL || root == NULL ? OURO_ENOMEM : 0;
  if (error == 0)
    error = read_steps(task, rows, &count);
  if (error != 0) {
    free(rows);
    free(root);
    if (error == OURO_ECHANGED && ++task->tries < MAX_TRIES)
      return false; /* the path broke: core searches again */
    return heap_task_fail(ret, error);
  }
  *ret = (struct proto_result){.kind = PROTO_RESULT_PATH};
  ret->as.links.rows = rows;
  ret->as.links.count = count;
  ret->as.links.roots = root;
  ret->as.links.total = ouro_path_length(task->path);
  ret->as.links.truncated = ret->as.links.total > count;
  ret->as.links.is_reachable = true;
  if (ouro_path_root(task->path) != NULL) {
    sampler_copy(root->name, sizeof root->name, ouro_path_root(task->path));
    ret->as.links.root_count = 1;
  }
  return true;
}

static bool step(struct heap_task *base, const ouro_budget *budget) {
  struct path_task *task = (struct path_task *)base;
  ouro_path_answer answer = OURO_PATH_SEARCHING;
  int error = ouro_path_search(task->path, budget, &answer);
  if (error != 0)
    return heap_task_fail(base->ret, error);
  switch (answer) {
  case OURO_PATH_SEARCHING: return false;
  case OURO_PATH_GONE: return heap_task_no_object(base->ret, task->id);
  case OURO_PATH_UNREACHABLE:
    *base->ret = (struct proto_result){.kind = PROTO_RESULT_PATH};
    return true;
  case OURO_PATH_FOUND: break;
  }
  return tell(task);
}

static void free_task(struct heap_task *base) {
  ouro_path_free(((struct path_task *)base)->path);
  free(base);
}

struct heap_task *heap_path_begin(struct heap_thread *thread,
                                  const struct proto_request *request,
                                  struct proto_result *ret) {
  static const struct heap_task_ops ops = {step, free_task};
  void *object = heap_task_object(thread, request->params.look.id, ret);
  if (object == NULL)
    return NULL;
  struct path_task *task = calloc(1, sizeof *task);
  if (heap_task_init((struct heap_task *)task, &ops, thread, ret) == NULL)
    return NULL;
  task->id = request->params.look.id;
  task->limit = request->params.look.limit;
  task->path = ouro_path_new(thread->heap, object, 0);
  if (task->path != NULL)
    return &task->base;
  heap_task_fail(ret, OURO_ENOMEM);
  free(task);
  return NULL;
}
