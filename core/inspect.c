/* inspect.c - objects, referrers and referents, a page at a time.
 *
 *   cursor --> id of the object to go on with --> walk_on (walk.h)
 *
 * Nothing is kept between two pages but the cursor, so nothing can get out of date. */
#include "fields.h"
#include "roots.h"
#include "walk.h"

/* ---- objects ---- */

struct walk_objects {
  ouro_walk *walk;
  void *context;
};

static bool walk_one(ouro_heap *heap, ouro_header *header, void *context) {
  (void)heap;
  struct walk_objects *objects = context;
  return objects->walk(ouro__payload(header), objects->context);
}

void ouro_objects(ouro_heap *heap, ouro_walk *walk, void *context) {
  struct walk_objects objects = {walk, context};
  (void)walk_live(heap, walk_one, &objects);
}

/* A cursor is the id to go on with. */
static int read_cursor(const ouro_heap *heap, ouro_cursor cursor, uint32_t *ret_at) {
  if (!may_look(heap))
    return OURO_EBUSY;
  if (cursor > UINT32_MAX && cursor != OURO_CURSOR_END)
    return OURO_EINVAL;
  *ret_at = (uint32_t)cursor;
  return OURO_OK;
}

struct page {
  unsigned places;
  const ouro_type *type;
  void **objects;
  size_t capacity, count;
};

static bool page_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct page *page = context;
  if ((page->places >> ouro__age(header) & 1) == 0 ||
      (page->type != NULL && ouro__type(heap, header) != page->type))
    return true;
  page->objects[page->count++] = hand_out(heap, header);
  return page->count < page->capacity;
}

int ouro_objects_page(ouro_heap *heap, unsigned places, const ouro_type *type,
                      const ouro_budget *budget, ouro_cursor *cursor, void **page,
                      size_t capacity, size_t *ret_count) {
  uint32_t at;
  if (places == 0 || (places & ~(unsigned)OURO_IN_ALL) != 0 || capacity == 0)
    return OURO_EINVAL;
  int error = read_cursor(heap, *cursor, &at);
  if (error != OURO_OK)
    return error;
  struct page out = {places, type, page, capacity, 0};
  if (*cursor != OURO_CURSOR_END) {
    struct meter meter = meter_start(budget);
    /* The places of generations 0 and 1 are the bits of their logs. */
    unsigned young = OURO_IN_GENERATION0 | OURO_IN_GENERATION1;
    unsigned logs = places <= young ? places : 0;
    bool ended = walk_on(heap, &at, &meter, logs, page_one, &out);
    *cursor = ended ? OURO_CURSOR_END : at;
  }
  *ret_count = out.count;
  return OURO_OK;
}

/* Small: by arithmetic. Large: by looking through the table, because what stands in
 * front of an address that is anybody's must not be read. */
void *ouro_object_at(ouro_heap *heap, uintptr_t address) {
  void *object = (void *)address;
  if (!may_look(heap) || address < sizeof(ouro_header) ||
      address % sizeof(ouro_header) != 0)
    return NULL;
  ouro_header *header = ouro_header_of(object);
  if (ouro__is_small(heap, header))
    return ouro_heap_owns(heap, object) && ouro__is_live(header)
               ? hand_out(heap, header)
               : NULL;
  for (uint32_t slot = 0; slot < heap->large_top; slot++)
    if (heap->large[slot].header == header)
      return ouro__is_live(header) ? hand_out(heap, header) : NULL;
  return NULL;
}

/* ---- referents ---- */

struct report {
  ouro_visit *visit;
  void *argument;
};

static void report_one(void *context, ouro_header *target) {
  struct report *to = context;
  to->visit(ouro__payload(target), to->argument);
}

void ouro_referents(const ouro_heap *heap, const void *object, ouro_visit *visit,
                    void *argument) {
  struct report to = {visit, argument};
  refs_each(heap, ouro_header_of(object), report_one, &to);
}

struct field_report {
  ouro_visit_field *visit;
  void *argument;
};

static void report_field(void *context, ouro_header *target, ouro_field field) {
  struct field_report *to = context;
  to->visit(ouro__payload(target), field, to->argument);
}

void ouro_fields(const ouro_heap *heap, const void *object, ouro_visit_field *visit,
                 void *argument) {
  struct field_report to = {visit, argument};
  fields_each(heap, ouro_header_of(object), report_field, &to);
}

/* ---- referrers ---- */

struct referrers {
  const ouro_header *target;
  struct meter *meter;
  ouro_holders *holders;
  ouro_referrer *page;
  size_t capacity, count;
  ouro_referrer row; /* of the object that is being looked at */
};

static void compare(void *context, ouro_header *target, ouro_field field) {
  struct referrers *search = context;
  meter_spend(search->meter, 1);
  if (target != search->target)
    return;
  if (search->row.references++ == 0)
    search->row.field = field;
}

static bool compare_one(ouro_heap *heap, ouro_header *header, void *context) {
  struct referrers *search = context;
  search->row = (ouro_referrer){0};
  fields_each(heap, header, compare, search);
  if (search->row.references == 0)
    return true;
  search->holders->by_objects += search->row.references;
  if (search->capacity == 0)
    return true;
  search->row.object = hand_out(heap, header);
  search->page[search->count++] = search->row;
  return search->count < search->capacity;
}

static void count_root(void *context, ouro_header *target) {
  struct referrers *search = context;
  search->holders->by_roots += target == search->target;
}

static void sum_up(const ouro_heap *heap, struct referrers *search) {
  ouro_holders *holders = search->holders;
  holders->by_roots = 0;
  roots_each(heap, count_root, search);
  uint64_t known = holders->by_objects + holders->by_roots;
  uint64_t counted = search->target->refcount;
  if (counted >= OURO_IMMORTAL)
    holders->by_others = 1;
  else
    holders->by_others = counted > known ? counted - known : 0;
}

int ouro_referrers_page(ouro_heap *heap, const void *object, const ouro_budget *budget,
                        ouro_holders *holders, ouro_referrer *page, size_t capacity,
                        size_t *ret_count) {
  uint32_t at;
  int error = read_cursor(heap, holders->cursor, &at);
  if (error != OURO_OK)
    return error;
  struct meter meter = meter_start(budget);
  struct referrers search = {.target = ouro_header_of(object),
                             .meter = &meter,
                             .holders = holders,
                             .page = page,
                             .capacity = capacity};
  if (holders->cursor != OURO_CURSOR_END) {
    bool ended = walk_on(heap, &at, &meter, 0, compare_one, &search);
    holders->cursor = ended ? OURO_CURSOR_END : at;
    if (ended)
      sum_up(heap, &search);
  }
  *ret_count = search.count;
  return OURO_OK;
}
