/* heap_look.c - objects by type, one object, what it refers to, who refers to it.
 *
 *   objects     cursor --page--> rows ... until the page is full, the heap's end, or
 *               LOOK_PAGE_NS are over: then the client asks on with the cursor
 *   referrers   the whole heap, always: only its end tells who else holds the object */
#include "heap_look.h"

#include <stdlib.h>
#include <string.h>

#include "heap_describe.h"
#include "heap_path.h"
#include "heap_requests.h"
#include "sampler.h"

/* A page that is found by then is answered, full or not. */
#define LOOK_PAGE_NS UINT64_C(2000000000)
/* Objects taken from core at once. */
#define PAGE 64u

/* --- heap.objects --- */

struct objects_task {
  struct heap_task base;
  const ouro_type *type; /* NULL: by name, or any */
  char name[PROTO_NAME_BYTES];
  ouro_cursor cursor;
  uint64_t until_ns;
  struct proto_object *rows; /* owned */
  size_t count, limit;
};

static bool objects_done(struct objects_task *task) {
  struct proto_result *ret = task->base.ret;
  ret->kind = PROTO_RESULT_OBJECTS;
  ret->as.objects.rows = task->rows;
  ret->as.objects.count = task->count;
  ret->as.objects.has_next = task->cursor != OURO_CURSOR_END;
  ret->as.objects.next = task->cursor;
  task->rows = NULL;
  return true;
}

static bool is_wanted(const struct objects_task *task, const void *object) {
  const ouro_type *type = ouro_object_type(task->base.thread->heap, object);
  return task->name[0] == '\0' || strcmp(ouro_type_name(type), task->name) == 0;
}

static bool objects_step(struct heap_task *base, const ouro_budget *budget) {
  struct objects_task *task = (struct objects_task *)base;
  uint64_t slice_ns = uv_hrtime() + HEAP_TASK_SLICE_NS;
  void *page[PAGE];
  do {
    size_t room = task->limit - task->count, count = 0;
    int error =
        ouro_objects_page(base->thread->heap, OURO_IN_ALL, task->type, budget,
                          &task->cursor, page, room < PAGE ? room : PAGE, &count);
    if (error == OURO_EINVAL) {
      struct proto_error *refusal = heap_refuse(base->ret);
      proto_error_set(refusal, PROTO_INVALID_PARAMS, "no page ended there");
      sampler_copy(refusal->path, sizeof refusal->path, "/params/cursor");
      sampler_copy(refusal->expected, sizeof refusal->expected,
                   "the next_cursor of an earlier answer");
      return true;
    }
    if (error != 0)
      return heap_task_fail(base->ret, error);
    for (size_t i = 0; i < count; i++)
      if (is_wanted(task, page[i]))
        heap_describe(base->thread, page[i], &task->rows[task->count++]);
    if (task->cursor == OURO_CURSOR_END || task->count == task->limit)
      return objects_done(task);
  } while (uv_hrtime() < slice_ns);
  return uv_hrtime() >= task->until_ns && objects_done(task);
}

static void objects_free(struct heap_task *base) {
  free(((struct objects_task *)base)->rows);
  free(base);
}

/* The type of that name; NULL with `*ret_count` 0 for none, above 1 for several. */
static const ouro_type *find_type(const ouro_heap *heap, const char *name,
                                  size_t *ret_count) {
  const ouro_type *type, *found = NULL;
  *ret_count = 0;
  for (size_t i = 0; (type = ouro_type_at(heap, i)) != NULL; i++)
    if (strcmp(ouro_type_name(type), name) == 0) {
      found = type;
      ++*ret_count;
    }
  return *ret_count == 1 ? found : NULL;
}

static struct heap_task *objects_begin(struct heap_thread *thread,
                                       const struct proto_request *request,
                                       struct proto_result *ret) {
  static const struct heap_task_ops ops = {objects_step, objects_free};
  const char *name = request->params.look.type;
  const ouro_type *type = NULL;
  size_t types = 0;
  if (name[0] != '\0')
    type = find_type(thread->heap, name, &types);
  if (name[0] != '\0' && types == 0) {
    struct proto_error *error = heap_refuse(ret);
    proto_error_set(error, PROTO_INVALID_PARAMS, "this heap has no type \"%s\"", name);
    sampler_copy(error->path, sizeof error->path, "/params/type");
    sampler_copy(error->expected, sizeof error->expected,
                 "the name of a type, as heap.census tells it");
    return NULL;
  }
  struct objects_task *task = calloc(1, sizeof *task);
  if (heap_task_init((struct heap_task *)task, &ops, thread, ret) == NULL)
    return NULL;
  task->type = type;
  if (types > 1)
    sampler_copy(task->name, sizeof task->name, name);
  task->cursor = request->params.look.cursor;
  task->limit = request->params.look.limit;
  task->until_ns = uv_hrtime() + LOOK_PAGE_NS;
  task->rows = calloc(task->limit, sizeof *task->rows);
  if (task->rows != NULL)
    return &task->base;
  heap_task_fail(ret, OURO_ENOMEM);
  free(task);
  return NULL;
}

/* --- heap.object and heap.referents: one object's own references --- */

struct referents {
  const struct heap_thread *thread;
  const void *object;
  struct proto_link *rows;
  size_t count, limit;
  uint64_t total;
};

