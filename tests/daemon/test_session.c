/* test_session.c - what one client may, gets and is refused. */
#include "session_fixture.h"

#include "audit.h"

static void hello_comes_first_and_tells_the_role(void **state) {
  struct fixture *fixture = *state;
  client_open(fixture, &fixture->clients[0], PROTO_OBSERVER);
  const char *hello = next(&fixture->clients[0]);
  assert_says(hello, "\"server.hello\"");
  assert_says(hello, "\"ouro.v1\"");
  assert_says(hello, "\"observer\"");
  assert_says(hello, "\"instance\":\"instance\"");
}

static void subscriber_gets_samples_and_collections_once(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"sample\"", ""));
  say(client, SUBSCRIBE("\"sample\",\"collection\"", ""));
  next(client);
  assert_says(next(client), "\"subscription\":1");
  assert_says(next(client), "\"subscription\":2");
  fake_source_sample(&fixture->source);
  fake_source_collect(&fixture->source);
  assert_says(next(client), "\"method\":\"sample\"");
  assert_says(next(client), "\"method\":\"collection\"");
  assert_string_equal(next(client), "");
}

static void burst_leaves_in_few_writes_and_in_order(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ""));
  client->seen = client->sent_count;
  client->write_count = 0;
  fake_source_burst(&fixture->source, true);
  for (unsigned i = 0; i < 100; i++) {
    fake_source_collect(&fixture->source);
    if (i == 49) {
      fake_source_lose(&fixture->source, 2);
    }
  }
  assert_int_equal(client->write_count, 0);
  fake_source_burst(&fixture->source, false);
  assert_in_range(client->write_count, 3, 12);
  for (unsigned seq = 1; seq <= 102; seq++) {
    char expected[32];
    snprintf(expected, sizeof(expected), "\"seq\":%u,", seq);
    assert_says(next(client), seq == 51 ? "\"stream.lagged\"" : expected);
    seq += seq == 51;
  }
  assert_string_equal(next(client), "");
  fake_source_collect(&fixture->source); /* and without a burst at once */
  assert_says(next(client), "\"seq\":103,");
}

static void unsubscribed_client_gets_nothing_more(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"sample\",\"collection\"", ""));
  assert_int_not_equal(fixture->source.watch_ms, 0);
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"stream.unsubscribe\","
              "\"params\":{\"subscription\":1}}");
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"stream.unsubscribe\","
              "\"params\":{\"subscription\":1}}");
  client->seen = 2;
  assert_says(next(client), "\"id\":2");
  const char *refusal = next(client);
  assert_says(refusal, "-32602");
  assert_says(refusal, "/params/subscription");
  assert_int_equal(fixture->source.watch_ms, 0);
  fake_source_sample(&fixture->source);
  fake_source_collect(&fixture->source);
  assert_string_equal(next(client), "");
}

static void sixty_fifth_subscription_is_refused(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  for (unsigned i = 0; i < proto_limits_default.subscriptions; i++) {
    the_time.monotonic_ms += 100;
    say(client, SUBSCRIBE("\"heap\"", ""));
  }
  client->seen = client->sent_count - 1;
  assert_says(next(client), "\"subscription\":64");
  say(client, SUBSCRIBE("\"heap\"", ""));
  assert_says(next(client), "\"limit\"");
}

static void returning_client_gets_what_it_missed_in_order(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  for (unsigned i = 0; i < 5; i++) {
    fake_source_collect(&fixture->source);
  }
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ",\"after_seq\":2"));
  next(client);
  const char *answer = next(client);
  assert_says(answer, "\"seq\":5");
  assert_says(answer, "\"backfilled\":3");
  assert_says(next(client), "\"seq\":3");
  assert_says(next(client), "\"seq\":4");
  assert_says(next(client), "\"seq\":5");
  fake_source_collect(&fixture->source);
  assert_says(next(client), "\"seq\":6");
}

static void returning_client_of_all_heaps_resumes_each(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  for (unsigned i = 0; i < 5; i++) {
    fake_source_collect(&fixture->source);
  }
  client_open(fixture, client, PROTO_OBSERVER);
  say(client,
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.subscribe\",\"params\":"
      "{\"heap\":\"*\",\"topics\":[\"collection\"],"
      "\"after_seq\":{\"documents\":4,\"gone\":9}}}");
  next(client);
  const char *answer = next(client);
  assert_says(answer, "\"seq\":{\"documents\":5}");
  assert_says(answer, "\"backfilled\":1");
  assert_says(next(client), "\"seq\":5");
  assert_string_equal(next(client), "");
}

