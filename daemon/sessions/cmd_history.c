/* cmd_history.c - history.*, trace.export: asked of the thread that has the file,
 * answered later. */
#include "dispatch.h"
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Why there is no answer, if there is none. */
static bool has_history(struct dispatch *dispatch, struct caller *caller,
                        const struct proto_request *request) {
  struct proto_error error;
  if (dispatch->history) {
    return true;
  }
  proto_error_set(&error, PROTO_NOT_SUPPORTED, "this daemon keeps no history");
  dispatch_refuse(caller, request->id, &error);
  return false;
}

static void refuse(struct pending *pending, const char *id,
                   const struct proto_error *error) {
  size_t length = 0;
  char *text = proto_encode_error(id, error, &length);
  pending_end_take(pending, error->code, text, length);
}

static void on_reply(void *context, int code, char *text, size_t length) {
  pending_end_take(context, code, text, length);
}

void cmd_history(struct dispatch *dispatch, struct caller *caller,
                 const struct proto_request *request) {
  struct proto_error error;
  if (!has_history(dispatch, caller, request)) {
    return;
  }
  struct pending *pending = pending_begin(dispatch, caller, request);
  if (pending &&
      history_ask(dispatch->history, request, on_reply, pending, &error) != 0) {
    refuse(pending, request->id, &error);
  }
}

/* --- trace.export --- */

struct export {
  struct pending *pending;
  struct dispatch *dispatch;
  char id[PROTO_ID_BYTES];
  char name[PROTO_NAME_BYTES + 16];
};

static void on_file(void *context, int fd, uint64_t bytes, int code, char *text,
                    size_t length) {
  struct export *export = context;
  struct dispatch *dispatch = export->dispatch;
  char download[DOWNLOADS_ID_BYTES];
  struct proto_error error;
  if (fd < 0) {
    pending_end_take(export->pending, code, text, length);
  } else if (downloads_add_fd_take(dispatch->downloads, fd, bytes, "application/json",
                                   export->name, PROTO_OBSERVER, dispatch->now(),
                                   download, &error) != 0) {
    refuse(export->pending, export->id, &error);
  } else {
    text = proto_encode_download(export->id, download, bytes, &length);
    pending_end_take(export->pending, PROTO_OK, text, length);
  }
  free(export);
}

void cmd_trace_export(struct dispatch *dispatch, struct caller *caller,
                      const struct proto_request *request) {
  struct proto_error error;
  if (!has_history(dispatch, caller, request)) {
    return;
  }
  if (downloads_is_full(dispatch->downloads, PROTO_OBSERVER, dispatch->now(), &error)) {
    dispatch_refuse(caller, request->id, &error);
    return;
  }
  struct export *export = calloc(1, sizeof(*export));
  struct pending *pending = pending_begin(dispatch, caller, request);
  if (!export || !pending) {
    free(export);
    if (pending) {
      proto_error_set(&error, PROTO_INTERNAL_ERROR, "out of memory");
      refuse(pending, request->id, &error);
    }
    return;
  }
  export->pending = pending;
  export->dispatch = dispatch;
  memcpy(export->id, request->id, sizeof(export->id));
  snprintf(export->name, sizeof(export->name), "%s.trace.json", request->heap);
  if (history_export(dispatch->history, request, on_file, export, &error) != 0) {
    refuse(pending, request->id, &error);
    free(export);
  }
}
