/* path.c - breadth first from the roots, with a table of parents.
 *
 *   roots --> spread --> count --> seed --> spread --> trace
 *             registered  who is held by   from these   back from the object,
 *             roots first none of the rest              checking every field
 *
 *   chunks[pool] -> | parent, next | parent, next | ...   8 bytes an object, by block
 *
 * Why forward: backwards from the object each level of the path costs a look at the
 * whole heap, and a list has as many levels as nodes. Forward it is one look for the
 * roots, one for the counts, one for the rest, however deep; the price is the table.
 * `next` links the objects that wait for their references to be looked at, so that the
 * queue needs no memory of its own; of an object not met yet it holds the references
 * counted, of one on the path that was found the next one.
 *
 * All is kept as ids, and an id is looked at anew before its object is: between two
 * calls it may have died. A chunk remembers the class its pool had: if that changed,
 * everything in the pool is younger than the search and may be left out. */
#include "fields.h"
#include "roots.h"
#include "walk.h"

struct entry {
  uint32_t parent; /* id + 1 of the object that led here, SEED; 0: not met */
  uint32_t next;   /* id + 1 in the queue or on the path; references while not met */
};

#define SEED UINT32_MAX

struct chunk {
  uint32_t capacity;
  uint16_t size; /* of the pool's blocks when it was made */
  uint8_t size_class;
  struct entry entries[];
};

enum stage { ROOTS, SPREAD_ROOTS, COUNT, SEEDS, SPREAD, TRACE, DONE, NOTHING };

struct ouro_path {
  ouro_heap *heap;
  ouro_header *target;
  uint32_t target_id, own;
  enum stage stage;
  struct meter *meter; /* of the call that runs */
  bool short_of_memory;

  struct chunk **chunks;
  uint32_t pools;
  struct entry *large;
  uint32_t large_slots;

  uint32_t first, last; /* the queue, id + 1 */
  uint32_t at;          /* the id at which a walk goes on, or a trace */

  uint64_t length, read;           /* objects on the path; the number of `read_id` */
  uint32_t start, read_id;         /* ids */
  char root[OURO_ROOT_NAME_BYTES]; /* "" for none */
};

/* ---- the table ---- */

static size_t chunk_bytes(uint32_t capacity) {
  return sizeof(struct chunk) + capacity * sizeof(struct entry);
}

static struct chunk *add_chunk(struct ouro_path *path, uint32_t index) {
  const struct pool *pool = &path->heap->pools[index];
  size_t bytes = chunk_bytes(pool->capacity);
  struct chunk *chunk = ouro__allocate(path->heap, bytes);
  if (chunk == NULL) {
    path->short_of_memory = true;
    return NULL;
  }
  memset(chunk, 0, bytes);
  chunk->capacity = pool->capacity;
  chunk->size = pool->size;
  chunk->size_class = pool->size_class;
  return path->chunks[index] = chunk;
}

/* The entry of an object that is alive; NULL for one that may be left out, and without
 * memory. */
static struct entry *entry_of(struct ouro_path *path, uint32_t id) {
  const ouro_heap *heap = path->heap;
  if (id >= heap->large_id) {
    uint32_t slot = id - heap->large_id;
    return slot < path->large_slots ? &path->large[slot] : NULL;
  }
  uint32_t index = id >> OURO__BLOCK_BITS;
  if (index >= path->pools)
    return NULL;
  struct chunk *chunk = path->chunks[index];
  if (chunk == NULL && (chunk = add_chunk(path, index)) == NULL)
    return NULL;
  const struct pool *pool = &heap->pools[index];
  if (chunk->size != pool->size || chunk->size_class != pool->size_class)
    return NULL;
  return &chunk->entries[id & (OURO__BLOCKS - 1)];
}

/* The entry of an id that was met, whatever became of its object. */
static struct entry *entry_met(const struct ouro_path *path, uint32_t id) {
  if (id >= path->heap->large_id)
    return &path->large[id - path->heap->large_id];
  return &path->chunks[id >> OURO__BLOCK_BITS]->entries[id & (OURO__BLOCKS - 1)];
}

/* The object of an id that was met; NULL when it is dead. It may be another one by now:
 * what it refers to is true nevertheless. */
static ouro_header *object_met(const struct ouro_path *path, uint32_t id) {
  return walk_live_at(path->heap, id);
}

static void forget_table(struct ouro_path *path) {
  ouro_heap *heap = path->heap;
  for (uint32_t i = 0; path->chunks != NULL && i < path->pools; i++)
    if (path->chunks[i] != NULL)
      ouro__deallocate(heap, path->chunks[i], chunk_bytes(path->chunks[i]->capacity));
  ouro__deallocate(heap, path->chunks, path->pools * sizeof *path->chunks);
  ouro__deallocate(heap, path->large, path->large_slots * sizeof *path->large);
  path->chunks = NULL;
  path->large = NULL;
}

static void begin_anew(struct ouro_path *path) {
  forget_table(path);
  path->stage = ROOTS;
  path->first = path->last = path->at = 0;
  path->length = 0;
  path->root[0] = '\0';
}

