/* test_metrics.c - what a scrape says of heaps and of the daemon, in both formats. */
#include "test.h"

#include "metrics_fixture.h"

/* Is this a whole line of the text? */
static bool has_line(const char *text, const char *line) {
  size_t length = strlen(line);
  for (const char *at = text; (at = strstr(at, line)) != NULL; at++) {
    if ((at == text || at[-1] == '\n') && at[length] == '\n') {
      return true;
    }
  }
  return false;
}

#define assert_line(text, line)                                                        \
  do {                                                                                 \
    if (!has_line((text), (line)))                                                     \
      fail_msg("no line \"%s\" in:\n%s", (line), (text));                              \
  } while (0)

static char *classic(struct figures *figures) {
  return scrape_all(&figures->metrics, EXPOSITION_CLASSIC, 16384);
}

static char *openmetrics(struct figures *figures) {
  return scrape_all(&figures->metrics, EXPOSITION_OPENMETRICS, 16384);
}

static void sources_are_asked_for_state_once_a_second(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 1, "hosted", "documents");
  assert_int_equal(figures.sources[0].watch_ms, 1000);
  figures_fini(&figures);
}

static void collections_are_counted_by_generation_and_reason(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 1, "hosted", "documents");
  for (unsigned i = 0; i < 3; i++) {
    heap_collects(&figures.sources[0], 0, "threshold", 1000);
  }
  heap_collects(&figures.sources[0], 2, "remote", 1000);
  heap_collects(&figures.sources[0], 2, "a reason of tomorrow", 1000);
  heap_collects(&figures.sources[0], 3, "remote", 1000); /* no such generation */
  fake_source_lose(&figures.sources[0], 7);
  char *text = classic(&figures);
#define COLLECTIONS "ouro_gc_collections_total{heap=\"documents\",generation="
  assert_line(text, COLLECTIONS "\"0\",reason=\"threshold\"} 3");
  assert_line(text, COLLECTIONS "\"2\",reason=\"remote\"} 1");
  assert_line(text, COLLECTIONS "\"2\",reason=\"unknown\"} 1");
  assert_line(text, "ouro_gc_records_lost_total{heap=\"documents\"} 7");
  assert_line(text,
              "ouro_gc_freed_bytes_total{heap=\"documents\",generation=\"2\"} 128");
  /* What never happened is no series. */
  assert_null(strstr(text, "generation=\"1\",reason"));
  assert_null(strstr(text, "reason=\"memory\""));
  assert_null(strstr(text, "pause_seconds_count{heap=\"documents\",generation=\"1\""));
  free(text);
  figures_fini(&figures);
}

static void pauses_fall_into_cumulative_buckets(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 1, "hosted", "documents");
  heap_collects(&figures.sources[0], 1, "threshold", 1000);       /* = 1 us */
  heap_collects(&figures.sources[0], 1, "threshold", 1001);       /* < 2.5 us */
  heap_collects(&figures.sources[0], 1, "threshold", 2000000000); /* > 1 s */
  char *text = classic(&figures);
#define PAUSE "ouro_gc_pause_seconds"
#define OF    "{heap=\"documents\",generation=\"1\""
  assert_line(text, "# TYPE " PAUSE " histogram");
  assert_line(text, PAUSE "_bucket" OF ",le=\"1e-06\"} 1");
  assert_line(text, PAUSE "_bucket" OF ",le=\"2.5e-06\"} 2");
  assert_line(text, PAUSE "_bucket" OF ",le=\"1.0\"} 2");
  assert_line(text, PAUSE "_bucket" OF ",le=\"+Inf\"} 3");
  assert_line(text, PAUSE "_sum" OF "} 2.000002001");
  assert_line(text, PAUSE "_count" OF "} 3");
  free(text);
  figures_fini(&figures);
}

static void labels_of_buckets_are_their_bounds(void **state) {
  (void)state;
  for (unsigned i = 0; i < METRICS_BOUNDS; i++) {
    double seconds = strtod(metrics_bound_text(i), NULL);
    assert_true(seconds * 1e9 - (double)metrics_bound_ns(i) < 1e-6 &&
                seconds * 1e9 - (double)metrics_bound_ns(i) > -1e-6);
    assert_true(i == 0 || metrics_bound_ns(i) > metrics_bound_ns(i - 1));
  }
}

