/* oracle.h - the slow twin: a heap that is obviously right, held against the real one.
 *
 * A program is a string of bytes, three an operation. It runs on a real heap and on a
 * shadow graph of at most a few hundred nodes, where reference counts are counted anew
 * each time and reachability is a loop until nothing changes. After every operation the
 * two must agree on who lives, each refcount, each generation, and on what a collection
 * reports. */
#ifndef OURO_TESTS_SUPPORT_ORACLE_H
#define OURO_TESTS_SUPPORT_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_OP_BYTES 3

/* Run a program. True, or false with what disagreed in `message`. */
bool oracle_run(const uint8_t *program, size_t bytes, char *message, size_t size);

/* The smallest program found that still fails; in place, returns its bytes. */
size_t oracle_shrink(uint8_t *program, size_t bytes);

/* Print a program, an operation a line. */
void oracle_print(const uint8_t *program, size_t bytes);

#endif
