/* domain_session.c - server.*, stream.*, auth.*: who speaks here, and what is streamed.
 *
 *   server.hello          the first message of every session
 *   stream.subscribe      one heap, or "*" for all that are and will be */
#include "domains.h"

#include <stdio.h>
#include <string.h>

#include "encode.h"

#define INTERVAL_MIN_MS 100
#define INTERVAL_MAX_MS 60000

static const char *const topic_names[] = {"sample", "pools", "collection", "heap",
                                          "audit"};
static const char *const role_names[] = {"observer", "operator"};

#define TOPICS (sizeof topic_names / sizeof topic_names[0])

/* The bit of the topic that `value` names, 0 for none. Bits stand in the order of the
 * names. */
static unsigned topic_bit(const json_t *value) {
  const char *name = json_string_value(value);

  for (unsigned i = 0; i < TOPICS && name != NULL; i++) {
    if (strlen(topic_names[i]) == json_string_length(value) &&
        strcmp(topic_names[i], name) == 0)
      return 1u << i;
  }
  return 0;
}

static int read_topics(const struct proto_params *params, unsigned *ret) {
  const json_t *list = proto_params_get(params, "topics");
  char expected[PROTO_REASON_BYTES], key[48];
  unsigned topics = 0;

  if (json_array_size(list) == 0)
    return proto_params_refuse(params, "topics", list, "array of at least one topic");
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *value = json_array_get(list, i);
    unsigned bit = topic_bit(value);
    if (bit == 0) {
      snprintf(key, sizeof key, "topics/%zu", i);
      proto_expect_one_of(expected, sizeof expected, topic_names, TOPICS);
      return proto_params_refuse(params, key, value, expected);
    }
    topics |= bit;
  }
  *ret = topics;
  return 0;
}

/* {heap: number} for "*". */
static int read_after_all(const struct proto_params *params, json_t *after,
                          struct proto_request *ret) {
  static const char expected[] = "object of at most 64 integers, one a heap";
  const char *name;
  size_t length;
  json_t *value;
  unsigned count = 0;

  if (!json_is_object(after) || json_object_size(after) > PROTO_MAX_AFTER)
    return proto_params_refuse(params, "after_seq", after, expected);
  json_object_keylen_foreach(after, name, length, value) {
    struct proto_after *entry = &ret->params.subscribe.after[count++];
    if (!proto_json_is_name(name, length) ||
        !proto_json_is_uint(value, 0, PROTO_MAX_INTEGER))
      return proto_params_refuse(params, "after_seq", after, expected);
    memcpy(entry->heap, name, length + 1);
    entry->seq = (uint64_t)json_integer_value(value);
  }
  ret->params.subscribe.after_count = count;
  return 0;
}

/* One heap: its number. All heaps: a number for each, in an object. */
static int read_after_seq(const struct proto_params *params,
                          struct proto_request *ret) {
  json_t *after = (json_t *)(uintptr_t)proto_params_get(params, "after_seq");

  if (after == NULL)
    return 0;
  if (strcmp(ret->heap, "*") == 0)
    return read_after_all(params, after, ret);
  ret->params.subscribe.has_after_seq = true;
  return proto_params_uint(params, "after_seq", 0, PROTO_MAX_INTEGER,
                           &ret->params.subscribe.after_seq);
}

int proto_read_subscribe(const struct proto_params *params, struct proto_request *ret) {
  uint64_t interval_ms;

  if (read_topics(params, &ret->params.subscribe.topics) != 0 ||
      proto_params_uint_or(params, "interval_ms", INTERVAL_MIN_MS, INTERVAL_MAX_MS,
                           INTERVAL_MIN_MS, &interval_ms) != 0)
    return -1;
  ret->params.subscribe.interval_ms = (uint32_t)interval_ms;
  return read_after_seq(params, ret);
}

int proto_read_unsubscribe(const struct proto_params *params,
                           struct proto_request *ret) {
  return proto_params_uint(params, "subscription", 1, PROTO_MAX_INTEGER,
                           &ret->params.unsubscribe.subscription);
}

int proto_read_one_time_url(const struct proto_params *params,
                            struct proto_request *ret) {
  unsigned role;

  if (proto_params_enum_or(params, "role", role_names, 2, PROTO_OPERATOR, &role) != 0)
    return -1;
  ret->params.one_time_url.role = (enum proto_role)role;
  return 0;
}

