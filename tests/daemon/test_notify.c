/* test_notify.c - what the service manager hears, and when the watchdog goes hungry.
 *
 * The test is the manager: a datagram socket named by $NOTIFY_SOCKET. Time is the
 * test's; the loop's timers are real and a few milliseconds long. */
#include "scratch.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "fake_source.h"
#include "log.h"
#include "notify.h"

static struct moment the_time;

static struct moment fake_now(void) {
  return the_time;
}

/* A thread of the tests': counts how often it was looked at. */
struct worker {
  uint64_t beat;
  bool is_waiting;
  unsigned looks;
};

struct fixture {
  void *directory;
  int manager;
  uv_loop_t loop;
  struct hub hub;
  struct fake_source source;
  struct alarms alarms;
  struct notify notify;
  struct worker worker;
  struct heartbeat heartbeat;
};

static uint64_t beat_of(void *context, bool *ret_waiting) {
  struct worker *worker = context;
  worker->looks++;
  *ret_waiting = worker->is_waiting;
  return worker->beat;
}

static int setup(void **state) {
  struct fixture *fixture = calloc(1, sizeof(*fixture));
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  the_time = (struct moment){100000, 1790000000000};
  scratch_setup(&fixture->directory);
  snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify",
           (const char *)fixture->directory);
  fixture->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  assert_int_equal(bind(fixture->manager, (struct sockaddr *)&address, sizeof(address)),
                   0);
  setenv("NOTIFY_SOCKET", address.sun_path, 1);
  setenv("WATCHDOG_USEC", "20000", 1);
  unsetenv("WATCHDOG_PID");
  uv_loop_init(&fixture->loop);
  hub_init(&fixture->hub, fake_now);
  fake_source_init(&fixture->source, &fixture->hub.sink, "documents");
  hub_add(&fixture->hub, &fixture->source.base);
  notify_init(&fixture->notify, &fixture->hub, &fixture->alarms);
  fixture->heartbeat = (struct heartbeat){
      .name = "history", .beat = beat_of, .context = &fixture->worker};
  *state = fixture;
  return 0;
}

static int teardown(void **state) {
  struct fixture *fixture = *state;
  notify_stopping(&fixture->notify);
  notify_stopping(&fixture->notify); /* twice does no harm */
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&fixture->loop), 0);
  hub_fini(&fixture->hub);
  close(fixture->manager);
  scratch_teardown(&fixture->directory);
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  free(fixture);
  return 0;
}

/* The next message to the manager; "" for none. */
static const char *heard(struct fixture *fixture) {
  static char text[1024];
  ssize_t length = recv(fixture->manager, text, sizeof(text) - 1, 0);
  text[length > 0 ? length : 0] = '\0';
  return text;
}

/* Let the timer fire so many times; what is heard meanwhile and begins with `prefix` is
 * counted. */
static unsigned count_in_ticks(struct fixture *fixture, unsigned ticks,
                               const char *prefix) {
  unsigned count = 0, until = fixture->worker.looks + ticks;
  while (fixture->worker.looks < until) {
    uv_run(&fixture->loop, UV_RUN_ONCE);
    for (const char *text = heard(fixture); text[0] != '\0'; text = heard(fixture)) {
      count += strncmp(text, prefix, strlen(prefix)) == 0;
    }
  }
  return count;
}

static void ready_comes_with_a_status_and_stopping_at_the_end(void **state) {
  struct fixture *fixture = *state;
  notify_ready(&fixture->notify, &fixture->loop, "http://127.0.0.1:6876");
  assert_string_equal(
      heard(fixture),
      "READY=1\nSTATUS=Serving at http://127.0.0.1:6876: 0 clients, 1 heap");
  notify_stopping(&fixture->notify);
  assert_string_equal(heard(fixture), "STOPPING=1\nSTATUS=Shutting down.");
}

static void status_is_told_again_when_it_is_another_one(void **state) {
  struct fixture *fixture = *state;
  notify_watch(&fixture->notify, &fixture->heartbeat);
  notify_ready(&fixture->notify, &fixture->loop, "http://h");
  assert_int_equal(count_in_ticks(fixture, 5, "STATUS="), 0);
  fixture->hub.listener_count = 1;
  assert_int_equal(count_in_ticks(fixture, 5, "STATUS=Serving at http://h: 1 client, "),
                   1);
  alarms_raise(&fixture->alarms, the_time, "history", "the disk is full");
  alarms_raise(&fixture->alarms, the_time, "heap.documents", "stuck");
  assert_int_equal(count_in_ticks(fixture, 5,
                                  "STATUS=Serving at http://h: 1 client, 1 heap; "
                                  "degraded: history, heap.documents"),
                   1);
  fixture->hub.listener_count = 0;
}

