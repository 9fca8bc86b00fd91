/* test_downloads.c - what was prepared is fetched once, or not at all. */
#include "scratch.h"

#include "downloads.h"

#include <fcntl.h>

static const struct moment now = {1000, 1790000000000};
static const struct moment late = {1000 + DOWNLOADS_EXPIRE_MS,
                                   1790000000000 + DOWNLOADS_EXPIRE_MS};

static int null_fd(void) {
  return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int add_for(struct downloads *downloads, enum proto_role role, uint64_t bytes,
                   const char *name, char ret[DOWNLOADS_ID_BYTES]) {
  struct proto_error error = {0};
  int result = downloads_add_fd_take(downloads, null_fd(), bytes, "text/plain", name,
                                     role, now, ret, &error);
  return result == 0 ? 0 : error.code;
}

static int add(struct downloads *downloads, uint64_t bytes, const char *name,
               char ret[DOWNLOADS_ID_BYTES]) {
  return add_for(downloads, PROTO_OPERATOR, bytes, name, ret);
}

static void it_is_found_by_its_id_until_it_is_taken(void **state) {
  (void)state;
  struct downloads downloads = {0};
  char id[DOWNLOADS_ID_BYTES] = "", other[DOWNLOADS_ID_BYTES] = "";
  assert_int_equal(add(&downloads, 7, "a.json", id), 0);
  assert_int_equal(add(&downloads, 8, "b.json", other), 0);
  assert_int_equal(strlen(id), 32);
  assert_string_not_equal(id, other);
  assert_null(downloads_find(&downloads, "", now));
  assert_null(downloads_find(&downloads, "00000000000000000000000000000000", now));
  struct download *download = downloads_find(&downloads, id, now);
  assert_non_null(download);
  assert_int_equal(download->bytes, 7);
  downloads_take(download);
  assert_null(downloads_find(&downloads, id, now));
  assert_int_equal(downloads.bytes, 15); /* it still holds disk */
  download_free(download);
  assert_int_equal(downloads.bytes, 8);
  downloads_fini(&downloads);
  assert_int_equal(downloads.count, 0);
}

static void nobody_within_a_minute_and_it_is_gone(void **state) {
  (void)state;
  struct downloads downloads = {0};
  char id[DOWNLOADS_ID_BYTES] = "", taken[DOWNLOADS_ID_BYTES] = "";
  assert_int_equal(add(&downloads, 1, "a", id), 0);
  assert_int_equal(add(&downloads, 1, "b", taken), 0);
  struct download *download = downloads_find(&downloads, taken, now);
  downloads_take(download);
  struct moment just_in_time = {late.monotonic_ms - 1, late.wall_ms};
  assert_non_null(downloads_find(&downloads, id, just_in_time));
  assert_null(downloads_find(&downloads, id, late));
  assert_int_equal(downloads.count, 1); /* what is being sent may take longer */
  downloads_fini(&downloads);
}

static void past_a_limit_it_is_refused_and_closed(void **state) {
  (void)state;
  struct downloads downloads = {0};
  char id[DOWNLOADS_ID_BYTES] = "";
  int before = null_fd();
  assert_int_equal(add(&downloads, DOWNLOADS_MAX_BYTES + 1, "a", id), PROTO_TOO_LARGE);
  assert_int_equal(add(&downloads, DOWNLOADS_MAX_BYTES, "a", id), 0);
  assert_int_equal(add(&downloads, 1, "a", id), PROTO_LIMIT);
  downloads_fini(&downloads);
  for (unsigned i = 0; i < DOWNLOADS_MAX; i++) {
    assert_int_equal(add(&downloads, 1, "a", id), 0);
  }
  struct proto_error error = {0};
  assert_true(downloads_is_full(&downloads, PROTO_OPERATOR, now, &error));
  assert_int_equal(error.code, PROTO_LIMIT);
  assert_false(downloads_is_full(&(struct downloads){.first = NULL}, PROTO_OPERATOR,
                                 now, &error));
  assert_int_equal(add(&downloads, 1, "a", id), PROTO_LIMIT);
  downloads_expire(&downloads, late);
  assert_int_equal(add(&downloads, 1, "a", id), 0);
  downloads_fini(&downloads);
  int after = null_fd();
  assert_int_equal(after, before + 1); /* no descriptor was left open */
  close(after);
  close(before);
}

static void observers_leave_room_for_operators(void **state) {
  (void)state;
  struct downloads downloads = {0};
  struct proto_error error = {0};
  char id[DOWNLOADS_ID_BYTES] = "";
  for (unsigned i = 0; i < DOWNLOADS_MAX / 2; i++) {
    assert_false(downloads_is_full(&downloads, PROTO_OBSERVER, now, &error));
    assert_int_equal(add_for(&downloads, PROTO_OBSERVER, 1, "a", id), 0);
  }
  assert_true(downloads_is_full(&downloads, PROTO_OBSERVER, now, &error));
  assert_int_equal(add_for(&downloads, PROTO_OBSERVER, 1, "a", id), PROTO_LIMIT);
  assert_false(downloads_is_full(&downloads, PROTO_OPERATOR, now, &error));
  assert_int_equal(add(&downloads, 1, "a", id), 0);
  downloads_expire(&downloads, late);
  const uint64_t half = DOWNLOADS_MAX_BYTES / 2;
  assert_int_equal(add_for(&downloads, PROTO_OBSERVER, half + 1, "a", id), PROTO_LIMIT);
  assert_int_equal(add_for(&downloads, PROTO_OBSERVER, half, "a", id), 0);
  assert_int_equal(add_for(&downloads, PROTO_OBSERVER, 1, "a", id), PROTO_LIMIT);
  assert_int_equal(add(&downloads, half, "a", id), 0);
  downloads_fini(&downloads);
}

static void a_name_holds_nothing_that_ends_a_header(void **state) {
  (void)state;
  struct downloads downloads = {0};
  char id[DOWNLOADS_ID_BYTES] = "";
  assert_int_equal(add(&downloads, 1, "app:7:9\r\nX: \"../\xc3\xa9.json", id), 0);
  assert_string_equal(downloads_find(&downloads, id, now)->name,
                      "app_7_9__X___..___.json");
  downloads_fini(&downloads);
}

static void a_temporary_file_has_no_name(void **state) {
  int fd = downloads_temporary(*state);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "abc", 3), 3);
  char back[3];
  assert_int_equal(pread(fd, back, 3, 0), 3);
  assert_int_equal(rmdir(*state), 0); /* it is empty */
  assert_int_equal(mkdir(*state, 0700), 0);
  close(fd);
  assert_int_equal(downloads_temporary("/nowhere/at/all"), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_found_by_its_id_until_it_is_taken),
      cmocka_unit_test(nobody_within_a_minute_and_it_is_gone),
      cmocka_unit_test(past_a_limit_it_is_refused_and_closed),
      cmocka_unit_test(observers_leave_room_for_operators),
      cmocka_unit_test(a_name_holds_nothing_that_ends_a_header),
      scratch_test(a_temporary_file_has_no_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
