/* stream.h - a subscription that outlives its connection.
 *
 *   events 1 2 3 ---- lost ---- connected again, after_seq 3 ---- 4 5 6 7 ...
 *
 * It knows the last collection of each heap, resumes after it, and gives none twice.
 * What the daemon could not keep for so long is told on standard error with its exact
 * numbers, as is everything else that happens to the connection. */
#ifndef CTL_STREAM_H
#define CTL_STREAM_H

#include "ctl.h"

struct stream {
  const char *heap;   /* borrowed; "*": all */
  const char *topics; /* borrowed; "sample,collection" */
  int64_t interval_ms;
  const char *after; /* borrowed; NULL, a number, or HEAP=NUMBER,... */
  bool is_once;      /* for one answer: ends with the connection and at --timeout */
  json_t *seqs;      /* owned: {heap: last collection} */
  json_t *started;   /* owned: {heap: started_ms} */
  char instance[PROTO_NAME_BYTES]; /* of the daemon that gave the numbers */
};

/* Subscribe on the connection that there is. 0, or -1 with everything said. */
int stream_open(struct stream *stream, struct ctl *ctl);
void stream_fini(struct stream *stream);

/* The next notification, as ctl_next. Connections that end are made again, for as long
 * as it takes. Other than CLIENT_OK: it is over, and everything was said. */
enum client_status stream_next(struct stream *stream, struct ctl *ctl, char *ret_topic,
                               json_t **ret_params);

/* The newest number of each heap, {heap: seq}, owned; by a subscription that brings
 * nothing. NULL with CLIENT_OK: it was refused. */
enum client_status stream_newest(struct ctl *ctl, json_t **ret);

#endif
