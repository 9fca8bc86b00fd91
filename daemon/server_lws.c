/* server_lws.c - sockets to requests and sessions, and bytes back.
 *
 *   lws callback --+--> exchange.c --chunks------> lws_write   (HTTP)
 *                  +--> session.c --messages-----> lws_write   (WebSocket)
 *
 * What version 4.1.6 of the library makes necessary:
 * - A client that names no subprotocol lands on protocols[0], so that one takes no
 *   upgrades. Everything is decided in HTTP_CONFIRM_UPGRADE, whose negative answer
 *   closes cleanly (its positive one is a use after free).
 * - Returning -1 from WRITEABLE loses the close code. So a close is only noted, and
 *   carried out by a timer of zero, outside of every callback of the library.
 * - The opaque pointer is set after adoption: an adoption that fails tells nobody. */
#include "server_lws.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#include "exchange.h"
#include "log.h"
#include "request_headers.h"
#include "session.h"
#include "tally.h"
#include "utf8.h"

_Static_assert(MESSAGE_HEADROOM >= 10, "a frame header fits in front of a message");

/* How long a close may wait for bytes that the kernel has not taken. */
#define CLOSE_MS    2000u
#define SHUTDOWN_MS 1500u
/* Connections of one network beside its sessions: pages and calls. */
#define OTHERS_AN_ADDRESS 64u
/* New ones from one network of elsewhere, each worth a handshake of TLS. */
#define CONNECTS_A_SECOND 200u
/* Read at once from a WebSocket; memory of each session. */
#define RECEIVE_BYTES 2048u
/* The library cuts what is longer, and copies the rest. */
#define SEND_BYTES (2u * 1024u * 1024u)

struct connection {
  struct connection *next, **link;
  struct server_lws *server;
  struct lws *wsi;
  struct session *session; /* owned */
  struct tally_place *place, *session_place;
  struct peer peer;   /* of the socket */
  struct peer client; /* of the newest request: the peer, or who stands behind it */
  struct exchange exchange; /* until it is a session */
  enum proto_role role;
  unsigned generation;  /* of the role's credentials, at the upgrade */
  bool is_vouched;      /* the kernel's word was the credential */
  bool is_accepted;     /* may become a session */
  bool is_unauthorized; /* but must hear 4401 at once */
  bool is_upgraded;
  bool is_left;   /* it has sent its close frame */
  int close_code; /* above 0: to be closed with it; below 0: to be cut */
  char close_reason[64];
  uint64_t close_by_ms;
};

/* The longest header of a frame below 64 KiB. */
#define BATCH_HEADER_BYTES 4u
_Static_assert(SESSION_BATCH_BYTES < 65536, "a batch is of short frames");

struct server_lws {
  struct http *http;
  struct tls *tls; /* borrowed; NULL: none */
  uv_loop_t *loop;
  struct lws_context *context; /* NULL once the library has freed it */
  struct lws_vhost *vhost;
  struct connection *connections;
  unsigned connection_count, session_count;
  struct tally open;     /* connections, by the socket's network */
  struct tally sessions; /* by the client's */
  uv_timer_t tick;       /* once a second */
  uv_timer_t closer;     /* zero: closes what was noted */
  bool is_closing, is_destroyed;
  uint64_t destroy_by_ms;
  void (*closed)(void *context);
  void *closed_context;
  /* Where messages of one write are put together. */
  unsigned char
      batch[SESSION_BATCH_BYTES + SESSION_BATCH_MESSAGES * BATCH_HEADER_BYTES];
};

static uint64_t now_ms(const struct server_lws *server) {
  return server->http->dispatch->now().monotonic_ms;
}

/* --- ending connections --- */

static void on_closer(uv_timer_t *timer);

static void note_close(struct connection *connection, int code, const char *reason) {
  struct server_lws *server = connection->server;
  if (connection->close_code != 0) {
    return;
  }
  connection->close_code = code;
  connection->close_by_ms = now_ms(server) + CLOSE_MS;
  snprintf(connection->close_reason, sizeof(connection->close_reason), "%s", reason);
  if (!server->is_destroyed) {
    uv_timer_start(&server->closer, on_closer, 0, 0);
  }
}

