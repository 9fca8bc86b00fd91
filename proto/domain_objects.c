/* domain_objects.c - heap.*: objects, their references and pools, marks and snapshots.
 *
 *   "id": "0x7f3a10c40010"   an address as text: JSON's numbers end at 2^53
 *   "cursor": "1f4"          opaque to clients; a hexadecimal number
 *
 * Edges of a graph name their ends by numbers of the list of nodes: a graph of
 * thousands of nodes must fit a session's queue. */
#include "domains.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_DEFAULT  100
#define ARENAS_DEFAULT 256
#define DEPTH_MAX      100
#define DEPTH_DEFAULT  10

/* --- readers --- */

/* Digits of a hexadecimal number, at most 16 of them, to the end of the text. */
static bool read_hexadecimal(const char *text, size_t length, uint64_t *ret) {
  if (length == 0 || length > 16 || strspn(text, "0123456789abcdefABCDEF") != length)
    return false;
  *ret = strtoull(text, NULL, 16);
  return true;
}

static int read_id(const struct proto_params *params, const char *key, uint64_t *ret) {
  const json_t *value = proto_params_get(params, key);
  const char *text = json_string_value(value);
  size_t length = json_string_length(value);

  if (text == NULL || length < 3 || strncmp(text, "0x", 2) != 0 ||
      !read_hexadecimal(text + 2, length - 2, ret))
    return proto_params_refuse(params, key, value,
                               "an object's id, such as \"0x7f3a10c40010\"");
  return 0;
}

static int read_limit(const struct proto_params *params, uint64_t maximum,
                      struct proto_request *ret) {
  uint64_t limit;

  if (proto_params_uint_or(params, "limit", 1, maximum, LIMIT_DEFAULT, &limit) != 0)
    return -1;
  ret->params.look.limit = (uint32_t)limit;
  return 0;
}

int proto_read_growth(const struct proto_params *params, struct proto_request *ret) {
  uint64_t since, limit;

  if (proto_params_uint(params, "since", 1, (uint64_t)PROTO_MAX_INTEGER, &since) != 0 ||
      proto_params_uint_or(params, "limit", 1, PROTO_MAX_LIST, LIMIT_DEFAULT, &limit) !=
          0)
    return -1;
  ret->params.growth.since = since;
  ret->params.growth.limit = (uint32_t)limit;
  return 0;
}

static int read_cursor(const struct proto_params *params, struct proto_request *ret) {
  const json_t *cursor = proto_params_get(params, "cursor");

  if (cursor != NULL &&
      (!json_is_string(cursor) ||
       !read_hexadecimal(json_string_value(cursor), json_string_length(cursor),
                         &ret->params.look.cursor)))
    return proto_params_refuse(params, "cursor", cursor,
                               "the next_cursor of an earlier answer");
  return 0;
}

int proto_read_pool_map(const struct proto_params *params, struct proto_request *ret) {
  uint64_t limit;

  if (read_cursor(params, ret) != 0 ||
      proto_params_uint_or(params, "limit", 1, PROTO_MAX_ARENAS, ARENAS_DEFAULT,
                           &limit) != 0)
    return -1;
  ret->params.look.limit = (uint32_t)limit;
  return 0;
}

int proto_read_objects(const struct proto_params *params, struct proto_request *ret) {
  if (proto_params_has(params, "type") &&
      proto_params_name(params, "type", ret->params.look.type) != 0)
    return -1;
  if (read_cursor(params, ret) != 0)
    return -1;
  return read_limit(params, PROTO_MAX_LIST, ret);
}

int proto_read_object(const struct proto_params *params, struct proto_request *ret) {
  ret->params.look.has_id = true;
  return read_id(params, "id", &ret->params.look.id);
}

int proto_read_links(const struct proto_params *params, struct proto_request *ret) {
  if (proto_read_object(params, ret) != 0)
    return -1;
  return read_limit(params, PROTO_MAX_LIST, ret);
}

int proto_read_graph(const struct proto_params *params, struct proto_request *ret) {
  uint64_t depth, limit;

  ret->params.look.has_id = proto_params_has(params, "root");
  if (ret->params.look.has_id && read_id(params, "root", &ret->params.look.id) != 0)
    return -1;
  if (proto_params_uint_or(params, "depth", 1, DEPTH_MAX, DEPTH_DEFAULT, &depth) != 0 ||
      proto_params_uint_or(params, "limit", 1, PROTO_MAX_NODES, 1000, &limit) != 0)
    return -1;
  ret->params.look.depth = (uint32_t)depth;
  ret->params.look.limit = (uint32_t)limit;
  return 0;
}

