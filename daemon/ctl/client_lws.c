/* client_lws.c - the WebSocket of ouroctl; the only file here with libwebsockets.h.
 *
 *   uv loop --+-- lws: socket, TLS, frames --> messages (a list)
 *             +-- deadline   one timer: ends the wait
 *             +-- tick       once a second: is anybody still reading our output?
 *             +-- wake       a signal has come
 *
 * What version 4.1.6 of the library makes necessary:
 * - It would send everything through $http_proxy, the token too, and follow a redirect
 *   to anywhere with the same headers: both are switched off.
 * - It resolves names without a deadline: names are resolved on the loop, and each
 *   address is tried in turn.
 * - It says "connection failed" and nothing else: the reason is asked from the kernel
 *   by a second attempt, made only then.
 * - On a loop of ours its context is destroyed in two calls, the second after the loop
 *   has run empty. */
#include "client.h"

#include <libwebsockets.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "interrupt.h"
#include "proto.h"
#include "reach.h"

#define TICK_MS        1000u
#define RECEIVE_BYTES  65536u
#define KEEPALIVE_PING 25u
#define KEEPALIVE_HANG 40u

struct text {
  struct text *next;
  size_t length;
  char data[]; /* outgoing ones have LWS_PRE bytes in front */
};

struct text_list {
  struct text *first, **last;
};

enum phase { PHASE_IDLE, PHASE_CONNECTING, PHASE_OPEN, PHASE_OVER };

struct client {
  struct client_options options;
  uv_loop_t loop;
  uv_timer_t deadline, tick;
  uv_async_t wake;
  bool is_loop;    /* the loop and its handles are there */
  bool is_late;    /* the deadline has passed */
  bool is_unheard; /* nobody reads standard output */
  struct lws_context *context;
  struct lws_vhost *vhost;
  struct lws *wsi; /* NULL: no connection */
  enum phase phase;
  struct reach reach;
  struct text_list incoming, outgoing;
  char *partial; /* of a message whose end is still to come */
  size_t partial_length;
  char reason[256];
  int close_code, http_status, error;
  bool is_untrusted; /* the server's certificate was not accepted */
};

/* --- lists of messages --- */

static void list_init(struct text_list *list) {
  list->first = NULL;
  list->last = &list->first;
}

static struct text *list_pop(struct text_list *list) {
  struct text *text = list->first;
  if (text) {
    list->first = text->next;
    list->last = list->first ? list->last : &list->first;
  }
  return text;
}

static void list_clear(struct text_list *list) {
  struct text *text = NULL;
  while ((text = list_pop(list)) != NULL) {
    free(text);
  }
}

/* A copy at the list's end, `headroom` bytes into its data. */
static int list_add(struct text_list *list, const char *data, size_t length,
                    size_t headroom) {
  struct text *text = malloc(sizeof(*text) + headroom + length + 1);
  if (!text) {
    return -1;
  }
  text->next = NULL;
  text->length = length;
  memcpy(text->data + headroom, data, length);
  text->data[headroom + length] = '\0';
  *list->last = text;
  list->last = &text->next;
  return 0;
}

/* --- what the library calls --- */

static void end_connection(struct client *client, const char *reason) {
  client->wsi = NULL;
  client->phase = PHASE_OVER;
  if (reason && client->reason[0] == '\0') {
    snprintf(client->reason, sizeof(client->reason), "%s", reason);
  }
}

static int on_receive(struct client *client, struct lws *wsi, const char *data,
                      size_t length) {
  bool is_whole = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
  if (length > CLIENT_MAX_MESSAGE_BYTES - client->partial_length) {
    end_connection(client, "it sent a message beyond all limits");
    return -1;
  }
  if (is_whole && client->partial_length == 0) {
    return list_add(&client->incoming, data, length, 0);
  }
  char *partial = realloc(client->partial, client->partial_length + length + 1);
  if (!partial) {
    end_connection(client, "out of memory");
    return -1;
  }
  memcpy(partial + client->partial_length, data, length);
  client->partial = partial;
  client->partial_length += length;
  if (is_whole) {
    int result = list_add(&client->incoming, partial, client->partial_length, 0);
    free(client->partial);
    client->partial = NULL;
    client->partial_length = 0;
    return result;
  }
  return 0;
}

