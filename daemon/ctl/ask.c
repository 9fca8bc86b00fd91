/* ask.c - one question at a time, and the notifications that come between.
 *
 *   question --> ...notification, notification, ANSWER...
 *                   kept for ctl_next      ^ by its id
 *
 * Errors are told here and nowhere else: what happened, and what to do next. */
#include "ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asking.h"
#include "encode.h"

struct notice {
  struct notice *next;
  char topic[PROTO_NAME_BYTES];
  json_t *params; /* owned */
};

void ask_forget(struct ctl *ctl) {
  while (ctl->notices) {
    struct notice *notice = ctl->notices;
    ctl->notices = notice->next;
    json_decref(notice->params);
    free(notice);
  }
  ctl->last_notice = &ctl->notices;
}

/* --- words for what went wrong --- */

static enum exit_code exit_of(const struct proto_error *error) {
  return error->code == PROTO_TIMEOUT ? EXIT_TIMED_OUT : EXIT_REFUSED;
}

/* The heaps that there are, for who named another. */
static void list_heaps(struct ctl *ctl, char *ret, size_t size) {
  struct proto_error error;
  ctl_question(ctl, "heap.list");
  json_t *answer = ctl_try(ctl, &error);
  const json_t *heaps = json_object_get(answer, "heaps");
  size_t used = 0;
  ret[0] = '\0';
  for (size_t i = 0; i < json_array_size(heaps) && used < size; i++) {
    const char *id = json_string_value(json_object_get(json_array_get(heaps, i), "id"));
    used += (size_t)snprintf(ret + used, size - used, "%s%s", i > 0 ? ", " : "",
                             id ? id : "?");
  }
  json_decref(answer);
}

void ctl_refused(struct ctl *ctl, const struct proto_error *error) {
  char text[600], heaps[400];
  int used = snprintf(text, sizeof(text), "%s", error->message);
  if (error->path[0] != '\0' && !strstr(error->message, error->path)) {
    used += snprintf(text + used, sizeof(text) - (size_t)used, " (%s)", error->path);
  }
  if (error->expected[0] != '\0') {
    used += snprintf(text + used, sizeof(text) - (size_t)used, ": expected %s",
                     error->expected);
  }
  if (error->reason[0] != '\0' && !strstr(text, error->reason)) {
    snprintf(text + used, sizeof(text) - (size_t)used, ": %s", error->reason);
  }
  ctl_fail(ctl, exit_of(error), NULL, "%s", text);
  switch (error->code) {
  case PROTO_FORBIDDEN:
    if (!json_is_true(json_object_get(ctl->hello, "read_only"))) {
      ctl_say(ctl, "give the operator's token with OURO_TOKEN or --token-file");
    }
    break;
  case PROTO_METHOD_NOT_FOUND:
    ctl_say(ctl, "the daemon is of another version: ouroctl status shows which");
    break;
  case PROTO_NO_SUCH_HEAP:
    list_heaps(ctl, heaps, sizeof(heaps));
    ctl_say(ctl, heaps[0] != '\0' ? "the heaps here are: %s" : "it has no heaps%s",
            heaps);
    ctl->exit = exit_of(error);
    break;
  default:
    if (error->retry_after_ms >= 0) {
      ctl_say(ctl, "try again in %lld ms", (long long)error->retry_after_ms);
    }
  }
}

static const char join_group[] = "root and members of the group ouro may use it: sudo "
                                 "usermod -aG ouro USER, then log "
                                 "in again";

/* A connection that could not be made. */
static void tell_failure(struct ctl *ctl) {
  const char *reason = client_reason(ctl->client);
  const char *hint = "is ourod running there, and is the address right?";
  bool is_chosen = arguments_has(&ctl->arguments, "server") || getenv("OURO_SERVER");
  if (ctl->endpoint.is_unix && client_errno(ctl->client) == EACCES) {
    hint = join_group;
  } else if (client_is_untrusted(ctl->client)) {
    hint = "--ca FILE says who may vouch for it";
  } else if (!is_chosen) {
    hint = "start it (systemctl start ourod), or say where it is: -s URL";
  }
  ctl_fail(ctl, EXIT_UNREACHABLE, hint, "no connection to %s: %s", ctl->endpoint.text,
           reason);
}

