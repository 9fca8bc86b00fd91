/* exchange.c - one HTTP request after another on one connection.
 *
 *   response   | head ......... | body ..................... |
 *                                     ^ sent_bytes  ^ + one chunk
 *
 * The body of a download is in a file: one chunk of it at a time is in memory. The file
 * was written a moment ago, so reading it hardly ever waits for a disk. A scrape of the
 * metrics is made one chunk at a time, too, and framed as such:
 *
 *   piece      | 3ff8 CR LF | text ........ | CR LF |
 *                    ^ piece_at: sent         piece_bytes ^ */
#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set_deadline(struct exchange *exchange, uint64_t after_ms) {
  exchange->deadline_ms = exchange->http->dispatch->now().monotonic_ms + after_ms;
}

void exchange_init(struct exchange *exchange, struct http *http,
                   const struct peer *peer,
                   void (*want_send)(struct exchange *exchange)) {
  *exchange = (struct exchange){.http = http, .peer = peer, .want_send = want_send};
  set_deadline(exchange, EXCHANGE_REQUEST_MS);
}

void exchange_fini(struct exchange *exchange) {
  http_call_fini(&exchange->call);
  http_response_fini(&exchange->response);
  free(exchange->body);
  free(exchange->piece);
  exchange->body = exchange->piece = NULL;
}

static void send_response(struct exchange *exchange,
                          struct http_response *response_taken) {
  http_response_fini(&exchange->response);
  exchange->response = *response_taken;
  exchange->sent_bytes = 0;
  exchange->phase = EXCHANGE_SENDING;
  set_deadline(exchange, EXCHANGE_REQUEST_MS);
  exchange->want_send(exchange);
}

int exchange_begin(struct exchange *exchange, const struct http_request *request) {
  struct http_response response = {0};
  size_t length = 0;
  if (exchange->phase != EXCHANGE_HEADERS) {
    return -1; /* a second request inside the first */
  }
  exchange->is_body_over = false;
  set_deadline(exchange, EXCHANGE_REQUEST_MS);
  if (http_begin(exchange->http, request, &response, &length, &exchange->role) ==
      HTTP_RESPOND) {
    send_response(exchange, &response);
    return 0;
  }
  exchange->body = malloc(length + 1);
  exchange->body_bytes = 0;
  exchange->body_expected = length;
  exchange->phase = EXCHANGE_BODY;
  return exchange->body ? 0 : -1;
}

int exchange_body(struct exchange *exchange, const char *data, size_t length) {
  if (exchange->phase != EXCHANGE_BODY || length == 0) {
    return 0; /* the answer is known already; the transport throws the body away */
  }
  if (length > exchange->body_expected - exchange->body_bytes) {
    return -1;
  }
  memcpy(exchange->body + exchange->body_bytes, data, length);
  exchange->body_bytes += length;
  return 0;
}

static void on_answered(struct http_call *call, struct http_response *response_taken) {
  struct exchange *exchange =
      (struct exchange *)(void *)((char *)call - offsetof(struct exchange, call));
  send_response(exchange, response_taken);
}

int exchange_body_end(struct exchange *exchange) {
  if (exchange->is_body_over) {
    /* More requests wait behind this one, and until it is answered the library would
     * tell its end over and over, without coming back to the loop. */
    return -1;
  }
  exchange->is_body_over = true;
  if (exchange->phase == EXCHANGE_SENDING) {
    return 0; /* it was refused before it was read */
  }
  if (exchange->phase != EXCHANGE_BODY ||
      exchange->body_bytes != exchange->body_expected) {
    return -1; /* among others: the next request came while a call is under way */
  }
  char *body = exchange->body;
  exchange->body = NULL;
  exchange->phase = EXCHANGE_CALL;
  set_deadline(exchange, EXCHANGE_CALL_MS);
  exchange->call.respond = on_answered;
  http_call_start(exchange->http, &exchange->call, exchange->role, exchange->peer->name,
                  body, exchange->body_bytes);
  free(body);
  return 0;
}

/* The bytes of a download from `at` on, or NULL when they cannot be had. */
static const char *read_piece(struct exchange *exchange, size_t at,
                              size_t *ret_length) {
  if (!exchange->piece) {
    exchange->piece = malloc(EXCHANGE_CHUNK_BYTES);
    exchange->piece_bytes = 0;
  }
  if (exchange->piece &&
      (at < exchange->piece_at || at - exchange->piece_at >= exchange->piece_bytes)) {
    ssize_t got = pread(exchange->response.download->fd, exchange->piece,
                        EXCHANGE_CHUNK_BYTES, (off_t)at);
    exchange->piece_at = at;
    exchange->piece_bytes = got > 0 ? (size_t)got : 0;
  }
  if (!exchange->piece || exchange->piece_bytes == 0) {
    return NULL;
  }
  *ret_length = exchange->piece_bytes - (at - exchange->piece_at);
  return exchange->piece + (at - exchange->piece_at);
}

