/* domains.h - what each domain reads from a request and writes into an answer.
 *
 *   domain_gc.c        gc.*          collection, counts, thresholds, statistics
 *   domain_heap.c      heap.*        heaps, census, pools, samples
 *   domain_objects.c   heap.*        marks, objects, references, graphs, snapshots
 *   domain_workload.c  workload.*    the mutators of hosted heaps
 *   domain_repl.c      repl.*        the playground
 *   domain_history.c   history.*     what was stored: lists, steps of time, comparisons
 *   domain_session.c   server.*, stream.*, auth.*
 *
 * Readers: methods.h. Writers add members to the object that is open. */
#ifndef PROTO_DOMAINS_H
#define PROTO_DOMAINS_H

#include "params.h"
#include "proto.h"
#include "writer.h"

int proto_read_collect(const struct proto_params *params, struct proto_request *ret);
int proto_read_set_threshold(const struct proto_params *params,
                             struct proto_request *ret);
int proto_read_disable(const struct proto_params *params, struct proto_request *ret);
int proto_read_census(const struct proto_params *params, struct proto_request *ret);
int proto_read_pool_map(const struct proto_params *params, struct proto_request *ret);
int proto_read_growth(const struct proto_params *params, struct proto_request *ret);
int proto_read_objects(const struct proto_params *params, struct proto_request *ret);
int proto_read_object(const struct proto_params *params, struct proto_request *ret);
int proto_read_links(const struct proto_params *params, struct proto_request *ret);
int proto_read_graph(const struct proto_params *params, struct proto_request *ret);
int proto_read_snapshot(const struct proto_params *params, struct proto_request *ret);
int proto_read_step(const struct proto_params *params, struct proto_request *ret);
int proto_read_workload_start(const struct proto_params *params,
                              struct proto_request *ret);
int proto_read_workload_set(const struct proto_params *params,
                            struct proto_request *ret);
int proto_read_eval(const struct proto_params *params, struct proto_request *ret);
int proto_read_subscribe(const struct proto_params *params, struct proto_request *ret);
int proto_read_unsubscribe(const struct proto_params *params,
                           struct proto_request *ret);
int proto_read_history_collections(const struct proto_params *params,
                                   struct proto_request *ret);
int proto_read_history_samples(const struct proto_params *params,
                               struct proto_request *ret);
int proto_read_history_audit(const struct proto_params *params,
                             struct proto_request *ret);
int proto_read_history_compare(const struct proto_params *params,
                               struct proto_request *ret);
int proto_read_trace_export(const struct proto_params *params,
                            struct proto_request *ret);
int proto_read_one_time_url(const struct proto_params *params,
                            struct proto_request *ret);

void proto_write_collection(struct proto_writer *writer,
                            const struct proto_collection *collection);
void proto_write_prediction(struct proto_writer *writer,
                            const struct proto_prediction *prediction);
/* Of the kinds THRESHOLD, ENABLED and KEPT. */
void proto_write_tuning(struct proto_writer *writer, const struct proto_result *result);
void proto_write_counts(struct proto_writer *writer,
                        const uint64_t counts[PROTO_GENERATIONS]);
void proto_write_thresholds(struct proto_writer *writer,
                            const uint32_t thresholds[PROTO_GENERATIONS]);
void proto_write_stats(struct proto_writer *writer,
                       const struct proto_generation stats[PROTO_GENERATIONS]);
void proto_write_types(struct proto_writer *writer,
                       const struct proto_type_count *types, size_t count);
void proto_write_heap(struct proto_writer *writer, const struct proto_heap *heap);
void proto_write_workload(struct proto_writer *writer,
                          const struct proto_workload *workload);
void proto_write_eval(struct proto_writer *writer, const struct proto_result *result);
void proto_write_state(struct proto_writer *writer, const struct proto_result *result);

/* The answers of domain_objects.c, and what they own. */
void proto_write_objects(struct proto_writer *writer,
                         const struct proto_result *result);
void proto_objects_fini(struct proto_result *result);
void proto_write_step(struct proto_writer *writer, const struct proto_result *result);

#endif
