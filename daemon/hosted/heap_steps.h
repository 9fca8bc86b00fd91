/* heap_steps.h - repl.step: one collection, phase by phase, for who wants to watch.
 *
 *   begin --> next: subtract --> next: mark --> ... --> next: free     (or finish)
 *     |         the program stands still, who would change the heap hears `busy`
 *     +-- the asker goes, or 60 s without a step --> finished for it
 *
 * The heap's thread. */
#ifndef DAEMON_HEAP_STEPS_H
#define DAEMON_HEAP_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto.h"

struct heap_thread;

/* A collection that nobody steps on is finished after this; tests shorten it. */
#define HEAP_STEPS_IDLE_MS 60000u
/* Candidates of an answer. */
#define HEAP_STEPS_SHOWN 200u
/* References between them. */
#define HEAP_STEPS_EDGES 1000u
/* Each answer looks through the whole heap while it stands, so it must be a small one.
 */
#define HEAP_STEPS_MOST_OBJECTS 10000u

/* All zero but idle_ms: none is stepped. */
struct heap_steps {
  uint64_t asker; /* whose; 0: nobody's */
  unsigned generation;
  char who[PROTO_WHO_BYTES];
  uint64_t until_ns; /* idle until then; 0: none is stepped */
  unsigned idle_ms;  /* fixed */
};

/* repl.step. `destroyed` of the answer is left to a mutator that notices deaths. */
void heap_steps_request(struct heap_thread *thread, const struct proto_request *request,
                        const char *who, struct proto_result *ret);
/* Finish if it is `asker`'s; 0: whosever it is. */
void heap_steps_end(struct heap_thread *thread, uint64_t asker);

#endif
