/* asking.h - the other side of the contract: questions to a daemon and what it says.
 *
 *   question --proto_question_begin, proto_write_*, proto_message_end--> text
 *   text from the daemon --proto_read_incoming--> answer, refusal or notification
 *
 * For every program that talks to a daemon as a client. What was read keeps its JSON:
 * a client shows or passes on most members as they are, and members that it does not
 * know belong to a newer daemon and must survive. */
#ifndef PROTO_ASKING_H
#define PROTO_ASKING_H

#include <jansson.h>

#include "proto.h"
#include "writer.h"

/* Begin {"jsonrpc", "id", "method", "params": { ; the caller writes the parameters and
 * ends with proto_message_end() of encode.h. */
void proto_question_begin(struct proto_writer *writer, uint64_t id, const char *method);

enum proto_incoming_kind {
  PROTO_INCOMING_ANSWER,      /* body: the result */
  PROTO_INCOMING_REFUSAL,     /* error is filled; body: the error object */
  PROTO_INCOMING_NOTIFICATION /* method: its name; body: its params */
};

struct proto_incoming {
  enum proto_incoming_kind kind;
  json_t *root;             /* owned: proto_incoming_fini() */
  const json_t *id;         /* borrowed; NULL for a notification */
  const char *method;       /* borrowed */
  json_t *body;             /* borrowed, an object */
  struct proto_error error; /* its `name` is borrowed from root */
};

/* Text of a daemon to a message. 0, or -1 with `*ret_error` saying what is wrong with
 * it; then `*ret` owns nothing. A daemon is trusted to mean well, not to be right:
 * every member that is used here was checked to be of its type. */
int proto_read_incoming(const char *text, size_t length, struct proto_incoming *ret,
                        struct proto_error *ret_error);
void proto_incoming_fini(struct proto_incoming *incoming);

/* Is this the answer or refusal of the question with that number? */
bool proto_incoming_answers(const struct proto_incoming *incoming, uint64_t id);

#endif
