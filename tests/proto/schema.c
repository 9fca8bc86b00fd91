/* schema.c - a validator small enough to be believed.
 *
 * It walks value and schema side by side. The path of what does not fit grows on the
 * way down: /generations/2/count. */
#include "schema.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

static const char *const known_keywords[] = {
    "$ref",        "type",          "enum",
    "properties",  "required",      "items",
    "minItems",    "maxItems",      "additionalProperties",
    "minimum",     "maximum",       "minLength",
    "maxLength",   "maxProperties", "oneOf",
    "description", "default",       "pattern",
    NULL,
};

struct walk {
  const json_t *document;
  enum schema_mode mode;
  char *complaint;
  size_t size;
};

static bool fits(const struct walk *walk, const json_t *schema, const json_t *value,
                 const char *path);

static bool complain(const struct walk *walk, const char *path, const char *what) {
  snprintf(walk->complaint, walk->size, "%s: %s", path[0] != '\0' ? path : "/", what);
  return false;
}

/* The patterns of our schemas mean the same to POSIX. */
static bool is_like(const json_t *pattern, const json_t *value) {
  regex_t compiled;
  if (pattern == NULL)
    return true;
  assert_int_equal(
      regcomp(&compiled, json_string_value(pattern), REG_EXTENDED | REG_NOSUB), 0);
  bool is_match = regexec(&compiled, json_string_value(value), 0, NULL, 0) == 0;
  regfree(&compiled);
  return is_match;
}

static void assert_keywords_known(const json_t *schema) {
  const char *key;
  json_t *value;

  json_object_foreach((json_t *)(uintptr_t)schema, key, value) {
    bool is_known = strncmp(key, "x-", 2) == 0;
    for (unsigned i = 0; known_keywords[i] != NULL; i++)
      is_known = is_known || strcmp(key, known_keywords[i]) == 0;
    if (!is_known)
      fail_msg("the schema uses \"%s\", which the test does not check", key);
  }
}

const json_t *schema_resolve(const json_t *document, const json_t *schema) {
  const char *ref;

  while ((ref = json_string_value(json_object_get(schema, "$ref"))) != NULL) {
    char copy[128], *save = NULL;
    schema = document;
    assert_true(strncmp(ref, "#/", 2) == 0 && strlen(ref) < sizeof copy);
    strcpy(copy, ref + 2);
    for (char *part = strtok_r(copy, "/", &save); part != NULL;
         part = strtok_r(NULL, "/", &save))
      schema = json_object_get(schema, part);
    if (schema == NULL)
      fail_msg("there is nothing behind %s", ref);
  }
  return schema;
}

static bool is_of_type(const json_t *value, const char *type) {
  if (strcmp(type, "object") == 0)
    return json_is_object(value);
  if (strcmp(type, "array") == 0)
    return json_is_array(value);
  if (strcmp(type, "string") == 0)
    return json_is_string(value);
  if (strcmp(type, "integer") == 0)
    return json_is_integer(value);
  if (strcmp(type, "number") == 0)
    return json_is_number(value);
  if (strcmp(type, "boolean") == 0)
    return json_is_boolean(value);
  assert_string_equal(type, "null");
  return json_is_null(value);
}

static bool fits_type(const json_t *type, const json_t *value) {
  size_t i;
  json_t *one;

  if (type == NULL)
    return true;
  if (json_is_string(type))
    return is_of_type(value, json_string_value(type));
  json_array_foreach((json_t *)(uintptr_t)type, i, one) {
    if (is_of_type(value, json_string_value(one)))
      return true;
  }
  return false;
}

static bool is_within(const json_t *schema, const char *least, const char *most,
                      double figure) {
  const json_t *minimum = json_object_get(schema, least);
  const json_t *maximum = json_object_get(schema, most);

  return (minimum == NULL || figure >= json_number_value(minimum)) &&
         (maximum == NULL || figure <= json_number_value(maximum));
}

static bool is_listed(const json_t *list, const json_t *value) {
  size_t i;
  json_t *one;

  if (list == NULL)
    return true;
  json_array_foreach((json_t *)(uintptr_t)list, i, one) {
    if (json_equal(one, value))
      return true;
  }
  return false;
}

