/* schema.h - JSON Schema, as much of it as openrpc.json uses.
 *
 * Keywords: $ref, type, enum, properties, required, additionalProperties (as a schema),
 * items, minItems, maxItems, minimum, maximum, minLength, maxLength, oneOf. A keyword
 * beside these fails the test that meets it, so that none is believed to be checked. */
#ifndef OURO_TESTS_PROTO_SCHEMA_H
#define OURO_TESTS_PROTO_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum schema_mode {
  SCHEMA_STRICT, /* no member that the schema does not name */
  SCHEMA_FULL    /* the same, and every member that it names */
};

/* Follow `$ref`s inside `document`. Fails the test when there is nothing behind one. */
const json_t *schema_resolve(const json_t *document, const json_t *schema);

/* Whether `value` fits; where it does not, and why, goes to `complaint`. */
bool schema_accepts(const json_t *document, const json_t *schema, const json_t *value,
                    enum schema_mode mode, char *complaint, size_t size);

/* The same, and the test fails with the complaint. `what` names the message. */
void assert_fits(const json_t *document, const json_t *schema, const json_t *value,
                 enum schema_mode mode, const char *what);

/* openrpc.json, or the test fails. Owned. */
json_t *load_openrpc(const char *path);

#endif
