/* connection_lws.c - one connection of the library: what it is, and its callbacks.
 *
 *   lws callback --+--> exchange.c --chunks------> lws_write   (HTTP)
 *                  +--> session.c --messages-----> lws_write   (WebSocket)
 *
 * What version 4.1.6 of the library makes necessary:
 * - A client that names no subprotocol lands on protocols[0], so that one takes no
 *   upgrades. Everything is decided in HTTP_CONFIRM_UPGRADE, whose negative answer
 *   closes cleanly (its positive one is a use after free).
 * - Returning -1 from WRITEABLE loses the close code. So a close is only noted, and
 *   carried out by a timer of zero, outside of every callback of the library. */
#include "connection_lws.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "request_headers.h"
#include "utf8.h"

_Static_assert(MESSAGE_HEADROOM >= 10, "a frame header fits in front of a message");

/* --- the session's transport --- */

/* The header of a text frame of ours (RFC 6455, 5.2), which ends where its text
 * begins; how many bytes it has. */
static size_t put_frame_header(unsigned char *text, size_t length) {
  size_t size = length < 126 ? 2 : length < 65536 ? 4 : 10;
  unsigned char *header = text - size;
  header[0] = 0x81; /* whole, text */
  header[1] = (unsigned char)(size == 2 ? length : size == 4 ? 126 : 127);
  for (size_t i = size; i > 2; i--) {
    header[i - 1] = (unsigned char)length;
    length >>= 8;
  }
  return size;
}

/* One message, from where it is. */
static int write_one(struct connection *connection, struct message *message) {
  unsigned char *text = (unsigned char *)message_text(message);
  size_t head = put_frame_header(text, message->length);
  return lws_write(connection->wsi, text - head, head + message->length, LWS_WRITE_RAW);
}

/* Several messages in one write, put together. */
static int write_batch(struct connection *connection, struct message *const *messages,
                       unsigned count) {
  unsigned char *batch = connection->server->batch, *end = batch;
  for (unsigned i = 0; i < count; i++) {
    size_t length = messages[i]->length;
    end += put_frame_header(end + (length < 126 ? 2 : 4), length);
    memcpy(end, message_text(messages[i]), length);
    end += length;
  }
  return lws_write(connection->wsi, batch, (size_t)(end - batch), LWS_WRITE_RAW);
}

/* Frames are ours: the library would make the same header anew for every client, and
 * takes one frame a write. */
static int transport_write(void *context, struct message *const *messages,
                           unsigned count) {
  struct connection *connection = context;
  if (!connection->wsi || (count > 1 ? write_batch(connection, messages, count)
                                     : write_one(connection, *messages)) < 0) {
    connection_note_close(connection, -1, "");
    return -1;
  }
  return 0;
}

static bool transport_is_clear(void *context) {
  struct connection *connection = context;
  return connection->wsi && !lws_partial_buffered(connection->wsi);
}

static void transport_want_write(void *context) {
  struct connection *connection = context;
  if (connection->wsi) {
    lws_callback_on_writable(connection->wsi);
  }
}

static void transport_close(void *context, int code, const char *reason) {
  connection_note_close(context, code, reason);
}

static const struct session_transport transport = {
    transport_write, transport_is_clear, transport_want_write, transport_close};

/* --- requests --- */

static int on_http(struct connection *connection) {
  struct request_headers headers;
  struct http_request request;
  if (request_headers_read(&headers, connection->wsi, &connection->peer, &request) !=
      0) {
    return -1;
  }
  http_enter(connection->server->http, &request, &connection->client);
  return exchange_begin(&connection->exchange, &request);
}