static int on_writeable(struct client *client, struct lws *wsi) {
  struct text *text = list_pop(&client->outgoing);
  if (!text) {
    return 0;
  }
  int written = lws_write(wsi, (unsigned char *)text->data + LWS_PRE, text->length,
                          LWS_WRITE_TEXT);
  free(text);
  if (written < 0) {
    return -1;
  }
  if (client->outgoing.first) {
    lws_callback_on_writable(wsi);
  }
  return 0;
}

/* `in` points at where headers are written, up to `room` bytes. */
static int add_headers(struct client *client, struct lws *wsi, void *in, size_t room) {
  unsigned char **at = in, *end = *at + room;
  char value[ENDPOINT_TOKEN_BYTES + 16];
  if (!client->options.token) {
    return 0;
  }
  int length = snprintf(value, sizeof(value), "Bearer %s", client->options.token);
  int result = lws_add_http_header_by_name(
      wsi, (const unsigned char *)"authorization:", (const unsigned char *)value,
      length, at, end);
  memset(value, 0, sizeof(value));
  return result != 0 ? -1 : 0;
}

/* "code, reason" in network order, as the peer sent it. */
static void read_close(struct client *client, const unsigned char *in, size_t length) {
  if (length >= 2) {
    client->close_code = in[0] << 8 | in[1];
    snprintf(client->reason, sizeof(client->reason), "%.*s",
             (int)(length - 2 < 120 ? length - 2 : 120), (const char *)in + 2);
  }
}

