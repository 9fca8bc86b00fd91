/* test_mailbox.c - two threads and nothing else between them. */
#include "test.h"

#include <stdlib.h>
#include <uv.h>

#include "mailbox.h"

#define RECORDS 200000u
#define JOBS    5000u

struct box {
  struct mailbox *mailbox;
  uv_thread_t thread;
  uv_sem_t told;   /* the heap thread notified */
  uint64_t pushed; /* heap thread */
};

static void on_notify(void *context) {
  struct box *box = context;
  uv_sem_post(&box->told);
}

static int setup(void **state) {
  struct box *box = calloc(1, sizeof *box);
  assert_non_null(box);
  uv_sem_init(&box->told, 0);
  box->mailbox = mailbox_new(8, on_notify, box);
  assert_non_null(box->mailbox);
  *state = box;
  return 0;
}

static int teardown(void **state) {
  struct box *box = *state;
  mailbox_free(box->mailbox);
  uv_sem_destroy(&box->told);
  free(box);
  return 0;
}

static void records_come_out_as_they_went_in(void **state) {
  struct box *box = *state;
  struct proto_collection record = {.seq = 0}, taken;
  for (record.seq = 1; record.seq <= 8; record.seq++) {
    record.candidates = record.seq * 10;
    assert_true(mailbox_push(box->mailbox, &record));
  }
  for (uint64_t seq = 1; seq <= 8; seq++) {
    assert_true(mailbox_take(box->mailbox, &taken));
    assert_int_equal(taken.seq, seq);
    assert_int_equal(taken.candidates, seq * 10);
  }
  assert_false(mailbox_take(box->mailbox, &taken));
}

static void full_ring_drops_and_the_newest_number_tells_it(void **state) {
  struct box *box = *state;
  struct proto_collection record = {.seq = 0}, taken;
  for (record.seq = 1; record.seq <= 11; record.seq++)
    assert_int_equal(mailbox_push(box->mailbox, &record), record.seq <= 8);
  assert_int_equal(mailbox_newest(box->mailbox), 11);
  uint64_t last = 0;
  while (mailbox_take(box->mailbox, &taken))
    last = taken.seq;
  assert_int_equal(last, 8);
  assert_true(mailbox_push(box->mailbox, &record)); /* there is room again */
}

static void push_records(void *argument) {
  struct box *box = argument;
  struct proto_collection record = {.seq = 0};
  for (record.seq = 1; record.seq <= RECORDS; record.seq++) {
    record.candidates = ~record.seq;
    box->pushed += mailbox_push(box->mailbox, &record);
  }
  mailbox_finish(box->mailbox);
}

static void every_record_is_seen_or_known_to_be_lost(void **state) {
  struct box *box = *state;
  struct proto_collection record;
  uint64_t last = 0, lost = 0, taken = 0;
  bool is_finished;
  assert_int_equal(uv_thread_create(&box->thread, push_records, box), 0);
  do {
    uv_sem_wait(&box->told);
    is_finished = mailbox_is_finished(box->mailbox);
    uint64_t newest = mailbox_newest(box->mailbox);
    while (mailbox_take(box->mailbox, &record)) {
      assert_true(record.seq > last);
      assert_int_equal(record.candidates, ~record.seq);
      lost += record.seq - last - 1;
      last = record.seq;
      taken++;
    }
    if (newest > last) {
      lost += newest - last;
      last = newest;
    }
  } while (!is_finished);
  uv_thread_join(&box->thread);
  assert_int_equal(last, RECORDS);
  assert_int_equal(taken, box->pushed);
  assert_int_equal(taken + lost, RECORDS);
}

static void return_jobs(void *argument) {
  struct box *box = argument;
  struct job *job;
  while (mailbox_next(box->mailbox, UINT64_MAX, &job) == MAILBOX_JOB)
    mailbox_return(box->mailbox, job);
  mailbox_finish(box->mailbox);
}

/* Jobs are only pointers to the mailbox: numbers serve here. */
static struct job *job_of(uintptr_t number) {
  return (struct job *)number;
}