static void exemplars_name_the_newest_collection_of_their_bucket(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 1, "hosted", "documents");
  heap_collects(&figures.sources[0], 0, "threshold", 1100000);
  heap_collects(&figures.sources[0], 0, "threshold", 1200000);
  char *text = openmetrics(&figures);
  assert_line(text,
              PAUSE "_bucket{heap=\"documents\",generation=\"0\",le=\"0.0025\"} 2 # "
                    "{seq=\"2\"} 0.0012 1790000000.123");
  assert_line(text,
              PAUSE "_bucket{heap=\"documents\",generation=\"0\",le=\"0.005\"} 2");
  free(text);
  text = classic(&figures);
  assert_null(strstr(text, "seq="));
  free(text);
  figures_fini(&figures);
}

static void figures_of_samples_and_pools_stand_where_they_belong(void **state) {
  (void)state;
  static const char *const lines[] = {
      "ouro_gc_frozen_objects{heap=\"a\"} 11",
      "ouro_gc_tracked_objects{heap=\"a\"} 12",
      "ouro_heap_live_objects{heap=\"a\"} 13",
      "ouro_heap_live_bytes{heap=\"a\"} 14",
      "ouro_alloc_objects_total{heap=\"a\"} 15",
      "ouro_free_objects_total{heap=\"a\"} 16",
      "ouro_alloc_bytes_total{heap=\"a\"} 17",
      "ouro_gc_pending{heap=\"a\",generation=\"0\"} 21",
      "ouro_gc_threshold{heap=\"a\",generation=\"1\"} 32",
      "ouro_gc_generation_objects{heap=\"a\",generation=\"2\"} 43",
      "ouro_gc_objects_collected_total{heap=\"a\",generation=\"0\"} 25",
      "ouro_gc_objects_uncollectable_total{heap=\"a\",generation=\"1\"} 36",
      "ouro_gc_candidates_total{heap=\"a\",generation=\"2\"} 47",
      "ouro_gc_enabled{heap=\"a\"} 0",
      "ouro_heap_failed{heap=\"a\"} 0",
      ("ouro_heap_info{heap=\"a\",kind=\"hosted\",runtime=\"ouro 0.1.0\",collector="
       "\"generational\"} 1"),
      "ouro_pool_arenas{heap=\"a\"} 51",
      "ouro_pool_arena_bytes{heap=\"a\"} 52",
      "ouro_pool_pools{heap=\"a\",state=\"in_use\"} 53",
      "ouro_pool_pools{heap=\"a\",state=\"empty\"} 54",
      "ouro_large_objects{heap=\"a\"} 55",
      "ouro_large_bytes{heap=\"a\"} 56",
      "ouro_pool_fragmentation_ratio{heap=\"a\"} 0.25",
      "ouro_pool_blocks{heap=\"a\",size_class=\"32\",state=\"used\"} 123456790",
      "ouro_pool_blocks{heap=\"a\",size_class=\"32\",state=\"free\"} 987654322",
  };
  struct figures figures;
  figures_init(&figures, 1, "hosted", "a");
  char *text = classic(&figures);
  assert_null(strstr(text, "ouro_gc_tracked_objects")); /* nothing is known yet */
  assert_null(strstr(text, "ouro_pool_"));
  free(text);
  heap_samples(&figures.sources[0]);
  heap_pools(&figures.sources[0], 2);
  text = classic(&figures);
  for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
    assert_line(text, lines[i]);
  }
  assert_null(strstr(text, "size_class=\"48\"")); /* never used */
  assert_null(strstr(text, "python_"));
  free(text);
  figures_fini(&figures);
}

