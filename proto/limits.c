/* limits.c - how much one peer may take where nobody decides otherwise.
 *
 * Each is a key of [limits] in the daemon's configuration and a row of PROTOCOL.md; a
 * test holds openrpc.json against them, another one the daemon's table of options. */
#include "proto.h"

const struct proto_limits proto_limits_default = {
    .message_bytes = PROTO_MAX_MESSAGE_BYTES,
    .nesting_levels = PROTO_MAX_DEPTH,
    .connections = 4096,
    .sessions = 1024,
    .sessions_an_address = 64,
    .subscriptions = 64,
    .requests_under_way = 64,
    .queue_bytes = 1024u * 1024u,
    .behind_ms = 5000,
    .commands_a_second = 20,
    .wrong_tokens_a_minute = 5,
    .cool_down_ms = 250,
    .graph_objects = 5000,
};
