/* http_private.h - what the files of HTTP share: making responses, and what GET gets.
 */
#ifndef DAEMON_HTTP_PRIVATE_H
#define DAEMON_HTTP_PRIVATE_H

#include "http.h"

/* Header lines that one kind of response adds. */
#define LINES_BYTES (GATE_COOKIE_BYTES + 64)

/* Write the head of a response whose status and body are set. `extra` is whole header
 * lines, or "". On a lack of memory head stays NULL. A body that is made while it is
 * sent has no length: it comes in chunks, or ends with the connection. */
void http_finish(const struct http *http, struct http_response *response,
                 const char *type, const char *extra);
/* A line of text, borrowed for ever, and the head. */
void http_respond_text(const struct http *http, struct http_response *ret, int status,
                       const char *text, const char *extra);
/* A refusal at the door of /rpc: a JSON-RPC error without an id. */
void http_respond_error(const struct http *http, struct http_response *ret, int status,
                        const struct proto_error *error, const char *extra);

/* GET or HEAD of any path but an upgrade. */
void http_respond_get(struct http *http, const struct http_request *request,
                      struct http_response *ret);

/* Who asks, of GETs and upgrades: a script's token, the kernel's word for a local user,
 * or a browser's cookie. */
enum credentials_verdict http_identify(struct http *http,
                                       const struct http_request *request,
                                       enum proto_role *ret_role);

#endif