/* Send the next chunk of a response. -1 ends the connection. */
static int on_http_writeable(struct connection *connection) {
  size_t length = 0;
  const char *chunk = exchange_chunk(&connection->exchange, &length);
  if (connection->exchange.phase != EXCHANGE_SENDING || connection->close_code != 0) {
    return 0;
  }
  if (lws_partial_buffered(connection->wsi)) {
    lws_callback_on_writable(connection->wsi);
    return 0;
  }
  /* The library only reads here, whatever its prototype says. */
  if (length > 0 && lws_write(connection->wsi, (unsigned char *)(uintptr_t)chunk,
                              length, LWS_WRITE_HTTP) < 0) {
    return -1;
  }
  switch (exchange_sent(&connection->exchange, length)) {
  case EXCHANGE_MORE: lws_callback_on_writable(connection->wsi); return 0;
  case EXCHANGE_DONE:
    return lws_http_transaction_completed(connection->wsi) != 0 ? -1 : 0;
  case EXCHANGE_END: break;
  }
  return -1;
}

/* Where requests wait behind this one the library tells its end over and over, without
 * coming back to the loop that would tell when to send. So the answer goes out now, as
 * far as the socket takes it, and the connection ends. */
static int on_body_end(struct connection *connection) {
  struct exchange *exchange = &connection->exchange;
  enum exchange_next next = EXCHANGE_MORE;
  if (!exchange->is_body_over) {
    return exchange_body_end(exchange);
  }
  while (next == EXCHANGE_MORE && exchange->phase == EXCHANGE_SENDING &&
         connection->close_code == 0 && !lws_partial_buffered(connection->wsi)) {
    size_t length = 0;
    const char *chunk = exchange_chunk(exchange, &length);
    if (length > 0 && lws_write(connection->wsi, (unsigned char *)(uintptr_t)chunk,
                                length, LWS_WRITE_HTTP) < 0) {
      break;
    }
    next = exchange_sent(exchange, length);
  }
  return -1;
}

void connection_want_send(struct exchange *exchange) {
  struct connection *connection =
      (struct connection *)(void *)((char *)exchange -
                                    offsetof(struct connection, exchange));
  if (connection->wsi) {
    lws_callback_on_writable(connection->wsi);
  }
}

/* --- upgrades and sessions --- */

/* 0 lets the upgrade go on; -1 closes, after the response that was written here. */
static int on_confirm_upgrade(struct connection *connection, const char *protocol) {
  struct server_lws *server = connection->server;
  struct request_headers headers;
  struct http_request request;
  struct http_response response = {0};
  if (strcasecmp(protocol, "websocket") != 0 ||
      connection->exchange.phase != EXCHANGE_HEADERS) {
    return -1; /* h2c has known holes in this version */
  }
  if (request_headers_read(&headers, connection->wsi, &connection->peer, &request) !=
      0) {
    return -1;
  }
  http_enter(server->http, &request, &connection->client);
  switch (http_upgrade(server->http, &request, server->session_count,
                       tally_count(&server->sessions, connection->client.network),
                       &response, &connection->role)) {
  case HTTP_UPGRADE_ACCEPTED:
    connection->is_accepted = true;
    connection->is_vouched = connection->client.is_owner && !request.authorization;
    connection->generation =
        credentials_generation(server->http->credentials, connection->role);
    return 0;
  case HTTP_UPGRADE_UNAUTHORIZED:
    connection->is_accepted = connection->is_unauthorized = true;
    return 0;
  case HTTP_UPGRADE_REFUSED: break;
  }
  /* Head and body are small: the fresh socket takes them in one write. */
  if (response.head) {
    lws_write(connection->wsi, (unsigned char *)response.head, response.head_length,
              LWS_WRITE_HTTP);
    lws_write(connection->wsi, (unsigned char *)(uintptr_t)response.body,
              response.body_length, LWS_WRITE_HTTP);
  }
  http_response_fini(&response);
  return -1;
}

static int on_established(struct connection *connection) {
  struct server_lws *server = connection->server;
  connection->is_upgraded = true;
  if (connection->is_unauthorized || server->is_closing) {
    connection_note_close(
        connection,
        server->is_closing ? SESSION_CLOSE_SHUTDOWN : SESSION_CLOSE_UNAUTHORIZED,
        server->is_closing ? "shutting down" : "no valid token or login");
    return 0;
  }
  connection->session = session_new(server->http->dispatch, &transport, connection,
                                    connection->role, connection->client.name);
  if (!connection->session) {
    return -1;
  }
  connection->session_place = tally_add(&server->sessions, connection->client.network);
  server->session_count++;
  return 0;
}

