/* test_backfill.c - clients that come back after longer than the ring: a session
 * without a socket, and an archive that answers when the test says so. */
#include "session_fixture.h"

struct archive {
  struct hub_archive base; /* first */
  uint64_t first, last;    /* what it has */
  uint64_t hole_first, hole_last;
  bool is_counted; /* the hole */
  bool is_off;
  unsigned asked;
  uint64_t after, until; /* of the request under way */
  hub_page_reply *reply; /* NULL: none is */
  void *context;
};

static uint64_t archive_last_seq(struct hub_archive *base, const char *id) {
  (void)base;
  (void)id;
  return 0;
}

static bool archive_has(const struct archive *archive, uint64_t seq) {
  return seq >= archive->first && seq <= archive->last &&
         (seq < archive->hole_first || seq > archive->hole_last);
}

static uint64_t archive_count(struct hub_archive *base, const char *id, uint64_t after,
                              uint64_t until, bool *ret_is_counted) {
  struct archive *archive = (struct archive *)base;
  uint64_t found = 0;
  (void)id;
  *ret_is_counted = true;
  for (uint64_t seq = after + 1; seq <= until; seq++) {
    found += archive_has(archive, seq) ? 1 : 0;
    if (seq >= archive->hole_first && seq <= archive->hole_last) {
      *ret_is_counted = archive->is_counted;
    }
  }
  return found;
}

static int archive_page(struct hub_archive *base, const char *id, uint64_t after,
                        uint64_t until, hub_page_reply *reply, void *context) {
  struct archive *archive = (struct archive *)base;
  (void)id;
  if (archive->is_off) {
    return -1;
  }
  assert_null(archive->reply); /* one at a time */
  assert_true(until > after);
  archive->asked++;
  archive->after = after;
  archive->until = until;
  archive->reply = reply;
  archive->context = context;
  return 0;
}

static const struct hub_archive_ops archive_ops = {archive_last_seq, archive_count,
                                                   archive_page};

static struct archive archive_with(uint64_t first, uint64_t last) {
  return (struct archive){
      .base = {&archive_ops}, .first = first, .last = last, .is_counted = true};
}

/* Answer with at most `most` entries; 0: there is no answer. */
static void archive_answer(struct archive *archive, unsigned most) {
  struct hub_page page = {.entries =
                              most > 0 ? calloc(most, sizeof *page.entries) : NULL};
  hub_page_reply *reply = archive->reply;
  assert_non_null(reply);
  for (uint64_t seq = archive->after + 1; seq <= archive->until && page.count < most;) {
    struct hub_past *entry = &page.entries[page.count++];
    *entry = (struct hub_past){.first_seq = seq, .last_seq = seq, .is_counted = true};
    if (archive_has(archive, seq)) {
      char text[64];
      int length = snprintf(text, sizeof text, "{\"stored\":%u}", (unsigned)seq);
      entry->message = message_new(text, (size_t)length);
    }
    while (!entry->message && entry->last_seq < archive->until &&
           !archive_has(archive, entry->last_seq + 1)) {
      entry->last_seq++;
    }
    if (!entry->message && archive->hole_first <= entry->last_seq &&
        archive->hole_last >= entry->first_seq) {
      entry->is_counted = archive->is_counted;
    }
    seq = entry->last_seq + 1;
  }
  archive->reply = NULL;
  reply(archive->context, &page);
}

static void collect(struct fixture *fixture, unsigned count) {
  while (count-- > 0) {
    fake_source_collect(&fixture->source);
  }
}

/* A client that asks for what came after `after`, and its answer read. */
static struct client *follow(struct fixture *fixture, struct archive *archive,
                             unsigned after, const char *backfilled) {
  struct client *client = &fixture->clients[0];
  char rest[40], expected[40];
  fixture->hub.archive = &archive->base;
  client_open(fixture, client, PROTO_OBSERVER);
  next(client);
  snprintf(rest, sizeof rest, ",\"after_seq\":%u", after);
  char text[200];
  snprintf(text, sizeof text,
           "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.subscribe\",\"params\":"
           "{\"heap\":\"documents\",\"topics\":[\"collection\"]%s}}",
           rest);
  say(client, text);
  snprintf(expected, sizeof expected, "\"backfilled\":%s}", backfilled);
  assert_says(next(client), expected);
  return client;
}

static void assert_next_is_stored(struct client *client, unsigned seq) {
  char expected[40];
  snprintf(expected, sizeof expected, "{\"stored\":%u}", seq);
  assert_string_equal(next(client), expected);
}

static void assert_next_is_live(struct client *client, unsigned seq) {
  char expected[40];
  snprintf(expected, sizeof expected, "\"seq\":%u,", seq);
  assert_says(next(client), expected);
}