static void on_closer(uv_timer_t *timer) {
  struct server_lws *server = timer->data;
  struct connection *next = NULL;
  bool is_cut = false;
  for (struct connection *connection = server->connections; connection;
       connection = next) {
    next = connection->next;
    int code = connection->close_code;
    if (code == 0 || !connection->wsi) {
      continue;
    }
    if (code < 0 || now_ms(server) >= connection->close_by_ms) {
      lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
      is_cut = true;
    } else if (connection->is_upgraded && !lws_partial_buffered(connection->wsi)) {
      connection->close_code = -1;
      connection->close_by_ms = UINT64_MAX; /* from here on the library's timeouts */
      lws_close_reason(connection->wsi, (enum lws_close_status)code,
                       (unsigned char *)connection->close_reason,
                       strlen(connection->close_reason));
      struct lws *wsi = connection->wsi;
      connection->wsi = NULL; /* nothing more is asked of it */
      lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    }
  }
  if (is_cut) {
    /* The library looks at its timeouts when it wakes, which an idle connection alone
     * would not make it do for seconds. */
    lws_cancel_service(server->context);
  }
}

static void on_tick(uv_timer_t *timer) {
  struct server_lws *server = timer->data;
  uint64_t now = now_ms(server);
  for (struct connection *connection = server->connections; connection;
       connection = connection->next) {
    if (connection->session) {
      session_tick(connection->session);
    } else if (!connection->is_upgraded && now >= connection->exchange.deadline_ms) {
      note_close(connection, -1, "");
    }
  }
  http_tick(server->http);
  on_closer(&server->closer);
  if (server->tls) {
    tls_watch(server->tls, server->http->dispatch->alarms,
              server->http->dispatch->now());
  }
}

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
    note_close(connection, -1, "");
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
  note_close(context, code, reason);
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

