/* example.c - one cycle as an example: bounded depth-first search, then a walk.
 *
 *   1 through the start   depth 1, 2, 3 ... 16: the first hit is the shortest cycle
 *   2 below the start     the same, a reference to anything on the stack closes one
 *   3 along a walk        first reference, first reference ... must come back sometime
 *
 * There is no memory for what was visited, so the search may look at a reference many
 * times: the meter ends that. The third way finds cycles of any length in a graph where
 * every object has a reference that leads on; its two pointers (Brent's algorithm) need
 * no memory either. */
#include "example.h"

#include "fields.h"

/* ---- the n-th reference ---- */

struct nth {
  size_t at;
  size_t wanted;
  ouro_header *target; /* NULL: the reference is */
};

static void nth_traversed(void *object, void *argument) {
  struct nth *nth = argument;
  if (nth->at++ == nth->wanted && object != NULL)
    nth->target = ouro_header_of(object);
}

/* The reference number `n` of an object, NULLs counted: its target or NULL, and where
 * it is. False behind the last. */
static bool reference(const ouro_heap *heap, const ouro_header *header, size_t n,
                      struct meter *meter, ouro_header **ret_target,
                      ouro_field *ret_field) {
  const struct ouro_type *type = ouro__type(heap, header);
  char *payload = ouro__payload(header);
  *ret_target = NULL;
  meter_spend(meter, 1);
  if (type->shape == OURO__NO_REFS)
    return false;
  if (type->shape == OURO__TRAVERSED) {
    struct nth nth = {.wanted = n};
    type->info.traverse(payload, nth_traversed, &nth);
    meter_spend(meter, nth.at);
    *ret_target = nth.target;
    *ret_field = (ouro_field){OURO_FIELD_TRAVERSED, n};
    return n < nth.at;
  }
  char *field;
  if (n < type->info.ref_count) {
    field = payload + type->refs[n];
    *ret_field = (ouro_field){OURO_FIELD_DECLARED, type->refs[n]};
  } else {
    n -= type->info.ref_count;
    if (n >= fields_tail_length(heap, header, type))
      return false;
    field = payload + type->info.size + n * sizeof(void *);
    *ret_field = (ouro_field){OURO_FIELD_TAIL, n};
  }
  void *value = refs_load(field);
  if (value != NULL)
    *ret_target = ouro_header_of(value);
  return true;
}

/* ---- depth first, no deeper than a limit ---- */

struct frame {
  const ouro_header *header;
  size_t next;      /* the reference to look at next */
  ouro_field field; /* the one that was looked at last */
};

struct search {
  const ouro_heap *heap;
  example_inside *inside;
  struct meter *meter;
  ouro_cycle *ret;
  struct frame frames[OURO_CYCLE_OBJECTS];
  unsigned depth; /* frames in use */
  bool cut;       /* something lay below the limit */
};

static void write_step(const ouro_heap *heap, const ouro_header *header,
                       ouro_field field, ouro_cycle *ret) {
  ret->steps[ret->count++] =
      (ouro_step){NULL, ouro__type(heap, header), ouro__id(heap, header), field};
}

/* The frames from `first` on are a cycle. */
static bool write_frames(struct search *search, unsigned first) {
  search->ret->length = search->depth - first;
  for (unsigned i = first; i < search->depth; i++)
    write_step(search->heap, search->frames[i].header, search->frames[i].field,
               search->ret);
  return true;
}

/* Whether a reference to `target` closes a cycle: with the start alone, or with any
 * object on the stack. */
static bool closes(struct search *search, const ouro_header *target, bool start_only) {
  unsigned last = start_only ? 1 : search->depth;
  for (unsigned i = 0; i < last; i++)
    if (search->frames[i].header == target)
      return write_frames(search, i);
  return false;
}

static bool search_to(struct search *search, const ouro_header *start, unsigned limit,
                      bool start_only) {
  search->frames[0] = (struct frame){.header = start};
  search->depth = 1;
  search->cut = false;
  while (search->depth > 0 && !meter_is_spent(search->meter)) {
    struct frame *top = &search->frames[search->depth - 1];
    ouro_header *target;
    if (!reference(search->heap, top->header, top->next++, search->meter, &target,
                   &top->field)) {
      search->depth--;
      continue;
    }
    if (target == NULL || !search->inside(search->heap, target))
      continue;
    if (closes(search, target, start_only))
      return true;
    if (search->depth == limit)
      search->cut = true;
    else
      search->frames[search->depth++] = (struct frame){.header = target};
  }
  return false;
}