static bool fits_members(const struct walk *walk, const json_t *schema,
                         const json_t *value, const char *path) {
  const json_t *properties = json_object_get(schema, "properties");
  const json_t *others = json_object_get(schema, "additionalProperties");
  char below[512];
  const char *key;
  json_t *member, *required;
  size_t i;

  json_object_foreach((json_t *)(uintptr_t)value, key, member) {
    const json_t *known = json_object_get(properties, key);
    snprintf(below, sizeof below, "%s/%s", path, key);
    if (known == NULL)
      known = others;
    if (known == NULL)
      return complain(walk, below, "is not in the schema");
    if (!fits(walk, known, member, below))
      return false;
  }
  json_array_foreach(json_object_get(schema, "required"), i, required) {
    key = json_string_value(required);
    snprintf(below, sizeof below, "%s/%s", path, key);
    if (json_object_get(properties, key) == NULL)
      return complain(walk, below, "is required, but not described");
    if (json_object_get(value, key) == NULL)
      return complain(walk, below, "is missing");
  }
  if (walk->mode != SCHEMA_FULL)
    return true;
  json_object_foreach((json_t *)(uintptr_t)properties, key, member) {
    snprintf(below, sizeof below, "%s/%s", path, key);
    if (json_object_get(value, key) == NULL)
      return complain(walk, below, "is described, but never sent");
  }
  return true;
}

static bool fits_one(const struct walk *walk, const json_t *list, const json_t *value,
                     const char *path) {
  unsigned matches = 0;
  size_t i;
  json_t *schema;

  json_array_foreach((json_t *)(uintptr_t)list, i, schema) {
    if (fits(walk, schema, value, path))
      matches++;
  }
  return matches == 1 || complain(walk, path, "does not fit exactly one of oneOf");
}

static bool fits(const struct walk *walk, const json_t *schema, const json_t *value,
                 const char *path) {
  char below[512];
  size_t i;
  json_t *item;

  schema = schema_resolve(walk->document, schema);
  assert_keywords_known(schema);
  if (!fits_type(json_object_get(schema, "type"), value))
    return complain(walk, path, "is of another type");
  if (!is_listed(json_object_get(schema, "enum"), value))
    return complain(walk, path, "is not one of the enum");
  if (json_is_number(value) &&
      !is_within(schema, "minimum", "maximum", json_number_value(value)))
    return complain(walk, path, "is out of range");
  if (json_is_string(value) &&
      !is_within(schema, "minLength", "maxLength", (double)json_string_length(value)))
    return complain(walk, path, "is too short or too long");
  if (json_is_string(value) && !is_like(json_object_get(schema, "pattern"), value))
    return complain(walk, path, "is not of the pattern");
  if (json_is_array(value)) {
    if (!is_within(schema, "minItems", "maxItems", (double)json_array_size(value)))
      return complain(walk, path, "has too few or too many items");
    json_array_foreach((json_t *)(uintptr_t)value, i, item) {
      snprintf(below, sizeof below, "%s/%zu", path, i);
      if (!fits(walk, json_object_get(schema, "items"), item, below))
        return false;
    }
  }
  if (json_object_get(schema, "oneOf") != NULL)
    return fits_one(walk, json_object_get(schema, "oneOf"), value, path);
  return !json_is_object(value) || fits_members(walk, schema, value, path);
}

bool schema_accepts(const json_t *document, const json_t *schema, const json_t *value,
                    enum schema_mode mode, char *complaint, size_t size) {
  const struct walk walk = {document, mode, complaint, size};

  return fits(&walk, schema, value, "");
}

void assert_fits(const json_t *document, const json_t *schema, const json_t *value,
                 enum schema_mode mode, const char *what) {
  char complaint[640] = "";

  if (!schema_accepts(document, schema, value, mode, complaint, sizeof complaint))
    fail_msg("%s: %s", what, complaint);
}

json_t *load_openrpc(const char *path) {
  json_error_t error;
  json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

  if (document == NULL)
    fail_msg("%s:%d:%d: %s", path, error.line, error.column, error.text);
  return document;
}
