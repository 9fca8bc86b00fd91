/* objects.h - objects and who refers to whom, as they cross threads and the wire.
 *
 *   heap.objects, heap.object        one object each line
 *   heap.referrers, heap.referents   objects with the field of the reference
 *   heap.path_to_root                objects, each with the field to the next one
 *   heap.graph                       nodes, and edges between their numbers
 *   heap.mark, heap.growth           types that pile up
 *   repl.step                        objects under examination
 *
 * Copies, made at one moment of the heap: an id is an address, so an object that dies
 * may leave it to another one. Included by proto.h. */
#ifndef PROTO_OBJECTS_H
#define PROTO_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTO_TYPE_BYTES 64
#define PROTO_TEXT_BYTES 64 /* an object in a few words, with NUL */
#define PROTO_LINK_BYTES 64 /* a field's name, with NUL */
#define PROTO_MAX_NODES  5000
#define PROTO_MAX_LIST   1000

struct proto_writer;

struct proto_object {
  uint64_t id; /* the address; "0x7f..." on the wire */
  char type[PROTO_TYPE_BYTES];
  char text[PROTO_TEXT_BYTES]; /* what it shows of itself; "" : absent */
  uint64_t bytes;
  uint32_t refcount;
  bool is_immortal; /* then the refcount means nothing and is absent */
  int generation;   /* -1: frozen or not tracked */
  bool is_tracked, is_finalized;
};

/* An object and the field that refers to it, or by which it refers. */
struct proto_link {
  struct proto_object object;
  char field[PROTO_LINK_BYTES]; /* "" : absent */
  uint64_t references;          /* how many of them; 0: absent */
};

struct proto_root {
  char name[PROTO_LINK_BYTES];
  uint64_t id; /* 0: absent */
};

struct proto_edge {
  uint32_t from, to; /* numbers of nodes */
  char field[PROTO_LINK_BYTES];
};

struct proto_growth {
  char type[PROTO_TYPE_BYTES];
  int64_t grown_objects, grown_bytes;
  uint64_t objects, bytes; /* now */
};

struct proto_candidate {
  struct proto_object object;
  int64_t gc_refs;     /* -1: absent */
  const char *verdict; /* string literal */
};

/* "0x7f..." */
void proto_write_id(struct proto_writer *writer, const char *key, uint64_t id);
/* The members of an object, into the object that is open, or with a `key` into one of
 * its own under that name. */
void proto_write_object_row(struct proto_writer *writer, const char *key,
                            const struct proto_object *object);
/* "edges": references between numbered rows; "roots": names and what they refer to. */
void proto_write_edges(struct proto_writer *writer, const struct proto_edge *edges,
                       size_t count);
void proto_write_roots(struct proto_writer *writer, const struct proto_root *roots,
                       size_t count);

#endif