int proto_read_snapshot(const struct proto_params *params, struct proto_request *ret) {
  static const char *const formats[] = {"ouro", "heapsnapshot"};
  unsigned format;

  if (proto_params_enum_or(params, "format", formats, 2, PROTO_SNAPSHOT_OURO,
                           &format) != 0)
    return -1;
  ret->params.snapshot.format = (enum proto_snapshot_format)format;
  return 0;
}

/* --- writers --- */

void proto_write_id(struct proto_writer *writer, const char *key, uint64_t id) {
  char text[24];

  snprintf(text, sizeof text, "0x%" PRIx64, id);
  proto_write_string(writer, key, text);
}

void proto_write_object_row(struct proto_writer *writer, const char *key,
                            const struct proto_object *object) {
  if (key != NULL)
    proto_write_object(writer, key);
  proto_write_id(writer, "id", object->id);
  proto_write_string(writer, "type", object->type);
  if (object->text[0] != '\0')
    proto_write_string(writer, "text", object->text);
  proto_write_uint(writer, "bytes", object->bytes);
  if (!object->is_immortal)
    proto_write_uint(writer, "refcount", object->refcount);
  if (object->generation >= 0)
    proto_write_int(writer, "generation", object->generation);
  proto_write_bool(writer, "tracked", object->is_tracked);
  if (object->is_finalized)
    proto_write_bool(writer, "finalized", true);
  if (key != NULL)
    proto_write_end(writer);
}

