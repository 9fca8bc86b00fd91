/* test_credentials.c - tokens on disk, tokens that work once, logins that last. */
#include "scratch.h"

#include "credentials.h"
#include "log.h"

static const struct moment start = {1000000, 1700000000000};

static const struct peer *peer(const char *name) {
  static struct peer peer;
  peer_of_text(&peer, name);
  return &peer;
}

static struct credentials *open_in(const char *directory, struct moment now) {
  char message[256] = "";
  struct credentials *credentials =
      credentials_open(directory, now, message, sizeof(message));
  if (!credentials) {
    fail_msg("%s", message);
  }
  return credentials;
}

static void tokens_are_made_once_and_only_the_owner_reads_them(void **state) {
  struct stat facts;
  char token[CREDENTIALS_SECRET_BYTES];
  struct credentials *credentials = open_in(*state, start);
  snprintf(token, sizeof(token), "%s", credentials_token(credentials, PROTO_OPERATOR));
  assert_int_equal(strlen(token), 64);
  assert_string_not_equal(token, credentials_token(credentials, PROTO_OBSERVER));
  credentials_free(credentials);

  assert_int_equal(stat(scratch_path(*state, "operator.token"), &facts), 0);
  assert_int_equal(facts.st_mode & 0777, 0600);
  assert_int_equal(stat(scratch_path(*state, "sessions"), &facts), 0);
  assert_int_equal(facts.st_mode & 0777, 0600);

  credentials = open_in(*state, start);
  assert_string_equal(token, credentials_token(credentials, PROTO_OPERATOR));
  credentials_free(credentials);
}

static void file_that_holds_no_token_is_an_error_that_names_it(void **state) {
  static const char spaces[] = "has spaces and is long enough to be a token\n";
  static const char *const contents[] = {"", "\n", "short\n", spaces};
  for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
    char message[256] = "";
    scratch_write(*state, "observer.token", contents[i]);
    assert_null(credentials_open(*state, start, message, sizeof(message)));
    assert_non_null(strstr(message, "observer.token holds no token"));
  }
}

static void each_token_gives_its_role(void **state) {
  struct credentials *credentials = open_in(*state, start);
  for (int role = PROTO_OBSERVER; role <= PROTO_OPERATOR; role++) {
    enum proto_role got = PROTO_OBSERVER;
    const char *token = credentials_token(credentials, (enum proto_role)role);
    assert_int_equal(
        credentials_check(credentials, token, strlen(token), peer("a"), start, &got),
        CREDENTIALS_OK);
    assert_int_equal(got, role);
  }
  credentials_free(credentials);
}

static void wrong_tokens_are_counted_and_valid_ones_never_refused(void **state) {
  struct credentials *credentials = open_in(*state, start);
  struct moment now = start;
  enum proto_role role = PROTO_OBSERVER;
  const char *token = credentials_token(credentials, PROTO_OBSERVER);
  for (unsigned i = 0; i < proto_limits_default.wrong_tokens_a_minute; i++) {
    assert_int_equal(credentials_check(credentials, "wrong", 5, peer("a"), now, &role),
                     CREDENTIALS_WRONG);
  }
  assert_int_equal(credentials_check(credentials, "wrong", 5, peer("a"), now, &role),
                   CREDENTIALS_TOO_MANY);
  assert_int_equal(credentials_check(credentials, "wrong", 5, peer("b"), now, &role),
                   CREDENTIALS_WRONG);
  assert_int_equal(
      credentials_check(credentials, token, strlen(token), peer("a"), now, &role),
      CREDENTIALS_OK);
  now.monotonic_ms += 60000;
  assert_int_equal(credentials_check(credentials, "wrong", 5, peer("a"), now, &role),
                   CREDENTIALS_WRONG);
  credentials_free(credentials);
}

static void many_addresses_do_not_hide_a_busy_one_for_long(void **state) {
  struct credentials *credentials = open_in(*state, start);
  enum proto_role role = PROTO_OBSERVER;
  char address[16];
  for (unsigned i = 0; i < 2000; i++) {
    struct moment now = {start.monotonic_ms + i, start.wall_ms};
    snprintf(address, sizeof(address), "host%u", i);
    assert_int_equal(credentials_check(credentials, "x", 1, peer(address), now, &role),
                     CREDENTIALS_WRONG);
  }
  credentials_free(credentials);
}

