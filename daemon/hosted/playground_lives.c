/* playground_lives.c - who was created, destroyed and resurrected by a request.
 *
 *   finalizer --> a Phoenix saves itself under the name "saved"
 *   dealloc   --> destroyed
 *   both ran in a request and it is still there --> resurrected
 *
 * Only a death is told as one: a finalizer that ran is not, for what a Phoenix saves
 * lives on together with everything that it refers to. */
#include "playground_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAVED "saved" /* what a Phoenix's finalizer calls itself */

/* --- texts for the answer --- */

void text_list_add(struct text_list *list, const char *text) {
  if (list->count == list->capacity && list->count < PLAYGROUND_SHOWN_NAMES) {
    size_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
    /* One more: for "and n more". */
    char **grown = realloc(list->items, (capacity + 1) * sizeof *grown);
    if (grown != NULL) {
      list->items = grown;
      list->capacity = capacity;
    }
  }
  char *copy = NULL;
  if (list->count < list->capacity && list->count < PLAYGROUND_SHOWN_NAMES)
    copy = strdup(text);
  if (copy == NULL)
    list->left_out++;
  else
    list->items[list->count++] = copy;
}

void text_list_end(struct text_list *list) {
  char text[64];
  if (list->left_out == 0 || list->items == NULL)
    return;
  snprintf(text, sizeof text, "and %zu more", list->left_out);
  list->items[list->count] = strdup(text);
  if (list->items[list->count] != NULL)
    list->count++;
}

void text_list_fini(struct text_list *list) {
  for (size_t i = 0; i < list->count; i++)
    free(list->items[i]);
  free(list->items);
  *list = (struct text_list){.count = 0};
}

void text_list_take(struct text_list *list, char ***ret_items, size_t *ret_count) {
  text_list_end(list);
  *ret_items = list->items;
  *ret_count = list->count;
  *list = (struct text_list){.count = 0};
}

/* --- the watcher --- */

static void on_destroyed(void *context, const char *text) {
  struct playground *playground = context;
  if (playground->is_evaluating)
    text_list_add(&playground->destroyed, text);
}

/* A Phoenix's __del__ is: global saved; saved = self. At the limit of names, and when
 * memory is short, it cannot be saved and dies. */
static void on_finalized(void *context, struct person *person) {
  struct playground *playground = context;
  playground->finalized++;
  if (person->kind != REPL_PHOENIX)
    return;
  struct variable *saved = make_variable(playground, SAVED);
  if (saved != NULL)
    ouro_set(playground->heap, &saved->value, person);
}

void playground_watch(struct playground *playground) {
  playground->watcher = (struct life_watcher){
      .finalized = on_finalized, .destroyed = on_destroyed, .context = playground};
  ouro_heap_set_user(playground->heap, &playground->watcher);
}

static bool note_if_resurrected(void *object, void *context) {
  struct playground *playground = context;
  char text[PERSON_REPR_BYTES];
  struct person *person = object;
  if (!is_person(playground, object) || person->is_known_finalized ||
      !ouro_is_finalized(object))
    return true;
  person->is_known_finalized = true;
  person_repr(person, text);
  text_list_add(&playground->resurrected, text);
  return true;
}

void playground_find_resurrected(struct playground *playground) {
  if (playground->finalized == 0)
    return;
  playground->finalized = 0;
  ouro_objects(playground->heap, note_if_resurrected, playground);
}

void playground_forget_resurrected(struct playground *playground) {
  playground_find_resurrected(playground);
  text_list_fini(&playground->resurrected);
}
