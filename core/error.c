/* error.c - the messages of the error codes. */
#include <ouro/error.h>

const char *ouro_strerror(int error) {
  switch (error) {
  case OURO_OK: return "no error";
#define ERROR_CASE(name, number, text)                                                 \
  case OURO_##name: return text;
    OURO_ERRORS(ERROR_CASE)
#undef ERROR_CASE
  default: return "no such error code";
  }
}