static void cpython_heaps_have_the_names_of_python_too(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 1, "cpython-agent", "web");
  heap_samples(&figures.sources[0]);
  heap_collects(&figures.sources[0], 1, "threshold", 3000);
  char *text = classic(&figures);
  assert_line(text, "python_gc_collections_total{heap=\"web\",generation=\"1\"} 34");
  assert_line(text,
              "python_gc_objects_collected_total{heap=\"web\",generation=\"0\"} 25");
  assert_line(
      text, "python_gc_objects_uncollectable_total{heap=\"web\",generation=\"2\"} 46");
  assert_line(text, "python_gc_duration_seconds_bucket{heap=\"web\",le=\"5e-06\"} 1");
  assert_line(text, "python_gc_duration_seconds_sum{heap=\"web\"} 0.000003");
  assert_line(text, "python_gc_duration_seconds_count{heap=\"web\"} 1");
  assert_line(text, "ouro_gc_pending{heap=\"web\",generation=\"0\"} 21");
  free(text);
  figures_fini(&figures);
}

static void the_daemon_tells_of_itself(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 2, "hosted", "h");
  figures.dispatch.traffic = (struct traffic){41, 42, 43, 44};
  alarms_raise(&figures.alarms, figures_now(), "heap.\"a\"", "stuck");
  struct proto_audit audit = {.method = "gc.collect", .code = PROTO_OK};
  hub_audit(&figures.hub, &audit);
  audit.code = PROTO_COOLING_DOWN;
  hub_audit(&figures.hub, &audit);
  hub_audit(&figures.hub, &audit);
  audit.method = "no.such.method";
  hub_audit(&figures.hub, &audit);
  char *text = classic(&figures);
  assert_line(text, "ouro_build_info{version=\"1.2.3\",protocol=\"ouro.v1\"} 1");
  assert_line(text, "# TYPE ouro_build_info gauge");
  assert_line(text, "ouro_heaps 2");
  assert_line(text, "ouro_ws_clients 0");
  assert_line(text, "ouro_ws_messages_total 41");
  assert_line(text, "ouro_ws_dropped_total{reason=\"replaced\"} 42");
  assert_line(text, "ouro_ws_dropped_total{reason=\"lagged\"} 43");
  assert_line(text, "ouro_ws_slow_clients_total 44");
  assert_line(text, "ouro_alarm{name=\"heap.\\\"a\\\"\"} 1");
  assert_line(text, "ouro_alarms 1");
  assert_line(text, "ouro_commands_total{method=\"gc.collect\",result=\"done\"} 1");
  assert_line(text, "ouro_commands_total{method=\"gc.collect\",result=\"refused\"} 2");
  assert_null(strstr(text, "no.such"));
  assert_line(text, "ouro_scrapes_total 1");
  static const char *const process[] = {"\nprocess_cpu_seconds_total ",
                                        "\nprocess_resident_memory_bytes ",
                                        "\nprocess_virtual_memory_bytes ",
                                        "\nprocess_open_fds ",
                                        "\nprocess_max_fds ",
                                        "\nprocess_start_time_seconds "};
  for (size_t i = 0; i < sizeof(process) / sizeof(process[0]); i++) {
    const char *at = strstr(text, process[i]);
    assert_non_null(at);
    assert_true(strtod(at + strlen(process[i]), NULL) > 0);
  }
  free(text);
  text = openmetrics(&figures);
  assert_line(text, "# TYPE ouro_build info");
  assert_line(text, "# TYPE ouro_ws_messages counter");
  assert_line(text, "ouro_ws_messages_total 41");
  free(text);
  figures_fini(&figures);
}

static void family_without_series_leaves_no_trace(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 1, "hosted", "a");
  char *text = classic(&figures);
  assert_null(strstr(text, "ouro_alarm{"));
  assert_null(strstr(text, "# TYPE ouro_alarm "));
  assert_null(strstr(text, "# TYPE ouro_gc_pause_seconds"));
  free(text);
  figures_fini(&figures);
}

static void names_are_escaped(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 1, "hosted", "a\"\\\n\xffz");
  heap_collects(&figures.sources[0], 0, "threshold", 1000);
  char *text = openmetrics(&figures);
  assert_line(text, "ouro_heap_failed{heap=\"a\\\"\\\\\\n\xef\xbf\xbdz\"} 0");
  free(text);
  figures_fini(&figures);
}

