/* playground_step.c - a collection of persons, watched; and persons in words.
 *
 *   repl.step --> heap_steps.c runs a phase --> finalizers tell us who is destroyed */
#include "heap_thread.h"
#include "playground_private.h"
#include "utf8.h"

void playground_step(struct playground *playground, struct heap_thread *thread,
                     const struct proto_request *request, const char *who,
                     struct proto_result *ret) {
  playground->is_evaluating = true;
  heap_steps_request(thread, request, who, ret);
  playground->is_evaluating = false;
  text_list_end(&playground->destroyed);
  if (ret->kind == PROTO_RESULT_STEP) {
    ret->as.step.tells_destroyed = true;
    ret->as.step.destroyed = playground->destroyed.items;
    ret->as.step.destroyed_count = playground->destroyed.count;
    playground->destroyed = (struct text_list){.count = 0};
  }
  text_list_fini(&playground->destroyed);
}

void playground_text(const void *mutator, const void *object, char *ret, size_t size) {
  const struct playground *playground = mutator;
  char text[PERSON_REPR_BYTES];
  if (ouro_object_type(playground->heap, object) != playground->person_type)
    return;
  person_repr(object, text);
  proto_utf8_copy(ret, size, text, strlen(text));
}

void playground_field(const void *mutator, const void *object, ouro_field field,
                      char *ret, size_t size) {
  const struct playground *playground = mutator;
  const struct person *person = object;
  if (ouro_object_type(playground->heap, object) != playground->person_type ||
      field.at >= person->count)
    return;
  const char *name = person->attributes[field.at].name;
  proto_utf8_copy(ret, size, name, strlen(name));
}
