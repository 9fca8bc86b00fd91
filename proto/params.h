/* params.h - a method's parameters, one reader a kind of value.
 *
 *   {"heap": "documents", "generation": 3}
 *                                       ^ -32602, path /params/generation,
 *                                         expected "integer 0..2"
 *
 * A reader returns 0, or -1 with the error filled and its output untouched. A member
 * that no reader asks for is ignored. `_or` marks an optional one and what it is then.
 * An integer is one in JSON: 3, not 3.0 and not "3". */
#ifndef PROTO_PARAMS_H
#define PROTO_PARAMS_H

#include <jansson.h>

#include "proto.h"

/* The largest integer that every client can read exactly, 2^53 - 1. */
#define PROTO_MAX_INTEGER INT64_C(9007199254740991)

struct proto_params {
  const json_t *object; /* borrowed; NULL: the request has no params */
  struct proto_error *error;
};

/* NULL where it is absent. */
const json_t *proto_params_get(const struct proto_params *params, const char *key);
bool proto_params_has(const struct proto_params *params, const char *key);

/* Fill the error for the member `key` (a path below params, such as "topics/1"; NULL:
 * params itself) and return -1. `value` NULL says that it is missing. */
int proto_params_refuse(const struct proto_params *params, const char *key,
                        const json_t *value, const char *expected);

int proto_params_uint(const struct proto_params *params, const char *key,
                      uint64_t minimum, uint64_t maximum, uint64_t *ret);
int proto_params_uint_or(const struct proto_params *params, const char *key,
                         uint64_t minimum, uint64_t maximum, uint64_t otherwise,
                         uint64_t *ret);
int proto_params_bool_or(const struct proto_params *params, const char *key,
                         bool otherwise, bool *ret);

/* A name: 1 to PROTO_NAME_BYTES - 1 bytes without control characters. */
int proto_params_name(const struct proto_params *params, const char *key,
                      char ret[PROTO_NAME_BYTES]);

/* Text of at most `maximum` bytes without U+0000. `*ret` is owned. */
int proto_params_text(const struct proto_params *params, const char *key,
                      size_t maximum, char **ret);

/* One of `names`: its index. */
int proto_params_enum_or(const struct proto_params *params, const char *key,
                         const char *const *names, unsigned count, unsigned otherwise,
                         unsigned *ret);

/* The parts that domain files use for lists and maps. */
bool proto_json_is_uint(const json_t *value, uint64_t minimum, uint64_t maximum);
bool proto_json_is_name(const char *text, size_t length);
/* "one of "a", "b"" */
void proto_expect_one_of(char *ret, size_t size, const char *const *names,
                         unsigned count);

#endif