static void past_comes_before_the_ring_and_the_ring_before_what_is_new(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100); /* the ring has 77..1100 */
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 10, "1090");
  assert_int_equal(archive.after, 10);
  assert_int_equal(archive.until, 76);
  collect(fixture, 5); /* while the page is under way: the ring has 82.. now */
  assert_string_equal(next(client), "");
  archive_answer(&archive, 40);
  for (unsigned seq = 11; seq <= 50; seq++) {
    assert_next_is_stored(client, seq);
  }
  assert_string_equal(next(client), "");
  assert_int_equal(archive.after, 50);
  assert_int_equal(archive.until, 81);
  archive_answer(&archive, 200);
  for (unsigned seq = 51; seq <= 81; seq++) {
    assert_next_is_stored(client, seq);
  }
  for (unsigned seq = 82; seq <= 1105; seq++) {
    assert_next_is_live(client, seq);
  }
  collect(fixture, 1);
  assert_next_is_live(client, 1106);
  assert_int_equal(archive.asked, 2);
}

static void what_the_archive_has_lost_is_announced_with_its_numbers(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(20, 1100);
  archive.hole_first = 30;
  archive.hole_last = 39;
  struct client *client = follow(fixture, &archive, 10, "1071");
  archive_answer(&archive, 200);
  assert_says(next(client), "\"first_seq\":11,\"last_seq\":19,\"lost\":9");
  for (unsigned seq = 20; seq <= 29; seq++) {
    assert_next_is_stored(client, seq);
  }
  assert_says(next(client), "\"first_seq\":30,\"last_seq\":39,\"lost\":10");
  assert_next_is_stored(client, 40);
}

static void numbers_of_an_unclean_end_are_lost_in_unknown_number(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  archive.hole_first = 30;
  archive.hole_last = 39;
  archive.is_counted = false;
  struct client *client = follow(fixture, &archive, 28, "1062");
  archive_answer(&archive, 200);
  assert_next_is_stored(client, 29);
  assert_says(next(client), "\"first_seq\":30,\"last_seq\":39,\"lost\":null");
  assert_next_is_stored(client, 40);
}

static void history_that_is_off_is_a_gap_and_not_a_wait(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  archive.is_off = true;
  struct client *client = follow(fixture, &archive, 10, "1090");
  assert_says(next(client), "\"first_seq\":11,\"last_seq\":76,\"lost\":66");
  assert_next_is_live(client, 77);
}

static void page_without_an_answer_is_a_gap_and_not_asked_for_again(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 10, "1090");
  archive_answer(&archive, 0);
  assert_says(next(client), "\"first_seq\":11,\"last_seq\":76,\"lost\":66");
  assert_next_is_live(client, 77);
  assert_int_equal(archive.asked, 1);
}

static void numbers_of_an_unclean_end_stay_in_doubt_without_an_answer(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  archive.hole_first = 30;
  archive.hole_last = 39;
  archive.is_counted = false;
  struct client *client = follow(fixture, &archive, 10, "1080");
  archive_answer(&archive, 0);
  assert_says(next(client), "\"first_seq\":11,\"last_seq\":76,\"lost\":null");
  assert_next_is_live(client, 77);
  fake_source_lose(&fixture->source, 2); /* and what comes later is in none */
  collect(fixture, 1);
  const char *text;
  while (!has(text = next(client), "stream.lagged")) {
    assert_true(text[0] != '\0' || archive.reply);
    if (archive.reply) {
      archive_answer(&archive, 0);
    }
  }
  assert_says(text, "\"first_seq\":1101,\"last_seq\":1102,\"lost\":2");
}

static void client_that_goes_while_its_page_is_under_way_is_forgotten(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 10, "1090");
  client_end(client);
  archive_answer(&archive, 200); /* nobody is there; nothing leaks */
}

static void heap_that_goes_tells_what_was_not_fetched(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 10, "1090");
  fixture->hub.sink.gone(&fixture->hub, &fixture->source.base);
  assert_says(next(client), "\"first_seq\":11,\"last_seq\":1100");
  archive_answer(&archive, 200);
  assert_string_equal(next(client), "");
  fixture->source.watch_ms = 0;
}

/* A restart: who resumes by what was told would never get what history keeps. */
static void heap_that_goes_with_its_daemon_takes_nothing_that_is_kept(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 10, "1090");
  archive_answer(&archive, 5);
  for (unsigned seq = 11; seq <= 15; seq++) {
    assert_next_is_stored(client, seq);
  }
  hub_end(&fixture->hub);
  fixture->hub.sink.gone(&fixture->hub, &fixture->source.base);
  assert_string_equal(next(client), "");
  archive_answer(&archive, 200);
  assert_string_equal(next(client), "");
  fixture->source.watch_ms = 0;
}

static void
heap_that_goes_with_a_daemon_without_history_tells_what_is_lost(void **state) {
  struct fixture *fixture = *state;
  struct client *client = &fixture->clients[0];
  collect(fixture, 1100);
  client_open(fixture, client, PROTO_OBSERVER);
  next(client);
  say(client, SUBSCRIBE("\"collection\"", ""));
  assert_says(next(client), "\"seq\":1100");
  client->is_clear = false;
  collect(fixture, 2000);
  hub_end(&fixture->hub);
  fixture->hub.sink.gone(&fixture->hub, &fixture->source.base);
  client_drain(client);
  const char *last = "", *text;
  while ((text = next(client))[0] != '\0') {
    last = text;
  }
  assert_says(last, "\"last_seq\":3100,");
  fixture->source.watch_ms = 0;
}

