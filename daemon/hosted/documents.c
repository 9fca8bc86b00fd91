/* documents.c - read a document, build it, keep it, drop the oldest.
 *
 *   kept, a ring of counted references:   | d5 | d6 | d3 | d4 |
 *                                           newest ^    ^ oldest: dropped next
 *
 * A dropped document is a cycle: its members hold it, counting does not free it, and it
 * waits for a collection. A step is one of: look into one directory; read and parse one
 * file; make some objects. Each takes milliseconds at most, so requests wait no longer.
 *
 * Why the rate is in objects, not documents: files differ ten-thousand-fold in size,
 * and a steady rate of objects is what makes a steady rate of collections. */
#include "documents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin_documents.h"
#include "json_files.h"
#include "json_graph.h"
#include "log.h"
#include "memory.h"

#define DEFAULT_DIRECTORY "/usr/share"
#define KEEP_MAX          1000u
#define SLICES_PER_S      50.0
#define SLICE_MIN         16u
#define SLICE_MAX         1024u
#define NS_PER_S          1e9
#define LATENESS_NS       UINT64_C(200000000)

/* A half-built document and the oldest kept one go when memory is short; then this
 * long nothing is made, so that the shortage is not all that happens. */
#define OUT_OF_MEMORY_PAUSE_NS UINT64_C(100000000)

const struct workload_class *const documents_classes[] = {&workload_documents, NULL};

struct documents {
  ouro_heap *heap; /* borrowed */
  struct workload_state state;
  struct json_files files;
  struct json_graph graph;
  bool is_scanning, is_given; /* the directory: still looked through; somebody's wish */
  unsigned next_builtin;
  char *text; /* owned: a file's text, reused */
  size_t text_capacity;
  uint64_t due_ns;
  void *kept[KEEP_MAX]; /* owned references */
  unsigned first, count;
};

/* --- the kept documents --- */

static void drop_oldest(struct documents *documents) {
  void *root = documents->kept[documents->first];
  ouro_root_remove(documents->heap, &documents->kept[documents->first]);
  documents->kept[documents->first] = NULL;
  documents->first = (documents->first + 1) % KEEP_MAX;
  documents->count--;
  ouro_decref(documents->heap, root);
}

static void trim(struct documents *documents, unsigned keep) {
  while (documents->count > keep)
    drop_oldest(documents);
  documents->state.counters[DOCUMENTS_KEPT] = documents->count;
}

static void keep_take(struct documents *documents, void *root) {
  unsigned keep = (unsigned)documents->state.values[DOCUMENTS_KEEP];
  trim(documents, keep - 1);
  char name[OURO_ROOT_NAME_BYTES];
  unsigned place = (documents->first + documents->count++) % KEEP_MAX;
  documents->kept[place] = root;
  /* A path begins with this name; without memory for it, without. */
  snprintf(name, sizeof name, "documents[%u]", place);
  ouro_root_add(documents->heap, &documents->kept[place], name);
  trim(documents, keep);
}

/* --- reading --- */

static unsigned document_count(const struct documents *documents) {
  bool is_builtin = !documents->is_given && documents->files.count == 0;
  return is_builtin ? BUILTIN_DOCUMENTS : (unsigned)documents->files.count;
}

static void scan(struct documents *documents) {
  documents->is_scanning = json_files_step(&documents->files);
  if (documents->is_scanning)
    return;
  documents->state.counters[DOCUMENTS_FILES] = document_count(documents);
  if (documents->files.count == 0)
    log_line(LOG_LEVEL_WARNING, "documents: no *.json file found, %s",
             documents->is_given ? "nothing to do" : "built-in documents are used");
  else
    log_line(LOG_LEVEL_INFO, "documents: files found: %zu", documents->files.count);
}

/* Memory is short: something goes, and for a while nothing comes. */
static void out_of_memory(struct documents *documents) {
  json_graph_drop(&documents->graph);
  if (documents->count > 0)
    drop_oldest(documents);
  documents->state.counters[DOCUMENTS_KEPT] = documents->count;
  documents->state.counters[DOCUMENTS_OUT_OF_MEMORY]++;
  documents->due_ns = uv_hrtime() + OUT_OF_MEMORY_PAUSE_NS;
}

/* Counted, named once, and not tried again. */
static void skip(struct documents *documents, size_t index, const char *reason) {
  log_line(LOG_LEVEL_WARNING, "documents: skipped %s: %s",
           documents->files.files[index].path, reason);
  json_files_forget(&documents->files, index);
  documents->state.counters[DOCUMENTS_SKIPPED]++;
  documents->state.counters[DOCUMENTS_FILES] = document_count(documents);
}

