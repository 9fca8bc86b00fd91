/* heap_snapshot.c - a heap's objects through one buffer into a file.
 *
 *   {"format":"ouro","version":1,"heap":"playground","time_ms":...,"runtime":"ouro
 * ..."}
 *   {"root":"john","id":"0x7f3a10c40010"}                    registered roots
 *   {"id":"0x7f3a10c40010","type":"Person","bytes":48, ... ,
 *    "references":[["friend","0x7f3a10c40040"], ...]}        one line an object
 *   {"end":true,"objects":2,"bytes":96}                      without it: incomplete */
#include "heap_snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "downloads.h"
#include "heap_describe.h"
#include "heap_requests.h"
#include "sampler.h"
#include "writer.h"

#define BUFFER_BYTES 65536u
#define PAGE         64u
/* Above what core and we answer ourselves. */
#define WRITE_FAILED 1

struct snapshot_task {
  struct heap_task base;
  enum proto_snapshot_format format;
  int fd; /* owned */
  int write_errno;
  bool is_too_large;
  uint64_t bytes; /* written and in the buffer */
  size_t buffered;
  ouro_snapshot *devtools; /* owned */
  ouro_cursor cursor;
  bool has_begun;
  uint64_t objects, object_bytes;
  char buffer[BUFFER_BYTES];
};

/* --- the file --- */

static int flush(struct snapshot_task *task) {
  size_t done = 0;
  while (done < task->buffered) {
    ssize_t written = write(task->fd, task->buffer + done, task->buffered - done);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0) {
      task->write_errno = errno;
      return WRITE_FAILED;
    }
    done += (size_t)written;
  }
  task->buffered = 0;
  return 0;
}

static int put(void *context, const char *bytes, size_t size) {
  struct snapshot_task *task = context;
  task->bytes += size;
  if (task->bytes > DOWNLOADS_MAX_BYTES) {
    task->is_too_large = true;
    return WRITE_FAILED;
  }
  while (size > 0) {
    size_t room = BUFFER_BYTES - task->buffered, part = size < room ? size : room;
    memcpy(task->buffer + task->buffered, bytes, part);
    task->buffered += part;
    bytes += part;
    size -= part;
    if (task->buffered == BUFFER_BYTES && flush(task) != 0)
      return WRITE_FAILED;
  }
  return 0;
}

static bool fail_write(struct snapshot_task *task) {
  struct proto_error *error = heap_refuse(task->base.ret);
  if (task->is_too_large)
    proto_error_set(error, PROTO_TOO_LARGE,
                    "the snapshot is larger than the %llu bytes of a download",
                    (unsigned long long)DOWNLOADS_MAX_BYTES);
  else
    proto_error_set(error, PROTO_LIMIT,
                    "the snapshot cannot be written to the state directory: %s",
                    strerror(task->write_errno));
  return true;
}

/* --- lines of "ouro" --- */

/* A line of JSON, which is taken. 0, WRITE_FAILED or OURO_ENOMEM. */
static int put_line(struct snapshot_task *task, struct proto_writer *writer) {
  size_t length = 0;
  while (writer->depth > 0)
    proto_write_end(writer);
  char *text = proto_writer_take(writer, &length);
  if (text == NULL)
    return OURO_ENOMEM;
  int error = put(task, text, length);
  free(text);
  return error != 0 ? error : put(task, "\n", 1);
}

static int put_head(struct snapshot_task *task) {
  struct heap_thread *thread = task->base.thread;
  struct proto_root *roots = NULL;
  size_t count = 0;
  struct proto_writer writer;
  proto_writer_init(&writer);
  proto_write_object(&writer, NULL);
  proto_write_string(&writer, "format", "ouro");
  proto_write_int(&writer, "version", 1);
  proto_write_string(&writer, "heap", thread->id);
  proto_write_string(&writer, "runtime", "ouro " OURO_VERSION);
  proto_write_int(&writer, "time_ms", sampler_time_ms());
  int error = put_line(task, &writer);
  if (error == 0)
    error = heap_describe_roots(thread, NULL, &roots, &count);
  for (size_t i = 0; i < count && error == 0; i++) {
    proto_writer_init(&writer);
    proto_write_object(&writer, NULL);
    proto_write_string(&writer, "root", roots[i].name);
    proto_write_id(&writer, "id", roots[i].id);
    error = put_line(task, &writer);
  }
  free(roots);
  return error;
}

struct line {
  const struct heap_thread *thread;
  const void *object;
  struct proto_writer writer;
};

static void write_reference(void *target, ouro_field field, void *argument) {
  struct line *line = argument;
  char name[PROTO_LINK_BYTES];
  heap_describe_field(line->thread, line->object, field, name);
  proto_write_array(&line->writer, NULL);
  proto_write_string(&line->writer, NULL, name);
  proto_write_id(&line->writer, NULL, (uint64_t)(uintptr_t)target);
  proto_write_end(&line->writer);
}

