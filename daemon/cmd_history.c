/* cmd_history.c - history.*: asked of the thread that has the file, answered later. */
#include "dispatch.h"
#include "history.h"

static void on_reply(void *context, int code, char *text, size_t length) {
  pending_end_take(context, code, text, length);
}

void cmd_history(struct dispatch *dispatch, struct caller *caller,
                 const struct proto_request *request) {
  struct proto_error error;
  if (!dispatch->history) {
    proto_error_set(&error, PROTO_NOT_SUPPORTED, "this daemon keeps no history");
    dispatch_refuse(caller, request->id, &error);
    return;
  }
  struct pending *pending = pending_begin(dispatch, caller, request);
  if (pending &&
      history_ask(dispatch->history, request, on_reply, pending, &error) != 0) {
    size_t length = 0;
    char *text = proto_encode_error(request->id, &error, &length);
    pending_end_take(pending, error.code, text, length);
  }
}
