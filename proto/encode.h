/* encode.h - the envelopes that every message of ours travels in.
 *
 *   {"jsonrpc":"2.0","id":ID,"result":{ ... }}
 *   {"jsonrpc":"2.0","method":"sample","params":{ ... }}
 *
 *   proto_answer_begin(&w, id);            the caller writes members
 *   return proto_message_end(&w, ret_length); */
#ifndef PROTO_ENCODE_H
#define PROTO_ENCODE_H

#include "writer.h"

/* `id` is JSON text; NULL or "" is null. */
void proto_answer_begin(struct proto_writer *writer, const char *id);
void proto_notification_begin(struct proto_writer *writer, const char *name);
/* Close all that is open. The text is owned by the caller; NULL: memory is short. */
char *proto_message_end(struct proto_writer *writer, size_t *ret_length);

#endif
