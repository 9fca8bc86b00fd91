/* oracle.c - a program, run on a heap and on its shadow; see oracle.h. */
#include "oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_private.h"

void oracle_disagree(struct oracle *oracle, const char *format, ...) {
  if (oracle->failed)
    return;
  oracle->failed = true;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(oracle->message, oracle->size, format, arguments);
  va_end(arguments);
}

static void begin(struct oracle *oracle) {
  static const uint32_t thresholds[3] = {20, 3, 3};
  ouro_heap_config config = {.reserve_bytes = (size_t)16 << 20,
                             .memory_limit_bytes = ORACLE_LIMIT};
  oracle->heap = ouro_heap_new(&config);
  shadow_init(&oracle->shadow);
  memcpy(oracle->shadow.thresholds, thresholds, sizeof thresholds);
  oracle->shadow.enabled = true;
  if (oracle->heap == NULL || oracle_add_types(oracle) != OURO_OK ||
      ouro_gc_set_threshold(oracle->heap, thresholds, 3) != OURO_OK)
    oracle_disagree(oracle, "no heap");
  else
    ouro_gc_set_callback(oracle->heap, oracle_on_collection, oracle);
}

/* Whatever is still there goes with the heap. */
static void end(struct oracle *oracle) {
  oracle->closing = true;
  if (oracle->heap == NULL)
    return;
  ouro_gc_set_callback(oracle->heap, NULL, NULL);
  ouro_heap_free(oracle->heap);
}

bool oracle_run(const uint8_t *program, size_t bytes, char *message, size_t size) {
  struct oracle *oracle = calloc(1, sizeof *oracle);
  if (oracle == NULL)
    return true;
  oracle->message = message;
  oracle->size = size;
  begin(oracle);
  for (size_t at = 0; at + ORACLE_OP_BYTES <= bytes && !oracle->failed;
       at += ORACLE_OP_BYTES) {
    bool last = at + 2 * ORACLE_OP_BYTES > bytes;
    oracle_step(oracle, program + at);
    if (!oracle->failed)
      oracle_compare(oracle, last || at / ORACLE_OP_BYTES % 16 == 0);
    if (oracle->failed) {
      size_t length = strlen(message);
      snprintf(message + length, size - length, " (step %zu)",
               at / ORACLE_OP_BYTES + 1);
    }
  }
  end(oracle);
  bool failed = oracle->failed;
  free(oracle);
  return !failed;
}
