/* interrupt.h - SIGINT and SIGTERM end a command as if it had been asked to. */
#ifndef CTL_INTERRUPT_H
#define CTL_INTERRUPT_H

#include <uv.h>

/* From now on the two signals are only noted, and `wake` is sent. Once a program. */
void interrupt_take(uv_async_t *wake);
/* As it was before. */
void interrupt_return(void);
/* The signal that came last, 0: none. */
int interrupt_signal(void);

#endif