static void note_referent(void *target, ouro_field field, void *argument) {
  struct referents *referents = argument;
  referents->total++;
  if (referents->count == referents->limit)
    return;
  struct proto_link *row = &referents->rows[referents->count++];
  heap_describe(referents->thread, target, &row->object);
  heap_describe_field(referents->thread, referents->object, field, row->field);
}

static void look_at_object(struct heap_thread *thread,
                           const struct proto_request *request,
                           struct proto_result *ret) {
  void *object = heap_task_object(thread, request->params.look.id, ret);
  struct referents referents = {.thread = thread, .object = object};
  if (object == NULL)
    return;
  ouro_fields(thread->heap, object, note_referent, &referents);
  ret->kind = PROTO_RESULT_OBJECT;
  heap_describe(thread, object, &ret->as.object.row);
  ret->as.object.references = referents.total;
}

static void look_at_referents(struct heap_thread *thread,
                              const struct proto_request *request,
                              struct proto_result *ret) {
  void *object = heap_task_object(thread, request->params.look.id, ret);
  if (object == NULL)
    return;
  struct referents referents = {
      .thread = thread, .object = object, .limit = request->params.look.limit};
  referents.rows = calloc(referents.limit, sizeof *referents.rows);
  if (referents.rows == NULL) {
    heap_task_fail(ret, OURO_ENOMEM);
    return;
  }
  ouro_fields(thread->heap, object, note_referent, &referents);
  *ret = (struct proto_result){.kind = PROTO_RESULT_REFERENTS};
  ret->as.links.rows = referents.rows;
  ret->as.links.count = referents.count;
  ret->as.links.total = referents.total;
  ret->as.links.truncated = referents.total > referents.count;
}

/* --- heap.referrers --- */

struct referrers_task {
  struct heap_task base;
  uint64_t id, listed; /* references of the rows */
  ouro_holders holders;
  struct proto_link *rows; /* owned */
  size_t count, limit;
};

static bool referrers_done(struct referrers_task *task, const void *object) {
  struct proto_result *ret = task->base.ret;
  *ret = (struct proto_result){.kind = PROTO_RESULT_REFERRERS};
  if (heap_describe_roots(task->base.thread, object, &ret->as.links.roots,
                          &ret->as.links.root_count) != 0)
    return heap_task_fail(ret, OURO_ENOMEM);
  ret->as.links.rows = task->rows;
  ret->as.links.count = task->count;
  ret->as.links.by_objects = task->holders.by_objects;
  ret->as.links.by_roots = task->holders.by_roots;
  ret->as.links.by_others = task->holders.by_others;
  ret->as.links.truncated = task->holders.by_objects > task->listed;
  task->rows = NULL;
  return true;
}

static bool referrers_step(struct heap_task *base, const ouro_budget *budget) {
  struct referrers_task *task = (struct referrers_task *)base;
  uint64_t slice_ns = uv_hrtime() + HEAP_TASK_SLICE_NS;
  const void *object = heap_task_object(base->thread, task->id, base->ret);
  ouro_referrer page[PAGE];
  if (object == NULL)
    return true;
  do {
    size_t room = task->limit - task->count, count = 0;
    int error = ouro_referrers_page(base->thread->heap, object, budget, &task->holders,
                                    page, room < PAGE ? room : PAGE, &count);
    if (error != 0)
      return heap_task_fail(base->ret, error);
    for (size_t i = 0; i < count; i++) {
      struct proto_link *row = &task->rows[task->count++];
      heap_describe(base->thread, page[i].object, &row->object);
      heap_describe_field(base->thread, page[i].object, page[i].field, row->field);
      row->references = page[i].references;
      task->listed += page[i].references;
    }
    if (task->holders.cursor == OURO_CURSOR_END)
      return referrers_done(task, object);
  } while (uv_hrtime() < slice_ns);
  return false;
}

static void referrers_free(struct heap_task *base) {
  free(((struct referrers_task *)base)->rows);
  free(base);
}

static struct heap_task *referrers_begin(struct heap_thread *thread,
                                         const struct proto_request *request,
                                         struct proto_result *ret) {
  static const struct heap_task_ops ops = {referrers_step, referrers_free};
  struct referrers_task *task = calloc(1, sizeof *task);
  if (heap_task_init((struct heap_task *)task, &ops, thread, ret) == NULL)
    return NULL;
  task->id = request->params.look.id;
  task->limit = request->params.look.limit;
  task->rows = calloc(task->limit, sizeof *task->rows);
  if (task->rows != NULL)
    return &task->base;
  heap_task_fail(ret, OURO_ENOMEM);
  free(task);
  return NULL;
}

struct heap_task *heap_look_begin(struct heap_thread *thread,
                                  const struct proto_request *request,
                                  struct proto_result *ret) {
  switch (request->method) {
  case PROTO_HEAP_OBJECTS: return objects_begin(thread, request, ret);
  case PROTO_HEAP_REFERRERS: return referrers_begin(thread, request, ret);
  case PROTO_HEAP_PATH_TO_ROOT: return heap_path_begin(thread, request, ret);
  case PROTO_HEAP_REFERENTS: look_at_referents(thread, request, ret); return NULL;
  default: look_at_object(thread, request, ret); return NULL;
  }
}