/* Half of the label's room: nothing is cut in the midst of a character. */
static void longest_name_that_is_all_quotes_fits(void **state) {
  (void)state;
  char quotes[PROTO_NAME_BYTES], escaped[2 * PROTO_NAME_BYTES];
  memset(quotes, '"', sizeof(quotes) - 1);
  quotes[sizeof(quotes) - 1] = '\0';
  exposition_escape(escaped, sizeof(escaped), quotes);
  assert_int_equal(strlen(escaped), 2 * (PROTO_NAME_BYTES - 1));
  exposition_escape(escaped, 6, quotes);
  assert_string_equal(escaped, "\\\"\\\"");
  exposition_escape(escaped, 4, "ab\xc3\xa9");
  assert_string_equal(escaped, "ab");
}

static void pieces_of_any_size_make_the_same_text(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 7, 100, 4096, 65536, 4u << 20};
  struct figures figures;
  figures_init(&figures, 5, "cpython-pid", "heap");
  for (unsigned i = 0; i < 5; i++) {
    heap_tells_all(&figures.sources[i], 3);
  }
  for (enum exposition_format format = EXPOSITION_CLASSIC;
       format <= EXPOSITION_OPENMETRICS; format++) {
    char *whole = scrape_all(&figures.metrics, format, sizes[5]);
    /* What changes by itself is behind everything else. */
    size_t length = (size_t)(strstr(whole, "ouro_scrapes_total ") - whole);
    for (size_t i = 0; i < 5; i++) {
      char *text = scrape_all(&figures.metrics, format, sizes[i]);
      assert_memory_equal(whole, text, length);
      const char *end = strstr(text, "# EOF\n");
      assert_true(format == EXPOSITION_CLASSIC ? !end : end && end[6] == '\0');
      free(text);
    }
    free(whole);
  }
  figures_fini(&figures);
}

static void heap_that_goes_takes_its_series_along(void **state) {
  (void)state;
  struct figures figures;
  char piece[256];
  ptrdiff_t got = 0;
  figures_init(&figures, 3, "hosted", "heap");
  for (unsigned i = 0; i < 3; i++) {
    heap_tells_all(&figures.sources[i], 3);
  }
  /* Two scrapes are in their midst; they go on with those that are left. */
  struct metrics_scrape *early =
      metrics_scrape_new(&figures.metrics, EXPOSITION_CLASSIC);
  struct metrics_scrape *late =
      metrics_scrape_new(&figures.metrics, EXPOSITION_CLASSIC);
  metrics_scrape_next(early, piece, 16);
  for (unsigned i = 0; i < 100; i++) {
    assert_true(metrics_scrape_next(late, piece, sizeof(piece)) > 0);
  }
  figures.hub.sink.gone(figures.hub.sink.context, &figures.sources[1].base);
  while ((got = metrics_scrape_next(late, piece, sizeof(piece))) > 0) {
  }
  assert_int_equal(got, 0);
  while ((got = metrics_scrape_next(early, piece, sizeof(piece))) > 0) {
  }
  assert_int_equal(got, 0);
  metrics_scrape_free(early);
  metrics_scrape_free(late);
  char *text = classic(&figures);
  assert_null(strstr(text, "heap001"));
  assert_non_null(strstr(text, "heap000"));
  assert_non_null(strstr(text, "heap002"));
  free(text);
  /* The same name again is a new heap, whose counters begin anew. */
  fake_source_init(&figures.sources[1], &figures.hub.sink, "heap001");
  hub_add(&figures.hub, &figures.sources[1].base);
  heap_collects(&figures.sources[1], 0, "threshold", 1000);
  text = classic(&figures);
  assert_line(text,
              "ouro_gc_collections_total{heap=\"heap001\",generation=\"0\",reason="
              "\"threshold\"} 1");
  free(text);
  figures_fini(&figures);
}

/* Every series that there can be, under names as attached programs have them. */
static void a_hundred_heaps_are_less_than_two_megabytes(void **state) {
  (void)state;
  struct figures figures;
  figures_init(&figures, 100, "cpython-agent", "gunicorn-worker:1234567:1790000000");
  for (unsigned i = 0; i < 100; i++) {
    heap_tells_all(&figures.sources[i], 0); /* CPython shows no pools of its own */
  }
  char *text = openmetrics(&figures);
  assert_in_range(strlen(text), 1000000, 2000000);
  free(text);
  figures_fini(&figures);

  figures_init(&figures, 100, "hosted", "documents");
  for (unsigned i = 0; i < 100; i++) {
    heap_tells_all(&figures.sources[i], 31);
  }
  text = openmetrics(&figures);
  assert_true(strlen(text) < 2000000);
  free(text);
  figures_fini(&figures);
}

