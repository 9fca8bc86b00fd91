/* playground.h - a heap that is driven by statements, with variables as its roots.
 *
 *   variables              heap
 *   john ----------------> Person('John') --friend--> Person('Mary')
 *   mary ------------------------------------------------^
 */
#ifndef DAEMON_PLAYGROUND_H
#define DAEMON_PLAYGROUND_H

#include "heap_thread.h"

#define PLAYGROUND_MAX_OBJECTS   10000u
#define PLAYGROUND_MAX_ROOTS     1000u
#define PLAYGROUND_SHOWN_OBJECTS 200u  /* in repl.state */
#define PLAYGROUND_SHOWN_NAMES   1000u /* in created and destroyed each */

/* Make the playground of a heap; NULL with one line in `message`. The caller owns it
 * until a heap thread does. */
void *playground_new(ouro_heap *heap, char *message, size_t size);

extern const struct mutator_ops playground_ops;

#endif