static void what_fell_out_of_the_ring_is_announced_first(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  for (unsigned i = 0; i < HUB_RING_COLLECTIONS + 10; i++) {
    fake_source_collect(&fixture->source);
  }
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ",\"after_seq\":3"));
  next(client);
  char backfilled[40];
  snprintf(backfilled, sizeof(backfilled), "\"backfilled\":%u", HUB_RING_COLLECTIONS);
  assert_says(next(client), backfilled);
  const char *lagged = next(client);
  assert_says(lagged, "\"stream.lagged\"");
  assert_says(lagged, "\"first_seq\":4");
  assert_says(lagged, "\"last_seq\":10");
  assert_says(lagged, "\"lost\":7");
  assert_says(next(client), "\"seq\":11");
  assert_int_equal(client->sent_count, 3 + HUB_RING_COLLECTIONS);
}

static void collections_lost_on_the_way_are_announced(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ""));
  client->seen = 2;
  fake_source_collect(&fixture->source);
  fake_source_lose(&fixture->source, 4);
  fake_source_collect(&fixture->source);
  assert_says(next(client), "\"seq\":1");
  const char *lagged = next(client);
  assert_says(lagged, "\"first_seq\":2");
  assert_says(lagged, "\"last_seq\":5");
  assert_says(next(client), "\"seq\":6");
}

static void slow_client_is_closed_and_others_keep_receiving(void **state) {
  struct fixture *fixture = *state;
  struct client *slow = &fixture->clients[0], *other = &fixture->clients[1];
  client_open(fixture, slow, PROTO_OBSERVER);
  client_open(fixture, other, PROTO_OBSERVER);
  say(slow, SUBSCRIBE("\"sample\",\"collection\"", ""));
  say(other, SUBSCRIBE("\"sample\",\"collection\"", ""));
  slow->is_clear = false;
  for (unsigned second = 0; second <= 6; second++) {
    for (unsigned i = 0; i < 10; i++) {
      the_time.monotonic_ms += 100;
      fake_source_sample(&fixture->source);
      fake_source_collect(&fixture->source);
    }
    for (unsigned i = 0; i < 2; i++) {
      session_tick(fixture->clients[i].session);
    }
    /* Samples coalesce: one waits, whatever the time. */
    assert_true(session_queued_bytes(slow->session) < 64 * 1024);
  }
  assert_int_equal(slow->close_code, SESSION_CLOSE_SLOW);
  assert_int_equal(slow->sent_count, 2);
  assert_int_equal(other->close_code, 0);
  assert_int_equal(other->sent_count, 2 + 2 * 70);
}

static void client_that_catches_up_in_time_stays(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ""));
  for (unsigned round = 0; round < 5; round++) {
    client->is_clear = false;
    for (unsigned i = 0; i < 100; i++) {
      fake_source_collect(&fixture->source);
    }
    the_time.monotonic_ms += 4000;
    session_tick(client->session);
    client_drain(client);
    session_tick(client->session);
  }
  assert_int_equal(client->close_code, 0);
  assert_int_equal(client->sent_count, 2 + 500);
}

static void newest_sample_wins_while_a_client_is_slow(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"sample\"", ""));
  client->seen = 2;
  client->is_clear = false;
  for (unsigned i = 1; i <= 20; i++) {
    the_time.monotonic_ms += 100;
    fixture->source.base.last_seq = i;
    fake_source_sample(&fixture->source);
  }
  client_drain(client);
  assert_says(next(client), "\"seq\":20");
  assert_string_equal(next(client), "");
}

