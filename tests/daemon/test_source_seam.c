/* test_source_seam.c - a heap of another kind goes through every part unchanged.
 *
 *   scripted source --sink--> hub --> session     what a viewer reads
 *    (cpython-agent)          |  --> metrics      what Prometheus scrapes
 *                             |  --> history      what is asked for later
 *          <--request-- dispatch <--- a command   and what is audited
 *
 * It numbers its collections itself, begins in the midst of them, and knows little:
 * no bytes, no phases, no pools. The parts are the daemon's own; none of them was told
 * what kind of heap it is. That is what programs that attach will rely on. */
#include "history_fixture.h"

#include "metrics.h"
#include "session.h"

#define MAX_SENT 64
#define AGENT    "app:4711:1790000000000"

struct seam {
  struct past past; /* loop, hub, history */
  struct dispatch dispatch;
  struct proto_limits limits;
  struct metrics metrics;
  struct fake_source agent;
  struct session *session;
  char *sent[MAX_SENT]; /* owned */
  unsigned sent_count, seen;
};

static int seam_write(void *context, struct message *const *messages, unsigned count) {
  struct seam *seam = context;
  for (unsigned i = 0; i < count; i++) {
    assert_true(seam->sent_count < MAX_SENT);
    seam->sent[seam->sent_count++] = strdup(message_text(messages[i]));
  }
  return 0;
}
static bool seam_is_clear(void *context) {
  (void)context;
  return true;
}
static void seam_want_write(void *context) {
  (void)context;
}
static void seam_close(void *context, int code, const char *reason) {
  (void)context;
  fail_msg("closed with %d: %s", code, reason);
}

static const struct session_transport transport = {seam_write, seam_is_clear,
                                                   seam_want_write, seam_close};

static void say(struct seam *seam, const char *text) {
  session_receive(seam->session, text, strlen(text), false, true);
}

/* The next message with `part` in it; what was in between is skipped. What history has
 * to be asked for first comes with a turn of the loop. */
static const char *heard(struct seam *seam, const char *part) {
  uint64_t until_ms = moment_now().monotonic_ms + 20000;
  do {
    while (seam->seen < seam->sent_count) {
      const char *text = seam->sent[seam->seen++];
      if (strstr(text, part)) {
        return text;
      }
    }
    uv_run(&seam->past.loop, UV_RUN_ONCE);
  } while (moment_now().monotonic_ms < until_ms);
  fail_msg("nobody said: %s", part);
  return "";
}

static void assert_has(const char *text, const char *part) {
  if (!strstr(text, part)) {
    fail_msg("\"%s\" is not in: %s", part, text);
  }
}

static void assert_lacks(const char *text, const char *part) {
  if (strstr(text, part)) {
    fail_msg("\"%s\" is in: %s", part, text);
  }
}

/* The whole of a scrape; owned. */
static char *scrape(struct seam *seam) {
  enum { ROOM = 256 * 1024 };
  char *text = calloc(1, ROOM);
  size_t length = 0;
  struct metrics_scrape *scrape =
      metrics_scrape_new(&seam->metrics, EXPOSITION_CLASSIC);
  ptrdiff_t piece = 0;
  while ((piece = metrics_scrape_next(scrape, text + length, ROOM - 1 - length)) > 0) {
    length += (size_t)piece;
  }
  assert_int_equal(piece, 0);
  metrics_scrape_free(scrape);
  return text;
}

static void seam_begin(struct seam *seam, const char *directory) {
  *seam = (struct seam){.limits = proto_limits_default};
  assert_int_equal(past_open(&seam->past, directory), 0);
  seam->dispatch = (struct dispatch){.hub = &seam->past.hub,
                                     .alarms = &seam->past.alarms,
                                     .history = seam->past.history,
                                     .limits = &seam->limits,
                                     .now = skewed_now,
                                     .started = skewed_now(),
                                     .version = "test",
                                     .instance = "instance"};
  metrics_init(&seam->metrics, &seam->past.hub, &seam->dispatch);
  seam->session =
      session_new(&seam->dispatch, &transport, seam, PROTO_OPERATOR, "127.0.0.1");
  assert_non_null(seam->session);
}

static void seam_end(struct seam *seam) {
  session_free(seam->session);
  metrics_fini(&seam->metrics);
  past_end(&seam->past);
  for (unsigned i = 0; i < seam->sent_count; i++) {
    free(seam->sent[i]);
  }
}

