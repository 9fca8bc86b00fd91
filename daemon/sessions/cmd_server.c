/* cmd_server.c - the daemon about itself: server.info, auth.one_time_url. */
#include <stdio.h>
#include <unistd.h>

#include "audit.h"
#include "dispatch.h"

/* Resident bytes of this process; 0 when the system does not say. */
static uint64_t resident_bytes(void) {
  unsigned long long size = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) {
    return 0;
  }
  int fields = fscanf(file, "%llu %llu", &size, &resident);
  fclose(file);
  return fields == 2 ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

void cmd_server_info(struct dispatch *dispatch, struct caller *caller,
                     const struct proto_request *request) {
  struct moment now = dispatch->now();
  struct proto_alarm alarms[ALARMS_MAX];
  struct proto_server_info info = {
      .version = dispatch->version,
      .instance = dispatch->instance,
      .protocol = "ouro.v1",
      .started_ms = dispatch->started.wall_ms,
      .time_ms = now.wall_ms,
      .uptime_ms = now.monotonic_ms - dispatch->started.monotonic_ms,
      .heaps = dispatch->hub->heap_count,
      .sessions = dispatch->hub->listener_count,
      .rss_bytes = resident_bytes(),
      .pid = getpid(),
      .read_only = dispatch->read_only,
      .alarms = alarms,
      .alarm_count = alarms_list(dispatch->alarms, alarms)};
  size_t length = 0;
  char *text = proto_encode_server_info(request->id, &info, &length);
  caller->ops->answer(caller, PROTO_OK, text, length);
}

void cmd_one_time_url(struct dispatch *dispatch, struct caller *caller,
                      const struct proto_request *request) {
  char token[CREDENTIALS_SECRET_BYTES];
  enum proto_role role = request->params.one_time_url.role;
  if (credentials_one_time(dispatch->credentials, role, dispatch->now(), token) != 0) {
    struct proto_error error;
    proto_error_set(&error, PROTO_INTERNAL_ERROR, "the system gives no random numbers");
    audit_now(dispatch, caller, request, error.code);
    dispatch_refuse(caller, request->id, &error);
    return;
  }
  audit_now(dispatch, caller, request, PROTO_OK);
  char url[1024];
  snprintf(url, sizeof(url), "%s/?token=%s", dispatch->base_url, token);
  size_t length = 0;
  char *text = proto_encode_url(request->id, url, CREDENTIALS_ONE_TIME_MS, &length);
  caller->ops->answer(caller, PROTO_OK, text, length);
}
