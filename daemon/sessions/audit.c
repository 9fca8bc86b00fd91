/* audit.c - every command of an operator leaves a line: who, what, and how it ended.
 *
 *   operator@127.0.0.1: gc.set_threshold documents (thresholds 50, undone in 60000 ms)
 *   operator@127.0.0.1: gc.collect documents (generation 2): cooling_down */
#include "audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "utf8.h"

/* Append to a text of PROTO_REASON_BYTES; what does not fit is left out. */
__attribute__((format(printf, 2, 3))) static void add(char *text, const char *format,
                                                      ...) {
  size_t length = strlen(text);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + length, PROTO_REASON_BYTES - length, format, arguments);
  va_end(arguments);
}

static void describe_revert(int64_t revert_after_ms, char *ret) {
  if (revert_after_ms >= 0) {
    add(ret, "%sundone in %lld ms", ret[0] == '\0' ? "" : ", ",
        (long long)revert_after_ms);
  }
}

static void describe_thresholds(const struct proto_request *request, char *ret) {
  for (unsigned i = 0; i < request->params.threshold.count; i++) {
    add(ret, "%s%u", i == 0 ? "thresholds " : ", ",
        request->params.threshold.values[i]);
  }
  describe_revert(request->params.threshold.revert_after_ms, ret);
}

static void describe_workload(const struct proto_request *request, char *ret) {
  if (request->method == PROTO_WORKLOAD_START) {
    add(ret, "%s", request->params.workload.name);
  }
  for (unsigned i = 0; i < request->params.workload.setting_count; i++) {
    const struct proto_setting *setting = &request->params.workload.settings[i];
    add(ret, "%s%s=%.15g", ret[0] == '\0' ? "" : " ", setting->name, setting->value);
  }
}

static void describe_step(const struct proto_request *request, char *ret) {
  switch (request->params.step.action) {
  case PROTO_STEP_BEGIN:
    add(ret, "begin, generation %u", request->params.step.generation);
    break;
  case PROTO_STEP_NEXT: add(ret, "next"); break;
  case PROTO_STEP_FINISH: add(ret, "finish"); break;
  }
}

/* A statement on one line, cut between characters. */
static void describe_code(const char *code, char *ret) {
  size_t at = 0, used;
  size_t left = strlen(code);
  while (left > 0 && (used = proto_utf8_character(code, left)) > 0 &&
         at + used < PROTO_REASON_BYTES) {
    if (used == 1) {
      ret[at] = (unsigned char)*code < 0x20 || *code == 0x7f ? ' ' : *code;
    } else {
      memcpy(ret + at, code, used);
    }
    at += used;
    code += used;
    left -= used;
  }
  ret[at] = '\0';
}

/* The parameters in short. */
static void describe(const struct proto_request *request, char *ret) {
  switch (request->method) {
  case PROTO_GC_COLLECT:
    add(ret, "generation %u%s", request->params.collect.generation,
        request->params.collect.dry_run ? ", dry run" : "");
    break;
  case PROTO_GC_SET_THRESHOLD: describe_thresholds(request, ret); break;
  case PROTO_GC_DISABLE:
    describe_revert(request->params.disable.revert_after_ms, ret);
    break;
  case PROTO_WORKLOAD_START:
  case PROTO_WORKLOAD_SET: describe_workload(request, ret); break;
  case PROTO_REPL_EVAL: describe_code(request->params.eval.code, ret); break;
  case PROTO_HEAP_OBJECTS: add(ret, "%s", request->params.look.type); break;
  case PROTO_HEAP_OBJECT:
  case PROTO_HEAP_REFERRERS:
  case PROTO_HEAP_REFERENTS:
  case PROTO_HEAP_PATH_TO_ROOT:
  case PROTO_HEAP_GRAPH:
    if (request->params.look.has_id) {
      add(ret, "0x%llx", (unsigned long long)request->params.look.id);
    }
    break;
  case PROTO_HEAP_SNAPSHOT:
    add(ret, "%s",
        request->params.snapshot.format == PROTO_SNAPSHOT_DEVTOOLS ? "heapsnapshot"
                                                                   : "ouro");
    break;
  case PROTO_REPL_STEP: describe_step(request, ret); break;
  case PROTO_AUTH_ONE_TIME_URL:
    add(ret, "for an %s",
        request->params.one_time_url.role == PROTO_OPERATOR ? "operator" : "observer");
    break;
  default: break;
  }
}

static void say(const struct proto_audit *audit, const char *outcome) {
  log_line(LOG_LEVEL_INFO, "%s: %s%s%s%s%s%s%s%s", audit->who, audit->method,
           audit->heap[0] != '\0' ? " " : "", audit->heap,
           audit->detail[0] != '\0' ? " (" : "", audit->detail,
           audit->detail[0] != '\0' ? ")" : "", outcome[0] != '\0' ? ": " : "",
           outcome);
}

/* To read this log leaves no line in it: else it would fill with who looked at it. */
static bool is_audited(const struct proto_request *request) {
  return proto_method_role(request->method) == PROTO_OPERATOR &&
         request->method != PROTO_HISTORY_AUDIT;
}

static bool fill(const struct dispatch *dispatch, const struct caller *caller,
                 const struct proto_request *request, struct proto_audit *ret) {
  *ret = (struct proto_audit){.method = NULL};
  if (!is_audited(request)) {
    return false;
  }
  ret->time_ms = dispatch->now().wall_ms;
  ret->method = proto_method_name(request->method);
  ret->duration_ns = moment_ns(); /* the beginning, until the end is there */
  memcpy(ret->who, caller->who, sizeof(ret->who));
  memcpy(ret->heap, request->heap, sizeof(ret->heap));
  describe(request, ret->detail);
  return true;
}

void audit_begin(const struct dispatch *dispatch, const struct caller *caller,
                 const struct proto_request *request, struct proto_audit *ret) {
  if (fill(dispatch, caller, request, ret)) {
    say(ret, "");
  }
}

void audit_end(const struct dispatch *dispatch, struct proto_audit *audit, int code) {
  char number[16];
  if (!audit->method) {
    return;
  }
  audit->duration_ns = moment_ns() - audit->duration_ns;
  audit->code = code;
  if (code != PROTO_OK) {
    const char *name = proto_error_name(code);
    snprintf(number, sizeof(number), "%d", code);
    say(audit, name ? name : number);
  }
  hub_audit(dispatch->hub, audit);
}

void audit_now(const struct dispatch *dispatch, const struct caller *caller,
               const struct proto_request *request, int code) {
  struct proto_audit audit;
  if (fill(dispatch, caller, request, &audit)) {
    if (code == PROTO_OK) {
      say(&audit, "");
    }
    audit_end(dispatch, &audit, code);
  }
}

void audit_refused(struct dispatch *dispatch, const struct caller *caller,
                   const struct proto_request *request, int code) {
  uint64_t now_ms = dispatch->now().monotonic_ms;
  const uint64_t share_ms = 1000u / AUDIT_REFUSED_A_SECOND;
  if (!is_audited(request)) {
    return;
  }
  if (dispatch->refused_ms < now_ms) {
    dispatch->refused_ms = now_ms;
  }
  if (dispatch->refused_ms + share_ms > now_ms + 1000u) {
    dispatch->refused_left_out++;
    return;
  }
  dispatch->refused_ms += share_ms;
  if (dispatch->refused_left_out > 0) {
    log_line(LOG_LEVEL_WARNING, "%" PRIu64 " refused commands were not audited",
             dispatch->refused_left_out);
    dispatch->refused_left_out = 0;
  }
  audit_now(dispatch, caller, request, code);
}