static void one_time_token_works_once_and_for_a_minute(void **state) {
  struct credentials *credentials = open_in(*state, start);
  char token[CREDENTIALS_SECRET_BYTES];
  enum proto_role role = PROTO_OBSERVER;
  struct moment now = start;
  assert_int_equal(credentials_one_time(credentials, PROTO_OPERATOR, now, token), 0);
  /* It is no bearer token. */
  assert_int_equal(credentials_check(credentials, token, 64, peer("a"), now, &role),
                   CREDENTIALS_WRONG);
  now.monotonic_ms += CREDENTIALS_ONE_TIME_MS - 1;
  assert_int_equal(credentials_redeem(credentials, token, 64, peer("a"), now, &role),
                   CREDENTIALS_OK);
  assert_int_equal(role, PROTO_OPERATOR);
  assert_int_equal(credentials_redeem(credentials, token, 64, peer("a"), now, &role),
                   CREDENTIALS_WRONG);

  assert_int_equal(credentials_one_time(credentials, PROTO_OBSERVER, now, token), 0);
  now.monotonic_ms += CREDENTIALS_ONE_TIME_MS;
  assert_int_equal(credentials_redeem(credentials, token, 64, peer("a"), now, &role),
                   CREDENTIALS_WRONG);
  credentials_free(credentials);
}

static void oldest_one_time_token_makes_room(void **state) {
  struct credentials *credentials = open_in(*state, start);
  char first[CREDENTIALS_SECRET_BYTES], token[CREDENTIALS_SECRET_BYTES];
  enum proto_role role = PROTO_OBSERVER;
  struct moment now = start;
  credentials_one_time(credentials, PROTO_OPERATOR, now, first);
  for (unsigned i = 0; i < CREDENTIALS_MAX_ONE_TIME; i++) {
    now.monotonic_ms++;
    credentials_one_time(credentials, PROTO_OPERATOR, now, token);
  }
  assert_int_equal(credentials_redeem(credentials, first, 64, peer("a"), now, &role),
                   CREDENTIALS_WRONG);
  assert_int_equal(credentials_redeem(credentials, token, 64, peer("a"), now, &role),
                   CREDENTIALS_OK);
  credentials_free(credentials);
}

static void login_survives_a_restart_and_the_file_opens_nothing(void **state) {
  struct credentials *credentials = open_in(*state, start);
  char id[CREDENTIALS_SECRET_BYTES], text[512] = "";
  enum proto_role role = PROTO_OBSERVER;
  assert_int_equal(credentials_login(credentials, PROTO_OPERATOR, start, id), 0);
  credentials_free(credentials);

  FILE *file = fopen(scratch_path(*state, "sessions"), "r");
  assert_non_null(file);
  assert_non_null(fgets(text, sizeof(text), file));
  fclose(file);
  assert_null(strstr(text, id));

  credentials = open_in(*state, start);
  assert_int_equal(credentials_resume(credentials, id, 64, start, &role), 0);
  assert_int_equal(role, PROTO_OPERATOR);
  assert_int_equal(credentials_resume(credentials, text, 64, start, &role), -1);
  credentials_free(credentials);
}

static void login_ends_after_a_day_without_use(void **state) {
  struct credentials *credentials = open_in(*state, start);
  char id[CREDENTIALS_SECRET_BYTES];
  enum proto_role role = PROTO_OBSERVER;
  struct moment now = start;
  credentials_login(credentials, PROTO_OBSERVER, now, id);
  now.wall_ms += CREDENTIALS_IDLE_MS - 1;
  assert_int_equal(credentials_resume(credentials, id, 64, now, &role), 0);
  now.wall_ms += CREDENTIALS_IDLE_MS - 1;
  assert_int_equal(credentials_resume(credentials, id, 64, now, &role), 0);
  now.wall_ms += CREDENTIALS_IDLE_MS;
  assert_int_equal(credentials_resume(credentials, id, 64, now, &role), -1);
  credentials_free(credentials);
}

static void damaged_session_file_costs_logins_and_nothing_else(void **state) {
  scratch_write(*state, "sessions", "garbage\n\n0123 1 1\n");
  credentials_free(open_in(*state, start));
}

static void renewal_ends_tokens_logins_and_one_time_tokens(void **state) {
  struct credentials *credentials = open_in(*state, start);
  char id[CREDENTIALS_SECRET_BYTES], once[CREDENTIALS_SECRET_BYTES], old[128];
  char message[256] = "";
  enum proto_role role = PROTO_OBSERVER;
  struct stat facts;
  snprintf(old, sizeof(old), "%s", credentials_token(credentials, PROTO_OPERATOR));
  credentials_login(credentials, PROTO_OPERATOR, start, id);
  credentials_one_time(credentials, PROTO_OPERATOR, start, once);
  unsigned before = credentials_generation(credentials, PROTO_OPERATOR);
  assert_int_equal(credentials_renew(credentials, message, sizeof(message)), 0);

  const char *fresh = credentials_token(credentials, PROTO_OPERATOR);
  assert_string_not_equal(fresh, old);
  assert_int_not_equal(credentials_generation(credentials, PROTO_OPERATOR), before);
  assert_int_equal(credentials_check(credentials, old, 64, peer("a"), start, &role),
                   CREDENTIALS_WRONG);
  assert_int_equal(credentials_check(credentials, fresh, 64, peer("a"), start, &role),
                   CREDENTIALS_OK);
  assert_int_equal(credentials_resume(credentials, id, 64, start, &role), -1);
  assert_int_equal(credentials_redeem(credentials, once, 64, peer("a"), start, &role),
                   CREDENTIALS_WRONG);

  /* On disk, too: for its owner alone, and without a trace of the renewal. */
  char kept[128];
  snprintf(kept, sizeof(kept), "%s", fresh);
  credentials_free(credentials);
  credentials = open_in(*state, start);
  assert_string_equal(credentials_token(credentials, PROTO_OPERATOR), kept);
  assert_int_equal(credentials_resume(credentials, id, 64, start, &role), -1);
  assert_int_equal(stat(scratch_path(*state, "operator.token"), &facts), 0);
  assert_int_equal(facts.st_mode & 0777, 0600);
  assert_int_equal(stat(scratch_path(*state, "operator.token.new"), &facts), -1);
  credentials_free(credentials);
}

