/* test_local_door.c - control.sock is made, guarded and removed. */
#include "scratch.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "local_door.h"

static int connect_to(const char *path) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
  int result = connect(fd, (struct sockaddr *)&at, sizeof(at));
  close(fd);
  return result;
}

static void door_opens_for_owner_and_group_and_leaves_nothing(void **state) {
  struct local_door door = {0};
  struct stat facts;
  char message[256] = "";
  mode_t before = umask(0077);
  int fd = local_door_open(&door, *state, message, sizeof(message));
  umask(before);
  assert_true(fd >= 0);
  assert_int_equal(stat(scratch_path(*state, "control.sock"), &facts), 0);
  assert_int_equal(facts.st_mode & 0777, 0660);
  assert_int_equal(connect_to(door.path), 0);
  close(fd);
  local_door_fini(&door);
  local_door_fini(&door);
  assert_int_equal(stat(scratch_path(*state, "control.sock"), &facts), -1);
}

static void socket_left_by_a_crash_is_replaced(void **state) {
  struct local_door crashed = {0}, door = {0};
  char message[256] = "";
  close(local_door_open(&crashed, *state, message, sizeof(message)));
  int fd = local_door_open(&door, *state, message, sizeof(message));
  assert_true(fd >= 0);
  assert_int_equal(connect_to(door.path), 0);
  close(fd);
  local_door_fini(&door);
}

static void socket_on_which_somebody_listens_is_left_alone(void **state) {
  struct local_door first = {0}, second = {0};
  char message[256] = "";
  int fd = local_door_open(&first, *state, message, sizeof(message));
  assert_int_equal(local_door_open(&second, *state, message, sizeof(message)), -1);
  assert_non_null(strstr(message, "control.sock is in use already"));
  local_door_fini(&second); /* made nothing, removes nothing */
  assert_int_equal(connect_to(first.path), 0);
  close(fd);
  local_door_fini(&first);
}

static void file_that_is_no_socket_is_left_alone(void **state) {
  struct local_door door = {0};
  struct stat facts;
  char message[256] = "";
  scratch_write(*state, "control.sock", "precious");
  assert_int_equal(local_door_open(&door, *state, message, sizeof(message)), -1);
  assert_non_null(strstr(message, "no socket"));
  assert_int_equal(stat(scratch_path(*state, "control.sock"), &facts), 0);
  assert_int_equal(facts.st_size, 8);
}

static void socket_that_another_put_in_its_place_is_not_removed(void **state) {
  struct local_door door = {0}, other = {0};
  char message[256] = "";
  int fd = local_door_open(&door, *state, message, sizeof(message));
  unlink(door.path);
  int other_fd = local_door_open(&other, *state, message, sizeof(message));
  local_door_fini(&door);
  assert_int_equal(connect_to(other.path), 0);
  close(fd);
  close(other_fd);
  local_door_fini(&other);
}

static void path_too_long_for_a_socket_is_named(void **state) {
  struct local_door door = {0};
  char directory[200], message[512] = "";
  (void)state;
  memset(directory, 'd', sizeof(directory));
  directory[0] = '/';
  directory[sizeof(directory) - 1] = '\0';
  assert_int_equal(local_door_open(&door, directory, message, sizeof(message)), -1);
  assert_non_null(strstr(message, "longer than the 107 bytes"));
}

static void directory_has_one_daemon_and_a_crash_gives_it_back(void **state) {
  char message[256] = "";
  int first = local_door_lock(*state, message, sizeof(message));
  assert_true(first >= 0);
  assert_int_equal(local_door_lock(*state, message, sizeof(message)), -1);
  assert_non_null(strstr(message, "another ourod is running in"));
  close(first);
  first = local_door_lock(*state, message, sizeof(message));
  assert_true(first >= 0);
  close(first);
  assert_int_equal(local_door_lock("/nonexistent", message, sizeof(message)), -1);
  assert_non_null(strstr(message, "/nonexistent"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      scratch_test(door_opens_for_owner_and_group_and_leaves_nothing),
      scratch_test(socket_left_by_a_crash_is_replaced),
      scratch_test(socket_on_which_somebody_listens_is_left_alone),
      scratch_test(file_that_is_no_socket_is_left_alone),
      scratch_test(socket_that_another_put_in_its_place_is_not_removed),
      scratch_test(path_too_long_for_a_socket_is_named),
      scratch_test(directory_has_one_daemon_and_a_crash_gives_it_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