static int put_object(struct snapshot_task *task, const void *object) {
  struct line line = {.thread = task->base.thread, .object = object};
  struct proto_object row;
  heap_describe(task->base.thread, object, &row);
  proto_writer_init(&line.writer);
  proto_write_object(&line.writer, NULL);
  proto_write_object_row(&line.writer, NULL, &row);
  proto_write_array(&line.writer, "references");
  ouro_fields(task->base.thread->heap, object, write_reference, &line);
  task->objects++;
  task->object_bytes += row.bytes;
  return put_line(task, &line.writer);
}

static int put_tail(struct snapshot_task *task) {
  struct proto_writer writer;
  proto_writer_init(&writer);
  proto_write_object(&writer, NULL);
  proto_write_bool(&writer, "end", true);
  proto_write_uint(&writer, "objects", task->objects);
  proto_write_uint(&writer, "bytes", task->object_bytes);
  return put_line(task, &writer);
}

static int step_lines(struct snapshot_task *task, const ouro_budget *budget,
                      bool *ret_done) {
  uint64_t slice_ns = uv_hrtime() + HEAP_TASK_SLICE_NS;
  void *page[PAGE];
  int error = 0;
  if (!task->has_begun)
    error = put_head(task);
  task->has_begun = true;
  while (error == 0 && task->cursor != OURO_CURSOR_END && uv_hrtime() < slice_ns) {
    size_t count = 0;
    error = ouro_objects_page(task->base.thread->heap, OURO_IN_ALL, NULL, budget,
                              &task->cursor, page, PAGE, &count);
    for (size_t i = 0; i < count && error == 0; i++)
      error = put_object(task, page[i]);
  }
  *ret_done = error == 0 && task->cursor == OURO_CURSOR_END;
  return *ret_done ? put_tail(task) : error;
}

/* --- the task --- */

static bool tell(struct snapshot_task *task) {
  struct proto_result *ret = task->base.ret;
  bool is_devtools = task->format == PROTO_SNAPSHOT_DEVTOOLS;
  ret->kind = PROTO_RESULT_FILE;
  ret->as.file.fd = task->fd;
  ret->as.file.bytes = task->bytes;
  ret->as.file.type = is_devtools ? "application/json" : "application/x-ndjson";
  snprintf(ret->as.file.name, sizeof ret->as.file.name, "%s-%" PRId64 "%s",
           task->base.thread->id, sampler_time_ms(),
           is_devtools ? ".heapsnapshot" : ".ouro.jsonl");
  task->fd = -1;
  return true;
}

static bool step(struct heap_task *base, const ouro_budget *budget) {
  struct snapshot_task *task = (struct snapshot_task *)base;
  bool is_done = false;
  int error = task->format == PROTO_SNAPSHOT_DEVTOOLS
                  ? ouro_snapshot_step(task->devtools, budget, &is_done)
                  : step_lines(task, budget, &is_done);
  if (error == 0 && !is_done)
    return false;
  if (error == 0)
    error = flush(task);
  if (error == WRITE_FAILED)
    return fail_write(task);
  return error != 0 ? heap_task_fail(base->ret, error) : tell(task);
}

static void free_task(struct heap_task *base) {
  struct snapshot_task *task = (struct snapshot_task *)base;
  base->thread->has_snapshot = false;
  if (task->devtools != NULL) {
    ouro_snapshot_free(task->devtools);
    base->thread->held &= ~HEAP_HELD_BY_SNAPSHOT;
  }
  if (task->fd >= 0)
    close(task->fd);
  free(task);
}

struct heap_task *heap_snapshot_begin(struct heap_thread *thread,
                                      const struct proto_request *request,
                                      struct proto_result *ret) {
  static const struct heap_task_ops ops = {step, free_task};
  if (thread->has_snapshot) {
    proto_error_set(heap_refuse(ret), PROTO_BUSY,
                    "another snapshot of this heap is being written");
    return NULL;
  }
  if (ouro_gc_is_stepping(thread->heap)) {
    heap_task_fail(ret, OURO_EBUSY);
    return NULL;
  }
  struct snapshot_task *task = calloc(1, sizeof *task);
  if (heap_task_init((struct heap_task *)task, &ops, thread, ret) == NULL)
    return NULL;
  task->format = request->params.snapshot.format;
  task->fd = downloads_temporary(request->params.snapshot.directory);
  thread->has_snapshot = true;
  if (task->fd < 0) {
    task->write_errno = errno;
    fail_write(task);
    free_task(&task->base);
    return NULL;
  }
  if (task->format == PROTO_SNAPSHOT_DEVTOOLS) {
    task->devtools = ouro_snapshot_new(thread->heap, put, task);
    if (task->devtools == NULL) {
      heap_task_fail(ret, OURO_ENOMEM);
      free_task(&task->base);
      return NULL;
    }
    thread->held |= HEAP_HELD_BY_SNAPSHOT;
  }
  return &task->base;
}
