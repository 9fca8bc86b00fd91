/* exchange.h - one HTTP request after another on one connection.
 *
 *   HEADERS --begin--> SENDING --chunk, sent ...--> HEADERS (keep-alive) or the end
 *              |          ^
 *              +--> BODY --> CALL (a heap may take its time)
 *
 * Bytes and phases only: whose socket it is and how it is polled is the transport's
 * matter. An exchange has a deadline in every phase; past it the transport cuts the
 * connection. Loop thread only. */
#ifndef DAEMON_EXCHANGE_H
#define DAEMON_EXCHANGE_H

#include "http.h"

/* Headers must be complete, a body must arrive, a response must make progress and an
 * idle connection ends in this. */
#define EXCHANGE_REQUEST_MS 10000u
/* A heap answers or times out by itself; this is for when it does not. */
#define EXCHANGE_CALL_MS 60000u
/* Sent at a time: a slow reader's page waits here and not in the transport's buffers.
 */
#define EXCHANGE_CHUNK_BYTES (16u * 1024u)

enum exchange_phase {
  EXCHANGE_HEADERS,
  EXCHANGE_BODY,
  EXCHANGE_CALL,
  EXCHANGE_SENDING
};

struct exchange {
  struct http *http;       /* borrowed */
  const struct peer *peer; /* borrowed */
  void (*want_send)(
      struct exchange *exchange); /* a response is there: ask for chunks */
  enum exchange_phase phase;
  uint64_t deadline_ms; /* monotonic */
  enum proto_role role;
  struct http_call call;
  struct http_response response;
  size_t sent_bytes; /* of head and body together */
  /* Owned; EXCHANGE_CHUNK_BYTES of a body that is not in memory. Of a download: which
   * part of it lies there. Of a scrape: how much of it is sent, of how much. */
  char *piece;
  size_t piece_at, piece_bytes;
  bool is_made;      /* the scrape has no more text than what lies there */
  char *body;        /* owned; of the request */
  bool is_body_over; /* of the request that is being answered */
  size_t body_bytes, body_expected;
};

void exchange_init(struct exchange *exchange, struct http *http,
                   const struct peer *peer,
                   void (*want_send)(struct exchange *exchange));
/* Also in the middle: a call under way is forgotten. May be called twice. */
void exchange_fini(struct exchange *exchange);

/* A request's headers, a piece of its body, the end of its body. 0, or -1 to cut the
 * connection. */
int exchange_begin(struct exchange *exchange, const struct http_request *request);
int exchange_body(struct exchange *exchange, const char *data, size_t length);
int exchange_body_end(struct exchange *exchange); /* once; told again it cuts */

/* The next bytes to send, borrowed, their number in `*ret_length`; NULL when nothing is
 * to be sent now, or nothing more can be: exchange_sent() with 0 tells which. */
const char *exchange_chunk(struct exchange *exchange, size_t *ret_length);

enum exchange_next {
  EXCHANGE_MORE, /* there is another chunk */
  EXCHANGE_DONE, /* the response is sent; the connection may serve another request */
  EXCHANGE_END   /* the response is sent, or cannot be made: cut the connection */
};
/* That many bytes of the chunk were sent. */
enum exchange_next exchange_sent(struct exchange *exchange, size_t length);

#endif