/* The peer closes. What it sends after that is not heard, and a close frame that breaks
 * the rules is answered with the code for that. */
static int on_peer_close(struct connection *connection, const unsigned char *payload,
                         size_t length) {
  unsigned code = length >= 2 ? (unsigned)payload[0] << 8 | payload[1] : 1000;
  int answer = 0;
  connection->is_left = true;
  if (length == 1 || code >= 5000) { /* the library looks at the others */
    answer = LWS_CLOSE_STATUS_PROTOCOL_ERR;
  } else if (length > 2 &&
             !proto_utf8_is_valid((const char *)payload + 2, length - 2)) {
    answer = LWS_CLOSE_STATUS_INVALID_PAYLOAD;
  }
  if (answer == 0) {
    return 0;
  }
  lws_close_reason(connection->wsi, (enum lws_close_status)answer, NULL, 0);
  return -1;
}

static void end_session(struct connection *connection) {
  if (connection->session) {
    session_free(connection->session);
    connection->session = NULL;
    tally_remove(connection->session_place);
    connection->server->session_count--;
  }
}

/* --- the library's callback --- */

static void free_connection(struct connection *connection) {
  end_session(connection);
  exchange_fini(&connection->exchange);
  *connection->link = connection->next;
  if (connection->next) {
    connection->next->link = connection->link;
  }
  tally_remove(connection->place);
  connection->server->connection_count--;
  free(connection);
}

int connection_on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                        void *in, size_t length) {
  if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
    /* The vhost's context for TLS, before its first connection: `user` is it. */
    struct server_lws *server = lws_context_user(lws_get_context(wsi));
    return tls_attach(server->tls, user);
  }
  struct connection *connection = lws_get_opaque_user_data(wsi);
  if (!connection) {
    return 0; /* the library's own, and what happens before adoption is complete */
  }
  switch (reason) {
  case LWS_CALLBACK_HTTP: return on_http(connection);
  case LWS_CALLBACK_HTTP_BODY: return exchange_body(&connection->exchange, in, length);
  case LWS_CALLBACK_HTTP_BODY_COMPLETION: return on_body_end(connection);
  case LWS_CALLBACK_HTTP_WRITEABLE: return on_http_writeable(connection);
  case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return on_confirm_upgrade(connection, in);
  case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    /* Second lock: protocols[0] takes no upgrade, nor anything that was not decided. */
    return connection->is_accepted && lws_get_protocol(wsi)->id == 1 ? 0 : 1;
  case LWS_CALLBACK_ESTABLISHED: return on_established(connection);
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    return on_peer_close(connection, in, length);
  case LWS_CALLBACK_RECEIVE:
    if (connection->session && !connection->is_left) {
      session_receive(connection->session, in, length, lws_frame_is_binary(wsi) != 0,
                      lws_is_final_fragment(wsi) != 0 &&
                          lws_remaining_packet_payload(wsi) == 0);
    }
    return 0;
  case LWS_CALLBACK_SERVER_WRITEABLE:
    if (connection->close_code != 0) {
      connection_hurry(connection->server);
    } else if (connection->session) {
      session_writable(connection->session);
    }
    return 0;
  case LWS_CALLBACK_CLOSED:
  case LWS_CALLBACK_CLOSED_HTTP:
    connection->wsi = NULL;
    end_session(connection);
    exchange_fini(&connection->exchange);
    return 0;
  case LWS_CALLBACK_WSI_DESTROY: free_connection(connection); return 0;
  case LWS_CALLBACK_RAW_ADOPT:
  case LWS_CALLBACK_RAW_RX: return -1; /* CONNECT would turn us into a raw socket */
  default: return 0;
  }
}
