/* test_decode.c - what peers send, as files: a text, and beside it what comes of it.
 *
 *   data/valid/NAME.json    data/valid/NAME.expected     the checked request, as JSON
 *   data/invalid/NAME.json  data/invalid/NAME.expected   the whole answer that refuses
 *
 * Each file is a test under its own name. The .json files are sent as they are, byte
 * for byte without the last newline, and the fuzzer starts from them too. What is too
 * large for a file is made here. */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto.h"
#include "test.h"

#define MAX_FILES 200

struct file {
  char folder[8]; /* "valid" or "invalid" */
  char name[80];
};

static struct file files[MAX_FILES];
static size_t file_count;

/* The request as JSON: what the daemon gets to see of it. Owned. */
static json_t *describe(const struct proto_request *request) {
  json_t *root = json_object(), *list = json_array();

  json_object_set_new(root, "method", json_string(proto_method_name(request->method)));
  json_object_set_new(root, "id", json_string(request->id));
  if (request->heap[0] != '\0')
    json_object_set_new(root, "heap", json_string(request->heap));
  switch (request->method) {
  case PROTO_GC_COLLECT:
    json_object_set_new(root, "generation",
                        json_integer(request->params.collect.generation));
    json_object_set_new(root, "dry_run", json_boolean(request->params.collect.dry_run));
    break;
  case PROTO_GC_SET_THRESHOLD:
    for (unsigned i = 0; i < request->params.threshold.count; i++)
      json_array_append_new(list, json_integer(request->params.threshold.values[i]));
    json_object_set(root, "thresholds", list);
    json_object_set_new(root, "revert_after_ms",
                        json_integer(request->params.threshold.revert_after_ms));
    break;
  case PROTO_GC_DISABLE:
    json_object_set_new(root, "revert_after_ms",
                        json_integer(request->params.disable.revert_after_ms));
    break;
  case PROTO_HEAP_CENSUS:
    json_object_set_new(root, "limit", json_integer(request->params.census.limit));
    break;
  case PROTO_STREAM_SUBSCRIBE:
    json_object_set_new(root, "topics", json_integer(request->params.subscribe.topics));
    json_object_set_new(root, "interval_ms",
                        json_integer(request->params.subscribe.interval_ms));
    if (request->params.subscribe.has_after_seq)
      json_object_set_new(
          root, "after_seq",
          json_integer((json_int_t)request->params.subscribe.after_seq));
    for (unsigned i = 0; i < request->params.subscribe.after_count; i++) {
      const struct proto_after *after = &request->params.subscribe.after[i];
      json_array_append_new(list,
                            json_pack("[sI]", after->heap, (json_int_t)after->seq));
    }
    json_object_set(root, "after", list);
    break;
  case PROTO_STREAM_UNSUBSCRIBE:
    json_object_set_new(
        root, "subscription",
        json_integer((json_int_t)request->params.unsubscribe.subscription));
    break;
  case PROTO_WORKLOAD_START:
    json_object_set_new(root, "workload", json_string(request->params.workload.name));
    /* fall through */
  case PROTO_WORKLOAD_SET:
    for (unsigned i = 0; i < request->params.workload.setting_count; i++) {
      const struct proto_setting *setting = &request->params.workload.settings[i];
      json_array_append_new(list, json_pack("[sf]", setting->name, setting->value));
    }
    json_object_set(root, "settings", list);
    break;
  case PROTO_HEAP_GROWTH:
    json_object_set_new(root, "since",
                        json_integer((json_int_t)request->params.growth.since));
    json_object_set_new(root, "limit", json_integer(request->params.growth.limit));
    break;
  case PROTO_HEAP_POOL_MAP:
  case PROTO_HEAP_OBJECTS:
  case PROTO_HEAP_OBJECT:
  case PROTO_HEAP_REFERRERS:
  case PROTO_HEAP_REFERENTS:
  case PROTO_HEAP_PATH_TO_ROOT:
  case PROTO_HEAP_GRAPH:
    if (request->params.look.has_id)
      json_object_set_new(root, "look_at",
                          json_integer((json_int_t)request->params.look.id));
    if (request->params.look.type[0] != '\0')
      json_object_set_new(root, "type", json_string(request->params.look.type));
    json_object_set_new(root, "cursor",
                        json_integer((json_int_t)request->params.look.cursor));
    json_object_set_new(root, "limit", json_integer(request->params.look.limit));
    json_object_set_new(root, "depth", json_integer(request->params.look.depth));
    break;
  case PROTO_HEAP_SNAPSHOT:
    json_object_set_new(root, "format", json_integer(request->params.snapshot.format));
    break;
  case PROTO_REPL_STEP:
    json_object_set_new(root, "action", json_integer(request->params.step.action));
    json_object_set_new(root, "generation",
                        json_integer(request->params.step.generation));
    break;
  case PROTO_REPL_EVAL:
    json_object_set_new(root, "code", json_string(request->params.eval.code));
    break;
  case PROTO_AUTH_ONE_TIME_URL:
    json_object_set_new(root, "role",
                        json_string(request->params.one_time_url.role == PROTO_OPERATOR
                                        ? "operator"
                                        : "observer"));
    break;
  default: break;
  }
  json_decref(list);
  return root;
}

