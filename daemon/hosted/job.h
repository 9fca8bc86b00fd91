/* job.h - a request on its way to a heap's thread and back.
 *
 *   job_new --mailbox--> heap thread: result --mailbox--> job_answer --> job_free
 *                                            `-- late: answered already, dropped
 *
 * The loop makes, answers and frees it; in between it belongs to the heap's thread. */
#ifndef DAEMON_JOB_H
#define DAEMON_JOB_H

#include <stdatomic.h>

#include "source.h"

/* While it is in the mailbox all of it is the heap thread's, except what says loop. */
struct job {
  struct job *next;             /* loop */
  source_reply *reply;          /* loop */
  void *context;                /* loop */
  uint64_t deadline_ms;         /* loop */
  bool is_answered;             /* loop; timed out, the late answer is dropped */
  _Atomic bool is_abandoned;    /* loop sets; nobody waits for the answer */
  struct proto_request request; /* owned copy */
  char who[PROTO_WHO_BYTES];
  struct proto_result result;
};

/* A copy of the request that owns what it points at. NULL when memory is short. */
struct job *job_new(const struct proto_request *request, const char *who,
                    source_reply *reply, void *context);
void job_free(struct job *job);

/* Tell the asker, once: a second answer is dropped. The result is taken. */
void job_answer(struct job *job, struct proto_result *result);
void job_answer_error(struct job *job, int code, const char *message);

#endif
