/* messages.h - every message that the codec can write, filled in.
 *
 * Each is there twice: full, where every optional figure is known, and bare, where none
 * is. Tests encode them, hold them against the contract, and take their memory away. */
#ifndef OURO_TESTS_PROTO_MESSAGES_H
#define OURO_TESTS_PROTO_MESSAGES_H

#include "proto.h"

enum fullness { BARE, FULL };

struct test_message {
  /* "gc.collect" (a method's result) or "sample" (a notification). */
  const char *name;
  bool is_notification;
  /* Encode it; NULL when memory is short. The text is owned by the caller. */
  char *(*encode)(enum fullness fullness, size_t *ret_length);
};

/* Rows of one name, where a method has answers of two shapes, follow each other. Ends
 * with a row whose name is NULL. */
extern const struct test_message test_messages[];

/* What the rows are made of. */
void fill_collection(struct proto_collection *ret, enum fullness fullness);
void fill_heap(struct proto_heap *ret, enum fullness fullness);
void fill_workload(struct proto_workload *ret, enum fullness fullness);
void fill_sample(struct proto_sample *ret);
void fill_pools(struct proto_pools *ret);

#endif
