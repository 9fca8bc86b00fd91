/* message.c - one encoded message, shared by everybody it is sent to.
 *
 * The reference count is plain: only the loop thread sees messages. */
#include "message.h"

#include <stdlib.h>
#include <string.h>

struct message *message_new(const char *text, size_t length) {
  struct message *message = malloc(sizeof(*message) + MESSAGE_HEADROOM + length + 1);
  if (!message) {
    return NULL;
  }
  message->refs = 1;
  message->length = length;
  memset(message->data, 0, MESSAGE_HEADROOM);
  memcpy(message->data + MESSAGE_HEADROOM, text, length);
  message->data[MESSAGE_HEADROOM + length] = '\0';
  return message;
}

struct message *message_new_take(char *text, size_t length) {
  if (!text) {
    return NULL;
  }
  struct message *message = message_new(text, length);
  free(text);
  return message;
}

struct message *message_incref(struct message *message) {
  message->refs++;
  return message;
}

void message_decref(struct message *message) {
  if (message && --message->refs == 0) {
    free(message);
  }
}

char *message_text(struct message *message) {
  return message->data + MESSAGE_HEADROOM;
}