static void write_health(struct proto_writer *writer, const struct proto_alarm *alarms,
                         size_t count) {
  proto_write_string(writer, "status", count > 0 ? "degraded" : "ok");
  proto_write_array(writer, "alarms");
  for (size_t i = 0; i < count; i++) {
    proto_write_object(writer, NULL);
    proto_write_string(writer, "name", alarms[i].name);
    proto_write_string(writer, "message", alarms[i].message);
    proto_write_int(writer, "since_ms", alarms[i].since_ms);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

char *proto_encode_health(const struct proto_alarm *alarms, size_t count,
                          size_t *ret_length) {
  struct proto_writer writer;

  proto_writer_init(&writer);
  proto_write_object(&writer, NULL);
  write_health(&writer, alarms, count);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_server_info(const char *id, const struct proto_server_info *info,
                               size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_string(&writer, "protocol", info->protocol);
  proto_write_string(&writer, "version", info->version);
  proto_write_string(&writer, "instance", info->instance);
  proto_write_int(&writer, "pid", info->pid);
  proto_write_int(&writer, "started_ms", info->started_ms);
  proto_write_int(&writer, "time_ms", info->time_ms);
  proto_write_uint(&writer, "uptime_ms", info->uptime_ms);
  proto_write_uint(&writer, "heaps", info->heaps);
  proto_write_uint(&writer, "sessions", info->sessions);
  proto_write_uint(&writer, "rss_bytes", info->rss_bytes);
  write_health(&writer, info->alarms, info->alarm_count);
  proto_write_bool(&writer, "read_only", info->read_only);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_subscribed(const char *id, uint64_t subscription, bool one,
                              const struct proto_heap *const *heaps,
                              const uint64_t *seqs, size_t count, uint64_t backfilled,
                              size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_uint(&writer, "subscription", subscription);
  if (one) {
    proto_write_uint(&writer, "seq", count > 0 ? seqs[0] : 0);
  } else {
    proto_write_object(&writer, "seq");
    for (size_t i = 0; i < count; i++)
      proto_write_uint(&writer, heaps[i]->id, seqs[i]);
    proto_write_end(&writer);
  }
  proto_write_uint(&writer, "backfilled", backfilled);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_unsubscribed(const char *id, uint64_t subscription,
                                size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_uint(&writer, "subscription", subscription);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_download(const char *id, const char *download, uint64_t bytes,
                            size_t *ret_length) {
  struct proto_writer writer;
  proto_answer_begin(&writer, id);
  proto_write_string(&writer, "download", download);
  proto_write_uint(&writer, "bytes", bytes);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_url(const char *id, const char *url, int64_t expires_in_ms,
                       size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_string(&writer, "url", url);
  proto_write_int(&writer, "expires_in_ms", expires_in_ms);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_hello(const struct proto_hello *hello, size_t *ret_length) {
  const struct proto_limits *limits = hello->limits;
  struct proto_writer writer;

  proto_notification_begin(&writer, "server.hello");
  proto_write_string(&writer, "protocol", PROTO_PROTOCOL);
  proto_write_string(&writer, "server", hello->server);
  proto_write_string(&writer, "version", PROTO_VERSION);
  proto_write_string(&writer, "instance", hello->instance);
  proto_write_string(&writer, "role", role_names[hello->role == PROTO_OPERATOR]);
  proto_write_bool(&writer, "read_only", hello->read_only);
  proto_write_int(&writer, "time_ms", hello->time_ms);
  proto_write_object(&writer, "limits");
  proto_write_uint(&writer, "message_bytes", limits->message_bytes);
  proto_write_uint(&writer, "nesting_levels", limits->nesting_levels);
  proto_write_uint(&writer, "name_bytes", PROTO_NAME_BYTES - 1);
  proto_write_uint(&writer, "code_bytes", PROTO_CODE_BYTES);
  proto_write_uint(&writer, "interval_min_ms", INTERVAL_MIN_MS);
  proto_write_uint(&writer, "connections", limits->connections);
  proto_write_uint(&writer, "sessions", limits->sessions);
  proto_write_uint(&writer, "sessions_an_address", limits->sessions_an_address);
  proto_write_uint(&writer, "subscriptions", limits->subscriptions);
  proto_write_uint(&writer, "requests_under_way", limits->requests_under_way);
  proto_write_uint(&writer, "queue_bytes", limits->queue_bytes);
  proto_write_uint(&writer, "behind_ms", limits->behind_ms);
  proto_write_uint(&writer, "commands_a_second", limits->commands_a_second);
  proto_write_uint(&writer, "wrong_tokens_a_minute", limits->wrong_tokens_a_minute);
  proto_write_uint(&writer, "cool_down_ms", limits->cool_down_ms);
  proto_write_uint(&writer, "graph_objects", limits->graph_objects);
  return proto_message_end(&writer, ret_length);
}

static void write_audit(struct proto_writer *writer, const struct proto_audit *audit) {
  const char *name = proto_error_name(audit->code);

  proto_write_int(writer, "time_ms", audit->time_ms);
  proto_write_string(writer, "who", audit->who);
  proto_write_string(writer, "method", audit->method);
  if (audit->heap[0] != '\0')
    proto_write_string(writer, "heap", audit->heap);
  if (audit->detail[0] != '\0')
    proto_write_string(writer, "detail", audit->detail);
  proto_write_bool(writer, "ok", audit->code == PROTO_OK);
  if (audit->code != PROTO_OK)
    proto_write_int(writer, "code", audit->code);
  if (audit->code != PROTO_OK && name != NULL)
    proto_write_string(writer, "name", name);
  proto_write_uint(writer, "duration_ns", audit->duration_ns);
}

char *proto_encode_audit(const struct proto_audit *audit, size_t *ret_length) {
  struct proto_writer writer;

  proto_notification_begin(&writer, "audit");
  write_audit(&writer, audit);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_audit_record(const struct proto_audit *audit, size_t *ret_length) {
  struct proto_writer writer;

  proto_writer_init(&writer);
  proto_write_object(&writer, NULL);
  write_audit(&writer, audit);
  return proto_message_end(&writer, ret_length);
}
