/* fuzz_heap_ops.c - any bytes are a program for the heap and its naive twin. */
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char message[256];
  enum { MOST = 400 * ORACLE_OP_BYTES };
  size_t bytes = size < MOST ? size : MOST;
  if (!oracle_run(data, bytes, message, sizeof message)) {
    fprintf(stderr, "%s\n", message);
    oracle_print(data, bytes);
    abort();
  }
  return 0;
}
