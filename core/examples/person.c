/* person.c - John and Mary: the smallest program that needs a cycle collector.
 *
 *   john --> Person <-- friend -- Person <-- mary
 *              '------ friend ------^
 *
 * Both names go, but each Person is still referred to by the other: their counts stay
 * at 1 and counting alone would keep them for ever. An explicit collection finds that
 * nothing outside refers to them, and destroys both.
 *
 * Built against the installed library:
 *   cc person.c $(pkg-config --cflags --libs ouro) -o person */
#include <ouro/ouro.h>
#include <stdio.h>

typedef struct Person {
  struct Person *friend_; /* a counted reference */
  const char *name;
} Person;

static void destroyed(ouro_heap *heap, void *object) {
  (void)heap;
  printf("destroyed %s\n", ((Person *)object)->name);
}

static Person *person_new(ouro_heap *heap, const ouro_type *type, const char *name) {
  Person *person = ouro_new(heap, type);
  if (person != NULL) {
    person->name = name;
    printf("created %s\n", name);
  }
  return person;
}

int main(void) {
  static const size_t references[] = {offsetof(Person, friend_)};
  static const ouro_type_info person_type = {
      .name = "Person",
      .size = sizeof(Person),
      .refs = references,
      .ref_count = 1,
      .finalize = destroyed,
  };
  ouro_collection collection;
  const ouro_type *type;
  ouro_heap *heap = ouro_heap_new(NULL);
  if (heap == NULL || ouro_type_new(heap, &person_type, &type) != OURO_OK)
    return 1;

  Person *john = person_new(heap, type, "John");
  Person *mary = person_new(heap, type, "Mary");
  if (john == NULL || mary == NULL)
    return 1;
  ouro_set(heap, &john->friend_, mary); /* john.friend = mary */
  ouro_set(heap, &mary->friend_, john); /* mary.friend = john */
  ouro_decref(heap, john);              /* del john */
  ouro_decref(heap, mary);              /* del mary */

  puts("explicit collection");
  if (ouro_gc_collect(heap, 2, &collection) != OURO_OK)
    return 1;
  printf("collected %llu\n", (unsigned long long)collection.collected);
  ouro_heap_free(heap);
  return 0;
}
