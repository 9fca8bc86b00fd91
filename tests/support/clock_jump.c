/* clock_jump.c - preloaded into a program, lets a test turn its wall clock.
 *
 *   CLOCK_JUMP_FILE: eight bytes, nanoseconds added to CLOCK_REALTIME from now on
 *
 * The file is mapped, so a jump is one write by the test. The monotonic clock stays
 * what it is: nobody can set it. */
#define _GNU_SOURCE /* syscall */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

static const volatile int64_t *offset_ns;

__attribute__((constructor)) static void map_offset(void) {
  const char *path = getenv("CLOCK_JUMP_FILE");
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *mapped =
      fd >= 0 ? mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (mapped == MAP_FAILED) {
    abort(); /* a test that turns no clock shows nothing */
  }
  offset_ns = mapped;
  close(fd);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                         struct timespec *ret) {
  int status = (int)syscall(SYS_clock_gettime, clock, ret);
  if (status == 0 && offset_ns &&
      (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t ns = (int64_t)ret->tv_sec * NS_PER_S + ret->tv_nsec + *offset_ns;
    ret->tv_sec = (time_t)(ns / NS_PER_S);
    ret->tv_nsec = (long)(ns % NS_PER_S);
  }
  return status;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict ret,
                                                        void *restrict zone) {
  struct timespec now;
  (void)zone;
  int status = clock_gettime(CLOCK_REALTIME, &now);
  ret->tv_sec = now.tv_sec;
  ret->tv_usec = now.tv_nsec / 1000;
  return status;
}

__attribute__((visibility("default"))) time_t time(time_t *ret) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (ret) {
    *ret = now.tv_sec;
  }
  return now.tv_sec;
}
