/* error.h - what can go wrong, with numbers that never change. */
#ifndef OURO_ERROR_H
#define OURO_ERROR_H

#include <ouro/api.h>

/* Code, number, message. Numbers are part of the ABI: append, never renumber. */
#define OURO_ERRORS(X)                                                                 \
  X(EINVAL, -1, "an argument is out of its range")                                     \
  X(ENOMEM, -2, "out of memory, or the heap's memory limit is reached")                \
  X(EBUSY, -3, "a collection of this heap is running")                                 \
  X(ECORRUPT, -4, "the heap's own records contradict each other")                      \
  X(ELIMIT, -5, "a fixed limit of this library is reached")                            \
  X(ECHANGED, -6, "what was being looked at has changed meanwhile")

OURO_BEGIN_DECLS

enum ouro_error {
  OURO_OK = 0,
#define OURO_ERROR_ENUM(name, number, text) OURO_##name = number,
  OURO_ERRORS(OURO_ERROR_ENUM)
#undef OURO_ERROR_ENUM
};

/* The message of an error code; never NULL. Borrowed, valid for ever. Any thread. */
OURO_API const char *ouro_strerror(int error);

OURO_END_DECLS

#endif
