/* workload.h - the named mutators that hosted heaps run, and their settings.
 *
 *   workload.list   class + state          --> struct proto_workload
 *   workload.start  request --> checked --> state.running, state.values
 *   workload.set    all settings of a request are taken, or none
 *
 * A class is constant text and bounds, any thread may read it. A state belongs to the
 * heap's thread; the loop sees copies on the mailbox's board. */
#ifndef DAEMON_WORKLOAD_H
#define DAEMON_WORKLOAD_H

#include "mailbox.h"
#include "proto.h"

/* Values are whole numbers from 0. */
struct workload_setting {
  const char *name, *unit, *description;
  double minimum, maximum, initial;
};

struct workload_class {
  const char *name;
  const char *description; /* what it stresses */
  struct workload_setting settings[PROTO_MAX_SETTINGS];
  unsigned setting_count;
  const char *counters[PROTO_MAX_SETTINGS];
  unsigned counter_count;
};

/* In the order of their tables. */
enum documents_setting { DOCUMENTS_RATE, DOCUMENTS_KEEP };
enum documents_counter {
  DOCUMENTS_READ,
  DOCUMENTS_FILES,
  DOCUMENTS_SKIPPED,
  DOCUMENTS_NODES,
  DOCUMENTS_KEPT,
  DOCUMENTS_OUT_OF_MEMORY
};
extern const struct workload_class workload_documents;
/* Each in a file of its own; workshop.h runs them. */
extern const struct workload_class workload_person, workload_churn,
    workload_binary_trees, workload_cache, workload_leak;

/* Every setting as it is at first; the heap's first kind, not running. */
void workload_init(const struct workload_class *class, struct workload_state *ret);

/* Carry out workload.start, .stop or .set on a heap that can run `classes` (NULL at the
 * end): `*state` changes only when all of the request is right. To start another kind
 * than the one that ran begins with its initial settings. `*ret` becomes the workload
 * as listed, or a refusal with the path of what is wrong. True when it was carried out.
 */
bool workload_request(const struct workload_class *const *classes, const char *heap,
                      const struct proto_request *request, struct workload_state *state,
                      struct proto_result *ret);

void workload_describe(const struct workload_class *class, const char *heap,
                       const struct workload_state *state, struct proto_workload *ret);

#endif
