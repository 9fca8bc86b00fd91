/* test_contract.c - openrpc.json and the C tables say the same.
 *
 *   openrpc.json ── methods, roles ──────────────── proto_method_name() ...
 *                ── parameters: type, range, enum ── probed through the decoder
 *                ── examples ─────────────────────── decode, and fit their schemas
 *                ── errors, limits ───────────────── proto_error_name(), macros
 *
 * The probes start from a method's example and change one parameter at a time: what the
 * schema forbids must be refused at that parameter, what it allows must be taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto.h"
#include "schema.h"
#include "test.h"

static json_t *openrpc;

static int load(void **state) {
  (void)state;
  openrpc = load_openrpc(OPENRPC_JSON);
  return 0;
}

static int unload(void **state) {
  (void)state;
  json_decref(openrpc);
  return 0;
}

static const char *name_of(const json_t *object) {
  return json_string_value(json_object_get(object, "name"));
}

/* One method of the document, with what the probes need of it. */
struct method {
  const json_t *entry;
  const char *name;
  const json_t *params; /* the document's list of descriptors */
};

static struct method method_at(size_t index) {
  struct method method;

  method.entry = json_array_get(json_object_get(openrpc, "methods"), index);
  method.name = name_of(method.entry);
  method.params = json_object_get(method.entry, "params");
  assert_non_null(method.name);
  return method;
}

static size_t method_count(void) {
  return json_array_size(json_object_get(openrpc, "methods"));
}

/* The example's parameters as an object. Owned. */
static json_t *example_params(const struct method *method) {
  const json_t *example = json_array_get(json_object_get(method->entry, "examples"), 0);
  json_t *params = json_object(), *pair;
  size_t i;

  if (example == NULL)
    fail_msg("%s has no example", method->name);
  json_array_foreach(json_object_get(example, "params"), i, pair) {
    json_object_set(params, name_of(pair), json_object_get(pair, "value"));
  }
  return params;
}

/* Decode a call of `method` with these parameters. */
static int decode(const struct method *method, json_t *params,
                  struct proto_request *request, struct proto_error *error) {
  json_t *root = json_pack("{sssissso*}", "jsonrpc", "2.0", "id", 1, "method",
                           method->name, "params", json_incref(params));
  char *text = json_dumps(root, JSON_COMPACT);
  int result = proto_decode_request(text, strlen(text), request, error);

  free(text);
  json_decref(root);
  return result;
}

/* The example with the member `name` changed to `value` (taken; NULL: without it) must
 * be taken, or refused at `path` below params. */
static void probe(const struct method *method, const char *name, json_t *value,
                  const char *refused_at) {
  json_t *params = example_params(method);
  struct proto_request request;
  struct proto_error error;
  char path[160], *shown;
  int result;

  if (value != NULL)
    json_object_set_new(params, name, value);
  else
    json_object_del(params, name);
  shown = json_dumps(params, JSON_COMPACT);
  result = decode(method, params, &request, &error);
  if (result == 0)
    proto_request_fini(&request);
  if (refused_at == NULL && result != 0)
    fail_msg("%s %.200s is refused: %s", method->name, shown, error.message);
  if (refused_at != NULL) {
    snprintf(path, sizeof path, "/params/%s", refused_at);
    if (result == 0)
      fail_msg("%s takes %.200s", method->name, shown);
    if (error.code != PROTO_INVALID_PARAMS || strcmp(error.path, path) != 0 ||
        error.expected[0] == '\0')
      fail_msg("%s %.200s: error %d at %s, not at %s", method->name, shown, error.code,
               error.path, path);
  }
  free(shown);
  json_decref(params);
}

static void every_method_stands_in_both(void **state) {
  (void)state;
  assert_int_equal(method_count(), PROTO_METHODS);
  for (size_t i = 0; i < method_count(); i++) {
    struct method method = method_at(i);
    /* The same order, so that the two can be read side by side. */
    assert_string_equal(method.name, proto_method_name((enum proto_method)i));
    assert_int_equal(proto_method_from_name(method.name), i);
  }
  assert_int_equal(proto_method_from_name("gc.explode"), PROTO_METHODS);
  assert_int_equal(proto_method_from_name(""), PROTO_METHODS);
  assert_null(proto_method_name(PROTO_METHODS));
}