static int make_table(struct ouro_path *path) {
  ouro_heap *heap = path->heap;
  path->pools = heap->pool_top;
  path->large_slots = heap->large_top;
  if (path->pools > 0) {
    path->chunks = ouro__allocate(heap, path->pools * sizeof *path->chunks);
    if (path->chunks == NULL)
      return OURO_ENOMEM;
    memset(path->chunks, 0, path->pools * sizeof *path->chunks);
  }
  if (path->large_slots > 0) {
    path->large = ouro__allocate(heap, path->large_slots * sizeof *path->large);
    if (path->large == NULL)
      return OURO_ENOMEM;
    memset(path->large, 0, path->large_slots * sizeof *path->large);
  }
  return OURO_OK;
}

/* ---- spreading ---- */

static void meet(struct ouro_path *path, uint32_t id, uint32_t parent) {
  struct entry *entry = entry_of(path, id);
  if (entry == NULL || entry->parent != 0)
    return;
  *entry = (struct entry){.parent = parent};
  if (path->last != 0)
    entry_met(path, path->last - 1)->next = id + 1;
  else
    path->first = id + 1;
  path->last = id + 1;
  if (id == path->target_id) {
    path->stage = TRACE;
    path->at = id;
    path->length = 1;
  }
}

static void meet_root(void *context, ouro_header *target) {
  struct ouro_path *path = context;
  if (path->stage != TRACE)
    meet(path, ouro__id(path->heap, target), SEED);
}

struct spreading {
  struct ouro_path *path;
  uint32_t parent;
};

static void meet_reference(void *context, ouro_header *target) {
  struct spreading *from = context;
  meter_spend(from->path->meter, 1);
  if (from->path->stage != TRACE)
    meet(from->path, ouro__id(from->path->heap, target), from->parent);
}

/* Look at the references of all that wait. */
static void spread(struct ouro_path *path) {
  enum stage stage = path->stage;
  while (path->stage == stage && !meter_is_spent(path->meter) &&
         !path->short_of_memory) {
    if (path->first == 0) {
      path->stage = stage == SPREAD_ROOTS ? COUNT : NOTHING;
      path->at = 0;
      return;
    }
    uint32_t id = path->first - 1;
    ouro_header *header = object_met(path, id);
    struct spreading from = {path, id + 1};
    meter_spend(path->meter, 1);
    if (header != NULL)
      refs_each(path->heap, header, meet_reference, &from);
    path->first = entry_met(path, id)->next;
    if (path->first == 0)
      path->last = 0;
  }
}

/* ---- who is held from outside ---- */

static void count_reference(void *context, ouro_header *target) {
  struct ouro_path *path = context;
  meter_spend(path->meter, 1);
  struct entry *entry = entry_of(path, ouro__id(path->heap, target));
  if (entry != NULL && entry->parent == 0 && entry->next != UINT32_MAX)
    entry->next++;
}

/* What was met refers only to what was met: it need not be counted. */
static bool count_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct ouro_path *path = context;
  if (ouro__type(heap, header)->shape == OURO__NO_REFS)
    return true;
  const struct entry *entry = entry_of(path, ouro__id(heap, header));
  if (entry == NULL || entry->parent == 0)
    refs_each(heap, header, count_reference, path);
  return !path->short_of_memory;
}

static bool seed_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct ouro_path *path = context;
  uint32_t id = ouro__id(heap, header);
  const struct entry *entry = entry_of(path, id);
  if (entry == NULL)
    return !path->short_of_memory;
  uint64_t known = entry->next;
  if (header == path->target)
    known += path->own;
  if (entry->parent == 0 &&
      (header->refcount >= OURO_IMMORTAL || header->refcount > known))
    meet(path, id, SEED);
  return path->stage != TRACE;
}

static void walk_stage(struct ouro_path *path, walk_visit *visit, enum stage next) {
  if (walk_on(path->heap, &path->at, path->meter, 0, visit, path)) {
    path->stage = next;
    path->at = 0;
  }
}

/* ---- back from the object ---- */

struct finding {
  const ouro_header *target;
  uint64_t looked; /* references */
  bool found;
  ouro_field field;
};

static void find_field(void *context, ouro_header *target, ouro_field field) {
  struct finding *finding = context;
  finding->looked++;
  if (finding->found || target != finding->target)
    return;
  finding->found = true;
  finding->field = field;
}

/* The first field of one object that refers to another. */
static struct finding field_between(const ouro_heap *heap, const ouro_header *from,
                                    const ouro_header *to) {
  struct finding finding = {.target = to};
  fields_each(heap, from, find_field, &finding);
  return finding;
}

static void name_root(struct ouro_path *path) {
  const ouro_heap *heap = path->heap;
  const ouro_header *start = object_met(path, path->start);
  for (size_t i = 0; i < heap->root_count; i++)
    if (root_target(&heap->roots[i]) == start) {
      memcpy(path->root, heap->roots[i].name, strlen(heap->roots[i].name) + 1);
      return;
    }
}

