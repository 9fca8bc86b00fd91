/* bench_floor.h - what a full collection costs at least on this machine's memory.
 *
 * Any collector that counts references must do this much an object, when an object
 * refers to two others on average (w2's graph):
 *
 *   pass 1   read the object, 32 bytes, in the order of memory
 *            change the count of each of its two targets: random bytes
 *   pass 2   read the object again, in the order of the graph: a random line
 *            set the mark of each of its two targets: random bits
 *
 * The loops are as tight as C has them: targets are indices, not pointers; there are no
 * types, no generations and no stack. Random lines are prefetched, 16 in flight. The
 * arrays ask for huge pages, as a heap does. */
#ifndef OURO_TESTS_BENCH_FLOOR_H
#define OURO_TESTS_BENCH_FLOOR_H

struct bench_floor;

/* Arrays for `count` objects; gives up when there is no memory. Free with _free. */
struct bench_floor *bench_floor_new(long count);
void bench_floor_free(struct bench_floor *floor);

/* CPU time of both passes, for all objects. Checks that each target was met. */
double bench_floor_ns(struct bench_floor *floor);

#endif
