/* playground_step.c - a collection of the playground's objects, watched.
 *
 *   repl.step --> heap_steps.c runs a phase --> finalizers and deallocations are told
 */
#include "heap_thread.h"
#include "playground_private.h"

void playground_step(struct playground *playground, struct heap_thread *thread,
                     const struct proto_request *request, const char *who,
                     struct proto_result *ret) {
  if (!ouro_gc_is_stepping(playground->heap))
    playground_forget_resurrected(playground);
  playground->is_evaluating = true;
  heap_steps_request(thread, request, who, ret);
  playground->is_evaluating = false;
  /* Between two phases nobody knows yet who lives on. */
  if (!ouro_gc_is_stepping(playground->heap))
    playground_find_resurrected(playground);
  if (ret->kind == PROTO_RESULT_STEP) {
    ret->as.step.tells_destroyed = true;
    text_list_take(&playground->destroyed, &ret->as.step.destroyed,
                   &ret->as.step.destroyed_count);
    text_list_take(&playground->resurrected, &ret->as.step.resurrected,
                   &ret->as.step.resurrected_count);
  }
  text_list_fini(&playground->destroyed);
  text_list_fini(&playground->resurrected);
}