static void token_that_cannot_be_renewed_stays(void **state) {
  struct credentials *credentials = open_in(*state, start);
  char message[256] = "", old[128];
  enum proto_role role = PROTO_OBSERVER;
  snprintf(old, sizeof(old), "%s", credentials_token(credentials, PROTO_OPERATOR));
  /* A directory stands where the new one would be written. */
  assert_int_equal(mkdir(scratch_path(*state, "operator.token.new"), 0700), 0);
  assert_int_equal(credentials_renew(credentials, message, sizeof(message)), -1);
  assert_non_null(strstr(message, "cannot make"));
  assert_int_equal(credentials_check(credentials, old, 64, peer("a"), start, &role),
                   CREDENTIALS_OK);
  assert_int_equal(credentials_generation(credentials, PROTO_OPERATOR), 0);
  assert_int_equal(credentials_generation(credentials, PROTO_OBSERVER), 1);
  credentials_free(credentials);
}

static void given_tokens_come_first_and_are_read_again(void **state) {
  static const char first[] = "given-operator-token-of-the-manager-1";
  static const char second[] = "given-operator-token-of-the-manager-2";
  char message[256] = "", id[CREDENTIALS_SECRET_BYTES], observer[128];
  enum proto_role role = PROTO_OBSERVER;
  struct stat facts;
  scratch_write(*state, "operator_token", first);
  setenv("CREDENTIALS_DIRECTORY", *state, 1);
  struct credentials *credentials = open_in(*state, start);
  assert_string_equal(credentials_token(credentials, PROTO_OPERATOR), first);
  assert_int_equal(stat(scratch_path(*state, "operator.token"), &facts), -1);
  snprintf(observer, sizeof(observer), "%s",
           credentials_token(credentials, PROTO_OBSERVER));
  credentials_login(credentials, PROTO_OPERATOR, start, id);

  /* The same again: nobody is logged out. The one that is kept here is made anew. */
  assert_int_equal(credentials_renew(credentials, message, sizeof(message)), 0);
  assert_int_equal(credentials_generation(credentials, PROTO_OPERATOR), 0);
  assert_int_equal(credentials_resume(credentials, id, 64, start, &role), 0);
  assert_string_not_equal(credentials_token(credentials, PROTO_OBSERVER), observer);

  scratch_write(*state, "operator_token", second);
  assert_int_equal(credentials_renew(credentials, message, sizeof(message)), 0);
  assert_string_equal(credentials_token(credentials, PROTO_OPERATOR), second);
  assert_int_equal(credentials_resume(credentials, id, 64, start, &role), -1);

  scratch_write(*state, "operator_token", "too short");
  assert_int_equal(credentials_renew(credentials, message, sizeof(message)), -1);
  assert_non_null(strstr(message, "operator_token holds no token"));
  assert_string_equal(credentials_token(credentials, PROTO_OPERATOR), second);
  unsetenv("CREDENTIALS_DIRECTORY");
  credentials_free(credentials);
}

int main(void) {
  log_init((enum log_level)0, LOG_FORMAT_TEXT);
  const struct CMUnitTest tests[] = {
      scratch_test(tokens_are_made_once_and_only_the_owner_reads_them),
      scratch_test(file_that_holds_no_token_is_an_error_that_names_it),
      scratch_test(each_token_gives_its_role),
      scratch_test(wrong_tokens_are_counted_and_valid_ones_never_refused),
      scratch_test(many_addresses_do_not_hide_a_busy_one_for_long),
      scratch_test(one_time_token_works_once_and_for_a_minute),
      scratch_test(oldest_one_time_token_makes_room),
      scratch_test(login_survives_a_restart_and_the_file_opens_nothing),
      scratch_test(login_ends_after_a_day_without_use),
      scratch_test(renewal_ends_tokens_logins_and_one_time_tokens),
      scratch_test(token_that_cannot_be_renewed_stays),
      scratch_test(given_tokens_come_first_and_are_read_again),
      scratch_test(damaged_session_file_costs_logins_and_nothing_else),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