static void every_method_has_the_role_it_says(void **state) {
  (void)state;
  for (size_t i = 0; i < method_count(); i++) {
    struct method method = method_at(i);
    const char *role = json_string_value(json_object_get(method.entry, "x-role"));
    assert_non_null(role);
    assert_string_equal(role, proto_method_role((enum proto_method)i) == PROTO_OPERATOR
                                  ? "operator"
                                  : "observer");
  }
  assert_int_equal(proto_method_role(PROTO_METHODS), PROTO_OPERATOR);
}

static void every_method_names_the_capability_it_needs(void **state) {
  (void)state;
  for (size_t i = 0; i < method_count(); i++) {
    const json_t *entry = method_at(i).entry;
    const char *said = json_string_value(json_object_get(entry, "x-capability"));
    const char *needed = proto_method_capability((enum proto_method)i);
    assert_int_equal(said == NULL, needed == NULL);
    if (said != NULL) {
      assert_string_equal(said, needed);
      assert_true(proto_method_names_heap((enum proto_method)i));
    }
  }
  assert_null(proto_method_capability(PROTO_METHODS));
}

/* What a read-only daemon serves is marked in both, and nothing else is served. */
static void every_method_that_only_reads_says_so(void **state) {
  (void)state;
  for (size_t i = 0; i < method_count(); i++) {
    const json_t *entry = method_at(i).entry;
    const char *role = json_string_value(json_object_get(entry, "x-role"));
    bool is_marked = json_is_true(json_object_get(entry, "x-only-reads"));
    const struct proto_request request = {.method = (enum proto_method)i};
    assert_false(is_marked && strcmp(role, "observer") == 0);
    assert_int_equal(proto_request_only_reads(&request),
                     is_marked || strcmp(role, "observer") == 0);
  }
  struct proto_request request = {.method = PROTO_GC_COLLECT};
  assert_false(proto_request_only_reads(&request));
  request.params.collect.dry_run = true;
  assert_true(proto_request_only_reads(&request));
  request.method = PROTO_METHODS;
  assert_false(proto_request_only_reads(&request));
}

static void methods_that_name_a_heap_require_it(void **state) {
  (void)state;
  for (size_t i = 0; i < method_count(); i++) {
    struct method method = method_at(i);
    bool takes_heap = false;
    size_t k;
    json_t *param;
    json_array_foreach((json_t *)(uintptr_t)method.params, k, param) {
      /* Where it may be left out it is a filter. */
      if (strcmp(name_of(param), "heap") == 0 &&
          json_is_true(json_object_get(param, "required")))
        takes_heap = true;
    }
    assert_int_equal(takes_heap, proto_method_names_heap((enum proto_method)i));
  }
}

static void probe_presence(const struct method *method, const json_t *param) {
  const char *name = name_of(param);
  bool is_required = json_is_true(json_object_get(param, "required"));

  probe(method, name, NULL, is_required ? name : NULL);
  probe(method, name, json_null(), name);
}

/* Each kind of value that the schema does not name. */
static void probe_types(const struct method *method, const char *name,
                        const json_t *schema, const char *path, bool in_list) {
  static const char *const kinds[] = {"true",     "7",      "7.5",
                                      "\"word\"", "[null]", "{\"a\":null}"};
  char complaint[640];

  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    json_t *value = json_loads(kinds[i], JSON_DECODE_ANY, NULL);
    if (schema_accepts(openrpc, schema, value, SCHEMA_STRICT, complaint,
                       sizeof complaint)) {
      json_decref(value);
      continue;
    }
    /* A list or an object of the right kind may be refused at something inside it. */
    if (!in_list && strcmp(complaint, "/: is of another type") != 0 &&
        strcmp(complaint, "/: is not one of the enum") != 0) {
      json_decref(value);
      continue;
    }
    probe(method, name, in_list ? json_pack("[o]", value) : value, path);
  }
}

static json_t *wrapped(json_t *value, bool in_list) {
  return in_list ? json_pack("[o]", value) : value;
}

