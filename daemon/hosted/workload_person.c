/* workload_person.c - circles of friends: many small cycles, each with finalizers.
 *
 *   John --friend--> Mary --friend--> Ann --friend--+      a circle of three
 *    ^----------------------------------------------'
 *
 *   kept, references of ours:  | circle | circle | circle | ...
 *                                           ^ chance picks one: a new circle replaces
 * it
 *
 * Because chance picks who leaves, some circles die young and some when they are old:
 * garbage of all three generations, a few objects each. Every person has the callbacks
 * that a type can have, and its attributes live outside of the heap. */
#include "workshop.h"

#include <stdio.h>

#include "person.h"

enum { CIRCLE = WORKSHOP_SETTINGS, KEEP };
enum { CIRCLES = WORKSHOP_COUNTERS, KEPT };

#define KEEP_MAX 1000u

const struct workload_class workload_person = {
    .name = "person",
    .description =
        "Circles of friends that come and go: small cycles whose objects have "
        "finalizers and memory of their own, garbage of every age. Stresses the "
        "callbacks of a type.",
    .settings =
        {[WORKSHOP_RATE] = {"rate", "persons/s",
                            "Persons born in a second. 0 pauses; the maximum "
                            "is flat out.",
                            0, 10000000, 2000},
         [WORKSHOP_SEED] = WORKSHOP_SEED_ROW,
         [CIRCLE] = {"circle", "persons",
                     "Persons in a circle of friends: the length of each cycle.", 1,
                     1000, 4},
         [KEEP] = {"keep", "circles", "Circles that are alive at a time.", 1, KEEP_MAX,
                   100}},
    .setting_count = 4,
    .counters = {[WORKSHOP_MADE] = "persons",
                 [WORKSHOP_OUT_OF_MEMORY] = "out_of_memory",
                 [CIRCLES] = "circles",
                 [KEPT] = "kept"},
    .counter_count = 4,
};

struct circles {
  const ouro_type *type;
  struct person *first, *last; /* of the circle that comes about; first is ours */
  uint64_t born;               /* persons in it */
  void *kept[KEEP_MAX];        /* owned references */
  unsigned count;
};

static int open_circles(void *own, ouro_heap *heap) {
  return person_type_new(heap, REPL_PERSON, &((struct circles *)own)->type);
}

/* `a` has `b` for a friend. */
static bool befriend(ouro_heap *heap, struct person *a, struct person *b) {
  struct attribute *attribute = person_attribute_make(a, "friend");
  if (attribute == NULL)
    return false;
  ouro_set(heap, &attribute->value, b);
  return true;
}

static void drop(struct circles *circles, struct bench *bench, unsigned at) {
  void *circle = circles->kept[at];
  circles->kept[at] = circles->kept[--circles->count];
  ouro_decref(bench->heap, circle);
}

static void keep_circle(struct circles *circles, struct bench *bench) {
  void *circle = circles->first;
  circles->first = circles->last = NULL;
  circles->born = 0;
  while (circles->count >= bench_setting(bench, KEEP))
    drop(circles, bench, (unsigned)bench_random(bench, circles->count));
  circles->kept[circles->count++] = circle;
  bench->state.counters[CIRCLES]++;
  bench->state.counters[KEPT] = circles->count;
}

static bool make_person(void *own, struct bench *bench) {
  static const char *const names[] = {"John", "Mary", "Ann", "Paul", "Eva", "Tom"};
  struct circles *circles = own;
  const char *name = names[bench_random(bench, sizeof names / sizeof *names)];
  struct person *person = person_new(bench->heap, circles->type, REPL_PERSON, name);
  if (person == NULL)
    return false;
  if (circles->first == NULL) {
    circles->first = person;
  } else {
    bool is_befriended = befriend(bench->heap, circles->last, person);
    ouro_decref(bench->heap, person);
    if (!is_befriended)
      return false;
  }
  circles->last = person;
  if (++circles->born < bench_setting(bench, CIRCLE))
    return true;
  if (!befriend(bench->heap, person, circles->first))
    return false;
  keep_circle(circles, bench);
  return true;
}

static void trim_circles(void *own, struct bench *bench) {
  struct circles *circles = own;
  while (circles->count > bench_setting(bench, KEEP))
    drop(circles, bench, circles->count - 1);
  bench->state.counters[KEPT] = circles->count;
}

static void end_circles(void *own, struct bench *bench) {
  struct circles *circles = own;
  while (circles->count > 0)
    drop(circles, bench, circles->count - 1);
  ouro_decref_maybe(bench->heap, circles->first);
  circles->first = circles->last = NULL;
  circles->born = 0;
}

static void describe(const void *own, const ouro_heap *heap, const void *object,
                     char *ret, size_t size) {
  if (ouro_object_type(heap, object) == ((const struct circles *)own)->type)
    snprintf(ret, size, "%s", ((const struct person *)object)->name);
}

static void name_attribute(const void *own, const ouro_heap *heap, const void *object,
                           ouro_field field, char *ret, size_t size) {
  const struct person *person = object;
  if (ouro_object_type(heap, object) == ((const struct circles *)own)->type &&
      field.at < person->count)
    snprintf(ret, size, "%s", person->attributes[field.at].name);
}

const struct workshop_kind workshop_person = {.class = &workload_person,
                                              .own_bytes = sizeof(struct circles),
                                              .open = open_circles,
                                              .make = make_person,
                                              .trim = trim_circles,
                                              .end = end_circles,
                                              .text = describe,
                                              .field = name_attribute};