/* The file's bytes in a block of exactly that size, so that a sanitizer sees a read
 * past the end. Owned. */
static char *read_file(const struct file *file, const char *suffix,
                       size_t *ret_length) {
  char path[512], buffer[8192];
  size_t length;
  char *text;

  snprintf(path, sizeof path, "%s/%s/%s.%s", TEST_DATA, file->folder, file->name,
           suffix);
  FILE *stream = fopen(path, "rb");
  if (stream == NULL)
    fail_msg("%s is missing", path);
  length = fread(buffer, 1, sizeof buffer, stream);
  assert_true(feof(stream));
  fclose(stream);
  if (length > 0 && buffer[length - 1] == '\n')
    length--;
  text = malloc(length > 0 ? length : 1);
  assert_non_null(text);
  memcpy(text, buffer, length);
  *ret_length = length;
  return text;
}

static void text_gives_what_its_file_expects(void **state) {
  const struct file *file = *state;
  size_t length, expected_length, answer_length;
  char *text = read_file(file, "json", &length);
  char *expected_text = read_file(file, "expected", &expected_length);
  json_t *expected = json_loadb(expected_text, expected_length, 0, NULL);
  json_t *got;
  struct proto_request request;
  struct proto_error error;

  assert_non_null(expected);
  if (proto_decode_request(text, length, &request, &error) == 0) {
    got = describe(&request);
    proto_request_fini(&request);
  } else {
    char *answer = proto_encode_error(request.id, &error, &answer_length);
    assert_true(request.has_id);
    got = json_loadb(answer, answer_length, 0, NULL);
    assert_non_null(got);
    free(answer);
  }
  if (!json_equal(got, expected)) {
    char *shown = json_dumps(got, JSON_COMPACT);
    char copy[2048];
    snprintf(copy, sizeof copy, "%s", shown);
    free(shown);
    fail_msg("%s/%s gives %s", file->folder, file->name, copy);
  }
  json_decref(got);
  json_decref(expected);
  free(expected_text);
  free(text);
}

static int refusal(const char *text, size_t length, struct proto_request *request,
                   struct proto_error *error) {
  assert_int_equal(proto_decode_request(text, length, request, error), -1);
  return error->code;
}

/* A request with `levels` levels of nesting in all, in a field that nobody asks for. */
static size_t nested(char *ret, size_t size, unsigned levels) {
  size_t used = (size_t)snprintf(ret, size,
                                 "{\"jsonrpc\":\"2.0\",\"method\":\"server.info\","
                                 "\"note\":\"]]]{\\\"[[[\",\"x\":");
  memset(ret + used, '[', levels - 1);
  used += levels - 1;
  memset(ret + used, ']', levels - 1);
  used += levels - 1;
  return used + (size_t)snprintf(ret + used, size - used, ",\"id\":42}");
}

static void sixteen_levels_are_read_and_seventeen_refused(void **state) {
  struct proto_request request;
  struct proto_error error;
  char text[256];

  (void)state;
  assert_int_equal(
      proto_decode_request(text, nested(text, sizeof text, 16), &request, &error), 0);
  assert_int_equal(refusal(text, nested(text, sizeof text, 17), &request, &error),
                   PROTO_INVALID_REQUEST);
  assert_string_equal(error.name, "too_large");
  assert_string_equal(request.id, "42");
}

static void a_megabyte_of_brackets_is_refused_by_its_length(void **state) {
  size_t length = 1 << 20;
  char *text = malloc(length);
  struct proto_request request;
  struct proto_error error;

  (void)state;
  assert_non_null(text);
  memset(text, '[', length);
  assert_int_equal(refusal(text, length, &request, &error), PROTO_INVALID_REQUEST);
  assert_string_equal(error.name, "too_large");
  assert_int_equal(refusal(text, PROTO_MAX_MESSAGE_BYTES, &request, &error),
                   PROTO_INVALID_REQUEST);
  assert_string_equal(error.expected, "at most 16 levels");
  free(text);
}

/* A repl.eval request of exactly `length` bytes, padded in a field nobody asks for. */
static void fill_to(char *text, size_t length, size_t code_bytes) {
  size_t used = (size_t)sprintf(text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
                                      "\"repl.eval\",\"params\":{\"heap\":\"p\","
                                      "\"code\":\"");
  memset(text + used, 'c', code_bytes);
  used += code_bytes;
  used += (size_t)sprintf(text + used, "\",\"x\":\"");
  memset(text + used, 'x', length - used - 3);
  memcpy(text + length - 3, "\"}}", 3);
}

