/* jsonout.h - numbers and strings on their way out, through a buffer.
 *
 * Just what a snapshot needs of JSON: no tree, no memory, and an error that stays. */
#ifndef CORE_JSONOUT_H
#define CORE_JSONOUT_H

#include "heap_private.h"

struct jsonout {
  ouro_snapshot_write *write;
  void *context;
  int error; /* what `write` returned; from then on nothing is written */
  size_t used;
  char buffer[OURO__OUT_BYTES];
};

/* As it stands; plain ASCII. */
void ouro__jsonout_text(struct jsonout *out, const char *text);
void ouro__jsonout_number(struct jsonout *out, uint64_t number);
/* In quotes, escaped; what is not UTF-8 becomes U+FFFD. */
void ouro__jsonout_string(struct jsonout *out, const char *string);
void ouro__jsonout_flush(struct jsonout *out);

#endif
