/* sampler.h - what a heap knows of itself, copied into the wire's structs.
 *
 * The heap's own thread calls everything here except sampler_rss_bytes(). Nothing
 * allocates. */
#ifndef DAEMON_SAMPLER_H
#define DAEMON_SAMPLER_H

#include <ouro/ouro.h>

#include "proto.h"

void sampler_sample(const ouro_heap *heap, const char *id, struct proto_sample *ret);
void sampler_pools(const ouro_heap *heap, const char *id, struct proto_pools *ret);
void sampler_generations(const ouro_heap *heap,
                         struct proto_generation ret[PROTO_GENERATIONS]);
/* `who` may be "": nobody asked. `example` may be NULL: no cycle is shown. */
void sampler_collection(const ouro_collection *record, const ouro_cycle *example,
                        const char *id, const char *who, struct proto_collection *ret);
/* "+16" a declared field by its offset, "[3]" an element of the tail, "#3" what the
 * object reports as its number 3. */
void sampler_field(const ouro_field *field, char ret[PROTO_FIELD_BYTES]);

/* Bytes of this process that are in memory; 0 when /proc does not tell. Any thread. */
uint64_t sampler_rss_bytes(void);
/* Milliseconds since 1970. Any thread. */
int64_t sampler_time_ms(void);

/* Copy text, with its NUL; what does not fit is cut between characters of UTF-8. */
void sampler_copy(char *to, size_t size, const char *from);

#endif