static void probe_range(const struct method *method, const char *name,
                        const json_t *schema, const char *path, bool in_list) {
  const json_t *minimum = json_object_get(schema, "minimum");
  const json_t *maximum = json_object_get(schema, "maximum");

  if (strcmp(json_string_value(json_object_get(schema, "type")), "integer") != 0)
    return;
  if (minimum == NULL || maximum == NULL)
    fail_msg("%s: %s has no range", method->name, name);
  json_int_t least = json_integer_value(minimum), most = json_integer_value(maximum);
  probe(method, name, wrapped(json_integer(least), in_list), NULL);
  probe(method, name, wrapped(json_integer(most), in_list), NULL);
  probe(method, name, wrapped(json_integer(least - 1), in_list), path);
  probe(method, name, wrapped(json_integer(most + 1), in_list), path);
}

/* A string of `length` letters. */
static json_t *letters(size_t length) {
  char *text = malloc(length + 1);
  json_t *value;

  assert_non_null(text);
  memset(text, 'a', length);
  text[length] = '\0';
  value = json_string(text);
  free(text);
  return value;
}

/* What the decoder would have taken instead of a word that is in no list. */
static void assert_expects_one_of(const struct method *method, const char *name,
                                  const json_t *list, bool in_list) {
  json_t *params = example_params(method), *one;
  struct proto_request request;
  struct proto_error error;
  char expected[PROTO_REASON_BYTES] = "";
  size_t i;

  json_array_foreach((json_t *)(uintptr_t)list, i, one) {
    strcat(expected, i == 0 ? "one of \"" : ", \"");
    strcat(expected, json_string_value(one));
    strcat(expected, "\"");
  }
  json_object_set_new(params, name, wrapped(json_string("in no list"), in_list));
  assert_int_equal(decode(method, params, &request, &error), -1);
  assert_string_equal(error.expected, expected);
  json_decref(params);
}

static void probe_strings(const struct method *method, const char *name,
                          const json_t *schema, const char *path, bool in_list) {
  const json_t *list = json_object_get(schema, "enum");
  const json_t *most = json_object_get(schema, "maxLength");
  const json_t *least = json_object_get(schema, "minLength");
  size_t i;
  json_t *one;

  if (strcmp(json_string_value(json_object_get(schema, "type")), "string") != 0)
    return;
  if (list == NULL && most == NULL)
    fail_msg("%s: %s has no limit", method->name, name);
  if (list != NULL) {
    json_array_foreach((json_t *)(uintptr_t)list, i, one) {
      probe(method, name, wrapped(json_incref(one), in_list), NULL);
    }
    assert_expects_one_of(method, name, list, in_list);
    return;
  }
  if (json_object_get(schema, "pattern") != NULL) {
    /* An address, the only one with a form: data/ has more cases. */
    probe(method, name, json_string("0x0"), NULL);
    probe(method, name, json_string("0xffffffffffffffff"), NULL);
    probe(method, name, json_string("0x10000000000000000"), path);
    probe(method, name, json_string("0x"), path);
    probe(method, name, json_string("ff"), path);
    probe(method, name, json_string("0x-1"), path);
    return;
  }
  size_t longest = (size_t)json_integer_value(most);
  size_t shortest = (size_t)json_integer_value(least);
  probe(method, name, wrapped(letters(longest), in_list), NULL);
  probe(method, name, wrapped(letters(longest + 1), in_list), path);
  probe(method, name, wrapped(letters(shortest), in_list), NULL);
  if (shortest > 0)
    probe(method, name, wrapped(letters(shortest - 1), in_list), path);
}

static void probe_list(const struct method *method, const char *name,
                       const json_t *schema) {
  const json_t *items, *most = json_object_get(schema, "maxItems");
  json_t *list, *item;
  char path[80];

  if (strcmp(json_string_value(json_object_get(schema, "type")), "array") != 0)
    return;
  items = schema_resolve(openrpc, json_object_get(schema, "items"));
  snprintf(path, sizeof path, "%s/0", name);
  probe_types(method, name, items, path, true);
  probe_range(method, name, items, path, true);
  probe_strings(method, name, items, path, true);
  assert_int_equal(json_integer_value(json_object_get(schema, "minItems")), 1);
  probe(method, name, json_array(), name);
  if (most == NULL)
    return;
  list = json_array();
  item = json_object_get(items, "minimum");
  for (json_int_t i = 0; i <= json_integer_value(most); i++) {
    probe(method, name, i > 0 ? json_copy(list) : NULL, i > 0 ? NULL : name);
    json_array_append(list, item);
  }
  probe(method, name, list, name);
}

