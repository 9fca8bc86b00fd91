/* scan.h - what a text shows before it is parsed. */
#ifndef PROTO_SCAN_H
#define PROTO_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct proto_scan {
  unsigned depth;   /* most brackets that were open at once */
  const char *id;   /* value of the outermost object's "id", if a scalar; or NULL */
  size_t id_length; /* may be no valid JSON: parse it */
};

/* Look at all of `text` once. Never fails: a text that is not JSON has a depth too. */
struct proto_scan proto_scan(const char *text, size_t length);

#endif