/* NULL with a reason, or with "" when memory is short. */
static json_t *parse_file(struct documents *documents, const char *path, char *reason,
                          size_t size) {
  json_error_t error;
  size_t length = 0;
  if (json_file_read(path, &documents->text, &documents->text_capacity, &length, reason,
                     size) != 0)
    return NULL;
  proto_memory_begin();
  json_t *document =
      json_loadb(documents->text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
  if (proto_memory_ran_short()) {
    json_decref(document); /* what was read while memory was short may be wrong */
    reason[0] = '\0';
    return NULL;
  }
  if (document == NULL)
    snprintf(reason, size, "line %d, column %d: %s", error.line, error.column,
             error.text);
  return document;
}

static json_t *read_file(struct documents *documents) {
  char reason[JSON_ERROR_TEXT_LENGTH + 64];
  size_t index = json_files_next(&documents->files);
  json_t *document =
      parse_file(documents, documents->files.files[index].path, reason, sizeof reason);
  if (document == NULL && reason[0] != '\0')
    skip(documents, index, reason);
  else if (document == NULL)
    out_of_memory(documents);
  return document;
}

static json_t *read_builtin(struct documents *documents) {
  json_t *document = builtin_document(documents->next_builtin++ % BUILTIN_DOCUMENTS);
  if (document == NULL)
    out_of_memory(documents);
  return document;
}

/* Read the next document; false when that failed. */
static bool read_next(struct documents *documents) {
  json_t *document =
      documents->files.count > 0 ? read_file(documents) : read_builtin(documents);
  if (document == NULL)
    return false;
  json_graph_begin_take(&documents->graph, document);
  return true;
}

/* --- steps --- */

static void build(struct documents *documents, unsigned slice, unsigned *ret_made) {
  int done = json_graph_build(&documents->graph, slice, ret_made);
  documents->state.counters[DOCUMENTS_NODES] += *ret_made;
  if (done > 0) {
    documents->state.counters[DOCUMENTS_READ]++;
    keep_take(documents, json_graph_take(&documents->graph));
  } else if (done < 0) {
    out_of_memory(documents);
  }
}

static bool is_idle(const struct documents *documents) {
  return !documents->state.running || documents->state.values[DOCUMENTS_RATE] <= 0 ||
         document_count(documents) == 0;
}

static uint64_t due(void *mutator) {
  const struct documents *documents = mutator;
  if (documents->is_scanning)
    return 0;
  return is_idle(documents) ? UINT64_MAX : documents->due_ns;
}

static void step(void *mutator, uint64_t now_ns) {
  struct documents *documents = mutator;
  if (documents->is_scanning) {
    scan(documents);
    return;
  }
  double rate = documents->state.values[DOCUMENTS_RATE];
  unsigned slice =
      rate >= SLICE_MAX * SLICES_PER_S ? SLICE_MAX : (unsigned)(rate / SLICES_PER_S);
  unsigned made = 0;
  /* A little lateness is made up for, so that the rate holds; a pause is not, so that
   * no burst follows it. */
  if (now_ns - documents->due_ns > LATENESS_NS)
    documents->due_ns = now_ns;
  if (documents->graph.document == NULL && !read_next(documents))
    return;
  build(documents, slice < SLICE_MIN ? SLICE_MIN : slice, &made);
  if (rate < workload_documents.settings[DOCUMENTS_RATE].maximum)
    documents->due_ns += (uint64_t)(made / rate * NS_PER_S);
}

static void request(void *mutator, struct heap_thread *thread,
                    const struct proto_request *asked, const char *who,
                    struct proto_result *ret) {
  struct documents *documents = mutator;
  (void)who;
  if (!workload_request(documents_classes, thread->id, asked, &documents->state, ret))
    return;
  documents->due_ns = 0; /* the new rate counts from now on */
  trim(documents, (unsigned)documents->state.values[DOCUMENTS_KEEP]);
  /* A stopped workload holds whole documents only: what a census then counts is what
   * the files have. */
  if (!documents->state.running)
    json_graph_drop(&documents->graph);
  workload_describe(&workload_documents, thread->id, &documents->state,
                    &ret->as.workload);
}

static const struct workload_state *state(const void *mutator) {
  return &((const struct documents *)mutator)->state;
}

static void free_documents(void *mutator) {
  struct documents *documents = mutator;
  json_graph_fini(&documents->graph);
  trim(documents, 0);
  json_files_fini(&documents->files);
  free(documents->text);
  free(documents);
}

static void text(const void *mutator, const void *object, char *ret, size_t size) {
  json_graph_text(&((const struct documents *)mutator)->graph, object, ret, size);
}

static void field(const void *mutator, const void *object, ouro_field at, char *ret,
                  size_t size) {
  json_graph_field(&((const struct documents *)mutator)->graph, object, at, ret, size);
}

const struct mutator_ops documents_ops = {.due = due,
                                          .step = step,
                                          .request = request,
                                          .state = state,
                                          .text = text,
                                          .field = field,
                                          .free = free_documents};

void *documents_new(ouro_heap *heap, const char *directory, char *message,
                    size_t size) {
  struct documents *documents = calloc(1, sizeof *documents);
  if (documents == NULL) {
    snprintf(message, size, "documents: out of memory");
    return NULL;
  }
  documents->heap = heap;
  documents->is_given = directory != NULL;
  documents->is_scanning = true;
  workload_init(&workload_documents, &documents->state);
  documents->state.running = true;
  int error = json_graph_init(&documents->graph, heap);
  if (error != 0) {
    snprintf(message, size, "documents: %s", ouro_strerror(error));
    free_documents(documents);
    return NULL;
  }
  error = json_files_init(&documents->files,
                          directory != NULL ? directory : DEFAULT_DIRECTORY);
  if (error != 0 && directory != NULL) {
    snprintf(message, size, "cannot read the documents directory %s: %s", directory,
             strerror(error));
    free_documents(documents);
    return NULL;
  }
  return documents;
}