static void tell_denial(struct ctl *ctl, int status) {
  const char *where = ctl->endpoint.text;
  if (ctl->endpoint.is_unix && (status == 401 || status == 403)) {
    ctl_fail(ctl, EXIT_REFUSED, join_group, "%s does not serve this user", where);
    return;
  }
  switch (status) {
  case 401:
    ctl_fail(ctl, EXIT_REFUSED, "give one with OURO_TOKEN or --token-file",
             "%s wants a valid token", where);
    break;
  case 403:
    ctl_fail(ctl, EXIT_REFUSED,
             "the daemon serves only under the names in its configuration",
             "%s does not serve under this name", where);
    break;
  case 429:
  case 503:
    ctl_fail(ctl, EXIT_REFUSED, "try again later", "%s has too many sessions", where);
    break;
  default:
    ctl_fail(ctl, EXIT_UNREACHABLE, "is the address right?",
             "%s answers with HTTP status %d and is not ourod", where, status);
  }
}

/* A connection that was there. */
static void tell_loss(struct ctl *ctl) {
  int code = client_close_code(ctl->client);
  const char *where = ctl->endpoint.text;
  switch (code) {
  case 4401:
    ctl_fail(ctl, EXIT_REFUSED, "give a token with OURO_TOKEN or --token-file",
             ctl->token[0] != '\0' ? "%s does not know this token" : "%s wants a token",
             where);
    break;
  case 1001: ctl_fail(ctl, EXIT_UNREACHABLE, NULL, "%s is shutting down", where); break;
  default:
    ctl_fail(ctl, EXIT_UNREACHABLE, NULL, "%s ended the connection: %s", where,
             client_reason(ctl->client));
  }
}

void ctl_ended(struct ctl *ctl, enum client_status status) {
  switch (status) {
  case CLIENT_OK: return;
  case CLIENT_TIMED_OUT:
    ctl_fail(ctl, EXIT_TIMED_OUT, "--timeout TIME waits longer",
             "%s did not answer within %lld ms", ctl->endpoint.text,
             (long long)ctl->timeout_ms);
    return;
  case CLIENT_FAILED: tell_failure(ctl); return;
  case CLIENT_DENIED: tell_denial(ctl, client_http_status(ctl->client)); return;
  case CLIENT_LOST: tell_loss(ctl); return;
  case CLIENT_INTERRUPTED: ctl->is_interrupted = true; return;
  case CLIENT_UNHEARD: ctl->is_unheard = true; return;
  }
}

/* --- messages --- */

/* The next message, checked. Messages that make no sense are told and skipped: they
 * could be of a newer daemon. */
static enum client_status receive(struct ctl *ctl, int64_t timeout_ms,
                                  struct proto_incoming *ret) {
  uint64_t started = client_now_ms(ctl->client);
  for (;;) {
    char *text = NULL;
    size_t length = 0;
    struct proto_error error;
    int64_t spent = (int64_t)(client_now_ms(ctl->client) - started);
    int64_t rest = timeout_ms < 0 ? -1 : spent < timeout_ms ? timeout_ms - spent : 0;
    enum client_status status = client_receive(ctl->client, rest, &text, &length);
    if (status != CLIENT_OK) {
      return status;
    }
    int result = proto_read_incoming(text, length, ret, &error);
    free(text);
    if (result == 0) {
      return CLIENT_OK;
    }
    ctl_say(ctl, "from the daemon: %s", error.message);
  }
}

/* `incoming` is taken. */
static int keep_notice_take(struct ctl *ctl, struct proto_incoming *incoming) {
  struct notice *notice = calloc(1, sizeof(*notice));
  if (notice) {
    snprintf(notice->topic, sizeof(notice->topic), "%s", incoming->method);
    notice->params = json_incref(incoming->body);
    *ctl->last_notice = notice;
    ctl->last_notice = &notice->next;
  }
  proto_incoming_fini(incoming);
  return notice ? 0 : -1;
}

