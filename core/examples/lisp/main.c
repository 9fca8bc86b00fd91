/* main.c - a Lisp with eight megabytes, on standard input. */
#include <stdlib.h>

#include "lisp.h"

int main(void) {
  const ouro_heap_config config = {.memory_limit_bytes = 8 << 20,
                                   .explicit_safepoints = true};
  return run(stdin, stdout, &config) ? EXIT_SUCCESS : EXIT_FAILURE;
}