static void accept_header_chooses_the_format(void **state) {
  (void)state;
  static const struct {
    const char *accept;
    enum exposition_format format;
  } cases[] = {
      {NULL, EXPOSITION_CLASSIC},
      {"", EXPOSITION_CLASSIC},
      {"*/*", EXPOSITION_CLASSIC},
      {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", EXPOSITION_CLASSIC},
      {"application/openmetrics-text", EXPOSITION_OPENMETRICS},
      {"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
       EXPOSITION_OPENMETRICS},
      {"text/plain;version=0.0.4;q=0.5, Application/OpenMetrics-Text; version=1.0.0",
       EXPOSITION_OPENMETRICS},
      {"text/plain, application/openmetrics-text;q=0.1", EXPOSITION_CLASSIC},
      {"application/openmetrics-text; version=1.0.0; q=0", EXPOSITION_CLASSIC},
      {"application/openmetrics-text2", EXPOSITION_CLASSIC},
      {"application/openmetrics-text;q", EXPOSITION_OPENMETRICS},
      {",,;,=;q=,", EXPOSITION_CLASSIC},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    if (exposition_accepted(cases[i].accept) != cases[i].format) {
      fail_msg("Accept: %s", cases[i].accept);
    }
  }
}

static void numbers_are_written_as_they_are(void **state) {
  (void)state;
  struct exposition out;
  exposition_init(&out, EXPOSITION_CLASSIC);
  exposition_family(&out, EXPOSITION_GAUGE, "x", "X.", true);
  exposition_series(&out, "");
  exposition_uint(&out, UINT64_MAX);
  exposition_series(&out, "");
  exposition_uint(&out, 0);
  exposition_series(&out, "");
  exposition_seconds(&out, 1000000000);
  exposition_series(&out, "");
  exposition_seconds(&out, 1);
  exposition_series(&out, "");
  exposition_seconds(&out, 120003000000);
  exposition_series(&out, "");
  exposition_real(&out, 0.5);
  exposition_series(&out, "");
  exposition_real(&out, 0.0 / 0.0);
  exposition_series(&out, "");
  exposition_label_uint(&out, "a", 10);
  exposition_label(&out, "b", "");
  exposition_real(&out, 1.0 / 0.0);
  static const char expected[] =
      "# HELP x X.\n# TYPE x gauge\n"
      "x 18446744073709551615\nx 0\nx 1\nx 0.000000001\nx 120.003\nx 0.5\nx NaN\n"
      "x{a=\"10\",b=\"\"} +Inf\n";
  assert_int_equal(out.length, strlen(expected));
  assert_memory_equal(out.text, expected, out.length);
  exposition_fini(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sources_are_asked_for_state_once_a_second),
      cmocka_unit_test(collections_are_counted_by_generation_and_reason),
      cmocka_unit_test(pauses_fall_into_cumulative_buckets),
      cmocka_unit_test(labels_of_buckets_are_their_bounds),
      cmocka_unit_test(exemplars_name_the_newest_collection_of_their_bucket),
      cmocka_unit_test(figures_of_samples_and_pools_stand_where_they_belong),
      cmocka_unit_test(cpython_heaps_have_the_names_of_python_too),
      cmocka_unit_test(the_daemon_tells_of_itself),
      cmocka_unit_test(family_without_series_leaves_no_trace),
      cmocka_unit_test(names_are_escaped),
      cmocka_unit_test(longest_name_that_is_all_quotes_fits),
      cmocka_unit_test(pieces_of_any_size_make_the_same_text),
      cmocka_unit_test(heap_that_goes_takes_its_series_along),
      cmocka_unit_test(a_hundred_heaps_are_less_than_two_megabytes),
      cmocka_unit_test(accept_header_chooses_the_format),
      cmocka_unit_test(numbers_are_written_as_they_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