enum client_status ctl_next(struct ctl *ctl, int64_t timeout_ms, char *ret_topic,
                            json_t **ret_params) {
  struct notice *notice = ctl->notices;
  if (notice) {
    ctl->notices = notice->next;
    ctl->last_notice = ctl->notices ? ctl->last_notice : &ctl->notices;
    memcpy(ret_topic, notice->topic, PROTO_NAME_BYTES);
    *ret_params = notice->params;
    free(notice);
    return CLIENT_OK;
  }
  for (;;) {
    struct proto_incoming incoming;
    enum client_status status = receive(ctl, timeout_ms, &incoming);
    if (status != CLIENT_OK) {
      return status;
    }
    if (incoming.kind == PROTO_INCOMING_NOTIFICATION) {
      snprintf(ret_topic, PROTO_NAME_BYTES, "%s", incoming.method);
      *ret_params = json_incref(incoming.body);
      proto_incoming_fini(&incoming);
      return CLIENT_OK;
    }
    proto_incoming_fini(&incoming); /* of a question that timed out */
  }
}

/* --- questions --- */

struct proto_writer *ctl_question(struct ctl *ctl, const char *method) {
  proto_writer_fini(&ctl->question);
  proto_question_begin(&ctl->question, ++ctl->last_id, method);
  return &ctl->question;
}

/* The answer of the question `id`, or another status than CLIENT_OK. */
static enum client_status await(struct ctl *ctl, uint64_t id,
                                struct proto_incoming *ret) {
  uint64_t started = client_now_ms(ctl->client);
  for (;;) {
    int64_t spent = (int64_t)(client_now_ms(ctl->client) - started);
    int64_t rest = spent < ctl->timeout_ms ? ctl->timeout_ms - spent : 0;
    enum client_status status = receive(ctl, rest, ret);
    if (status != CLIENT_OK) {
      return status;
    }
    if (proto_incoming_answers(ret, id)) {
      return CLIENT_OK;
    }
    if (ret->kind != PROTO_INCOMING_NOTIFICATION) {
      proto_incoming_fini(ret);
    } else if (keep_notice_take(ctl, ret) != 0) {
      ctl_say(ctl, "out of memory: a notification was dropped");
    }
  }
}

/* Too many commands in a second: the daemon has done nothing, and says how long to
 * wait. A question about thirty heaps meets that. */
static bool must_wait(const struct proto_incoming *incoming, int64_t left_ms) {
  return incoming->kind == PROTO_INCOMING_REFUSAL &&
         incoming->error.code == PROTO_LIMIT && incoming->error.retry_after_ms >= 0 &&
         incoming->error.retry_after_ms < left_ms;
}

/* CLIENT_OK: `*ret` is owned, or has no root because memory is short. */
static enum client_status send_and_wait(struct ctl *ctl, const char *text,
                                        size_t length, struct proto_incoming *ret) {
  int64_t left_ms = ctl->timeout_ms;
  for (;;) {
    *ret = (struct proto_incoming){0};
    if (client_send(ctl->client, text, length) != 0) {
      return CLIENT_OK;
    }
    enum client_status status = await(ctl, ctl->last_id, ret);
    if (status != CLIENT_OK || !must_wait(ret, left_ms)) {
      return status;
    }
    int64_t wait_ms = ret->error.retry_after_ms + 1;
    proto_incoming_fini(ret);
    status = client_sleep(ctl->client, wait_ms);
    if (status != CLIENT_TIMED_OUT) {
      return status;
    }
    left_ms -= wait_ms;
  }
}

enum client_status ctl_exchange(struct ctl *ctl, json_t **ret_result,
                                struct proto_error *ret_error) {
  struct proto_incoming incoming = {0};
  size_t length = 0;
  ret_error->code = PROTO_OK;
  *ret_result = NULL;
  char *text = proto_message_end(&ctl->question, &length);
  enum client_status status =
      text ? send_and_wait(ctl, text, length, &incoming) : CLIENT_OK;
  free(text);
  if (status != CLIENT_OK) {
    return status;
  }
  if (!incoming.root) {
    proto_error_set(ret_error, PROTO_INTERNAL_ERROR, "out of memory");
    return CLIENT_OK;
  }
  if (incoming.kind == PROTO_INCOMING_REFUSAL) {
    *ret_error = incoming.error;
    ret_error->name = proto_error_name(incoming.error.code); /* outlives the message */
  } else {
    *ret_result = json_incref(incoming.body);
  }
  proto_incoming_fini(&incoming);
  return CLIENT_OK;
}

json_t *ctl_try(struct ctl *ctl, struct proto_error *ret_error) {
  json_t *result = NULL;
  ctl_ended(ctl, ctl_exchange(ctl, &result, ret_error));
  return result;
}