static void more_than_the_ring_behind_is_announced_with_exact_numbers(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ""));
  client->seen = 2;
  client->is_clear = false;
  for (unsigned i = 0; i < HUB_RING_COLLECTIONS + 3000; i++) {
    fake_source_collect(&fixture->source);
  }
  client_drain(client);
  uint64_t expected = 1, lost = 0;
  for (const char *text = next(client); *text; text = next(client)) {
    if (has(text, "stream.lagged")) {
      expected = strtoull(strstr(text, "\"first_seq\":") + 12, NULL, 10) == expected
                     ? strtoull(strstr(text, "\"last_seq\":") + 11, NULL, 10) + 1
                     : 0;
      lost += strtoull(strstr(text, "\"lost\":") + 7, NULL, 10);
    } else {
      assert_int_equal(strtoull(strstr(text, "\"seq\":") + 6, NULL, 10), expected);
      expected++;
    }
  }
  assert_int_equal(expected, HUB_RING_COLLECTIONS + 3001);
  assert_true(lost > 0);
}

static void fragments_are_put_together(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  static const char text[] =
      "{\"jsonrpc\":\"2.0\",\"id\":\"f\",\"method\":\"heap.list\"}";
  client_open(fixture, client, PROTO_OBSERVER);
  next(client);
  for (size_t i = 0; i < sizeof(text) - 1; i++) {
    session_receive(client->session, text + i, 1, false, i == sizeof(text) - 2);
  }
  assert_says(next(client), "\"id\":\"f\"");
}

static void binary_invalid_utf8_and_too_much_close_with_their_codes(void **state) {
  struct fixture *fixture = *state;
  static char large[PROTO_MAX_MESSAGE_BYTES + 1];
  memset(large, ' ', sizeof(large));
  for (unsigned i = 0; i < 3; i++) {
    client_open(fixture, &fixture->clients[i], PROTO_OBSERVER);
  }
  session_receive(fixture->clients[0].session, "x", 1, true, true);
  session_receive(fixture->clients[1].session, "\"\xff\"", 3, false, true);
  session_receive(fixture->clients[2].session, large, sizeof(large) - 1, false, false);
  assert_int_equal(fixture->clients[2].close_code, 0);
  session_receive(fixture->clients[2].session, large, 1, false, false);
  assert_int_equal(fixture->clients[0].close_code, SESSION_CLOSE_BINARY);
  assert_int_equal(fixture->clients[1].close_code, SESSION_CLOSE_UTF8);
  assert_int_equal(fixture->clients[2].close_code, SESSION_CLOSE_TOO_LARGE);
  say(&fixture->clients[0], "{}"); /* nothing is heard any more */
  assert_int_equal(fixture->clients[0].sent_count, 1);
}

static void bad_requests_leave_the_session_open(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  next(client);
  say(client, "not JSON");
  assert_says(next(client), "-32700");
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no.such\"}");
  assert_says(next(client), "-32601");
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"heap.get\","
              "\"params\":{\"heap\":\"nope\"}}");
  assert_says(next(client), "\"no_such_heap\"");
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"gc.collect\","
              "\"params\":{\"heap\":\"documents\"}}");
  assert_says(next(client), "\"forbidden\"");
  assert_int_equal(fixture->source.requests, 0);
  assert_int_equal(client->close_code, 0);
}

static void collect_is_answered_when_the_heap_answers(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  static const char collect[] =
      "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"gc.collect\","
      "\"params\":{\"heap\":\"documents\"}}";
  client_open(fixture, client, PROTO_OPERATOR);
  next(client);
  say(client, collect);
  assert_string_equal(next(client), "");
  assert_string_equal(fixture->source.who, "operator@127.0.0.1");
  fake_source_reply(&fixture->source);
  assert_says(next(client), "\"id\":7");
  the_time.monotonic_ms += 100;
  say(client, collect);
  const char *refusal = next(client);
  assert_says(refusal, "\"cooling_down\"");
  assert_says(refusal, "\"retry_after_ms\":150");
  the_time.monotonic_ms += 150;
  say(client, collect);
  assert_int_equal(fixture->source.requests, 2);
  fake_source_reply(&fixture->source);
}

#define AUDIT(heap)                                                                    \
  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.subscribe\",\"params\":"          \
  "{\"heap\":\"" heap "\",\"topics\":[\"audit\"]}}"