static void on_want_send(struct exchange *exchange) {
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
    note_close(connection,
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

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
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
  case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    return exchange_body_end(&connection->exchange);
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
      uv_timer_start(&connection->server->closer, on_closer, 0, 0);
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

static const struct lws_protocols protocols[] = {
    {"http-only", on_event, 0, RECEIVE_BYTES, 0, NULL, SEND_BYTES},
    {HTTP_SUBPROTOCOL, on_event, 0, RECEIVE_BYTES, 1, NULL, SEND_BYTES},
    {NULL, NULL, 0, 0, 0, NULL, 0}};

/* A silent session is asked whether it lives, and cut when it does not answer. */
static const lws_retry_bo_t keepalive = {.secs_since_valid_ping = 25,
                                         .secs_since_valid_hangup = 40};

/* --- life --- */

static void log_library(int level, const char *line) {
  log_line(level == LLL_ERR ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
           "libwebsockets: %.*s", (int)strcspn(line, "\n"), line);
}

/* What peers do wrong is no news once the context stands. */
static void log_library_quietly(int level, const char *line) {
  (void)level;
  log_line(LOG_LEVEL_DEBUG, "libwebsockets: %.*s", (int)strcspn(line, "\n"), line);
}

struct server_lws *server_lws_new(uv_loop_t *loop, struct http *http, struct tls *tls,
                                  char *message, size_t size) {
  struct server_lws *server = calloc(1, sizeof(*server));
  if (!server) {
    snprintf(message, size, "out of memory");
    return NULL;
  }
  void *loops[] = {loop};
  struct lws_context_creation_info info = {
      .port = CONTEXT_PORT_NO_LISTEN_SERVER,
      .protocols = protocols,
      .vhost_name = "ouro",
      .alpn = "http/1.1",
      .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                 LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN,
      .foreign_loops = loops,
      .pcontext = &server->context,
      .timeout_secs = EXCHANGE_REQUEST_MS / 1000u,
      .keepalive_timeout = EXCHANGE_REQUEST_MS / 1000u,
      .max_http_header_data = REQUEST_HEADERS_BYTES,
      .retry_and_idle_policy = &keepalive,
      .user = server,
  };
  if (tls) {
    /* One vhost for both kinds of doors: the library picks vhosts by Host, whatever the
     * connection is. Plain ones are adopted without ALLOW_SSL. */
    info.options |=
        LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX;
    server->tls = tls;
  }
  uint64_t seeds[2] = {0};
  if (getrandom(seeds, sizeof(seeds), 0) < 0) {
    log_line(LOG_LEVEL_DEBUG, "the tallies are not seeded");
  }
  tally_init(&server->open, seeds[0]);
  tally_init(&server->sessions, seeds[1]);
  server->http = http;
  server->loop = loop;
  lws_set_log_level(LLL_ERR | LLL_WARN, log_library);
  server->context = lws_create_context(&info);
  server->vhost = server->context ? lws_create_vhost(server->context, &info) : NULL;
  if (!server->vhost) {
    snprintf(message, size,
             "libwebsockets does not start: is libwebsockets-evlib-uv installed?");
    if (server->context) {
      lws_context_destroy(server->context);
    }
    free(server);
    return NULL;
  }
  lws_set_log_level(LLL_ERR | LLL_WARN, log_library_quietly);
  uv_timer_init(loop, &server->tick);
  uv_timer_init(loop, &server->closer);
  server->tick.data = server->closer.data = server;
  uv_timer_start(&server->tick, on_tick, 1000, 1000);
  return server;
}

/* Before a byte is read: is there room, and has this network enough already? A proxy
 * brings the clients of many. */
static bool is_welcome(struct server_lws *server, const struct peer *peer) {
  const struct proto_limits *limits = server->http->dispatch->limits;
  if (server->is_closing || server->connection_count >= limits->connections) {
    return false;
  }
  if (gate_is_proxy(server->http->gate, peer)) {
    return true;
  }
  if (tally_count(&server->open, peer->network) >=
      limits->sessions_an_address + OTHERS_AN_ADDRESS) {
    return false;
  }
  return peer_is_here(peer) || !tally_is_too_fast(&server->open, peer->network,
                                                  CONNECTS_A_SECOND, now_ms(server));
}

void server_lws_adopt_take(struct server_lws *server, int fd, const struct peer *peer) {
  struct connection *connection = NULL;
  struct tally_place *place = NULL;
  if (is_welcome(server, peer)) {
    connection = calloc(1, sizeof(*connection));
    place = tally_add(&server->open, peer->network);
  }
  if (!connection || !place) {
    free(connection);
    tally_remove(place);
    close(fd);
    return;
  }
  connection->wsi = lws_adopt_descriptor_vhost(
      server->vhost,
      (lws_adoption_type)(LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP |
                          (peer->is_tls ? LWS_ADOPT_ALLOW_SSL : 0)),
      (lws_sock_file_fd_type){.sockfd = fd}, NULL, NULL);
  if (!connection->wsi) {
    free(connection); /* the library has closed the socket */
    tally_remove(place);
    return;
  }
  connection->server = server;
  connection->place = place;
  connection->peer = connection->client = *peer;
  exchange_init(&connection->exchange, server->http, &connection->client, on_want_send);
  connection->next = server->connections;
  connection->link = &server->connections;
  if (connection->next) {
    connection->next->link = &connection->next;
  }
  server->connections = connection;
  server->connection_count++;
  lws_set_opaque_user_data(connection->wsi, connection);
}

void server_lws_revoke(struct server_lws *server) {
  for (struct connection *connection = server->connections; connection;
       connection = connection->next) {
    if (connection->session && !connection->is_vouched &&
        connection->generation !=
            credentials_generation(server->http->credentials, connection->role)) {
      session_close(connection->session, SESSION_CLOSE_UNAUTHORIZED,
                    "this login has ended");
    }
  }
}

/* While ending: is everybody gone, or is the time up? Then the context goes too. */
static void on_closing_tick(uv_timer_t *timer) {
  struct server_lws *server = timer->data;
  if (server->connections && now_ms(server) < server->destroy_by_ms) {
    on_closer(&server->closer);
    return;
  }
  server->is_destroyed = true;
  uv_close((uv_handle_t *)&server->tick, NULL);
  uv_close((uv_handle_t *)&server->closer, NULL);
  lws_context_destroy(server->context);
  server->closed(server->closed_context);
}

void server_lws_close(struct server_lws *server, void (*closed)(void *context),
                      void *context) {
  if (server->is_closing) {
    return;
  }
  server->is_closing = true;
  server->closed = closed;
  server->closed_context = context;
  server->destroy_by_ms = now_ms(server) + SHUTDOWN_MS;
  for (struct connection *connection = server->connections; connection;
       connection = connection->next) {
    if (connection->session) {
      session_close(connection->session, SESSION_CLOSE_SHUTDOWN, "shutting down");
    } else {
      note_close(connection, -1, "");
    }
  }
  uv_timer_start(&server->tick, on_closing_tick, 0, 10);
}

void server_lws_free(struct server_lws *server) {
  if (server && server->context) {
    /* On a loop of ours the first call only closes what is on the loop. That is gone
     * now; the second one frees the rest. */
    lws_context_destroy(server->context);
  }
  free(server);
}
