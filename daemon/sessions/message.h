/* message.h - one encoded message, shared by everybody it is sent to.
 *
 *   | refs, length | headroom | text ........ | NUL
 *                   ^ the frame's header is written here by the transport
 *
 * A message is encoded once and queued by reference, however many sessions get it. Loop
 * thread only. */
#ifndef DAEMON_MESSAGE_H
#define DAEMON_MESSAGE_H

#include <stddef.h>

/* Room in front of the text for a frame header; server_lws.c checks that it suffices.
 */
#define MESSAGE_HEADROOM 32

struct message {
  unsigned refs;
  size_t length; /* of the text, without the NUL */
  char data[];   /* headroom, text, NUL */
};

/* A message with one reference that holds a copy of `text`; NULL when memory is short.
 */
struct message *message_new(const char *text, size_t length);
/* The same from an encoder's answer: `text` is taken, and may be NULL (then NULL). */
struct message *message_new_take(char *text, size_t length);
struct message *message_incref(struct message *message);
/* Drop one reference; NULL does nothing. */
void message_decref(struct message *message);
char *message_text(struct message *message);

#endif
