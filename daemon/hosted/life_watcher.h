/* life_watcher.h - who is told when a playground's object is finalized and when it
 * dies.
 *
 * ouro_heap_set_user() of a heap that has persons and lists; NULL: nobody is told. The
 * heap's own thread. */
#ifndef DAEMON_LIFE_WATCHER_H
#define DAEMON_LIFE_WATCHER_H

struct person;

struct life_watcher {
  /* A finalizer runs (Person, Phoenix); it may do whatever a finalizer may. */
  void (*finalized)(void *context, struct person *person);
  /* The object's memory is given back next. Its text is borrowed; the heap must not be
   * changed. */
  void (*destroyed)(void *context, const char *text);
  void *context;
};

#endif