static void write_rows(struct proto_writer *writer, const char *key,
                       const struct proto_object *rows, size_t count) {
  proto_write_array(writer, key);
  for (size_t i = 0; i < count; i++) {
    proto_write_object(writer, NULL);
    proto_write_object_row(writer, NULL, &rows[i]);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

static void write_mark(struct proto_writer *writer, const struct proto_result *result) {
  proto_write_uint(writer, "mark", result->as.mark.number);
  proto_write_int(writer, "time_ms", result->as.mark.time_ms);
  proto_write_uint(writer, "objects", result->as.mark.objects);
  proto_write_uint(writer, "bytes", result->as.mark.bytes);
}

static void write_growth(struct proto_writer *writer,
                         const struct proto_result *result) {
  proto_write_int(writer, "since_ms", result->as.growth.since_ms);
  proto_write_array(writer, "types");
  for (size_t i = 0; i < result->as.growth.count; i++) {
    const struct proto_growth *row = &result->as.growth.rows[i];
    proto_write_object(writer, NULL);
    proto_write_string(writer, "type", row->type);
    proto_write_int(writer, "grown_objects", row->grown_objects);
    proto_write_int(writer, "grown_bytes", row->grown_bytes);
    proto_write_uint(writer, "objects", row->objects);
    proto_write_uint(writer, "bytes", row->bytes);
    proto_write_end(writer);
  }
  proto_write_end(writer);
  proto_write_uint(writer, "types_total", result->as.growth.types_total);
  proto_write_bool(writer, "truncated",
                   result->as.growth.types_total > result->as.growth.count);
}

static void write_next_cursor(struct proto_writer *writer, uint64_t next) {
  char cursor[24];

  snprintf(cursor, sizeof cursor, "%" PRIx64, next);
  proto_write_string(writer, "next_cursor", cursor);
}

static void write_object_list(struct proto_writer *writer,
                              const struct proto_result *result) {
  write_rows(writer, "objects", result->as.objects.rows, result->as.objects.count);
  if (result->as.objects.has_next)
    write_next_cursor(writer, result->as.objects.next);
}

static void write_numbers(struct proto_writer *writer, const char *key,
                          const uint16_t *numbers, unsigned count) {
  proto_write_array(writer, key);
  for (unsigned i = 0; i < count; i++)
    proto_write_uint(writer, NULL, numbers[i]);
  proto_write_end(writer);
}

static void write_pool_map(struct proto_writer *writer,
                           const struct proto_result *result) {
  proto_write_int(writer, "time_ms", result->as.pool_map.time_ms);
  proto_write_uint(writer, "arenas_total", result->as.pool_map.arenas_total);
  proto_write_array(writer, "arenas");
  for (size_t i = 0; i < result->as.pool_map.count; i++) {
    const struct proto_arena *arena = &result->as.pool_map.rows[i];
    proto_write_object(writer, NULL);
    proto_write_uint(writer, "number", arena->number);
    write_numbers(writer, "block_bytes", arena->block_bytes, arena->pool_count);
    write_numbers(writer, "used", arena->used, arena->pool_count);
    write_numbers(writer, "capacity", arena->capacity, arena->pool_count);
    proto_write_end(writer);
  }
  proto_write_end(writer);
  if (result->as.pool_map.has_next)
    write_next_cursor(writer, result->as.pool_map.next);
}

static void write_links(struct proto_writer *writer, const char *key,
                        const struct proto_result *result) {
  proto_write_array(writer, key);
  for (size_t i = 0; i < result->as.links.count; i++) {
    const struct proto_link *link = &result->as.links.rows[i];
    proto_write_object(writer, NULL);
    if (link->field[0] != '\0')
      proto_write_string(writer, "field", link->field);
    if (link->references > 0)
      proto_write_uint(writer, "references", link->references);
    proto_write_object_row(writer, "object", &link->object);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

static void write_referrers(struct proto_writer *writer,
                            const struct proto_result *result) {
  write_links(writer, "referrers", result);
  proto_write_array(writer, "roots");
  for (size_t i = 0; i < result->as.links.root_count; i++)
    proto_write_string(writer, NULL, result->as.links.roots[i].name);
  proto_write_end(writer);
  proto_write_uint(writer, "references_by_objects", result->as.links.by_objects);
  proto_write_uint(writer, "references_by_roots", result->as.links.by_roots);
  proto_write_uint(writer, "references_by_others", result->as.links.by_others);
  proto_write_bool(writer, "truncated", result->as.links.truncated);
}

static void write_referents(struct proto_writer *writer,
                            const struct proto_result *result) {
  write_links(writer, "referents", result);
  proto_write_uint(writer, "references", result->as.links.total);
  proto_write_bool(writer, "truncated", result->as.links.truncated);
}

static void write_path(struct proto_writer *writer, const struct proto_result *result) {
  proto_write_bool(writer, "reachable", result->as.links.is_reachable);
  if (result->as.links.root_count > 0)
    proto_write_string(writer, "root", result->as.links.roots[0].name);
  proto_write_uint(writer, "length_objects", result->as.links.total);
  write_links(writer, "path", result);
  proto_write_bool(writer, "truncated", result->as.links.truncated);
}

void proto_write_edges(struct proto_writer *writer, const struct proto_edge *edges,
                       size_t count) {
  proto_write_array(writer, "edges");
  for (size_t i = 0; i < count; i++) {
    proto_write_object(writer, NULL);
    proto_write_uint(writer, "from", edges[i].from);
    proto_write_uint(writer, "to", edges[i].to);
    proto_write_string(writer, "field", edges[i].field);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

void proto_write_roots(struct proto_writer *writer, const struct proto_root *roots,
                       size_t count) {
  proto_write_array(writer, "roots");
  for (size_t i = 0; i < count; i++) {
    proto_write_object(writer, NULL);
    proto_write_string(writer, "name", roots[i].name);
    proto_write_id(writer, "id", roots[i].id);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

static void write_graph(struct proto_writer *writer,
                        const struct proto_result *result) {
  write_rows(writer, "nodes", result->as.graph.nodes, result->as.graph.node_count);
  proto_write_edges(writer, result->as.graph.edges, result->as.graph.edge_count);
  proto_write_roots(writer, result->as.graph.roots, result->as.graph.root_count);
  proto_write_bool(writer, "truncated", result->as.graph.truncated);
}

void proto_write_objects(struct proto_writer *writer,
                         const struct proto_result *result) {
  switch (result->kind) {
  case PROTO_RESULT_MARK: write_mark(writer, result); break;
  case PROTO_RESULT_GROWTH: write_growth(writer, result); break;
  case PROTO_RESULT_POOL_MAP: write_pool_map(writer, result); break;
  case PROTO_RESULT_OBJECTS: write_object_list(writer, result); break;
  case PROTO_RESULT_OBJECT:
    proto_write_object_row(writer, NULL, &result->as.object.row);
    proto_write_uint(writer, "references", result->as.object.references);
    break;
  case PROTO_RESULT_REFERRERS: write_referrers(writer, result); break;
  case PROTO_RESULT_REFERENTS: write_referents(writer, result); break;
  case PROTO_RESULT_PATH: write_path(writer, result); break;
  case PROTO_RESULT_GRAPH: write_graph(writer, result); break;
  default: break;
  }
}

void proto_objects_fini(struct proto_result *result) {
  switch (result->kind) {
  case PROTO_RESULT_GROWTH: free(result->as.growth.rows); break;
  case PROTO_RESULT_POOL_MAP: free(result->as.pool_map.rows); break;
  case PROTO_RESULT_OBJECTS: free(result->as.objects.rows); break;
  case PROTO_RESULT_REFERRERS:
  case PROTO_RESULT_REFERENTS:
  case PROTO_RESULT_PATH:
    free(result->as.links.rows);
    free(result->as.links.roots);
    break;
  case PROTO_RESULT_GRAPH:
    free(result->as.graph.nodes);
    free(result->as.graph.edges);
    free(result->as.graph.roots);
    break;
  case PROTO_RESULT_FILE: close(result->as.file.fd); break;
  default: break;
  }
}