json_t *ctl_ask(struct ctl *ctl) {
  struct proto_error error;
  json_t *result = ctl_try(ctl, &error);
  if (!result && error.code != PROTO_OK) {
    ctl_refused(ctl, &error);
  }
  return result;
}

/* --- the connection --- */

enum client_status ctl_reconnect(struct ctl *ctl) {
  char topic[PROTO_NAME_BYTES];
  json_t *params = NULL;
  ask_forget(ctl);
  enum client_status status = client_connect(ctl->client, ctl->timeout_ms);
  if (status != CLIENT_OK) {
    return status;
  }
  /* The server speaks first. */
  status = ctl_next(ctl, ctl->timeout_ms, topic, &params);
  if (status != CLIENT_OK) {
    return status;
  }
  if (strcmp(topic, "server.hello") != 0) {
    ctl_say(ctl, "the daemon began with %s and not with server.hello", topic);
  }
  json_decref(ctl->hello);
  ctl->hello = params;
  return CLIENT_OK;
}

int ctl_connect(struct ctl *ctl) {
  struct client_options options = {
      .endpoint = &ctl->endpoint,
      .token = ctl->token[0] != '\0' ? ctl->token : NULL,
      .ca_file = arguments_text(&ctl->arguments, "ca", NULL),
      .insecure_tls = arguments_has(&ctl->arguments, "insecure-tls"),
  };
  char message[160];
  if (options.ca_file && !client_can_trust(options.ca_file)) {
    ctl_fail(ctl, EXIT_USAGE, NULL, "--ca %s: no certificates can be read there",
             options.ca_file);
    return -1;
  }
  ctl->client = client_new(&options, message, sizeof(message));
  if (!ctl->client) {
    ctl_fail(ctl, EXIT_UNREACHABLE, NULL, "%s", message);
    return -1;
  }
  enum client_status status = ctl_reconnect(ctl);
  if (status != CLIENT_OK) {
    ctl_ended(ctl, status);
    return -1;
  }
  return 0;
}

const char *ctl_role(const struct ctl *ctl) {
  const char *role = json_string_value(json_object_get(ctl->hello, "role"));
  return role ? role : "?";
}

/* --- heaps --- */

json_t *ctl_heaps(struct ctl *ctl) {
  ctl_question(ctl, "heap.list");
  json_t *answer = ctl_ask(ctl);
  json_t *heaps = json_object_get(answer, "heaps");
  json_t *ret = json_is_array(heaps) ? json_incref(heaps) : NULL;
  if (answer && !ret) {
    ctl_fail(ctl, EXIT_REFUSED, NULL, "the daemon's list of heaps is no list");
  }
  json_decref(answer);
  return ret;
}

json_t *ctl_chosen_heaps(struct ctl *ctl, const char *named) {
  if (!named) {
    return ctl_heaps(ctl);
  }
  proto_write_string(ctl_question(ctl, "heap.get"), "heap", named);
  json_t *heap = ctl_ask(ctl);
  return heap ? json_pack("[o]", heap) : NULL;
}

int ctl_only_heap(struct ctl *ctl, const char *named, char *ret) {
  if (named) {
    if (strlen(named) >= PROTO_NAME_BYTES) {
      ctl_fail(ctl, EXIT_USAGE, NULL, "a heap's id has at most %d bytes",
               PROTO_NAME_BYTES - 1);
      return -1;
    }
    snprintf(ret, PROTO_NAME_BYTES, "%s", named);
    return 0;
  }
  json_t *heaps = ctl_heaps(ctl);
  size_t count = json_array_size(heaps);
  const char *id = json_string_value(table_at(heaps, "0/id"));
  int result = -1;
  if (count == 1 && id && strlen(id) < PROTO_NAME_BYTES) {
    snprintf(ret, PROTO_NAME_BYTES, "%s", id);
    result = 0;
  } else if (heaps && count == 0) {
    ctl_fail(ctl, EXIT_REFUSED, NULL, "the daemon has no heaps");
  } else if (heaps) {
    char names[400];
    list_heaps(ctl, names, sizeof(names));
    ctl_fail(ctl, EXIT_USAGE, NULL, "there are %zu heaps: name one of %s", count,
             names);
  }
  json_decref(heaps);
  return result;
}
