/* methods.h - the table of methods: what each is called, who may, what it takes. */
#ifndef PROTO_METHODS_H
#define PROTO_METHODS_H

#include "params.h"

struct proto_method_entry {
  const char *name;
  enum proto_role role; /* the least that may call it */
  bool names_heap;      /* takes `heap` */
  /* Reads everything but `heap`; NULL where nothing else is taken. 0, or -1 with the
   * error filled and nothing owned. */
  int (*read)(const struct proto_params *params, struct proto_request *ret);
};

/* NULL for a number that is no method. Lives as long as the program. */
const struct proto_method_entry *proto_method_entry(enum proto_method method);

#endif