/* The next bytes of a scrape, made when those before are sent; NULL when they cannot be
 * had. At the end of a body without chunks there are 0. */
static const char *make_piece(struct exchange *exchange, size_t *ret_length) {
  const size_t frame = sizeof("ffff\r\n") - 1, end = sizeof("\r\n") - 1;
  bool is_chunked = exchange->response.is_chunked;
  if (!exchange->piece) {
    exchange->piece = malloc(EXCHANGE_CHUNK_BYTES);
    exchange->piece_at = exchange->piece_bytes = 0;
    exchange->is_made = false;
  }
  char *piece = exchange->piece;
  if (piece && exchange->piece_at == exchange->piece_bytes && !exchange->is_made) {
    ptrdiff_t length = metrics_scrape_next(exchange->response.scrape, piece + frame,
                                           EXCHANGE_CHUNK_BYTES - frame - end);
    if (length < 0) {
      return NULL;
    }
    exchange->is_made = length == 0;
    exchange->piece_at = is_chunked ? 0 : frame;
    exchange->piece_bytes = frame + (size_t)length;
    if (is_chunked) {
      char size[24];
      snprintf(size, sizeof(size), "%04zx\r\n", (size_t)length);
      memcpy(piece, size, frame);
      memcpy(piece + exchange->piece_bytes, "\r\n", end);
      exchange->piece_bytes += end;
    }
  }
  *ret_length = exchange->piece_bytes - exchange->piece_at;
  return piece ? piece + exchange->piece_at : NULL;
}

const char *exchange_chunk(struct exchange *exchange, size_t *ret_length) {
  const struct http_response *response = &exchange->response;
  if (exchange->phase != EXCHANGE_SENDING || !response->head) {
    return NULL;
  }
  const char *data = response->head + exchange->sent_bytes;
  size_t rest = response->head_length - exchange->sent_bytes;
  if (response->scrape && rest == 0) {
    data = make_piece(exchange, &rest);
  } else if (exchange->sent_bytes >= response->head_length) {
    size_t at = exchange->sent_bytes - response->head_length;
    rest = response->body_length - at;
    if (response->download && rest > 0) {
      size_t length = 0;
      data = read_piece(exchange, at, &length);
      rest = rest < length ? rest : length;
    } else {
      data = response->body + at;
    }
  }
  *ret_length = rest < EXCHANGE_CHUNK_BYTES ? rest : EXCHANGE_CHUNK_BYTES;
  return data;
}

/* Is there more to send after `length` bytes? EXCHANGE_END: it cannot be had. */
static enum exchange_next after_sending(struct exchange *exchange, size_t length) {
  const struct http_response *response = &exchange->response;
  size_t known_length = response->head_length + response->body_length;
  if (response->scrape && exchange->sent_bytes == known_length) {
    exchange->piece_at += length;
    return !exchange->piece || (length == 0 && !exchange->is_made) ? EXCHANGE_END
           : exchange->is_made && exchange->piece_at == exchange->piece_bytes
               ? EXCHANGE_DONE
               : EXCHANGE_MORE;
  }
  if (length == 0 && exchange->sent_bytes < known_length) {
    return EXCHANGE_END; /* the file is shorter than it was, or cannot be read */
  }
  exchange->sent_bytes += length;
  return response->scrape || exchange->sent_bytes < known_length ? EXCHANGE_MORE
                                                                 : EXCHANGE_DONE;
}

enum exchange_next exchange_sent(struct exchange *exchange, size_t length) {
  struct http_response *response = &exchange->response;
  if (!response->head) {
    return EXCHANGE_END; /* there was no memory for it */
  }
  enum exchange_next next = after_sending(exchange, length);
  set_deadline(exchange, EXCHANGE_REQUEST_MS);
  if (next != EXCHANGE_DONE) {
    return next;
  }
  bool is_last = response->is_last;
  exchange_fini(exchange);
  exchange->phase = EXCHANGE_HEADERS;
  return is_last ? EXCHANGE_END : EXCHANGE_DONE;
}
