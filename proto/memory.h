/* memory.h - jansson's memory, and whether it ran short.
 *
 * Why: where jansson's lexer cannot grow its buffer it drops the byte and goes on, so
 * that "stream.subscribe" may be read as "stream.subscrie" and 210 as 21. Only its
 * allocator knows. Ours is malloc() with a memory of its own; proto is the only layer
 * that uses jansson, so it may choose. */
#ifndef PROTO_MEMORY_H
#define PROTO_MEMORY_H

#include <stdbool.h>

/* Forget earlier failures on this thread. */
void proto_memory_begin(void);
/* Whether jansson was refused memory on this thread since then: whatever it parsed must
 * not be believed. */
bool proto_memory_ran_short(void);

#endif
