/* json_graph.h - a parsed JSON document as objects of a heap.
 *
 *   {"a": [1, 2]}         Object <==> Array <==> Integer 1
 *                                       ^ \====> Integer 2
 *                                        '------ parent
 *
 * Every value is exactly one object, with a reference to each member and one to its
 * parent: a document with more than one value is one cycle. Built in slices, without
 * recursion. The heap's own thread. */
#ifndef DAEMON_JSON_GRAPH_H
#define DAEMON_JSON_GRAPH_H

#include <jansson.h>
#include <ouro/ouro.h>

/* The types of one heap, borrowed from it. */
struct json_types {
  const ouro_type *object, *array, *string, *integer, *real, *boolean, *null;
};

struct json_frame {
  json_t *value; /* borrowed from the document */
  void *member;  /* jansson's iterator in an object */
  size_t next;   /* index of the member that is made next */
  void *node;    /* borrowed: the root holds it */
};

/* A document that is being built. */
struct json_graph {
  ouro_heap *heap;
  struct json_types types;
  json_t *document; /* owned; NULL: none is being built */
  void *root;       /* owned reference */
  uint64_t nodes;   /* made so far */
  size_t depth;
  struct json_frame *frames; /* owned; jansson refuses what is deeper */
};

/* Register the types. 0 or a negative OURO_E... */
int json_graph_init(struct json_graph *graph, ouro_heap *heap);
void json_graph_fini(struct json_graph *graph);

/* Begin with a document, which is taken. The one under way is dropped. */
void json_graph_begin_take(struct json_graph *graph, json_t *document);
/* Make at most `limit` objects more; `*ret_made` is how many. 1 when the document is
 * complete, 0 when not yet, OURO_ENOMEM. */
int json_graph_build(struct json_graph *graph, unsigned limit, unsigned *ret_made);
/* The finished document's root; the caller owns the reference. */
void *json_graph_take(struct json_graph *graph);
/* Give up what is half-built. */
void json_graph_drop(struct json_graph *graph);

/* A value in a few words and the name of one of its fields, as mutator_ops wants them;
 * nothing for an object that is none of these. */
void json_graph_text(const struct json_graph *graph, const void *object, char *ret,
                     size_t size);
void json_graph_field(const struct json_graph *graph, const void *object,
                      ouro_field field, char *ret, size_t size);

#endif
