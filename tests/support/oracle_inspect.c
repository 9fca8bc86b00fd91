/* oracle_inspect.c - what introspection tells, held against the shadow: the objects of
 * each place, who refers to whom, cycles, and why an object is alive. */
#include <string.h>

#include "oracle_private.h"

/* References that introspection can see: HIDING objects do not report theirs. */
static int visible_field(const struct shadow *shadow, int node, int field) {
  const struct shadow_node *self = &shadow->nodes[node];
  return self->alive && self->kind != HIDING ? self->fields[field] : -1;
}

/* ---- pages of objects ---- */

static void compare_pages(struct oracle *oracle) {
  static const int ages[] = {0, 1, 2, FROZEN_AGE, UNTRACKED_AGE};
  for (int place = 0; place < 5; place++) {
    ouro_cursor cursor = 0;
    ouro_budget budget = {.steps = 30};
    uint64_t count = 0, sum = 0, objects = shadow_of_age(&oracle->shadow, ages[place]);
    uint64_t should_be = 0;
    if (ages[place] == UNTRACKED_AGE) {
      objects += oracle->ballast_objects[0] + oracle->ballast_objects[1];
      should_be += oracle->ballast_sum;
    }
    for (int i = 0; i < NODES; i++)
      if (oracle->shadow.nodes[i].alive && oracle->shadow.nodes[i].age == ages[place])
        should_be += (uintptr_t)oracle->objects[i];
    while (cursor != OURO_CURSOR_END) {
      void *page[7];
      size_t length;
      if (ouro_objects_page(oracle->heap, 1u << place, NULL, &budget, &cursor, page, 7,
                            &length) != OURO_OK) {
        oracle_disagree(oracle, "no page of objects");
        return;
      }
      count += length;
      while (length > 0)
        sum += (uintptr_t)page[--length];
    }
    if (count != objects || sum != should_be)
      oracle_disagree(oracle, "pages of place %d: %llu objects, or other ones", place,
                      (unsigned long long)count);
  }
}

/* ---- who refers to a node ---- */

struct held {
  uint64_t by_objects, by_roots, by_others, referrers;
};

static struct held held_by(const struct oracle *oracle, int node, int count) {
  struct held held = {0};
  for (int i = 0; i < NODES; i++) {
    uint64_t before = held.by_objects;
    for (int f = 0; f < FIELDS; f++)
      if (visible_field(&oracle->shadow, i, f) == node)
        held.by_objects += (uint64_t)shadow_weight(&oracle->shadow.nodes[i], f);
    held.referrers += held.by_objects != before;
  }
  for (int i = 0; i < VARS; i++)
    held.by_roots += oracle->is_root[i] && oracle->shadow.vars[i] == node;
  held.by_others = oracle->shadow.nodes[node].immortal
                       ? 1
                       : (uint64_t)count - held.by_objects - held.by_roots;
  return held;
}

static void compare_referrers(struct oracle *oracle, int node, int count) {
  struct held should_be = held_by(oracle, node, count), is = {0};
  ouro_holders holders = {0};
  ouro_budget budget = {.steps = 50};
  uint64_t references = 0;
  while (holders.cursor != OURO_CURSOR_END) {
    ouro_referrer page[3];
    size_t length;
    if (ouro_referrers_page(oracle->heap, oracle->objects[node], &budget, &holders,
                            page, 3, &length) != OURO_OK) {
      oracle_disagree(oracle, "no page of referrers");
      return;
    }
    is.referrers += length;
    while (length > 0)
      references += page[--length].references;
  }
  if (is.referrers != should_be.referrers || references != should_be.by_objects ||
      holders.by_objects != should_be.by_objects ||
      holders.by_roots != should_be.by_roots ||
      holders.by_others != should_be.by_others)
    oracle_disagree(
        oracle,
        "node %d: %llu referrers (objects %llu, roots %llu, others %llu), "
        "should be %llu (%llu, %llu, %llu)",
        node, (unsigned long long)is.referrers, (unsigned long long)holders.by_objects,
        (unsigned long long)holders.by_roots, (unsigned long long)holders.by_others,
        (unsigned long long)should_be.referrers,
        (unsigned long long)should_be.by_objects,
        (unsigned long long)should_be.by_roots,
        (unsigned long long)should_be.by_others);
}