/* Deeper and deeper, so that the shortest comes first. False with `cut` unset: there is
 * nothing, however deep. */
static bool deepen(struct search *search, const ouro_header *start, bool start_only) {
  for (unsigned limit = 1; limit <= OURO_CYCLE_OBJECTS; limit++) {
    if (search_to(search, start, limit, start_only))
      return true;
    if (!search->cut || meter_is_spent(search->meter))
      break;
  }
  return false;
}

/* ---- along the first references ---- */

/* The first reference to something that has references itself; NULL if there is none.
 */
static const ouro_header *lead_on(struct search *search, const ouro_header *header,
                                  ouro_field *ret_field) {
  ouro_header *target;
  for (size_t n = 0;
       !meter_is_spent(search->meter) &&
       reference(search->heap, header, n, search->meter, &target, ret_field);
       n++)
    if (target != NULL && search->inside(search->heap, target) &&
        ouro__type(search->heap, target)->shape != OURO__NO_REFS)
      return target;
  return NULL;
}

/* Brent: the slow one waits at distances 1, 2, 4 ... until the fast one comes by. */
static bool walk_around(struct search *search, const ouro_header *start) {
  ouro_field field;
  const ouro_header *slow = start, *fast = lead_on(search, start, &field);
  uint64_t length = 1, wait = 1;
  while (fast != NULL && fast != slow) {
    if (length == wait) {
      slow = fast;
      wait *= 2;
      length = 0;
    }
    fast = lead_on(search, fast, &field);
    length++;
  }
  if (fast == NULL)
    return false;
  search->ret->length = length;
  /* The few steps to write it down are not metered: the meter may end just here. */
  struct meter enough = meter_start(NULL);
  search->meter = &enough;
  while (search->ret->count < length && search->ret->count < OURO_CYCLE_OBJECTS) {
    const ouro_header *next = lead_on(search, fast, &field);
    write_step(search->heap, fast, field, search->ret);
    fast = next;
  }
  return true;
}

/* ---- all three ---- */

enum { THROUGH_START, BELOW_START, WALK_AROUND, WAYS };

/* A part of what is left: one way must not take it all, and the first two would go on
 * for longer than anybody waits where many references lead apart and none back. */
static struct meter part_of(const struct meter *meter, unsigned way) {
  struct meter part = *meter;
  if (way == WALK_AROUND)
    return part;
  part.left = part.left / (3 - way) + 1;
  if (part.left > OURO__CYCLE_STEPS)
    part.left = OURO__CYCLE_STEPS;
  return part;
}

void ouro__example_find(const ouro_heap *heap, const ouro_header *start,
                        example_inside *inside, struct meter *meter, ouro_cycle *ret) {
  struct search search = {.heap = heap, .inside = inside, .ret = ret};
  memset(ret, 0, sizeof *ret);
  for (unsigned way = 0; way < WAYS && !meter_is_spent(meter); way++) {
    struct meter part = part_of(meter, way);
    uint64_t given = part.left;
    search.meter = &part;
    bool found = way == WALK_AROUND ? walk_around(&search, start)
                                    : deepen(&search, start, way == THROUGH_START);
    uint64_t spent = given - part.left;
    meter->left = spent < meter->left ? meter->left - spent : 0;
    if (found)
      break;
    /* Nothing was cut off: all that can be reached was seen, and no way back. */
    if (way == BELOW_START && part.left > 0 && !search.cut)
      return;
  }
  ret->gave_up = ret->length == 0;
}

static bool is_alive(const ouro_heap *heap, const ouro_header *header) {
  (void)heap;
  return ouro__is_live(header);
}

int ouro_find_cycle(ouro_heap *heap, const void *object, const ouro_budget *budget,
                    ouro_cycle *ret) {
  if (!may_look(heap))
    return OURO_EBUSY;
  struct meter meter = meter_start(budget);
  ouro__example_find(heap, ouro_header_of(object), is_alive, &meter, ret);
  for (unsigned i = 0; i < ret->count; i++)
    ret->steps[i].object = hand_out(heap, ouro__header(heap, ret->steps[i].id));
  return OURO_OK;
}
