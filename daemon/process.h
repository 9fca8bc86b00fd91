/* process.h - what the system says about this process: memory, time, descriptors.
 *
 * From /proc/self and two clocks; no figure needs more of /proc than the unit's
 * ProcSubset=pid leaves. */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <stdint.h>

struct process_figures {
  uint64_t cpu_ns; /* user and system, of all threads */
  uint64_t resident_bytes, virtual_bytes;
  uint64_t open_descriptors, max_descriptors;
};

/* Figures that the system does not tell are 0. Takes microseconds; on kernels before
 * 6.2 counting descriptors takes about one for each. */
void process_read(struct process_figures *ret);
/* When this process was started, wall clock in milliseconds; 0: not known. It is
 * computed from the time of now, so ask once and keep it. */
int64_t process_start_ms(void);

#endif