static void commands_are_audited_to_who_follows_them(void **state) {
  static const char collect[] =
      "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"gc.collect\","
      "\"params\":{\"heap\":\"documents\"}}";
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0], *all = &fixture->clients[1],
                *one = &fixture->clients[2];
  client_open(fixture, client, PROTO_OPERATOR);
  client_open(fixture, all, PROTO_OBSERVER);
  client_open(fixture, one, PROTO_OBSERVER);
  say(all, AUDIT("*"));
  say(one, AUDIT("documents"));
  all->seen = one->seen = 2;
  say(client, collect);
  assert_string_equal(next(all), ""); /* not before it has ended */
  fake_source_reply(&fixture->source);
  const char *audit = next(all);
  assert_says(audit, "\"method\":\"audit\"");
  assert_says(audit, "\"who\":\"operator@127.0.0.1\"");
  assert_says(audit, "\"method\":\"gc.collect\",\"heap\":\"documents\"");
  assert_says(audit, "\"detail\":\"generation 2\",\"ok\":true,\"duration_ns\":");
  assert_string_equal(next(one), audit);
  /* A question needs no audit. */
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"gc.get_count\","
              "\"params\":{\"heap\":\"documents\"}}");
  fake_source_reply(&fixture->source);
  assert_string_equal(next(all), "");
  assert_int_equal(client->sent_count, 3); /* who did not ask for them hears nothing */
}

static void refused_commands_are_audited_too(void **state) {
  static const char collect[] =
      "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"gc.collect\","
      "\"params\":{\"heap\":\"documents\"}}";
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0], *all = &fixture->clients[1],
                *one = &fixture->clients[2];
  client_open(fixture, client, PROTO_OPERATOR);
  client_open(fixture, all, PROTO_OBSERVER);
  client_open(fixture, one, PROTO_OBSERVER);
  say(all, AUDIT("*"));
  say(one, AUDIT("documents"));
  all->seen = one->seen = 2;
  say(all, collect); /* an observer */
  const char *audit = next(all);
  assert_says(audit, "\"who\":\"observer@127.0.0.1\"");
  assert_says(audit, "\"ok\":false,\"code\":-32002,\"name\":\"forbidden\"");
  assert_says(next(all), "\"error\""); /* the answer comes after it */
  say(client, collect);
  fake_source_reply(&fixture->source);
  say(client, collect);
  next(all);
  assert_says(next(all), "\"name\":\"cooling_down\"");
  /* Of a heap that is not there: for who follows all. */
  one->seen = one->sent_count;
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"gc.enable\","
              "\"params\":{\"heap\":\"nowhere\"}}");
  assert_says(next(all), "\"heap\":\"nowhere\",\"ok\":false");
  assert_string_equal(next(one), "");
}

/* Or who may command nothing could fill the past with it. */
static void flood_of_refused_commands_is_not_audited(void **state) {
  static const char collect[] =
      "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"gc.collect\","
      "\"params\":{\"heap\":\"documents\"}}";
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0], *all = &fixture->clients[1];
  fixture->limits.commands_a_second = 1000;
  client_open(fixture, client, PROTO_OBSERVER);
  client_open(fixture, all, PROTO_OBSERVER);
  say(all, AUDIT("*"));
  all->seen = 2;
  for (unsigned i = 0; i < 10 * AUDIT_REFUSED_A_SECOND; i++) {
    say(client, collect);
  }
  assert_int_equal(client->sent_count, 1 + 10 * AUDIT_REFUSED_A_SECOND);
  assert_int_equal(all->sent_count, 2 + AUDIT_REFUSED_A_SECOND);
  the_time.monotonic_ms += 1000;
  say(client, collect);
  assert_int_equal(all->sent_count, 3 + AUDIT_REFUSED_A_SECOND);
  fixture->source.watch_ms = 0;
}

static void settings_are_audited_to_the_last_digit(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0], *all = &fixture->clients[1];
  client_open(fixture, client, PROTO_OPERATOR);
  client_open(fixture, all, PROTO_OBSERVER);
  say(all, AUDIT("*"));
  all->seen = 2;
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"workload.start\",\"params\":"
              "{\"heap\":\"documents\",\"workload\":\"churn\","
              "\"settings\":{\"seed\":4294967295,\"rate\":5}}}");
  fake_source_reply(&fixture->source);
  assert_says(next(all), "\"detail\":\"churn seed=4294967295 rate=5\"");
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"repl.eval\",\"params\":"
              "{\"heap\":\"documents\",\"code\":\"a = 1\\nb = 2\"}}");
  fake_source_reply(&fixture->source);
  assert_says(next(all), "\"detail\":\"a = 1 b = 2\"");
}

