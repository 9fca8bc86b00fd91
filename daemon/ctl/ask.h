/* ask.h - the part of ask.c that only ctl.c needs. */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include "ctl.h"

/* Drop the notifications that nobody took. */
void ask_forget(struct ctl *ctl);

#endif
