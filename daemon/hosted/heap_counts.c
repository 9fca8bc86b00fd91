/* heap_counts.c - heap.census, heap.mark, heap.growth.
 *
 *   ouro_mark_new --> ouro_mark_count ... done --> rows      (census)
 *                                              --> kept      (mark)
 *                                              --> compared  (growth) */
#include "heap_counts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "heap_requests.h"
#include "sampler.h"

struct count_task {
  struct heap_task base;
  enum proto_method method;
  uint64_t since;
  size_t limit;
  ouro_mark *mark; /* owned */
};

void heap_marks_fini(struct heap_marks *marks) {
  for (unsigned i = 0; i < marks->count; i++)
    ouro_mark_free(marks->list[i].mark);
  marks->count = 0;
}

static const struct heap_mark *find(const struct heap_marks *marks, uint64_t number) {
  for (unsigned i = 0; i < marks->count; i++)
    if (marks->list[i].number == number)
      return &marks->list[i];
  return NULL;
}

static const struct heap_mark *keep_take(struct heap_marks *marks, ouro_mark *mark) {
  if (marks->count == HEAP_MAX_MARKS) {
    ouro_mark_free(marks->list[0].mark);
    memmove(&marks->list[0], &marks->list[1],
            (HEAP_MAX_MARKS - 1) * sizeof marks->list[0]);
    marks->count--;
  }
  struct heap_mark *kept = &marks->list[marks->count++];
  *kept = (struct heap_mark){++marks->last_number, sampler_time_ms(), mark};
  return kept;
}

static void refuse_mark(const struct heap_marks *marks, struct proto_result *ret) {
  struct proto_error *error = heap_refuse(ret);
  proto_error_set(error, PROTO_INVALID_PARAMS,
                  "this heap does not keep that mark (any more)");
  sampler_copy(error->path, sizeof error->path, "/params/since");
  if (marks->count == 0)
    sampler_copy(error->expected, sizeof error->expected,
                 "a mark of heap.mark; none was made");
  else
    snprintf(error->expected, sizeof error->expected,
             "a mark from %" PRIu64 " to %" PRIu64, marks->list[0].number,
             marks->last_number);
}

/* --- answers --- */

static int census(struct count_task *task, struct proto_result *ret) {
  size_t count = 0, types = 0;
  ouro_census_row *found = calloc(task->limit, sizeof *found);
  struct proto_type_count *rows = calloc(task->limit, sizeof *rows);
  int error = OURO_ENOMEM;
  if (found != NULL && rows != NULL)
    error = ouro_mark_rows(task->mark, found, task->limit, &count, &types);
  if (error != 0) {
    free(found);
    free(rows);
    return error;
  }
  for (size_t i = 0; i < count; i++) {
    sampler_copy(rows[i].type, sizeof rows[i].type, ouro_type_name(found[i].type));
    rows[i].objects = found[i].objects;
    rows[i].bytes = found[i].bytes;
  }
  free(found);
  ret->kind = PROTO_RESULT_CENSUS;
  ret->as.census.rows = rows;
  ret->as.census.count = count;
  ret->as.census.types_total = types;
  return 0;
}

static int mark(struct count_task *task, struct proto_result *ret) {
  size_t count = 0, types = 0;
  int error = ouro_mark_rows(task->mark, NULL, 0, &count, &types);
  ouro_census_row *rows = error == 0 ? calloc(types + 1, sizeof *rows) : NULL;
  if (error == 0)
    error = rows == NULL ? OURO_ENOMEM
                         : ouro_mark_rows(task->mark, rows, types, &count, &types);
  if (error == 0) {
    const struct heap_mark *kept = keep_take(&task->base.thread->marks, task->mark);
    task->mark = NULL;
    ret->kind = PROTO_RESULT_MARK;
    ret->as.mark.number = kept->number;
    ret->as.mark.time_ms = kept->time_ms;
    ret->as.mark.objects = ret->as.mark.bytes = 0;
    for (size_t i = 0; i < count; i++) {
      ret->as.mark.objects += rows[i].objects;
      ret->as.mark.bytes += rows[i].bytes;
    }
  }
  free(rows);
  return error;
}

static int growth(struct count_task *task, struct proto_result *ret) {
  const struct heap_mark *from = find(&task->base.thread->marks, task->since);
  size_t count = 0, types = 0;
  if (from == NULL) {
    refuse_mark(&task->base.thread->marks, ret); /* it made room meanwhile */
    return 0;
  }
  ouro_growth_row *found = calloc(task->limit, sizeof *found);
  struct proto_growth *rows = calloc(task->limit, sizeof *rows);
  int error = OURO_ENOMEM;
  if (found != NULL && rows != NULL)
    error =
        ouro_mark_growth(from->mark, task->mark, found, task->limit, &count, &types);
  if (error != 0) {
    free(found);
    free(rows);
    return error;
  }
  for (size_t i = 0; i < count; i++) {
    sampler_copy(rows[i].type, sizeof rows[i].type, ouro_type_name(found[i].type));
    rows[i].grown_objects = found[i].objects;
    rows[i].grown_bytes = found[i].bytes;
    rows[i].objects = found[i].objects_now;
    rows[i].bytes = found[i].bytes_now;
  }
  free(found);
  ret->kind = PROTO_RESULT_GROWTH;
  ret->as.growth.rows = rows;
  ret->as.growth.count = count;
  ret->as.growth.types_total = types;
  ret->as.growth.since_ms = from->time_ms;
  return 0;
}

/* --- the task --- */

static bool step(struct heap_task *base, const ouro_budget *budget) {
  struct count_task *task = (struct count_task *)base;
  bool is_done = false;
  int error = ouro_mark_count(task->mark, budget, &is_done);
  if (error == 0 && !is_done)
    return false;
  if (error == 0)
    error = task->method == PROTO_HEAP_CENSUS ? census(task, base->ret)
            : task->method == PROTO_HEAP_MARK ? mark(task, base->ret)
                                              : growth(task, base->ret);
  return error == 0 || heap_task_fail(base->ret, error);
}

static void free_task(struct heap_task *base) {
  struct count_task *task = (struct count_task *)base;
  ouro_mark_free(task->mark);
  free(task);
}

static const struct heap_task_ops ops = {step, free_task};

struct heap_task *heap_counts_begin(struct heap_thread *thread,
                                    const struct proto_request *request,
                                    struct proto_result *ret) {
  if (request->method == PROTO_HEAP_GROWTH &&
      find(&thread->marks, request->params.growth.since) == NULL) {
    refuse_mark(&thread->marks, ret);
    return NULL;
  }
  struct count_task *task = calloc(1, sizeof *task);
  if (heap_task_init((struct heap_task *)task, &ops, thread, ret) == NULL)
    return NULL;
  task->method = request->method;
  task->limit = request->method == PROTO_HEAP_GROWTH ? request->params.growth.limit
                                                     : request->params.census.limit;
  task->limit = task->limit > PROTO_MAX_LIST ? PROTO_MAX_LIST : task->limit;
  task->limit = task->limit == 0 ? 1 : task->limit; /* heap.mark has none */
  task->since = request->params.growth.since;
  task->mark = ouro_mark_new(thread->heap);
  if (task->mark != NULL)
    return &task->base;
  heap_task_fail(ret, OURO_ENOMEM);
  free(task);
  return NULL;
}