/* The program says hello: its collector has run 500 times before anybody looked. */
static void attach(struct seam *seam) {
  fake_source_init(&seam->agent, &seam->past.hub.sink, AGENT);
  struct proto_heap *info = &seam->agent.base.info;
  snprintf(info->kind, sizeof info->kind, "cpython-agent");
  snprintf(info->runtime, sizeof info->runtime, "CPython 3.11.2");
  snprintf(info->collector, sizeof info->collector, "generational");
  info->capabilities[info->capability_count++] = "collect";
  info->pid = 4711;
  seam->agent.base.last_seq = 500;
  assert_int_equal(hub_add(&seam->past.hub, &seam->agent.base), 0);
}

/* A collection as an agent knows it. */
static void collect(struct seam *seam, const char *reason) {
  struct fake_source *agent = &seam->agent;
  struct proto_collection collection = {.seq = ++agent->base.last_seq,
                                        .time_ms = skewed_now().wall_ms,
                                        .generation = 2,
                                        .pause_ns = 149000000,
                                        .collected = 1234};
  snprintf(collection.heap, sizeof collection.heap, AGENT);
  snprintf(collection.reason, sizeof collection.reason, "%s", reason);
  agent->base.sink->collection(agent->base.sink->context, &agent->base, &collection);
}

#define REQUEST(method, params)                                                        \
  "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" method "\",\"params\":{" params "}}"

static void scripted_heap_is_streamed_with_its_own_numbers(void **state) {
  static struct seam seam;
  seam_begin(&seam, *state);
  say(&seam, REQUEST("stream.subscribe", "\"heap\":\"*\",\"topics\":[\"heap\","
                                         "\"sample\",\"collection\"]"));
  attach(&seam);
  const char *event = heard(&seam, "\"method\":\"heap\"");
  assert_has(event, "\"added\"");
  assert_has(event, "\"kind\":\"cpython-agent\"");
  collect(&seam, "threshold");
  event = heard(&seam, "\"method\":\"collection\"");
  assert_has(event, "\"seq\":501");
  /* Unknown is absent, never 0. */
  assert_lacks(event, "freed_bytes");
  assert_lacks(event, "phases_ns");
  fake_source_lose(&seam.agent, 2);
  collect(&seam, "threshold");
  event = heard(&seam, "stream.lagged");
  assert_has(event, "\"first_seq\":502");
  assert_has(event, "\"last_seq\":503");
  assert_has(heard(&seam, "\"method\":\"collection\""), "\"seq\":504");
  fake_source_sample(&seam.agent);
  heard(&seam, "\"method\":\"sample\"");
  seam_end(&seam);
}

static void scripted_heap_is_scraped_under_its_runtimes_names(void **state) {
  static struct seam seam;
  seam_begin(&seam, *state);
  attach(&seam);
  collect(&seam, "threshold");
  fake_source_sample(&seam.agent);
  char *text = scrape(&seam);
  assert_has(text, "python_gc_duration_seconds");
  assert_has(text, "heap=\"" AGENT "\"");
  free(text);
  seam.agent.base.sink->gone(seam.agent.base.sink->context, &seam.agent.base);
  text = scrape(&seam);
  assert_lacks(text, AGENT);
  free(text);
  seam_end(&seam);
}

static void scripted_heap_is_remembered_after_it_went(void **state) {
  static struct seam seam;
  seam_begin(&seam, *state);
  attach(&seam);
  collect(&seam, "threshold");
  collect(&seam, "explicit");
  seam.agent.base.sink->gone(seam.agent.base.sink->context, &seam.agent.base);
  assert_answer(&seam.past,
                REQUEST("history.collections", "\"heap\":\"" AGENT "\",\"limit\":1"),
                "\"seq\":502");
  seam_end(&seam);
}

static void command_reaches_a_scripted_heap_and_is_audited(void **state) {
  static struct seam seam;
  seam_begin(&seam, *state);
  attach(&seam);
  say(&seam, REQUEST("stream.subscribe",
                     "\"heap\":\"*\",\"topics\":[\"audit\",\"collection\"]"));
  say(&seam, REQUEST("gc.collect", "\"heap\":\"" AGENT "\""));
  assert_int_equal(seam.agent.asked, PROTO_GC_COLLECT);
  assert_string_equal(seam.agent.who, "operator@127.0.0.1");
  collect(&seam, "remote");
  fake_source_reply(&seam.agent);
  assert_has(heard(&seam, "\"method\":\"collection\""), "\"reason\":\"remote\"");
  const char *event = heard(&seam, "\"method\":\"audit\"");
  assert_has(event, "\"gc.collect\"");
  assert_has(event, AGENT);
  history_flush(seam.past.history);
  seam_end(&seam);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM audit"), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      scratch_test(scripted_heap_is_streamed_with_its_own_numbers),
      scratch_test(scripted_heap_is_scraped_under_its_runtimes_names),
      scratch_test(scripted_heap_is_remembered_after_it_went),
      scratch_test(command_reaches_a_scripted_heap_and_is_audited),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
