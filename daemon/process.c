/* process.c - what the system says about this process: memory, time, descriptors. */
#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND UINT64_C(1000000000)
/* In /proc/self/stat, counted from the state, which follows the name's parenthesis. */
#define START_FIELD 19

/* A file of /proc as text; false when it cannot be read. */
static int read_text(const char *path, char *ret, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd >= 0 ? read(fd, ret, size - 1) : -1;
  if (fd >= 0) {
    close(fd);
  }
  if (length <= 0) {
    return -1;
  }
  ret[length] = '\0';
  return 0;
}

static uint64_t clock_ns(clockid_t clock) {
  struct timespec time = {0};
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * NS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static uint64_t count_descriptors(void) {
  struct stat status;
  uint64_t count = 0;
  if (stat("/proc/self/fd", &status) != 0) {
    return 0;
  }
  if (status.st_size > 0) {
    return (uint64_t)status.st_size; /* Linux 6.2 and newer */
  }
  DIR *directory = opendir("/proc/self/fd");
  while (directory && readdir(directory)) {
    count++;
  }
  if (directory) {
    closedir(directory);
  }
  return count > 3 ? count - 3 : 0; /* ".", ".." and the directory itself */
}

void process_read(struct process_figures *ret) {
  char text[128];
  struct rlimit limit;
  *ret = (struct process_figures){.cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
                                  .open_descriptors = count_descriptors()};
  if (read_text("/proc/self/statm", text, sizeof(text)) == 0) {
    char *end = NULL;
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    ret->virtual_bytes = strtoull(text, &end, 10) * page_bytes;
    ret->resident_bytes = strtoull(end, NULL, 10) * page_bytes;
  }
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    ret->max_descriptors = limit.rlim_cur;
  }
}

int64_t process_start_ms(void) {
  char text[1024];
  char *field = NULL;
  if (read_text("/proc/self/stat", text, sizeof(text)) != 0 ||
      (field = strrchr(text, ')')) == NULL) {
    return 0;
  }
  for (int i = 0; field && i <= START_FIELD; i++) {
    field = strchr(field + 1, ' ');
  }
  if (!field) {
    return 0;
  }
  uint64_t ticks = strtoull(field, NULL, 10);
  uint64_t started_ms = ticks * 1000u / (uint64_t)sysconf(_SC_CLK_TCK);
  uint64_t age_ms = clock_ns(CLOCK_BOOTTIME) / 1000000u - started_ms;
  return (int64_t)(clock_ns(CLOCK_REALTIME) / 1000000u) - (int64_t)age_ms;
}