static void jobs_come_back_in_order_and_wake_a_waiting_thread(void **state) {
  struct box *box = *state;
  uintptr_t posted = 0, answered = 0;
  assert_int_equal(uv_thread_create(&box->thread, return_jobs, box), 0);
  while (answered < JOBS) {
    while (posted < JOBS && mailbox_post(box->mailbox, job_of(posted + 1)) == 0)
      posted++;
    uv_sem_wait(&box->told);
    struct job *job;
    while ((job = mailbox_answer(box->mailbox)) != NULL)
      assert_ptr_equal(job, job_of(++answered));
  }
  mailbox_stop(box->mailbox);
  uv_thread_join(&box->thread);
  assert_true(mailbox_is_finished(box->mailbox));
}

static void no_more_jobs_than_places_are_taken(void **state) {
  struct box *box = *state;
  struct job *job;
  for (uintptr_t i = 1; i <= MAILBOX_JOBS; i++)
    assert_int_equal(mailbox_post(box->mailbox, job_of(i)), 0);
  assert_int_equal(mailbox_post(box->mailbox, job_of(99)), -1);
  /* Served, but the answer is not looked at yet: still no room for another answer. */
  assert_int_equal(mailbox_next(box->mailbox, 0, &job), MAILBOX_JOB);
  mailbox_return(box->mailbox, job);
  assert_int_equal(mailbox_post(box->mailbox, job_of(99)), -1);
  assert_ptr_equal(mailbox_answer(box->mailbox), job_of(1));
  assert_int_equal(mailbox_post(box->mailbox, job_of(99)), 0);
  for (unsigned i = 0; i < MAILBOX_JOBS; i++)
    assert_non_null(mailbox_unserved(box->mailbox));
  assert_null(mailbox_unserved(box->mailbox));
}

static void stop_comes_before_jobs(void **state) {
  struct box *box = *state;
  struct job *job;
  assert_int_equal(mailbox_post(box->mailbox, job_of(1)), 0);
  mailbox_stop(box->mailbox);
  assert_int_equal(mailbox_next(box->mailbox, 0, &job), MAILBOX_STOP);
  assert_ptr_equal(mailbox_unserved(box->mailbox), job_of(1));
}

static void waiting_ends_at_its_moment(void **state) {
  struct box *box = *state;
  struct job *job;
  uint64_t until_ns = uv_hrtime() + 2000000;
  assert_int_equal(mailbox_next(box->mailbox, until_ns, &job), MAILBOX_TIME);
  assert_true(uv_hrtime() >= until_ns);
}

static void newest_sample_wins(void **state) {
  struct box *box = *state;
  struct proto_sample sample = {.seq = 1}, got;
  struct proto_pools pools = {.seq = 5}, got_pools;
  mailbox_put_sample(box->mailbox, &sample);
  sample.seq = 2;
  mailbox_put_sample(box->mailbox, &sample);
  assert_int_equal(mailbox_samples(box->mailbox, &got, &got_pools), 1);
  assert_int_equal(got.seq, 2);
  mailbox_put_pools(box->mailbox, &pools);
  assert_int_equal(mailbox_samples(box->mailbox, &got, &got_pools), 2);
  assert_int_equal(got_pools.seq, 5);
  assert_int_equal(mailbox_samples(box->mailbox, &got, &got_pools), 0);
}

static void muted_mailbox_notifies_nobody(void **state) {
  struct box *box = *state;
  struct proto_collection record = {.seq = 1};
  mailbox_mute(box->mailbox);
  mailbox_push(box->mailbox, &record);
  assert_int_not_equal(uv_sem_trywait(&box->told), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(records_come_out_as_they_went_in),
      TEST(full_ring_drops_and_the_newest_number_tells_it),
      TEST(every_record_is_seen_or_known_to_be_lost),
      TEST(jobs_come_back_in_order_and_wake_a_waiting_thread),
      TEST(no_more_jobs_than_places_are_taken),
      TEST(stop_comes_before_jobs),
      TEST(waiting_ends_at_its_moment),
      TEST(newest_sample_wins),
      TEST(muted_mailbox_notifies_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
