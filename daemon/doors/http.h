/* http.h - what the daemon answers over HTTP, without a socket in sight.
 *
 *   request (headers) --http_begin--+--> response, at once
 *                                   +--> HTTP_READ_BODY: POST /rpc is in order; with
 * the body, http_call_start --> respond(), later upgrade (headers) --http_upgrade-->
 * accept with a role, or a response
 *
 * Every request passes the same gate first: Host on the list, Origin absent or equal;
 * on control.sock any Host, no Origin, and a user whom the kernel vouches for.
 * The transport (server_lws.c, or a test) fills in a request and sends a response's
 * bytes; it decides nothing. Loop thread only. */
#ifndef DAEMON_HTTP_H
#define DAEMON_HTTP_H

#include "dispatch.h"
#include "gate.h"
#include "metrics.h"
#include "web.h"

/* The protocol that a WebSocket must name. */
#define HTTP_SUBPROTOCOL "ouro.v1"

struct http {
  struct dispatch *dispatch;       /* borrowed */
  struct credentials *credentials; /* borrowed */
  const struct web *web;           /* borrowed */
  const struct gate *gate;         /* borrowed */
  struct metrics *metrics;         /* borrowed; NULL: there are none */
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

/* Headers that are not there are NULL. All borrowed. */
struct http_request {
  enum http_method method;
  const char *path;  /* without query and base path; NULL: just the base path */
  const char *token; /* of the query ?token= */
  const char *host, *origin, *authorization, *cookie;
  const char *content_type, *content_length, *transfer_encoding;
  const char *accept, *accept_encoding, *if_none_match;
  const char *subprotocols, *websocket_version; /* upgrades */
  const char *forwarded_for;
  const struct peer *peer; /* the client; until http_enter the socket's peer */
  bool has_base_path;      /* it came under the base path */
  bool takes_chunks; /* HTTP/1.1: the response need not tell its length beforehand */
};

struct http_response {
  int status;
  char *head; /* owned: status line, headers, empty line */
  size_t head_length;
  const char *body; /* borrowed from web, or the same as owned_body */
  size_t body_length;
  char *owned_body;
  struct download *download;     /* owned; where there is one, it is the body */
  struct metrics_scrape *scrape; /* owned; the same, made while it is sent */
  bool is_chunked;               /* the scrape's pieces are framed as chunks */
  bool is_last;                  /* close the connection after it */
};

enum http_next { HTTP_RESPOND, HTTP_READ_BODY };

void http_init(struct http *http, struct dispatch *dispatch,
               struct credentials *credentials, const struct web *web,
               const struct gate *gate);
void http_response_fini(struct http_response *response);
/* About once a second: forget what nobody came for. */
void http_tick(struct http *http);

/* See through a reverse proxy, first of all: take the base path away, and put the
 * client into `ret_client`, to which the request then points. */
void http_enter(const struct http *http, struct http_request *request,
                struct peer *ret_client);

/* Look at a request's headers. HTTP_RESPOND: `*ret` is the answer (head NULL when
 * memory is short: close). HTTP_READ_BODY: collect *ret_body_length bytes, which is at
 * most limits->message_bytes, and start a call as *ret_role. */
enum http_next http_begin(struct http *http, const struct http_request *request,
                          struct http_response *ret, size_t *ret_body_length,
                          enum proto_role *ret_role);

enum http_verdict {
  HTTP_UPGRADE_REFUSED, /* send the response */
  HTTP_UPGRADE_ACCEPTED,
  HTTP_UPGRADE_UNAUTHORIZED /* accept, and close at once with 4401 */
};
/* Look at the headers of an upgrade to WebSocket. `sessions` are open now, so many
 * `of_address`. */
enum http_verdict http_upgrade(struct http *http, const struct http_request *request,
                               unsigned sessions, unsigned of_address,
                               struct http_response *ret, enum proto_role *ret_role);

/* One POST /rpc under way. */
struct http_call {
  struct caller caller; /* first */
  struct http *http;
  bool is_started;
  /* The answer, once; taken. May come inside http_call_start. */
  void (*respond)(struct http_call *call, struct http_response *response_taken);
};
void http_call_start(struct http *http, struct http_call *call, enum proto_role role,
                     const char *name, const char *body, size_t length);
/* Also before the answer: then there is none. */
void http_call_fini(struct http_call *call);

#endif