static void page_of_who_wants_no_collections_any_more_is_for_nobody(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 10, "1090");
  say(client, SUBSCRIBE("\"sample\"", ""));
  assert_says(next(client), "\"subscription\":2");
  say(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.unsubscribe\","
              "\"params\":{\"subscription\":1}}");
  assert_says(next(client), "\"result\"");
  archive_answer(&archive, 200);
  assert_string_equal(next(client), "");
  assert_int_equal(archive.asked, 1);
}

static void client_is_not_slow_when_the_archive_is(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 10);
  struct archive archive = archive_with(1, 10000);
  struct client *client = follow(fixture, &archive, 10, "0");
  fake_source_lose(&fixture->source, 3); /* the archive may have them, it is asked */
  collect(fixture, 5);
  for (unsigned second = 0; second < 30; second++) {
    the_time.monotonic_ms += 1000;
    session_tick(client->session);
  }
  assert_int_equal(client->close_code, 0);
  archive.hole_first = 11;
  archive.hole_last = 13;
  archive_answer(&archive, 200);
  assert_says(next(client), "\"first_seq\":11,\"last_seq\":13,\"lost\":3");
  assert_next_is_live(client, 14);
}

static void second_subscription_moves_the_place_and_drops_the_old_page(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 50, "1050");
  struct archive old = archive;
  archive.reply = NULL;
  say(client, SUBSCRIBE("\"collection\"", ",\"after_seq\":10"));
  assert_says(next(client), "\"backfilled\":1090}");
  archive_answer(&old, 200); /* for the old place */
  assert_string_equal(next(client), "");
  assert_int_equal(archive.after, 10);
  archive_answer(&archive, 200);
  assert_next_is_stored(client, 11);
}

static void second_subscription_skips_nothing_that_the_first_is_owed(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 10, "1090");
  say(client, SUBSCRIBE("\"collection\"", ",\"after_seq\":50"));
  assert_says(next(client), "\"backfilled\":1050}");
  archive_answer(&archive, 200);
  assert_next_is_stored(client, 11);
  assert_next_is_stored(client, 12);
}

static void backfill_is_never_too_slow(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 5000);
  struct client *client = follow(fixture, &archive, 10, "1090");
  for (unsigned second = 0; second < 30; second++) {
    the_time.monotonic_ms += 1000;
    collect(fixture, 50);
    session_tick(client->session);
  }
  assert_int_equal(client->close_code, 0);
  while (archive.reply) {
    archive_answer(&archive, 200);
    the_time.monotonic_ms += 1000;
    session_tick(client->session);
  }
  assert_int_equal(client->close_code, 0);
  unsigned seq = 11;
  while (client->seen < client->sent_count) {
    const char *text = next(client);
    char stored[40], live[40];
    snprintf(stored, sizeof stored, "{\"stored\":%u}", seq);
    snprintf(live, sizeof live, "\"seq\":%u,", seq);
    assert_true(has(text, stored) || has(text, live));
    seq++;
  }
  assert_int_equal(seq, 2601);
}

static void page_waits_in_the_session_until_its_client_drains(void **state) {
  struct fixture *fixture = *state;
  collect(fixture, 1100);
  struct archive archive = archive_with(1, 1100);
  struct client *client = follow(fixture, &archive, 10, "1090");
  client->is_clear = false;
  archive_answer(&archive, 200);
  assert_in_range(session_queued_bytes(client->session), 1,
                  SESSION_BACKFILL_BYTES + 2000);
  client_drain(client);
  for (unsigned seq = 11; seq <= 76; seq++) {
    assert_next_is_stored(client, seq);
  }
  assert_next_is_live(client, 77);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      fixture_test(past_comes_before_the_ring_and_the_ring_before_what_is_new),
      fixture_test(what_the_archive_has_lost_is_announced_with_its_numbers),
      fixture_test(numbers_of_an_unclean_end_are_lost_in_unknown_number),
      fixture_test(history_that_is_off_is_a_gap_and_not_a_wait),
      fixture_test(page_without_an_answer_is_a_gap_and_not_asked_for_again),
      fixture_test(numbers_of_an_unclean_end_stay_in_doubt_without_an_answer),
      fixture_test(client_that_goes_while_its_page_is_under_way_is_forgotten),
      fixture_test(heap_that_goes_tells_what_was_not_fetched),
      fixture_test(heap_that_goes_with_its_daemon_takes_nothing_that_is_kept),
      fixture_test(heap_that_goes_with_a_daemon_without_history_tells_what_is_lost),
      fixture_test(page_of_who_wants_no_collections_any_more_is_for_nobody),
      fixture_test(client_is_not_slow_when_the_archive_is),
      fixture_test(second_subscription_moves_the_place_and_drops_the_old_page),
      fixture_test(second_subscription_skips_nothing_that_the_first_is_owed),
      fixture_test(backfill_is_never_too_slow),
      fixture_test(page_waits_in_the_session_until_its_client_drains),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
