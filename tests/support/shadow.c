/* shadow.c - a heap that is obviously right; see shadow.h. */
#include "shadow.h"

#include <stddef.h>
#include <string.h>

int shadow_refcount(const struct shadow *shadow, int node) {
  int count = 0;
  for (int i = 0; i < VARS; i++)
    count += shadow->vars[i] == node;
  for (int i = 0; i < NODES; i++) {
    count += shadow->graves[i] == node;
    for (int f = 0; f < FIELDS && shadow->nodes[i].alive; f++)
      count += shadow->nodes[i].fields[f] == node;
  }
  return count;
}

/* What a finalizer does. */
static void finalize(struct shadow *shadow, int node) {
  struct shadow_node *self = &shadow->nodes[node];
  self->finalized = true;
  if (self->kind == DROPPING)
    self->fields[0] = -1;
  else
    shadow->graves[node] = node;
}

static bool needs_finalizer(const struct shadow_node *node) {
  return !node->finalized && (node->kind == DROPPING || node->kind == RESURRECTING);
}

static uint64_t clear_weak(struct shadow *shadow, int node) {
  uint64_t cleared = 0;
  for (int i = 0; i < WEAK; i++)
    if (shadow->weak[i].exists && shadow->weak[i].target == node) {
      shadow->weak[i].target = -1;
      cleared++;
    }
  shadow->told += cleared;
  return cleared;
}

static void kill(struct shadow *shadow, int node) {
  shadow->nodes[node].alive = false;
  for (int f = 0; f < FIELDS; f++)
    shadow->nodes[node].fields[f] = -1;
  (void)clear_weak(shadow, node);
}

void shadow_init(struct shadow *shadow) {
  memset(shadow, 0, sizeof *shadow);
  for (int i = 0; i < VARS; i++)
    shadow->vars[i] = -1;
  for (int i = 0; i < NODES; i++) {
    shadow->graves[i] = -1;
    kill(shadow, i);
  }
}

void shadow_count(struct shadow *shadow, const bool *except) {
  for (bool again = true; again;) {
    again = false;
    for (int i = 0; i < NODES; i++) {
      if (!shadow->nodes[i].alive || (except != NULL && except[i]) ||
          shadow_refcount(shadow, i) > 0)
        continue;
      again = true;
      if (needs_finalizer(&shadow->nodes[i]))
        finalize(shadow, i);
      else
        kill(shadow, i);
    }
  }
}

/* Of `set`, what something outside the set refers to, and all it reaches inside. */
static void reach(const struct shadow *shadow, const bool *set, bool *reached) {
  for (int i = 0; i < NODES; i++) {
    int inside = 0;
    for (int j = 0; j < NODES; j++)
      for (int f = 0; f < FIELDS && set[j]; f++)
        inside += shadow->nodes[j].fields[f] == i;
    reached[i] = set[i] && shadow_refcount(shadow, i) > inside;
  }
  for (bool again = true; again;) {
    again = false;
    for (int i = 0; i < NODES; i++)
      for (int f = 0; f < FIELDS && reached[i]; f++) {
        int to = shadow->nodes[i].fields[f];
        if (to >= 0 && set[to] && !reached[to])
          again = reached[to] = true;
      }
  }
}

/* Weak references are candidates too; the program holds them, so they survive. */
static uint64_t promote_weak(struct shadow *shadow, int generation) {
  uint64_t candidates = 0;
  for (int i = 0; i < WEAK; i++)
    if (shadow->weak[i].exists && shadow->weak[i].age <= generation) {
      shadow->weak[i].age = generation == 0 ? 1 : 2;
      candidates++;
    }
  return candidates;
}

struct shadow_outcome shadow_collect(struct shadow *shadow, int generation) {
  struct shadow_outcome outcome = {0};
  bool set[NODES], reached[NODES], garbage[NODES];
  for (int i = 0; i < NODES; i++) {
    set[i] = shadow->nodes[i].alive && shadow->nodes[i].age <= generation;
    outcome.candidates += set[i];
  }
  outcome.candidates += promote_weak(shadow, generation);
  reach(shadow, set, reached);
  for (int i = 0; i < NODES; i++) {
    garbage[i] = set[i] && !reached[i];
    if (reached[i])
      shadow->nodes[i].age = generation == 0 ? 1 : 2;
  }
  for (int i = 0; i < NODES; i++)
    if (garbage[i])
      outcome.weakrefs_cleared += clear_weak(shadow, i);
  for (int i = 0; i < NODES; i++)
    if (garbage[i] && needs_finalizer(&shadow->nodes[i])) {
      finalize(shadow, i);
      outcome.finalized++;
    }
  /* What finalizers dropped outside the garbage goes at once; the garbage is held. */
  shadow_count(shadow, garbage);
  if (outcome.finalized > 0) {
    reach(shadow, garbage, reached);
    for (int i = 0; i < NODES; i++)
      if (garbage[i] && reached[i]) {
        garbage[i] = false;
        shadow->nodes[i].age = 2;
        outcome.resurrected++;
      }
  }
  for (int i = 0; i < NODES; i++)
    if (garbage[i]) {
      kill(shadow, i);
      outcome.collected++;
    }
  shadow_count(shadow, NULL);
  return outcome;
}

static bool moves(int age, int from) {
  return from < 0 ? age < FROZEN_AGE : age == from;
}

void shadow_move(struct shadow *shadow, int from, int to) {
  for (int i = 0; i < NODES; i++)
    if (shadow->nodes[i].alive && moves(shadow->nodes[i].age, from))
      shadow->nodes[i].age = to;
  for (int i = 0; i < WEAK; i++)
    if (shadow->weak[i].exists && moves(shadow->weak[i].age, from))
      shadow->weak[i].age = to;
}