/* Why a certificate of the server's chain does not pass. */
static void note_certificate(struct client *client, X509_STORE_CTX *chain,
                             bool is_good) {
  if (!is_good) {
    client->is_untrusted = true;
    snprintf(client->reason, sizeof(client->reason),
             "its certificate is not accepted: %s",
             X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
  }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
                    void *in, size_t length) {
  struct client *client = lws_context_user(lws_get_context(wsi));
  bool is_ours = client && client->wsi == wsi && client->phase >= PHASE_CONNECTING;
  if (!is_ours) {
    return 0; /* the library's own, or one that was given up */
  }
  switch (reason) {
  case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    return add_headers(client, wsi, in, length);
  case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
    note_certificate(client, user, length != 0);
    return 0; /* only looked at: the verdict stays */
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    client->http_status = (int)lws_http_client_http_response(wsi);
    end_connection(client, in ? in : "");
    return 0;
  case LWS_CALLBACK_CLIENT_ESTABLISHED: client->phase = PHASE_OPEN; return 0;
  case LWS_CALLBACK_CLIENT_RECEIVE: return on_receive(client, wsi, in, length);
  case LWS_CALLBACK_CLIENT_WRITEABLE: return on_writeable(client, wsi);
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: read_close(client, in, length); return 0;
  case LWS_CALLBACK_CLIENT_CLOSED:
  case LWS_CALLBACK_WSI_DESTROY:
    end_connection(client, "the connection was cut");
    return 0;
  default: return 0;
  }
}

static const struct lws_protocols protocols[] = {
    {PROTO_PROTOCOL, on_event, 0, RECEIVE_BYTES, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0}};

/* A daemon that fell silent without closing is noticed. */
static const lws_retry_bo_t keepalive = {.secs_since_valid_ping = KEEPALIVE_PING,
                                         .secs_since_valid_hangup = KEEPALIVE_HANG};

/* --- the loop --- */

static void on_deadline(uv_timer_t *timer) {
  ((struct client *)timer->data)->is_late = true;
}

/* A pipe whose reader has gone says so, without a byte being written. */
static void on_tick(uv_timer_t *timer) {
  struct client *client = timer->data;
  struct pollfd output = {.fd = STDOUT_FILENO};
  if (poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0) {
    client->is_unheard = true;
  }
}

static void on_wake(uv_async_t *wake) {
  (void)wake;
}

static void start_deadline(struct client *client, int64_t timeout_ms) {
  client->is_late = false;
  uv_timer_stop(&client->deadline);
  if (timeout_ms >= 0) {
    uv_update_time(&client->loop);
    uv_timer_start(&client->deadline, on_deadline, (uint64_t)timeout_ms, 0);
  }
}

/* Something other than the connection wants the wait to end. CLIENT_OK: nothing. */
static enum client_status disturbance(const struct client *client) {
  if (interrupt_signal()) {
    return CLIENT_INTERRUPTED;
  }
  if (client->is_unheard) {
    return CLIENT_UNHEARD;
  }
  return client->is_late ? CLIENT_TIMED_OUT : CLIENT_OK;
}

/* --- life --- */

bool client_can_trust(const char *ca_file) {
  X509_STORE *store = X509_STORE_new();
  bool is_good = store && X509_STORE_load_file(store, ca_file) == 1;
  X509_STORE_free(store);
  return is_good;
}

/* What it says is for its developers; ours is said by who called. */
static void no_log(int level, const char *line) {
  (void)level;
  (void)line;
}

static int make_context(struct client *client, char *message, size_t size) {
  void *loops[] = {&client->loop};
  bool is_tls = client->options.endpoint->is_tls;
  struct lws_context_creation_info info = {
      .port = CONTEXT_PORT_NO_LISTEN,
      .protocols = protocols,
      .vhost_name = "ouroctl",
      .alpn = "http/1.1",
      .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                 LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN |
                 (is_tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
      .foreign_loops = loops,
      .pcontext = &client->context,
      .user = client,
      .retry_and_idle_policy = &keepalive,
      .client_ssl_ca_filepath = is_tls ? client->options.ca_file : NULL,
  };
  unsetenv("http_proxy");
  lws_set_log_level(LLL_ERR | LLL_WARN, no_log);
  client->context = lws_create_context(&info);
  client->vhost = client->context ? lws_create_vhost(client->context, &info) : NULL;
  if (client->vhost) {
    return 0;
  }
  snprintf(message, size,
           "libwebsockets does not start: is libwebsockets-evlib-uv installed?");
  return -1;
}

struct client *client_new(const struct client_options *options, char *message,
                          size_t size) {
  struct client *client = calloc(1, sizeof(*client));
  if (!client || uv_loop_init(&client->loop) != 0) {
    snprintf(message, size, "out of memory");
    free(client);
    return NULL;
  }
  client->options = *options;
  list_init(&client->incoming);
  list_init(&client->outgoing);
  uv_timer_init(&client->loop, &client->deadline);
  uv_timer_init(&client->loop, &client->tick);
  client->deadline.data = client->tick.data = client;
  client->is_loop = true;
  if (uv_async_init(&client->loop, &client->wake, on_wake) != 0) {
    snprintf(message, size, "there are too few file descriptors");
    client->is_loop = false;
    client_free(client);
    return NULL;
  }
  interrupt_take(&client->wake);
  uv_timer_start(&client->tick, on_tick, TICK_MS, TICK_MS);
  if (make_context(client, message, size) != 0) {
    client_free(client);
    return NULL;
  }
  return client;
}

/* Give the connection up: with a close frame where there is one to send it on. */
static void drop_connection(struct client *client) {
  struct lws *wsi = client->wsi;
  if (wsi) {
    if (client->phase == PHASE_OPEN) {
      lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
    }
    client->wsi = NULL; /* nothing more is heard of it */
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
  }
  list_clear(&client->outgoing);
  list_clear(&client->incoming);
  free(client->partial);
  client->partial = NULL;
  client->partial_length = 0;
  client->phase = PHASE_IDLE;
}

bool client_free(struct client *client) {
  if (!client) {
    return true;
  }
  drop_connection(client);
  interrupt_return();
  if (!reach_cancel(&client->reach)) {
    return false;
  }
  uv_close((uv_handle_t *)&client->deadline, NULL);
  uv_close((uv_handle_t *)&client->tick, NULL);
  if (client->is_loop) {
    uv_close((uv_handle_t *)&client->wake, NULL);
  }
  if (client->context) {
    lws_context_destroy(client->context);
  }
  uv_run(&client->loop, UV_RUN_DEFAULT);
  if (client->context) {
    lws_context_destroy(client->context);
  }
  uv_loop_close(&client->loop);
  free(client);
  return true;
}

/* --- connecting --- */

static enum client_status resolve(struct client *client) {
  struct reach *reach = &client->reach;
  const struct endpoint *endpoint = client->options.endpoint;
  if (reach_begin(reach, &client->loop, endpoint) != 0) {
    snprintf(client->reason, sizeof(client->reason), "out of memory");
    return CLIENT_FAILED;
  }
  while (reach->is_resolving && disturbance(client) == CLIENT_OK) {
    uv_run(&client->loop, UV_RUN_ONCE);
  }
  if (reach->is_resolving) {
    snprintf(client->reason, sizeof(client->reason), "its name was not resolved");
    return disturbance(client);
  }
  if (reach->count > 0) {
    return CLIENT_OK;
  }
  snprintf(client->reason, sizeof(client->reason), "the name %.100s is not known (%s)",
           endpoint->host, uv_strerror(reach->status));
  return CLIENT_FAILED;
}

/* The library's words, where they are all there is, without its shorthand. */
static void explain_failure(struct client *client, const char *address) {
  client->error =
      client->http_status > 0 ? 0 : reach_probe(client->options.endpoint, address);
  if (client->error != 0) {
    snprintf(client->reason, sizeof(client->reason), "%s", strerror(client->error));
  } else if (!client->is_untrusted) {
    snprintf(client->reason, sizeof(client->reason),
             "something answers there, but not as ourod does%s",
             client->options.endpoint->is_tls ? " over TLS" : "");
  }
}

/* One address. CLIENT_OK: the upgrade was accepted. */
static enum client_status try_address(struct client *client, const char *address,
                                      const char *authority) {
  const struct endpoint *endpoint = client->options.endpoint;
  char path[ENDPOINT_BASE_BYTES + 8];
  snprintf(path, sizeof(path), "%s/ws", endpoint->base);
  int tls = 0;
  if (endpoint->is_tls) {
    tls = LCCSCF_USE_SSL;
    if (client->options.insecure_tls) {
      tls |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
             LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
    }
  }
  struct lws_client_connect_info info = {
      .context = client->context,
      .vhost = client->vhost,
      .address = address,
      .port = endpoint->port,
      .ssl_connection = tls | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
      .path = path,
      .host = authority,
      .protocol = PROTO_PROTOCOL,
      .pwsi = &client->wsi,
      .retry_and_idle_policy = &keepalive,
  };
  client->phase = PHASE_CONNECTING;
  client->reason[0] = '\0';
  client->http_status = client->close_code = client->error = 0;
  client->is_untrusted = false;
  /* Why before: a connection to a socket that fails at once leaves a handle of the
   * library's behind, and a stream tries for as long as it takes. */
  client->error = endpoint->is_unix ? reach_probe(endpoint, address) : 0;
  if (client->error != 0) {
    end_connection(client, strerror(client->error));
    return CLIENT_FAILED;
  }
  if (!lws_client_connect_via_info(&info)) {
    end_connection(client, NULL);
  }
  while (client->phase == PHASE_CONNECTING && disturbance(client) == CLIENT_OK) {
    uv_run(&client->loop, UV_RUN_ONCE);
  }
  if (client->phase == PHASE_OPEN) {
    return CLIENT_OK;
  }
  if (client->phase == PHASE_CONNECTING) {
    enum client_status status = disturbance(client);
    drop_connection(client);
    snprintf(client->reason, sizeof(client->reason), "it did not answer");
    return status;
  }
  explain_failure(client, address);
  return client->http_status > 0 ? CLIENT_DENIED : CLIENT_FAILED;
}

enum client_status client_connect(struct client *client, int64_t timeout_ms) {
  char authority[ENDPOINT_HOST_BYTES + 16];
  uint64_t started = client_now_ms(client);
  endpoint_authority(client->options.endpoint, authority, sizeof(authority));
  drop_connection(client);
  client->reason[0] = '\0';
  start_deadline(client, timeout_ms);
  enum client_status status = resolve(client);
  for (unsigned i = 0; status == CLIENT_OK || i > 0; i++) {
    int64_t spent = (int64_t)(client_now_ms(client) - started);
    int64_t rest = timeout_ms > spent ? timeout_ms - spent : 0;
    /* Why shared: one address that swallows everything must not take all the time. */
    start_deadline(client, timeout_ms < 0 ? -1 : rest / (client->reach.count - i));
    status = try_address(client, client->reach.addresses[i], authority);
    bool is_last = i + 1 == client->reach.count;
    if (is_last || (status != CLIENT_FAILED && status != CLIENT_TIMED_OUT)) {
      break;
    }
  }
  uv_timer_stop(&client->deadline);
  return status;
}

/* --- talking --- */

int client_send(struct client *client, const char *text, size_t length) {
  if (list_add(&client->outgoing, text, length, LWS_PRE) != 0) {
    return -1;
  }
  if (client->wsi) {
    lws_callback_on_writable(client->wsi);
  }
  return 0;
}

enum client_status client_receive(struct client *client, int64_t timeout_ms,
                                  char **ret_text, size_t *ret_length) {
  start_deadline(client, timeout_ms);
  while (!client->incoming.first && client->phase == PHASE_OPEN &&
         disturbance(client) == CLIENT_OK) {
    uv_run(&client->loop, UV_RUN_ONCE);
  }
  uv_timer_stop(&client->deadline);
  if (interrupt_signal() || client->is_unheard) {
    return disturbance(client);
  }
  struct text *text = list_pop(&client->incoming);
  if (text) {
    size_t length = text->length;
    memmove(text, text->data, length + 1); /* the bytes begin where the block does */
    *ret_text = (char *)text;
    *ret_length = length;
    return CLIENT_OK;
  }
  return client->phase == PHASE_OPEN ? CLIENT_TIMED_OUT : CLIENT_LOST;
}

enum client_status client_sleep(struct client *client, int64_t ms) {
  start_deadline(client, ms);
  while (disturbance(client) == CLIENT_OK) {
    uv_run(&client->loop, UV_RUN_ONCE);
  }
  uv_timer_stop(&client->deadline);
  return disturbance(client);
}

enum client_status client_wait_input(struct client *client, int fd) {
  client->is_late = false;
  while (client->phase == PHASE_OPEN && disturbance(client) == CLIENT_OK) {
    /* Why not uv_poll: it would make the terminal's descriptor non-blocking, for the
     * shell that shares it too. */
    uv_run(&client->loop, UV_RUN_NOWAIT);
    struct pollfd both[] = {{.fd = fd, .events = POLLIN},
                            {.fd = uv_backend_fd(&client->loop), .events = POLLIN}};
    if (poll(both, 2, uv_backend_timeout(&client->loop)) > 0 && both[0].revents != 0) {
      return CLIENT_OK;
    }
  }
  return client->phase == PHASE_OPEN ? disturbance(client) : CLIENT_LOST;
}

const char *client_reason(const struct client *client) {
  return client->reason;
}

int client_close_code(const struct client *client) {
  return client->close_code;
}

int client_http_status(const struct client *client) {
  return client->http_status;
}

int client_errno(const struct client *client) {
  return client->error;
}

bool client_is_untrusted(const struct client *client) {
  return client->is_untrusted;
}

uint64_t client_now_ms(const struct client *client) {
  (void)client;
  return uv_hrtime() / 1000000u;
}
