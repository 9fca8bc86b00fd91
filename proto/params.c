/* params.c - typed readers with exact errors: where, and what would have been right. */
#include "params.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static const char name_expected[] = "string of 1..63 bytes without control characters";

const json_t *proto_params_get(const struct proto_params *params, const char *key) {
  return params->object != NULL ? json_object_get(params->object, key) : NULL;
}

bool proto_params_has(const struct proto_params *params, const char *key) {
  return proto_params_get(params, key) != NULL;
}

/* What a peer sent instead, in a few words. */
static void describe(const json_t *value, char *ret, size_t size) {
  switch (json_typeof(value)) {
  case JSON_OBJECT: snprintf(ret, size, "an object"); break;
  case JSON_ARRAY:
    snprintf(ret, size, "an array of %zu", json_array_size(value));
    break;
  case JSON_STRING:
    if (json_string_length(value) > 24)
      snprintf(ret, size, "a string of %zu bytes", json_string_length(value));
    else
      snprintf(ret, size, "\"%s\"", json_string_value(value));
    break;
  case JSON_INTEGER:
    snprintf(ret, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    break;
  case JSON_REAL:
    snprintf(ret, size, "the real number %g", json_real_value(value));
    break;
  case JSON_TRUE: snprintf(ret, size, "true"); break;
  case JSON_FALSE: snprintf(ret, size, "false"); break;
  default: snprintf(ret, size, "null"); break;
  }
}

int proto_params_refuse(const struct proto_params *params, const char *key,
                        const json_t *value, const char *expected) {
  struct proto_error *error = params->error;
  char path[sizeof error->path], got[64];

  if (key != NULL)
    snprintf(path, sizeof path, "/params/%s", key);
  else
    snprintf(path, sizeof path, "/params");
  if (value == NULL) {
    proto_error_set(error, PROTO_INVALID_PARAMS, "%s is missing", path);
  } else {
    describe(value, got, sizeof got);
    proto_error_set(error, PROTO_INVALID_PARAMS, "%s cannot be %s", path, got);
  }
  proto_utf8_copy(error->path, sizeof error->path, path, strlen(path));
  proto_utf8_copy(error->expected, sizeof error->expected, expected, strlen(expected));
  return -1;
}

bool proto_json_is_uint(const json_t *value, uint64_t minimum, uint64_t maximum) {
  json_int_t number = json_integer_value(value);

  return json_is_integer(value) && number >= 0 && (uint64_t)number >= minimum &&
         (uint64_t)number <= maximum;
}

int proto_params_uint(const struct proto_params *params, const char *key,
                      uint64_t minimum, uint64_t maximum, uint64_t *ret) {
  const json_t *value = proto_params_get(params, key);
  char expected[64];

  if (!proto_json_is_uint(value, minimum, maximum)) {
    snprintf(expected, sizeof expected, "integer %" PRIu64 "..%" PRIu64, minimum,
             maximum);
    return proto_params_refuse(params, key, value, expected);
  }
  *ret = (uint64_t)json_integer_value(value);
  return 0;
}

int proto_params_uint_or(const struct proto_params *params, const char *key,
                         uint64_t minimum, uint64_t maximum, uint64_t otherwise,
                         uint64_t *ret) {
  if (proto_params_has(params, key))
    return proto_params_uint(params, key, minimum, maximum, ret);
  *ret = otherwise;
  return 0;
}

int proto_params_bool_or(const struct proto_params *params, const char *key,
                         bool otherwise, bool *ret) {
  const json_t *value = proto_params_get(params, key);

  if (value != NULL && !json_is_boolean(value))
    return proto_params_refuse(params, key, value, "true or false");
  *ret = value != NULL ? json_is_true(value) : otherwise;
  return 0;
}

bool proto_json_is_name(const char *text, size_t length) {
  if (length == 0 || length >= PROTO_NAME_BYTES)
    return false;
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (byte < 0x20 || byte == 0x7f)
      return false;
    /* U+0080 .. U+009F are control characters too. */
    if (byte == 0xc2 && i + 1 < length && (unsigned char)text[i + 1] < 0xa0)
      return false;
  }
  return true;
}

int proto_params_name(const struct proto_params *params, const char *key,
                      char ret[PROTO_NAME_BYTES]) {
  const json_t *value = proto_params_get(params, key);
  const char *text = json_string_value(value);
  size_t length = json_string_length(value);

  if (text == NULL || !proto_json_is_name(text, length))
    return proto_params_refuse(params, key, value, name_expected);
  memcpy(ret, text, length + 1);
  return 0;
}

int proto_params_text(const struct proto_params *params, const char *key,
                      size_t maximum, char **ret) {
  const json_t *value = proto_params_get(params, key);
  const char *text = json_string_value(value);
  size_t length = json_string_length(value);
  char expected[80];

  if (text == NULL || length > maximum || memchr(text, '\0', length) != NULL) {
    snprintf(expected, sizeof expected, "string of at most %zu bytes without U+0000",
             maximum);
    return proto_params_refuse(params, key, value, expected);
  }
  char *copy = malloc(length + 1);
  if (copy == NULL) {
    proto_error_set(params->error, PROTO_INTERNAL_ERROR, "memory is short");
    return -1;
  }
  memcpy(copy, text, length + 1);
  *ret = copy;
  return 0;
}

void proto_expect_one_of(char *ret, size_t size, const char *const *names,
                         unsigned count) {
  size_t used = 0;

  ret[0] = '\0';
  for (unsigned i = 0; i < count && used < size; i++) {
    int written = snprintf(ret + used, size - used, "%s\"%s\"",
                           i == 0 ? "one of " : ", ", names[i]);
    if (written < 0)
      return;
    used += (size_t)written;
  }
}

int proto_params_enum_or(const struct proto_params *params, const char *key,
                         const char *const *names, unsigned count, unsigned otherwise,
                         unsigned *ret) {
  const json_t *value = proto_params_get(params, key);
  const char *text = json_string_value(value);
  char expected[PROTO_REASON_BYTES];

  if (value == NULL) {
    *ret = otherwise;
    return 0;
  }
  for (unsigned i = 0; i < count && text != NULL; i++) {
    if (strlen(names[i]) == json_string_length(value) && strcmp(names[i], text) == 0) {
      *ret = i;
      return 0;
    }
  }
  proto_expect_one_of(expected, sizeof expected, names, count);
  return proto_params_refuse(params, key, value, expected);
}