static void command_whose_client_left_is_audited(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0], *all = &fixture->clients[1];
  client_open(fixture, client, PROTO_OPERATOR);
  client_open(fixture, all, PROTO_OBSERVER);
  say(all, AUDIT("*"));
  all->seen = 2;
  say(client,
      "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"gc.set_threshold\",\"params\":"
      "{\"heap\":\"documents\",\"thresholds\":[50,5],\"revert_after_ms\":900}}");
  client_end(client);
  fake_source_reply(&fixture->source);
  assert_says(next(all), "\"detail\":\"thresholds 50, 5, undone in 900 ms\"");
}

static void answer_for_a_client_that_left_is_dropped(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OPERATOR);
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"gc.collect\","
              "\"params\":{\"heap\":\"documents\"}}");
  client_end(client);
  fake_source_reply(&fixture->source);
  assert_int_equal(client->sent_count, 1);
}

static void flood_of_commands_is_told_when_to_come_back(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  next(client);
  for (unsigned i = 0; i < proto_limits_default.commands_a_second; i++) {
    say(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"heap.list\"}");
    assert_says(next(client), "\"result\"");
  }
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":\"late\",\"method\":\"heap.list\"}");
  const char *refusal = next(client);
  assert_says(refusal, "\"limit\"");
  assert_says(refusal, "\"retry_after_ms\":50");
  assert_says(refusal, "\"late\"");
  the_time.monotonic_ms += 50;
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"heap.list\"}");
  assert_says(next(client), "\"result\"");
}

static void star_includes_heaps_that_come_later(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  struct fake_source later;
  client_open(fixture, client, PROTO_OBSERVER);
  say(client,
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.subscribe\",\"params\":"
      "{\"heap\":\"*\",\"topics\":[\"collection\",\"heap\"]}}");
  client->seen = 2;
  fake_source_init(&later, &fixture->hub.sink, "later");
  assert_int_equal(hub_add(&fixture->hub, &later.base), 0);
  assert_says(next(client), "\"event\":\"added\"");
  fake_source_collect(&later);
  assert_says(next(client), "\"heap\":\"later\"");
  later.base.sink->gone(later.base.sink->context, &later.base);
  assert_says(next(client), "\"event\":\"removed\"");
}

static void dead_connection_is_not_written_to_again(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OBSERVER);
  say(client, SUBSCRIBE("\"collection\"", ""));
  client->is_dead = true;
  fake_source_collect(&fixture->source);
  client->is_dead = false;
  fake_source_collect(&fixture->source);
  assert_int_equal(client->sent_count, 2);
}

/* --- limits and read_only --- */

static void limits_that_change_hold_for_sessions_that_are_open(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  client_open(fixture, client, PROTO_OPERATOR);
  assert_says(next(client), "\"subscriptions\":64,");
  fixture->limits.subscriptions = 1;
  fixture->limits.nesting_levels = 4;
  fixture->limits.message_bytes = 1024;
  say(client, SUBSCRIBE("\"heap\"", ""));
  assert_says(next(client), "\"subscription\":1");
  say(client, SUBSCRIBE("\"heap\"", ""));
  assert_says(next(client), "at most 1 subscriptions");
  say(client, "{\"id\":5,\"x\":[[[[1]]]]}");
  assert_says(next(client), "at most 4 levels");
  fixture->limits.commands_a_second = 1;
  say(client, "{\"id\":6}");
  say(client, "{\"id\":7}");
  client->seen = client->sent_count - 1;
  assert_says(next(client), "more than 1 commands a second");

  static char large[1025];
  memset(large, ' ', sizeof(large));
  session_receive(client->session, large, sizeof(large), false, true);
  assert_int_equal(client->close_code, SESSION_CLOSE_TOO_LARGE);

  client_open(fixture, &fixture->clients[1], PROTO_OBSERVER);
  assert_says(next(&fixture->clients[1]), "\"message_bytes\":1024,");
}

static void smaller_queue_closes_whoever_fills_it(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  fixture->limits.queue_bytes = 100;
  fixture->limits.commands_a_second = 1000;
  client_open(fixture, client, PROTO_OPERATOR);
  client->is_clear = false;
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.info\"}");
  assert_int_equal(client->close_code, SESSION_CLOSE_SLOW);
}