/* An object of numbers under free names. */
static void probe_map(const struct method *method, const char *name,
                      const json_t *schema) {
  json_t *map = json_object();
  json_int_t most = json_integer_value(json_object_get(schema, "maxProperties"));
  char key[80];

  snprintf(key, sizeof key, "%s/a", name);
  probe(method, name, json_pack("{ss}", "a", "b"), key);
  probe(method, name, json_pack("{sn}", "a"), key);
  probe(method, name, json_pack("{sf}", "a", 0.5), NULL);
  for (json_int_t i = 0; i < most; i++) {
    snprintf(key, sizeof key, "setting%d", (int)i);
    json_object_set_new(map, key, json_integer(i));
  }
  probe(method, name, json_deep_copy(map), NULL);
  json_object_set_new(map, "one_more", json_integer(0));
  probe(method, name, map, name);
}

static void every_parameter_is_read_as_it_is_described(void **state) {
  unsigned probed = 0;

  (void)state;
  for (size_t i = 0; i < method_count(); i++) {
    struct method method = method_at(i);
    json_t *example = example_params(&method), *param;
    size_t k;
    json_array_foreach((json_t *)(uintptr_t)method.params, k, param) {
      const char *name = name_of(param);
      const json_t *schema = schema_resolve(openrpc, json_object_get(param, "schema"));
      if (json_object_get(example, name) == NULL)
        fail_msg("%s: the example leaves out %s", method.name, name);
      assert_fits(openrpc, schema, json_object_get(example, name), SCHEMA_STRICT, name);
      probe_presence(&method, param);
      probed++;
      /* One of two shapes, chosen by another parameter: data/ has its cases. */
      if (json_object_get(schema, "oneOf") != NULL)
        continue;
      probe_types(&method, name, schema, name, false);
      probe_range(&method, name, schema, name, false);
      probe_strings(&method, name, schema, name, false);
      probe_list(&method, name, schema);
      if (json_object_get(schema, "additionalProperties") != NULL)
        probe_map(&method, name, schema);
    }
    assert_int_equal(json_object_size(example), json_array_size(method.params));
    json_decref(example);
    probe(&method, "no_such_parameter", json_pack("{s[n]}", "a"), NULL);
  }
  assert_in_range(probed, 30, 200);
}

/* Leaving a parameter out is the same as sending its default. */
static void defaults_are_what_the_document_says(void **state) {
  unsigned compared = 0;

  (void)state;
  for (size_t i = 0; i < method_count(); i++) {
    struct method method = method_at(i);
    json_t *param;
    size_t k;
    json_array_foreach((json_t *)(uintptr_t)method.params, k, param) {
      const json_t *schema = schema_resolve(openrpc, json_object_get(param, "schema"));
      json_t *value = json_object_get(schema, "default");
      struct proto_request sent, omitted;
      struct proto_error error;
      if (value == NULL)
        continue;
      json_t *params = example_params(&method);
      json_object_set(params, name_of(param), value);
      assert_int_equal(decode(&method, params, &sent, &error), 0);
      json_object_del(params, name_of(param));
      assert_int_equal(decode(&method, params, &omitted, &error), 0);
      assert_memory_equal(&sent, &omitted, sizeof sent);
      json_decref(params);
      compared++;
    }
  }
  assert_int_equal(compared, 21);
}

static void every_example_fits_its_schema(void **state) {
  (void)state;
  for (size_t i = 0; i < method_count(); i++) {
    struct method method = method_at(i);
    const json_t *example =
        json_array_get(json_object_get(method.entry, "examples"), 0);
    const json_t *result = json_object_get(method.entry, "result");
    assert_fits(openrpc, json_object_get(result, "schema"),
                json_object_get(json_object_get(example, "result"), "value"),
                SCHEMA_STRICT, method.name);
  }
}