static void a_message_may_have_65536_bytes_and_not_one_more(void **state) {
  char *text = malloc(PROTO_MAX_MESSAGE_BYTES + 1);
  struct proto_request request;
  struct proto_error error;

  (void)state;
  assert_non_null(text);
  fill_to(text, PROTO_MAX_MESSAGE_BYTES, 10);
  assert_int_equal(
      proto_decode_request(text, PROTO_MAX_MESSAGE_BYTES, &request, &error), 0);
  proto_request_fini(&request);
  fill_to(text, PROTO_MAX_MESSAGE_BYTES + 1, 10);
  assert_int_equal(refusal(text, PROTO_MAX_MESSAGE_BYTES + 1, &request, &error),
                   PROTO_INVALID_REQUEST);
  assert_string_equal(error.name, "too_large");
  free(text);
}

static void code_may_have_16384_bytes_and_not_one_more(void **state) {
  const size_t length = 40000;
  char *text = malloc(length);
  struct proto_request request;
  struct proto_error error;

  (void)state;
  assert_non_null(text);
  fill_to(text, length, PROTO_CODE_BYTES);
  assert_int_equal(proto_decode_request(text, length, &request, &error), 0);
  assert_int_equal(strlen(request.params.eval.code), PROTO_CODE_BYTES);
  proto_request_fini(&request);
  assert_null(request.params.eval.code);
  fill_to(text, length, PROTO_CODE_BYTES + 1);
  assert_int_equal(refusal(text, length, &request, &error), PROTO_INVALID_PARAMS);
  assert_string_equal(error.path, "/params/code");
  free(text);
}

static void an_id_of_127_bytes_comes_back_and_a_longer_one_is_refused(void **state) {
  char text[400], id[PROTO_ID_BYTES + 2] = "";
  struct proto_request request;
  struct proto_error error;

  (void)state;
  for (size_t length = 125; length <= 126; length++) {
    memset(id, 'i', length);
    snprintf(text, sizeof text,
             "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"server.info\"}", id);
    int result = proto_decode_request(text, strlen(text), &request, &error);
    assert_int_equal(result, length == 125 ? 0 : -1);
    assert_int_equal(strlen(request.id), length == 125 ? 127 : strlen("null"));
  }
  assert_int_equal(error.code, PROTO_INVALID_REQUEST);
  assert_string_equal(error.path, "/id");
}

/* Every prefix of a text is refused as no JSON, and none reads past its end. */
static void a_text_cut_anywhere_is_refused(void **state) {
  static const char whole[] =
      "{\"jsonrpc\":\"2.0\",\"id\":\"\\u00e9\",\"method\":\"gc.collect\","
      "\"params\":{\"heap\":\"d\\\\\",\"generation\":2,\"dry_run\":true}}";
  struct proto_request request;
  struct proto_error error;

  (void)state;
  for (size_t length = 0; length < sizeof whole - 1; length++) {
    char *text = malloc(length > 0 ? length : 1);
    assert_non_null(text);
    memcpy(text, whole, length);
    assert_int_equal(refusal(text, length, &request, &error), PROTO_PARSE_ERROR);
    assert_string_equal(request.id, "null");
    free(text);
  }
  assert_int_equal(proto_decode_request(whole, sizeof whole - 1, &request, &error), 0);
  assert_int_equal(refusal(NULL, 0, &request, &error), PROTO_PARSE_ERROR);
}

static void list_files(const char *folder) {
  char path[512];

  snprintf(path, sizeof path, "%s/%s", TEST_DATA, folder);
  DIR *directory = opendir(path);
  if (directory == NULL)
    return;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    const char *dot = strrchr(entry->d_name, '.');
    if (dot == NULL || strcmp(dot, ".json") != 0 || file_count == MAX_FILES)
      continue;
    struct file *file = &files[file_count++];
    snprintf(file->folder, sizeof file->folder, "%s", folder);
    snprintf(file->name, sizeof file->name, "%.*s", (int)(dot - entry->d_name),
             entry->d_name);
  }
  closedir(directory);
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static void the_data_is_there(void **state) {
  (void)state;
  assert_in_range(file_count, 60, MAX_FILES - 1);
}

int main(void) {
  static struct CMUnitTest tests[MAX_FILES + 8] = {
      cmocka_unit_test(the_data_is_there),
      cmocka_unit_test(sixteen_levels_are_read_and_seventeen_refused),
      cmocka_unit_test(a_megabyte_of_brackets_is_refused_by_its_length),
      cmocka_unit_test(a_message_may_have_65536_bytes_and_not_one_more),
      cmocka_unit_test(code_may_have_16384_bytes_and_not_one_more),
      cmocka_unit_test(an_id_of_127_bytes_comes_back_and_a_longer_one_is_refused),
      cmocka_unit_test(a_text_cut_anywhere_is_refused),
  };
  size_t count = 7;

  list_files("valid");
  list_files("invalid");
  qsort(files, file_count, sizeof files[0], by_name);
  for (size_t i = 0; i < file_count; i++) {
    tests[count].name = files[i].name;
    tests[count].test_func = text_gives_what_its_file_expects;
    tests[count++].initial_state = &files[i];
  }
  /* The array is larger than what is in it, so the count is given. */
  return _cmocka_run_group_tests("decode", tests, count, NULL, NULL);
}
