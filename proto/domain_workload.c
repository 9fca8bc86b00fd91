/* domain_workload.c - workload.*: the mutators that hosted heaps run.
 *
 * Settings are numbers under names that the workload chooses; only it knows their
 * ranges. Here a setting is checked to be a number with a name that fits. */
#include "domains.h"

#include <stdio.h>
#include <string.h>

#include "encode.h"

/* "settings/NAME" as a JSON Pointer below /params ("~" is "~0", "/" is "~1"), or just
 * "settings" when it would not fit. */
static void setting_path(const char *name, char *ret, size_t size) {
  size_t used = (size_t)snprintf(ret, size, "settings/");

  for (const char *c = name; *c != '\0'; c++) {
    if (used + 3 > size) {
      snprintf(ret, size, "settings");
      return;
    }
    if (*c == '~' || *c == '/') {
      ret[used++] = '~';
      ret[used++] = *c == '~' ? '0' : '1';
    } else {
      ret[used++] = *c;
    }
  }
  ret[used] = '\0';
}

static int read_settings(const struct proto_params *params, struct proto_request *ret) {
  json_t *settings = (json_t *)(uintptr_t)proto_params_get(params, "settings");
  const char *name;
  size_t length;
  json_t *value;
  unsigned count = 0;

  if (!json_is_object(settings) || json_object_size(settings) > PROTO_MAX_SETTINGS)
    return proto_params_refuse(params, "settings", settings,
                               "object of at most 12 numbers");
  json_object_keylen_foreach(settings, name, length, value) {
    if (!proto_json_is_name(name, length))
      return proto_params_refuse(params, "settings", settings,
                                 "names of 1..63 bytes without control characters");
    if (!json_is_number(value)) {
      char path[PROTO_NAME_BYTES * 2 - 8];
      setting_path(name, path, sizeof path);
      return proto_params_refuse(params, path, value, "number");
    }
    struct proto_setting *setting = &ret->params.workload.settings[count++];
    memcpy(setting->name, name, length);
    setting->name[length] = '\0';
    setting->value = json_number_value(value);
  }
  ret->params.workload.setting_count = count;
  return 0;
}

int proto_read_workload_start(const struct proto_params *params,
                              struct proto_request *ret) {
  if (proto_params_name(params, "workload", ret->params.workload.name) != 0)
    return -1;
  return proto_params_has(params, "settings") ? read_settings(params, ret) : 0;
}

int proto_read_workload_set(const struct proto_params *params,
                            struct proto_request *ret) {
  return read_settings(params, ret);
}

static void write_setting(struct proto_writer *writer,
                          const struct proto_setting_info *setting) {
  proto_write_object(writer, NULL);
  proto_write_string(writer, "name", setting->name);
  proto_write_string(writer, "unit", setting->unit);
  proto_write_real(writer, "value", setting->value);
  proto_write_real(writer, "minimum", setting->minimum);
  proto_write_real(writer, "maximum", setting->maximum);
  proto_write_real(writer, "default", setting->initial);
  proto_write_string(writer, "description", setting->description);
  proto_write_end(writer);
}

void proto_write_workload(struct proto_writer *writer,
                          const struct proto_workload *workload) {
  proto_write_string(writer, "name", workload->name);
  proto_write_string(writer, "heap", workload->heap);
  proto_write_string(writer, "description", workload->description);
  proto_write_bool(writer, "running", workload->running);
  proto_write_array(writer, "settings");
  for (unsigned i = 0; i < workload->setting_count && i < PROTO_MAX_SETTINGS; i++)
    write_setting(writer, &workload->settings[i]);
  proto_write_end(writer);
  proto_write_object(writer, "counters");
  for (unsigned i = 0; i < workload->counter_count && i < PROTO_MAX_SETTINGS; i++)
    proto_write_real(writer, workload->counters[i].name, workload->counters[i].value);
  proto_write_end(writer);
}

char *proto_encode_workload_list(const char *id, const struct proto_workload *workloads,
                                 size_t count, size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_array(&writer, "workloads");
  for (size_t i = 0; i < count; i++) {
    proto_write_object(&writer, NULL);
    proto_write_workload(&writer, &workloads[i]);
    proto_write_end(&writer);
  }
  return proto_message_end(&writer, ret_length);
}
