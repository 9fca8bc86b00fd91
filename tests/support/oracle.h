/* oracle.h - the slow twin: a heap that is obviously right, held against the real one.
 *
 *   program --step--> real heap      compared after every step: who lives, counts,
 *                \--> shadow graph   ages, weak references, what collections report
 *
 * A program is a string of bytes, three an operation; any string is one. It runs on a
 * real heap and on a shadow graph of at most a hundred nodes (shadow.h). After every
 * operation the two must agree. */
#ifndef OURO_TESTS_SUPPORT_ORACLE_H
#define OURO_TESTS_SUPPORT_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORACLE_OP_BYTES      3
#define ORACLE_MESSAGE_BYTES 256

/* Run a program. True, or false with what disagreed in `message`. */
bool oracle_run(const uint8_t *program, size_t bytes, char *message, size_t size);

/* The same in a process of its own, so that a crash is a failure like others. */
bool oracle_run_apart(const uint8_t *program, size_t bytes, char *message, size_t size);

/* The smallest program found that still fails; in place, returns its bytes. */
size_t oracle_shrink(uint8_t *program, size_t bytes);

/* Print a program, an operation a line. */
void oracle_print(const uint8_t *program, size_t bytes);

#endif
