/* cmd_raw.c - one question as the protocol has it, and the whole answer. */
#include <stdlib.h>
#include <string.h>

#include "asking.h"
#include "commands.h"
#include "ctl.h"

#define INPUT_BYTES (PROTO_MAX_MESSAGE_BYTES + 1)

/* Standard input as far as a message may go, owned. */
static char *read_input(struct ctl *ctl) {
  char *text = malloc(INPUT_BYTES + 1);
  size_t length = text ? fread(text, 1, INPUT_BYTES, stdin) : 0;
  if (!text || length == INPUT_BYTES) {
    ctl_fail(ctl, EXIT_USAGE, NULL, "a message has at most %d bytes",
             PROTO_MAX_MESSAGE_BYTES);
    free(text);
    return NULL;
  }
  text[length] = '\0';
  return text;
}

static json_t *parse(struct ctl *ctl, const char *text) {
  json_error_t error;
  json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
  if (!value) {
    ctl_fail(ctl, EXIT_USAGE, NULL, "this is not JSON: %s at line %d, column %d",
             error.text, error.line, error.column);
  } else if (!json_is_object(value)) {
    ctl_fail(ctl, EXIT_USAGE, NULL, "a question is one JSON object");
    json_decref(value);
    value = NULL;
  }
  return value;
}

/* The request from the command line, owned: '{json}', or METHOD ['{params}'], or - . */
static json_t *read_request(struct ctl *ctl) {
  const char *first = arguments_positional(&ctl->arguments, 0);
  const char *second = arguments_positional(&ctl->arguments, 1);
  bool is_input = strcmp(first, "-") == 0;
  if (first[0] >= 'a' && first[0] <= 'z') {
    json_t *params = second ? parse(ctl, second) : json_object();
    return params ? json_pack("{ssso}", "method", first, "params", params) : NULL;
  }
  if (second) {
    ctl_fail(ctl, EXIT_USAGE, NULL, "'%.60s' is too much: the object is the question",
             second);
    return NULL;
  }
  char *input = is_input ? read_input(ctl) : NULL;
  json_t *request = input || !is_input ? parse(ctl, input ? input : first) : NULL;
  free(input);
  return request;
}

/* What the protocol wants and the question leaves out. Its id stays what it was. */
static void complete(json_t *request) {
  json_t *id = json_object_get(request, "id");
  json_incref(id);
  json_object_del(request, "id");
  json_t *whole = json_pack("{ssso?}", "jsonrpc", "2.0", "id", id);
  if (!id) {
    json_object_set_new(whole, "id", json_integer(1));
  }
  json_object_update(whole, request);
  json_object_clear(request);
  json_object_update(request, whole);
  json_decref(whole);
}

/* The answer with that id; a refusal whose id was not understood has null. */
static enum client_status await(struct ctl *ctl, const json_t *id,
                                struct proto_incoming *ret) {
  uint64_t until = client_now_ms(ctl->client) + (uint64_t)ctl->timeout_ms;
  for (;;) {
    char *text = NULL;
    size_t length = 0;
    struct proto_error error;
    uint64_t now = client_now_ms(ctl->client);
    enum client_status status = client_receive(
        ctl->client, until > now ? (int64_t)(until - now) : 0, &text, &length);
    if (status != CLIENT_OK) {
      return status;
    }
    int result = proto_read_incoming(text, length, ret, &error);
    free(text);
    if (result == 0) {
      if (ret->kind != PROTO_INCOMING_NOTIFICATION &&
          (json_is_null(ret->id) || json_equal(ret->id, id))) {
        return CLIENT_OK;
      }
      proto_incoming_fini(ret);
    }
  }
}

static enum exit_code run(struct ctl *ctl) {
  struct proto_incoming answer;
  json_t *request = read_request(ctl);
  if (!request) {
    return ctl->exit;
  }
  complete(request);
  if (ctl_connect(ctl) == 0) {
    char *text = json_dumps(request, JSON_COMPACT);
    if (!text || client_send(ctl->client, text, strlen(text)) != 0) {
      ctl_fail(ctl, EXIT_REFUSED, NULL, "out of memory");
    } else {
      enum client_status status = await(ctl, json_object_get(request, "id"), &answer);
      ctl_ended(ctl, status);
      if (status == CLIENT_OK) {
        ctl_print_json(ctl, answer.root, !arguments_has(&ctl->arguments, "indent"));
        if (answer.kind == PROTO_INCOMING_REFUSAL) {
          ctl->exit =
              answer.error.code == PROTO_TIMEOUT ? EXIT_TIMED_OUT : EXIT_REFUSED;
        }
        ctl_flush(ctl);
        proto_incoming_fini(&answer);
      }
    }
    free(text);
  }
  json_decref(request);
  return ctl->exit;
}

static const struct option_spec options[] = {
    {0, "indent", NULL, OPTION_FLAG, 0, 0, NULL, "the answer over several lines"},
};

const struct command command_raw = {
    .name = "raw",
    .positionals = "METHOD [PARAMS] | REQUEST | -",
    .positionals_min = 1,
    .positionals_max = 2,
    .output = OUTPUT_JSON,
    .summary = "one question as the protocol has it, and the whole answer",
    .help =
        "Sends a request of proto/PROTOCOL.md and prints the answer, a refusal too "
        "(then\n"
        "the exit code is 1). `jsonrpc` and `id` may be left out; - reads the request\n"
        "from standard input. To follow a stream there is `ouroctl events`.\n"
        "\n"
        "  ouroctl raw heap.list\n"
        "  ouroctl raw gc.get_count '{\"heap\": \"documents\"}'\n"
        "  ouroctl raw '{\"method\": \"server.info\", \"id\": 7}'\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
