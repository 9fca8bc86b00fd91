/* cmd_graph.c - objects and who refers to whom, for the eye or for Graphviz. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "format.h"

static const struct column columns[] = {
    {"ID", "id", COLUMN_TEXT, 0},
    {"TYPE", "type", COLUMN_TEXT, 0},
    {"WHAT", "text", COLUMN_TEXT, 0},
    {"GEN", "generation", COLUMN_NUMBER, 0},
    {"REFCOUNT", "refcount", COLUMN_NUMBER, 0},
    {"BYTES", "bytes", COLUMN_BYTES, 0},
    {"REFERS TO", "refers_to", COLUMN_TEXT, 0},
};

static const struct option_spec options[] = {
    {0, "root", "ID", OPTION_TEXT, 0, 0, NULL,
     "what can be reached from this object (default: the whole heap)"},
    {0, "depth", "N", OPTION_NUMBER, 1, 100, NULL,
     "so many references away from it (default: 10)"},
    {'l', "limit", "N", OPTION_NUMBER, 1, 5000, NULL,
     "so many objects (default: 1000)"},
    {0, "dot", NULL, OPTION_FLAG, 0, 0, NULL, "the language of Graphviz"},
};

/* "field=id field=id" for each object, from the edges, which name numbers of nodes. */
static void add_references(const json_t *graph) {
  const json_t *nodes = json_object_get(graph, "nodes");
  size_t at = 0;
  json_t *edge = NULL;
  json_array_foreach(json_object_get(graph, "edges"), at, edge) {
    size_t from = (size_t)json_integer_value(json_object_get(edge, "from"));
    size_t to = (size_t)json_integer_value(json_object_get(edge, "to"));
    json_t *node = json_array_get(nodes, from);
    const char *field = json_string_value(json_object_get(edge, "field"));
    const char *id =
        json_string_value(json_object_get(json_array_get(nodes, to), "id"));
    json_t *list = json_object_get(node, "refers_to");
    if (node && !list) {
      list = json_array();
      json_object_set_new(node, "refers_to", list);
    }
    if (list && id) {
      json_array_append_new(list, json_sprintf("%s=%s", field ? field : "?", id));
    }
  }
}

/* A quoted string of DOT: only quotes and backslashes mean something in it, and what
 * steers terminals is escaped before. */
static void put_quoted(const char *text) {
  char *escaped = format_escape(text);
  putchar('"');
  for (const char *c = escaped ? escaped : "?"; *c != '\0'; c++) {
    if (*c == '"' || *c == '\\') {
      putchar('\\');
    }
    putchar(*c);
  }
  putchar('"');
  free(escaped);
}

static const char *member(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

/* digraph { "id" [label="Person 'John'"]; "id" -> "id" [label="friend"]; } */
static void put_dot(const char *heap, const json_t *graph) {
  const json_t *nodes = json_object_get(graph, "nodes");
  size_t at = 0;
  json_t *item = NULL;
  char label[TABLE_TEXT_BYTES * 2];
  printf("digraph ");
  put_quoted(heap);
  printf(" {\n  node [shape=box, fontname=\"sans-serif\"];\n");
  json_array_foreach(nodes, at, item) {
    const char *type = member(item, "type"), *text = member(item, "text");
    bool is_said = text[0] == '\0' || strncmp(text, type, strlen(type)) == 0;
    snprintf(label, sizeof(label), "%.100s%s%.100s", is_said ? "" : type,
             is_said ? "" : " ", text[0] != '\0' ? text : type);
    printf("  ");
    put_quoted(member(item, "id"));
    printf(" [label=");
    put_quoted(label);
    printf("];\n");
  }
  json_array_foreach(json_object_get(graph, "roots"), at, item) {
    snprintf(label, sizeof(label), "root %.100s", member(item, "name"));
    printf("  ");
    put_quoted(label);
    printf(" [shape=plaintext];\n  ");
    put_quoted(label);
    printf(" -> ");
    put_quoted(member(item, "id"));
    printf(";\n");
  }
  json_array_foreach(json_object_get(graph, "edges"), at, item) {
    size_t from = (size_t)json_integer_value(json_object_get(item, "from"));
    size_t to = (size_t)json_integer_value(json_object_get(item, "to"));
    printf("  ");
    put_quoted(member(json_array_get(nodes, from), "id"));
    printf(" -> ");
    put_quoted(member(json_array_get(nodes, to), "id"));
    printf(" [label=");
    put_quoted(member(item, "field"));
    printf("];\n");
  }
  printf("}\n");
}

static void print(struct ctl *ctl, const char *heap, json_t *graph) {
  if (arguments_has(&ctl->arguments, "dot")) {
    put_dot(heap, graph);
  } else if (ctl->output == OUTPUT_JSON) {
    ctl_print_json(ctl, graph, false);
  } else {
    add_references(graph);
    ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]),
              json_object_get(graph, "nodes"), NULL);
  }
  ctl_flush(ctl);
  if (json_is_true(json_object_get(graph, "truncated"))) {
    ctl_say(ctl, "there is more: --limit and --depth show more of it");
  }
}

static enum exit_code run(struct ctl *ctl) {
  char heap[PROTO_NAME_BYTES];
  const char *named = arguments_positional(&ctl->arguments, 0);
  const char *root = arguments_text(&ctl->arguments, "root", NULL);
  if (ctl_connect(ctl) != 0 || ctl_only_heap(ctl, named, heap) != 0) {
    return ctl->exit;
  }
  struct proto_writer *writer = ctl_question(ctl, "heap.graph");
  proto_write_string(writer, "heap", heap);
  if (root) {
    proto_write_string(writer, "root", root);
    proto_write_int(writer, "depth", arguments_number(&ctl->arguments, "depth", 10));
  }
  proto_write_int(writer, "limit", arguments_number(&ctl->arguments, "limit", 1000));
  json_t *graph = ctl_ask(ctl);
  if (graph) {
    print(ctl, heap, graph);
  }
  json_decref(graph);
  return ctl->exit;
}

const struct command command_graph = {
    .name = "graph",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "objects and who refers to whom",
    .help = "Shows the objects of a heap, or what can be reached from one of them, and "
            "what\n"
            "each refers to by which field. Needs the operator's role.\n"
            "\n"
            "  ouroctl graph playground --dot | dot -Tsvg > playground.svg\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
