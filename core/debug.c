/* debug.c - the garbage list and the lines of the debug flags.
 *
 * CPython writes its lines to standard error; here they go to a hook, in the same words
 * (Modules/gcmodule.c, 3.11: gc_collect_main, debug_cycle), so that whoever reads logs
 * of one can read those of the other. */
#include "debug.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 2, 3))) static void say(ouro_heap *heap,
                                                      const char *format, ...) {
  char line[OURO_TYPE_NAME_BYTES + OURO_UNRAISABLE_BYTES + 96];
  va_list arguments;
  if (heap->report == NULL)
    return;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  heap->report(heap, line, heap->report_context);
}

static void say_object(ouro_heap *heap, const char *what, const ouro_header *header) {
  say(heap, "gc: %s <%s %p>", what, ouro__type(heap, header)->name,
      ouro__payload(header));
}

void ouro__debug_start(ouro_heap *heap, const ouro_collection *record) {
  if (!(heap->debug & OURO_DEBUG_STATS))
    return;
  say(heap, "gc: collecting generation %u...", record->generation);
  say(heap, "gc: objects in each generation: %" PRIu64 " %" PRIu64 " %" PRIu64,
      heap->aged[0], heap->aged[1], heap->aged[2]);
  say(heap, "gc: objects in permanent generation: %" PRIu64, heap->aged[OURO__FROZEN]);
}

void ouro__debug_done(ouro_heap *heap, const ouro_collection *record) {
  if (heap->debug & OURO_DEBUG_STATS)
    say(heap,
        "gc: done, %" PRIu64 " unreachable, %" PRIu64 " uncollectable, %.4fs elapsed",
        record->collected + record->uncollectable, record->uncollectable,
        (double)record->pause_ns / 1e9);
}

void ouro__debug_collectable(ouro_heap *heap) {
  if (heap->debug & OURO_DEBUG_COLLECTABLE)
    for (size_t i = 0; i < heap->garbage.length; i++)
      say_object(heap, "collectable", heap->garbage.items[i]);
}

void ouro__debug_uncollectable(ouro_heap *heap, const ouro_header *header) {
  if (heap->debug & OURO_DEBUG_UNCOLLECTABLE)
    say_object(heap, "uncollectable", header);
}

/* One line of a message; `line` has a byte for its end. */
static void copy_message(char line[OURO_UNRAISABLE_BYTES + 1], const char *message) {
  size_t length = 0;
  for (; length < OURO_UNRAISABLE_BYTES && message[length] != '\0'; length++) {
    unsigned char byte = (unsigned char)message[length];
    line[length] = byte < 0x20 || byte == 0x7f ? ' ' : message[length];
  }
  /* A character that goes on behind the cut begins before it. */
  while (length > 0 && ((unsigned char)message[length] & 0xc0) == 0x80)
    length--;
  line[length] = '\0';
}

void ouro_report_unraisable(ouro_heap *heap, const void *object, const char *message) {
  char line[OURO_UNRAISABLE_BYTES + 1];
  heap->unraisable_errors++;
  copy_message(line, message);
  if (object == NULL) {
    say(heap, "gc: error ignored: %s", line);
    return;
  }
  const struct ouro_type *type = ouro__type(heap, ouro_header_of(object));
  say(heap, "gc: error ignored in %s of <%s %p>: %s",
      type == heap->weakref_type ? "callback" : "finalizer", type->name, object, line);
}

int ouro__debug_reserve(ouro_heap *heap, size_t more) {
  if (more <= heap->saved_capacity - heap->saved_length)
    return OURO_OK;
  size_t capacity = heap->saved_capacity * 2;
  if (capacity < heap->saved_length + more)
    capacity = heap->saved_length + more;
  void **saved = ouro__allocate(heap, capacity * sizeof *saved);
  if (saved == NULL)
    return OURO_ENOMEM;
  if (heap->saved_length > 0)
    memcpy(saved, heap->saved, heap->saved_length * sizeof *saved);
  ouro__debug_fini(heap);
  heap->saved = saved;
  heap->saved_capacity = capacity;
  return OURO_OK;
}

void ouro__debug_save(ouro_heap *heap, ouro_header *header) {
  heap->saved[heap->saved_length++] = ouro_incref(heap, ouro__payload(header));
}

void ouro__debug_fini(ouro_heap *heap) {
  ouro__deallocate(heap, heap->saved, heap->saved_capacity * sizeof *heap->saved);
}

void *const *ouro_gc_garbage(const ouro_heap *heap, size_t *ret_count) {
  *ret_count = heap->saved_length;
  return heap->saved;
}

int ouro_gc_clear_garbage(ouro_heap *heap) {
  if (heap->collecting)
    return OURO_EBUSY;
  /* Why the last one first: what dies may run code that reads the list. */
  while (heap->saved_length > 0)
    ouro_decref(heap, heap->saved[--heap->saved_length]);
  return OURO_OK;
}

int ouro_gc_set_debug(ouro_heap *heap, unsigned flags) {
  const unsigned known = OURO_DEBUG_STATS | OURO_DEBUG_COLLECTABLE |
                         OURO_DEBUG_UNCOLLECTABLE | OURO_DEBUG_SAVEALL;
  if (flags & ~known)
    return OURO_EINVAL;
  heap->debug = flags;
  return OURO_OK;
}

unsigned ouro_gc_debug(const ouro_heap *heap) {
  return heap->debug;
}

void ouro_gc_set_report(ouro_heap *heap, ouro_gc_report *report, void *context) {
  heap->report = report;
  heap->report_context = context;
}