static void read_only_daemon_refuses_what_changes_and_serves_what_reads(void **state) {
  static const struct {
    const char *call;
    bool is_served;
  } calls[] = {
      {"\"gc.collect\",\"params\":{\"heap\":\"documents\"}", false},
      {"\"gc.set_threshold\",\"params\":{\"heap\":\"documents\",\"thresholds\":[9]}",
       false},
      {"\"gc.disable\",\"params\":{\"heap\":\"documents\"}", false},
      {"\"workload.stop\",\"params\":{\"heap\":\"documents\"}", false},
      {"\"repl.eval\",\"params\":{\"heap\":\"documents\",\"code\":\"a\"}", false},
      {"\"gc.get_threshold\",\"params\":{\"heap\":\"documents\"}", true},
      {"\"heap.verify\",\"params\":{\"heap\":\"documents\"}", true},
      {"\"server.info\"", true},
      {"\"heap.list\"", true},
  };
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  fixture->dispatch.read_only = true;
  client_open(fixture, client, PROTO_OPERATOR);
  assert_says(next(client), "\"read_only\":true");
  for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
    char text[256];
    snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":%s}",
             calls[i].call);
    unsigned asked = fixture->source.requests;
    say(client, text);
    if (!calls[i].is_served) {
      const char *refusal = next(client);
      assert_says(refusal, "\"name\":\"forbidden\"");
      assert_says(refusal, "read_only");
      assert_int_equal(fixture->source.requests, asked);
    } else if (fixture->source.requests > asked) {
      fake_source_reply(&fixture->source);
    }
    if (calls[i].is_served) {
      assert_says(next(client), "\"result\":");
    }
  }
}

static void text_that_cannot_become_utf8_ends_before_it_is_whole(void **state) {
  struct fixture *fixture = *state;
  client_open(fixture, &fixture->clients[0], PROTO_OBSERVER);
  session_receive(fixture->clients[0].session, "\"\xf4", 2, false, false);
  assert_int_equal(fixture->clients[0].close_code, 0);
  session_receive(fixture->clients[0].session, "\x90", 1, false, false);
  assert_int_equal(fixture->clients[0].close_code, SESSION_CLOSE_UTF8);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      fixture_test(limits_that_change_hold_for_sessions_that_are_open),
      fixture_test(smaller_queue_closes_whoever_fills_it),
      fixture_test(read_only_daemon_refuses_what_changes_and_serves_what_reads),
      fixture_test(hello_comes_first_and_tells_the_role),
      fixture_test(subscriber_gets_samples_and_collections_once),
      fixture_test(burst_leaves_in_few_writes_and_in_order),
      fixture_test(unsubscribed_client_gets_nothing_more),
      fixture_test(sixty_fifth_subscription_is_refused),
      fixture_test(returning_client_gets_what_it_missed_in_order),
      fixture_test(returning_client_of_all_heaps_resumes_each),
      fixture_test(what_fell_out_of_the_ring_is_announced_first),
      fixture_test(collections_lost_on_the_way_are_announced),
      fixture_test(slow_client_is_closed_and_others_keep_receiving),
      fixture_test(client_that_catches_up_in_time_stays),
      fixture_test(newest_sample_wins_while_a_client_is_slow),
      fixture_test(more_than_the_ring_behind_is_announced_with_exact_numbers),
      fixture_test(fragments_are_put_together),
      fixture_test(binary_invalid_utf8_and_too_much_close_with_their_codes),
      fixture_test(bad_requests_leave_the_session_open),
      fixture_test(collect_is_answered_when_the_heap_answers),
      fixture_test(commands_are_audited_to_who_follows_them),
      fixture_test(refused_commands_are_audited_too),
      fixture_test(flood_of_refused_commands_is_not_audited),
      fixture_test(command_whose_client_left_is_audited),
      fixture_test(settings_are_audited_to_the_last_digit),
      fixture_test(answer_for_a_client_that_left_is_dropped),
      fixture_test(flood_of_commands_is_told_when_to_come_back),
      fixture_test(star_includes_heaps_that_come_later),
      fixture_test(dead_connection_is_not_written_to_again),
      fixture_test(text_that_cannot_become_utf8_ends_before_it_is_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