static void status_that_is_too_long_is_cut(void **state) {
  struct fixture *fixture = *state;
  char status[64], name[16];
  fixture->notify.url = "http://h";
  for (unsigned i = 0; i < ALARMS_MAX; i++) {
    snprintf(name, sizeof(name), "alarm.%u", i);
    alarms_raise(&fixture->alarms, the_time, name, "x");
  }
  for (size_t size = 1; size <= sizeof(status); size++) {
    notify_status(&fixture->notify, status, size);
    assert_int_equal(strlen(status), size - 1);
  }
}

static void watchdog_is_fed_while_the_heartbeat_moves_or_rests(void **state) {
  struct fixture *fixture = *state;
  notify_watch(&fixture->notify, &fixture->heartbeat);
  notify_ready(&fixture->notify, &fixture->loop, "http://h");
  for (unsigned i = 0; i < 3; i++) {
    the_time.monotonic_ms += 1000;
    fixture->worker.beat++;
    assert_true(count_in_ticks(fixture, 1, "WATCHDOG=1") >= 1);
  }
  fixture->worker.is_waiting = true;
  the_time.monotonic_ms += 100000;
  assert_true(count_in_ticks(fixture, 3, "WATCHDOG=1") >= 3);
}

static void watchdog_goes_hungry_while_a_heartbeat_stands_still(void **state) {
  struct fixture *fixture = *state;
  notify_watch(&fixture->notify, &fixture->heartbeat);
  notify_ready(&fixture->notify, &fixture->loop, "http://h");
  count_in_ticks(fixture, 1, "");
  the_time.monotonic_ms += 6; /* a feeding is 5 ms here */
  assert_int_equal(count_in_ticks(fixture, 5, "WATCHDOG=1"), 0);
  assert_int_equal(fixture->alarms.count, 0); /* it may be a slow disk */
  the_time.monotonic_ms += NOTIFY_STILL_MS;
  assert_int_equal(count_in_ticks(fixture, 2, "WATCHDOG=1"), 0);
  const struct alarm *alarm = alarms_find(&fixture->alarms, "heartbeat.history");
  assert_non_null(alarm);
  /* It goes on: fed again, and the alarm is over. */
  fixture->worker.beat++;
  assert_true(count_in_ticks(fixture, 1, "WATCHDOG=1") >= 1);
  assert_int_equal(fixture->alarms.count, 0);
}

static void the_stillest_of_several_is_named(void **state) {
  struct fixture *fixture = *state;
  struct worker other = {0};
  struct heartbeat second = {.name = "agents", .beat = beat_of, .context = &other};
  struct heartbeats heartbeats = {0};
  uint64_t still_ms = 1;
  assert_null(heartbeats_look(&heartbeats, 1000, &still_ms));
  assert_int_equal(still_ms, 0);
  heartbeats_add(&heartbeats, &fixture->heartbeat, 1000);
  heartbeats_add(&heartbeats, &second, 1000);
  fixture->worker.beat++;
  assert_ptr_equal(heartbeats_look(&heartbeats, 3000, &still_ms), &second);
  assert_int_equal(still_ms, 2000);
  other.is_waiting = true;
  assert_ptr_equal(heartbeats_look(&heartbeats, 4000, &still_ms), &fixture->heartbeat);
  assert_int_equal(still_ms, 1000);
}

static void reload_is_told_from_its_begin_to_its_end(void **state) {
  struct fixture *fixture = *state;
  notify_ready(&fixture->notify, &fixture->loop, "http://h");
  heard(fixture);
  notify_reloading(&fixture->notify);
  const char *text = heard(fixture);
  assert_int_equal(strncmp(text, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
  assert_true(strtoull(text + 27, NULL, 10) > 0);
  notify_reloaded(&fixture->notify);
  assert_string_equal(heard(fixture),
                      "READY=1\nSTATUS=Serving at http://h: 0 clients, 1 heap");
}

static void without_a_manager_nothing_is_sent_but_alarms_are_raised(void **state) {
  struct fixture *fixture = *state;
  unsetenv("NOTIFY_SOCKET");
  notify_watch(&fixture->notify, &fixture->heartbeat);
  notify_ready(&fixture->notify, &fixture->loop, "http://h");
  the_time.monotonic_ms += NOTIFY_STILL_MS;
  assert_int_equal(count_in_ticks(fixture, 1, ""), 0);
  assert_non_null(alarms_find(&fixture->alarms, "heartbeat.history"));
}

#define notify_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  log_init((enum log_level)0, (enum log_format)0);
  const struct CMUnitTest tests[] = {
      notify_test(ready_comes_with_a_status_and_stopping_at_the_end),
      notify_test(status_is_told_again_when_it_is_another_one),
      notify_test(status_that_is_too_long_is_cut),
      notify_test(watchdog_is_fed_while_the_heartbeat_moves_or_rests),
      notify_test(watchdog_goes_hungry_while_a_heartbeat_stands_still),
      notify_test(the_stillest_of_several_is_named),
      notify_test(reload_is_told_from_its_begin_to_its_end),
      notify_test(without_a_manager_nothing_is_sent_but_alarms_are_raised),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
