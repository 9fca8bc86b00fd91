/* server_lws.c - the library's life on our loop, and that of its connections.
 *
 *   accepted socket --is there room?--> adopted --> connection_lws.c ... --> closed
 *
 * What version 4.1.6 of the library makes necessary:
 * - The opaque pointer is set after adoption: an adoption that fails tells nobody.
 * - A context on a loop of ours is destroyed twice: on the loop, and after it. */
#include "server_lws.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "connection_lws.h"
#include "log.h"
#include "request_headers.h"

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

/* --- ending connections --- */

static void on_closer(uv_timer_t *timer);

void connection_hurry(struct server_lws *server) {
  if (!server->is_destroyed) {
    uv_timer_start(&server->closer, on_closer, 0, 0);
  }
}

void connection_note_close(struct connection *connection, int code,
                           const char *reason) {
  struct server_lws *server = connection->server;
  if (connection->close_code != 0) {
    return;
  }
  connection->close_code = code;
  connection->close_by_ms = now_ms(server) + CLOSE_MS;
  snprintf(connection->close_reason, sizeof(connection->close_reason), "%s", reason);
  connection_hurry(server);
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
      connection_note_close(connection, -1, "");
    }
  }
  http_tick(server->http);
  on_closer(&server->closer);
  if (server->tls) {
    tls_watch(server->tls, server->http->dispatch->alarms,
              server->http->dispatch->now());
  }
}

static const struct lws_protocols protocols[] = {
    {"http-only", connection_on_event, 0, RECEIVE_BYTES, 0, NULL, SEND_BYTES},
    {HTTP_SUBPROTOCOL, connection_on_event, 0, RECEIVE_BYTES, 1, NULL, SEND_BYTES},
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
  exchange_init(&connection->exchange, server->http, &connection->client,
                connection_want_send);
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
      connection_note_close(connection, -1, "");
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