/* Links what leads to the object the other way round. A reference that is not there any
 * more makes it all worthless. */
static void trace(struct ouro_path *path) {
  while (!meter_is_spent(path->meter)) {
    const struct entry *entry = entry_met(path, path->at);
    meter_spend(path->meter, 1);
    if (entry->parent == SEED) {
      path->start = path->read_id = path->at;
      path->read = 0;
      path->stage = DONE;
      name_root(path);
      return;
    }
    uint32_t parent = entry->parent - 1;
    const ouro_header *from = object_met(path, parent);
    const ouro_header *to = object_met(path, path->at);
    struct finding finding = {0};
    if (from != NULL && to != NULL)
      finding = field_between(path->heap, from, to);
    meter_spend(path->meter, finding.looked);
    if (!finding.found) {
      begin_anew(path);
      return;
    }
    entry_met(path, parent)->next = path->at + 1;
    path->at = parent;
    path->length++;
  }
}

/* ---- the search ---- */

ouro_path *ouro_path_new(ouro_heap *heap, const void *object, uint32_t own_references) {
  ouro_path *path = ouro__allocate(heap, sizeof *path);
  if (path == NULL)
    return NULL;
  memset(path, 0, sizeof *path);
  path->heap = heap;
  path->target = ouro_header_of(object);
  path->target_id = ouro__id(heap, path->target);
  path->own = own_references;
  return path;
}

void ouro_path_free(ouro_path *path) {
  if (path == NULL)
    return;
  forget_table(path);
  ouro__deallocate(path->heap, path, sizeof *path);
}

static int run_stage(struct ouro_path *path) {
  switch (path->stage) {
  case ROOTS:
    if (path->chunks == NULL && make_table(path) != OURO_OK)
      return OURO_ENOMEM;
    path->stage = SPREAD_ROOTS;
    roots_each(path->heap, meet_root, path);
    meter_spend(path->meter, path->heap->root_count + 1);
    break;
  case COUNT: walk_stage(path, count_one, SEEDS); break;
  case SEEDS: walk_stage(path, seed_one, SPREAD); break;
  case TRACE: trace(path); break;
  default: spread(path); break;
  }
  return path->short_of_memory ? OURO_ENOMEM : OURO_OK;
}

int ouro_path_search(ouro_path *path, const ouro_budget *budget,
                     ouro_path_answer *ret) {
  if (!may_look(path->heap))
    return OURO_EBUSY;
  struct meter meter = meter_start(budget);
  path->meter = &meter;
  int error = OURO_OK;
  bool gone = walk_live_at(path->heap, path->target_id) != path->target;
  while (error == OURO_OK && !gone && path->stage < DONE && !meter_is_spent(&meter))
    error = run_stage(path);
  path->meter = NULL;
  if (error != OURO_OK) {
    begin_anew(path);
    path->short_of_memory = false;
    return error;
  }
  if (gone)
    *ret = OURO_PATH_GONE;
  else if (path->stage == DONE)
    *ret = OURO_PATH_FOUND;
  else
    *ret = path->stage == NOTHING ? OURO_PATH_UNREACHABLE : OURO_PATH_SEARCHING;
  return OURO_OK;
}

/* ---- reading ---- */

uint64_t ouro_path_length(const ouro_path *path) {
  return path->stage == DONE ? path->length : 0;
}

const char *ouro_path_root(const ouro_path *path) {
  return path->stage == DONE && path->root[0] != '\0' ? path->root : NULL;
}

/* The step that is to be read next, and on to the following one. */
static bool read_step(struct ouro_path *path, ouro_step *ret) {
  const ouro_heap *heap = path->heap;
  const ouro_header *header = object_met(path, path->read_id);
  if (header == NULL)
    return false;
  *ret = (ouro_step){.object = hand_out(heap, header),
                     .type = ouro__type(heap, header),
                     .id = path->read_id};
  if (++path->read == path->length)
    return true;
  uint32_t next = entry_met(path, path->read_id)->next - 1;
  const ouro_header *to = object_met(path, next);
  if (to == NULL)
    return false;
  struct finding finding = field_between(heap, header, to);
  ret->field = finding.field;
  path->read_id = next;
  return finding.found;
}

int ouro_path_steps(ouro_path *path, uint64_t from, ouro_step *steps, size_t capacity,
                    size_t *ret_count) {
  size_t count = 0;
  if (!may_look(path->heap))
    return OURO_EBUSY;
  if (path->stage != DONE)
    return OURO_EINVAL;
  if (from < path->read) {
    path->read = 0;
    path->read_id = path->start;
  }
  bool whole = true;
  for (; whole && path->read < from && path->read < path->length; path->read++)
    if (path->read + 1 < path->length)
      path->read_id = entry_met(path, path->read_id)->next - 1;
  while (whole && count < capacity && path->read < path->length)
    whole = read_step(path, &steps[count++]);
  if (!whole) {
    begin_anew(path);
    return OURO_ECHANGED;
  }
  *ret_count = count;
  return OURO_OK;
}
