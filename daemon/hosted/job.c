/* job.c - a request on its way to a heap's thread and back.
 *
 * A request's text is copied: the decoder's is gone when the call is over. */
#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "heap_requests.h"
#include "sampler.h"

void job_free(struct job *job) {
  proto_request_fini(&job->request);
  free(job);
}

void job_answer(struct job *job, struct proto_result *result) {
  if (job->is_answered) {
    proto_result_fini(result);
    return;
  }
  job->is_answered = true;
  job->reply(job->context, result);
}

void job_answer_error(struct job *job, int code, const char *message) {
  struct proto_result result;
  proto_error_set(heap_refuse(&result), code, "%s", message);
  job_answer(job, &result);
}

struct job *job_new(const struct proto_request *request, const char *who,
                    source_reply *reply, void *context) {
  struct job *job = calloc(1, sizeof *job);
  if (job == NULL)
    return NULL;
  job->request = *request;
  if (request->method == PROTO_REPL_EVAL) {
    job->request.params.eval.code = strdup(request->params.eval.code);
    if (job->request.params.eval.code == NULL) {
      free(job);
      return NULL;
    }
  }
  sampler_copy(job->who, sizeof job->who, who != NULL ? who : "");
  job->reply = reply;
  job->context = context;
  return job;
}
