/* test_messages.c - what the encoders write is what openrpc.json describes.
 *
 *   struct --encode--> text --parse--> value <--fits--> schema
 *
 * Both ways: a full message has every member that the schema names, a bare one has
 * every required one, and neither has a member that the schema does not name. */
#include <stdlib.h>
#include <string.h>

#include "messages.h"
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

/* The member of `list` that has this name, or NULL. */
static const json_t *find(const char *list, const char *name) {
  size_t i;
  json_t *one;

  json_array_foreach(json_object_get(openrpc, list), i, one) {
    if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0)
      return one;
  }
  return NULL;
}

static const json_t *schema_of(const struct test_message *message) {
  const json_t *entry =
      find(message->is_notification ? "x-notifications" : "methods", message->name);

  if (entry == NULL)
    fail_msg("%s is not in openrpc.json", message->name);
  if (message->is_notification)
    return json_object_get(entry, "params");
  return json_object_get(json_object_get(entry, "result"), "schema");
}

static void check(const struct test_message *message, enum fullness fullness) {
  size_t length = 0;
  char *text = message->encode(fullness, &length);
  json_error_t error;
  json_t *root;

  assert_non_null(text);
  assert_int_equal(strlen(text), length);
  root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
  if (root == NULL)
    fail_msg("%s: %s in %s", message->name, error.text, text);
  assert_string_equal(json_string_value(json_object_get(root, "jsonrpc")), "2.0");
  assert_int_equal(json_object_size(root), 3);
  if (message->is_notification) {
    assert_string_equal(json_string_value(json_object_get(root, "method")),
                        message->name);
    assert_fits(openrpc, schema_of(message), json_object_get(root, "params"),
                fullness == FULL ? SCHEMA_FULL : SCHEMA_STRICT, message->name);
  } else {
    assert_int_equal(json_integer_value(json_object_get(root, "id")), 7);
    assert_fits(openrpc, schema_of(message), json_object_get(root, "result"),
                fullness == FULL ? SCHEMA_FULL : SCHEMA_STRICT, message->name);
  }
  json_decref(root);
  free(text);
}

static void full_messages_have_every_member_the_contract_names(void **state) {
  (void)state;
  for (const struct test_message *m = test_messages; m->name != NULL; m++)
    check(m, FULL);
}

static void bare_messages_have_every_member_the_contract_requires(void **state) {
  (void)state;
  for (const struct test_message *m = test_messages; m->name != NULL; m++)
    check(m, BARE);
}

static void every_message_of_the_contract_is_tested_here(void **state) {
  static const char *const lists[] = {"methods", "x-notifications"};
  size_t i, described = 0, tested = 0;
  json_t *one;

  (void)state;
  for (unsigned list = 0; list < 2; list++) {
    json_array_foreach(json_object_get(openrpc, lists[list]), i, one) {
      const char *name = json_string_value(json_object_get(one, "name"));
      const struct test_message *m = test_messages;
      while (m->name != NULL &&
             (strcmp(m->name, name) != 0 || m->is_notification != (list == 1)))
        m++;
      if (m->name == NULL)
        fail_msg("no message of %s is tested", name);
      described++;
    }
  }
  for (const struct test_message *m = test_messages; m->name != NULL; m++)
    tested += m == test_messages || strcmp(m->name, m[-1].name) != 0 ? 1 : 0;
  assert_int_equal(tested, described);
}

static void health_is_what_the_contract_says(void **state) {
  static const struct proto_alarm alarms[] = {
      {"history", "the disk is \"full\"", 1790000000123},
      {"heap.documents", "no safepoint", 1790000000456}};
  const json_t *schema = json_object_get(
      json_object_get(json_object_get(openrpc, "components"), "schemas"), "Health");

  (void)state;
  for (size_t count = 0; count <= 2; count++) {
    size_t length = 0;
    char *text = proto_encode_health(alarms, count, &length);
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    assert_fits(openrpc, schema, root, SCHEMA_FULL, "/healthz");
    assert_string_equal(json_string_value(json_object_get(root, "status")),
                        count > 0 ? "degraded" : "ok");
    assert_int_equal(json_array_size(json_object_get(root, "alarms")), count);
    json_decref(root);
    free(text);
  }
}

/* The validator must see what is wrong, or the tests above prove nothing. */
static void the_validator_refuses_what_does_not_fit(void **state) {
  static const struct {
    const char *schema, *value, *complaint;
  } cases[] = {
      {"Generation", "3", "/: is out of range"},
      {"Generation", "\"2\"", "/: is of another type"},
      {"Generation", "2.0", "/: is of another type"},
      {"TypeCount", "{\"type\":\"a\",\"objects\":1}", "/bytes: is missing"},
      {"TypeCount", "{\"type\":\"a\",\"objects\":1,\"bytes\":2,\"x\":3}",
       "/x: is not in the schema"},
      {"TypeCount", "{\"type\":\"a\",\"objects\":-1,\"bytes\":2}",
       "/objects: is out of range"},
      {"Thresholds", "[1,2]", "/: has too few or too many items"},
      {"Thresholds", "[1,2,\"3\"]", "/2: is of another type"},
      {"HeapId", "\"\"", "/: is too short or too long"},
      {"Settings", "{\"rate\":\"fast\"}", "/rate: is of another type"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const json_t *schemas =
        json_object_get(json_object_get(openrpc, "components"), "schemas");
    json_t *value = json_loads(cases[i].value, JSON_DECODE_ANY, NULL);
    char complaint[640] = "";
    assert_non_null(value);
    assert_false(schema_accepts(openrpc, json_object_get(schemas, cases[i].schema),
                                value, SCHEMA_STRICT, complaint, sizeof complaint));
    assert_string_equal(complaint, cases[i].complaint);
    json_decref(value);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(full_messages_have_every_member_the_contract_names),
      cmocka_unit_test(bare_messages_have_every_member_the_contract_requires),
      cmocka_unit_test(every_message_of_the_contract_is_tested_here),
      cmocka_unit_test(health_is_what_the_contract_says),
      cmocka_unit_test(the_validator_refuses_what_does_not_fit),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