/* ---- paths and cycles: distances in the shadow ---- */

/* Objects on the way to each node, 0 where there is none; `distance` is 1 at the
 * beginnings. */
static void spread(const struct shadow *shadow, int distance[NODES]) {
  for (int reached = 1;; reached++) {
    bool any = false;
    for (int i = 0; i < NODES; i++)
      for (int f = 0; f < FIELDS && distance[i] == reached; f++) {
        int to = visible_field(shadow, i, f);
        if (to >= 0 && distance[to] == 0) {
          distance[to] = reached + 1;
          any = true;
        }
      }
    if (!any)
      return;
  }
}

/* The length of the shortest path to a node from a registered root or, where there is
 * none, from whatever is held from outside; 0: it is garbage. */
static int path_length(const struct oracle *oracle, int node, const int *counts,
                       bool *named) {
  int distance[NODES] = {0};
  for (int i = 0; i < VARS; i++)
    if (oracle->is_root[i] && oracle->shadow.vars[i] >= 0)
      distance[oracle->shadow.vars[i]] = 1;
  spread(&oracle->shadow, distance);
  *named = distance[node] > 0;
  if (*named)
    return distance[node];
  for (int i = 0; i < NODES; i++)
    distance[i] =
        oracle->shadow.nodes[i].alive && held_by(oracle, i, counts[i]).by_others > 0;
  spread(&oracle->shadow, distance);
  return distance[node];
}

static void compare_path(struct oracle *oracle, int node, const int *counts) {
  bool named;
  int should_be = path_length(oracle, node, counts, &named);
  ouro_path *path = ouro_path_new(oracle->heap, oracle->objects[node], 0);
  ouro_path_answer answer = OURO_PATH_SEARCHING;
  ouro_budget budget = {.steps = 100};
  while (path != NULL && answer == OURO_PATH_SEARCHING)
    if (ouro_path_search(path, &budget, &answer) != OURO_OK)
      break;
  if (path == NULL || answer != (should_be ? OURO_PATH_FOUND : OURO_PATH_UNREACHABLE) ||
      ouro_path_length(path) != (uint64_t)should_be ||
      (ouro_path_root(path) != NULL) != named)
    oracle_disagree(oracle, "node %d: a path of %llu objects (answer %d), should be %d",
                    node, path ? (unsigned long long)ouro_path_length(path) : 0,
                    (int)answer, should_be);
  ouro_path_free(path);
}

/* The shortest cycle through a node, 0: none. */
static int cycle_length(const struct shadow *shadow, int node) {
  int distance[NODES] = {0}, length = 0;
  distance[node] = 1;
  spread(shadow, distance);
  for (int i = 0; i < NODES; i++)
    for (int f = 0; f < FIELDS && distance[i] > 0; f++)
      if (visible_field(shadow, i, f) == node && (length == 0 || distance[i] < length))
        length = distance[i];
  return length;
}

static void compare_cycle(struct oracle *oracle, int node) {
  const struct shadow *shadow = &oracle->shadow;
  ouro_cycle cycle;
  int should_be = cycle_length(shadow, node);
  int distance[NODES] = {0};
  bool somewhere = false;
  distance[node] = 1;
  spread(shadow, distance);
  for (int i = 0; i < NODES && !somewhere; i++)
    somewhere = distance[i] > 0 && cycle_length(shadow, i) > 0;
  if (ouro_find_cycle(oracle->heap, oracle->objects[node], NULL, &cycle) != OURO_OK)
    oracle_disagree(oracle, "no search for a cycle");
  else if ((cycle.length > 0) != somewhere ||
           (should_be > 0 && should_be <= OURO_CYCLE_OBJECTS &&
            cycle.length != (uint64_t)should_be))
    oracle_disagree(oracle, "node %d: a cycle of %llu objects, should be %d", node,
                    (unsigned long long)cycle.length, should_be);
}

void oracle_inspect(struct oracle *oracle, int node, const int counts[NODES]) {
  compare_pages(oracle);
  for (int i = 0; i < NODES; i++)
    if (oracle->shadow.nodes[(node + i) % NODES].alive) {
      node = (node + i) % NODES;
      compare_referrers(oracle, node, counts[node]);
      compare_path(oracle, node, counts);
      compare_cycle(oracle, node);
      return;
    }
}