static void every_error_has_the_number_and_name_it_says(void **state) {
  const json_t *errors =
      json_object_get(json_object_get(openrpc, "components"), "errors");
  const char *key;
  json_t *error, *ref;
  unsigned named = 0;
  size_t i;

  (void)state;
  json_object_foreach((json_t *)(uintptr_t)errors, key, error) {
    int code = (int)json_integer_value(json_object_get(error, "code"));
    const json_t *data = json_object_get(error, "data");
    const char *name = proto_error_name(code);
    assert_non_null(json_object_get(error, "message"));
    if (code <= -32600) {
      assert_null(name);
      assert_null(data);
      continue;
    }
    assert_non_null(name);
    assert_string_equal(name, key);
    assert_string_equal(name, name_of(data));
    named++;
  }
  for (int code = -32099; code <= -32000; code++)
    named -= proto_error_name(code) != NULL ? 1 : 0;
  assert_int_equal(named, 0);
  for (i = 0; i < method_count(); i++) {
    size_t k;
    json_array_foreach(json_object_get(method_at(i).entry, "errors"), k, ref) {
      assert_non_null(json_object_get(schema_resolve(openrpc, ref), "code"));
    }
  }
}

static void the_limits_are_those_of_the_code(void **state) {
  const struct {
    const char *name;
    uint64_t value;
  } limits[] = {
      {"message_bytes", PROTO_MAX_MESSAGE_BYTES},
      {"nesting_levels", PROTO_MAX_DEPTH},
      {"name_bytes", PROTO_NAME_BYTES - 1},
      {"id_bytes", PROTO_ID_BYTES - 1},
      {"code_bytes", PROTO_CODE_BYTES},
      {"connections", proto_limits_default.connections},
      {"sessions", proto_limits_default.sessions},
      {"sessions_an_address", proto_limits_default.sessions_an_address},
      {"subscriptions", proto_limits_default.subscriptions},
      {"requests_under_way", proto_limits_default.requests_under_way},
      {"queue_bytes", proto_limits_default.queue_bytes},
      {"behind_ms", proto_limits_default.behind_ms},
      {"commands_a_second", proto_limits_default.commands_a_second},
      {"wrong_tokens_a_minute", proto_limits_default.wrong_tokens_a_minute},
      {"cool_down_ms", proto_limits_default.cool_down_ms},
      {"graph_objects", proto_limits_default.graph_objects},
  };
  const json_t *described = json_object_get(openrpc, "x-limits");

  (void)state;
  assert_int_equal(json_object_size(described), sizeof limits / sizeof limits[0]);
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
    assert_int_equal(json_integer_value(json_object_get(described, limits[i].name)),
                     limits[i].value);
}

/* server.hello tells the version that the document is of. */
static void the_document_and_the_program_have_one_version(void **state) {
  const char *documented =
      json_string_value(json_object_get(json_object_get(openrpc, "info"), "version"));
  size_t length;
  const struct proto_hello filled = {
      .server = "ourod", .instance = "i", .limits = &proto_limits_default};
  char *text = proto_encode_hello(&filled, &length);
  json_t *hello = json_loads(text, 0, NULL);
  const json_t *params = json_object_get(hello, "params");

  (void)state;
  assert_non_null(documented);
  assert_string_equal(json_string_value(json_object_get(params, "version")),
                      documented);
  json_decref(hello);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_method_stands_in_both),
      cmocka_unit_test(every_method_has_the_role_it_says),
      cmocka_unit_test(every_method_names_the_capability_it_needs),
      cmocka_unit_test(every_method_that_only_reads_says_so),
      cmocka_unit_test(methods_that_name_a_heap_require_it),
      cmocka_unit_test(every_parameter_is_read_as_it_is_described),
      cmocka_unit_test(defaults_are_what_the_document_says),
      cmocka_unit_test(every_example_fits_its_schema),
      cmocka_unit_test(every_error_has_the_number_and_name_it_says),
      cmocka_unit_test(the_limits_are_those_of_the_code),
      cmocka_unit_test(the_document_and_the_program_have_one_version),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
