/* session_fixture.h - sessions without a socket, a heap without a thread, a clock that
 * the test turns.
 *
 *   say(client, text) --> session_receive --> dispatch --> hub --> fake source
 *   client->sent[]    <-- transport write <-- session  <-- hub <-- fake source
 *
 * A client that is not clear takes nothing until it is made clear: a full socket. */
#ifndef TESTS_DAEMON_SESSION_FIXTURE_H
#define TESTS_DAEMON_SESSION_FIXTURE_H

#include "test.h"

#include <stdlib.h>

#include "fake_source.h"
#include "session.h"

#define MAX_SENT 8192
#define CLIENTS  3

static struct moment the_time;

static inline struct moment fake_now(void) {
  return the_time;
}

struct client {
  struct session *session;
  char *sent[MAX_SENT]; /* owned */
  unsigned sent_count, seen, write_count;
  bool is_clear, is_dead, wants_write;
  int close_code; /* 0: open */
};

struct fixture {
  struct hub hub;
  struct alarms alarms;
  struct dispatch dispatch;
  struct proto_limits limits; /* the test may change them */
  struct fake_source source;
  struct client clients[CLIENTS];
};

static inline int client_write(void *context, struct message *const *messages,
                               unsigned count) {
  struct client *client = context;
  size_t bytes = 0;
  if (client->is_dead) {
    return -1;
  }
  assert_true(client->is_clear);
  assert_in_range(count, 1, SESSION_BATCH_MESSAGES);
  for (unsigned i = 0; i < count; i++) {
    assert_true(client->sent_count < MAX_SENT);
    client->sent[client->sent_count++] = strdup(message_text(messages[i]));
    bytes += messages[i]->length;
  }
  assert_true(count == 1 || bytes <= SESSION_BATCH_BYTES);
  client->write_count++;
  return 0;
}

static inline bool client_is_clear(void *context) {
  return ((struct client *)context)->is_clear;
}

static inline void client_want_write(void *context) {
  ((struct client *)context)->wants_write = true;
}

static inline void client_close(void *context, int code, const char *reason) {
  struct client *client = context;
  assert_int_equal(client->close_code, 0); /* once */
  assert_true(strlen(reason) < 60);
  client->close_code = code;
}

static inline void client_open(struct fixture *fixture, struct client *client,
                               enum proto_role role) {
  static const struct session_transport transport = {client_write, client_is_clear,
                                                     client_want_write, client_close};
  client->is_clear = true;
  client->session =
      session_new(&fixture->dispatch, &transport, client, role, "127.0.0.1");
  assert_non_null(client->session);
}

static inline void client_end(struct client *client) {
  session_free(client->session);
  client->session = NULL;
}

/* The socket has room again: everything that waits goes out. */
static inline void client_drain(struct client *client) {
  client->is_clear = true;
  session_writable(client->session);
}

static inline void say(struct client *client, const char *text) {
  session_receive(client->session, text, strlen(text), false, true);
}

/* The next message that the client got and the test has not looked at; "" for none. */
static inline const char *next(struct client *client) {
  return client->seen < client->sent_count ? client->sent[client->seen++] : "";
}

static inline bool has(const char *text, const char *part) {
  return strstr(text, part) != NULL;
}

#define assert_says(text, part)                                                        \
  do {                                                                                 \
    const char *said = (text);                                                         \
    if (!has(said, (part)))                                                            \
      fail_msg("\"%s\" is not in: %s", (part), said);                                  \
  } while (0)

static inline int fixture_setup(void **state) {
  struct fixture *fixture = calloc(1, sizeof(*fixture));
  the_time = (struct moment){100000, 1700000000000};
  hub_init(&fixture->hub, fake_now);
  fixture->limits = proto_limits_default;
  fixture->dispatch = (struct dispatch){.hub = &fixture->hub,
                                        .alarms = &fixture->alarms,
                                        .limits = &fixture->limits,
                                        .now = fake_now,
                                        .version = "test",
                                        .instance = "instance",
                                        .started = the_time};
  fake_source_init(&fixture->source, &fixture->hub.sink, "documents");
  assert_int_equal(hub_add(&fixture->hub, &fixture->source.base), 0);
  *state = fixture;
  return 0;
}

static inline int fixture_teardown(void **state) {
  struct fixture *fixture = *state;
  for (unsigned i = 0; i < CLIENTS; i++) {
    client_end(&fixture->clients[i]);
    for (unsigned j = 0; j < fixture->clients[i].sent_count; j++) {
      free(fixture->clients[i].sent[j]);
    }
  }
  assert_int_equal(fixture->hub.listener_count, 0);
  assert_int_equal(fixture->source.watch_ms, 0); /* nobody looks any more */
  hub_fini(&fixture->hub);
  free(fixture);
  return 0;
}

#define SUBSCRIBE(topics, rest)                                                        \
  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.subscribe\",\"params\":"          \
  "{\"heap\":\"documents\",\"topics\":[" topics "]" rest "}}"

#define fixture_test(name)                                                             \
  cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
