/* shadow_collect.c - a collection of the shadow graph, and when one is due.
 *
 *   set       alive, tracked, young enough
 *   garbage   what of it neither something outside refers to nor what that reaches */
#include <stddef.h>
#include <string.h>

#include "shadow.h"

/* References to each node from outside the set. */
static void count_outside(const struct shadow *shadow, const bool *set,
                          int outside[NODES]) {
  shadow_refcounts(shadow, outside);
  for (int i = 0; i < NODES; i++)
    for (int f = 0; f < FIELDS && set[i]; f++)
      if (shadow->nodes[i].fields[f] >= 0)
        outside[shadow->nodes[i].fields[f]] -= shadow_weight(&shadow->nodes[i], f);
}

/* Of `set`, what something outside the set refers to, and all it reaches inside. */
static void reach(const struct shadow *shadow, const bool *set, bool *reached) {
  int outside[NODES];
  count_outside(shadow, set, outside);
  for (int i = 0; i < NODES; i++)
    reached[i] = set[i] && outside[i] > 0;
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

void shadow_examine(const struct shadow *shadow, int generation,
                    struct shadow_examined *examined) {
  bool set[NODES], reached[NODES];
  for (int i = 0; i < NODES; i++) {
    const struct shadow_node *node = &shadow->nodes[i];
    examined->alive[i] = node->alive;
    examined->immortal[i] = node->immortal;
    set[i] = node->alive && node->age <= generation;
  }
  count_outside(shadow, set, examined->gc_refs);
  reach(shadow, set, reached);
  for (int i = 0; i < NODES; i++) {
    examined->garbage[i] = set[i] && !reached[i];
    if (!set[i])
      examined->gc_refs[i] = -1;
  }
}

static void find_garbage(struct shadow *shadow, int generation, bool *garbage,
                         struct shadow_outcome *outcome) {
  bool set[NODES], reached[NODES];
  for (int i = 0; i < NODES; i++) {
    set[i] = shadow->nodes[i].alive && shadow->nodes[i].age <= generation;
    outcome->candidates += set[i];
  }
  reach(shadow, set, reached);
  for (int i = 0; i < NODES; i++) {
    garbage[i] = set[i] && !reached[i];
    if (!reached[i] || shadow->nodes[i].age == 2)
      continue;
    shadow->nodes[i].age = generation == 0 ? 1 : 2;
    outcome->promoted++;
  }
}

static void finalize(struct shadow *shadow, bool *garbage,
                     struct shadow_outcome *outcome) {
  for (int i = 0; i < NODES; i++)
    if (garbage[i])
      outcome->weakrefs_cleared += shadow_clear_weak(shadow, i, garbage);
  shadow_count(shadow, garbage, -1);
  for (int i = 0; i < NODES; i++)
    if (garbage[i] && shadow_needs_finalizer(&shadow->nodes[i])) {
      shadow_finalize(shadow, i);
      outcome->finalized++;
    }
  /* What finalizers dropped outside the garbage goes at once; the garbage is held. */
  shadow_count(shadow, garbage, -1);
  if (outcome->finalized == 0)
    return;
  bool reached[NODES];
  reach(shadow, garbage, reached);
  for (int i = 0; i < NODES; i++)
    if (garbage[i] && reached[i]) {
      garbage[i] = false;
      shadow->nodes[i].age = 2;
      outcome->resurrected++;
    }
}

static void save_all(struct shadow *shadow, const bool *garbage,
                     struct shadow_outcome *outcome) {
  for (int i = 0; i < NODES; i++)
    if (garbage[i]) {
      shadow->nodes[i].age = 2;
      shadow->nodes[i].saved++;
      outcome->collected++;
    }
}

/* Who is left over cannot be cleared, or belongs to somebody who cannot. */
static void keep_the_rest(struct shadow *shadow, const bool *garbage,
                          struct shadow_outcome *outcome) {
  for (int i = 0; i < NODES; i++) {
    if (!garbage[i])
      continue;
    shadow->nodes[i].age = 2;
    if (shadow->nodes[i].kind == STUBBORN) {
      shadow->nodes[i].saved++;
      outcome->uncollectable++;
    } else {
      outcome->resurrected++;
    }
  }
}

static void dispose(struct shadow *shadow, bool *garbage,
                    struct shadow_outcome *outcome) {
  int counts[NODES];
  bool found[NODES];
  memcpy(found, garbage, sizeof found);
  for (int i = 0; i < NODES; i++)
    if (garbage[i])
      shadow->nodes[i].telling = SILENT;
  for (int i = 0; i < NODES; i++)
    for (int f = 0; f < FIELDS; f++)
      if (garbage[i] && shadow->nodes[i].kind != STUBBORN)
        shadow->nodes[i].fields[f] = -1;
  shadow_count(shadow, garbage, -1);
  for (bool again = true; again;) {
    again = false;
    shadow_refcounts(shadow, counts);
    for (int i = 0; i < NODES && !again; i++)
      if (garbage[i] && counts[i] == 0) {
        garbage[i] = false;
        shadow_kill(shadow, i, found);
        outcome->collected++;
        again = true;
      }
  }
  shadow_count(shadow, garbage, -1);
  keep_the_rest(shadow, garbage, outcome);
}

struct shadow_outcome shadow_collect(struct shadow *shadow, int generation) {
  struct shadow_outcome outcome = {0};
  bool garbage[NODES];
  uint64_t deaths = shadow->deaths;
  shadow->collecting = true;
  find_garbage(shadow, generation, garbage, &outcome);
  for (int i = 0; i <= generation; i++)
    shadow->counts[i] = 0;
  if (generation < 2)
    shadow->counts[generation + 1]++;
  finalize(shadow, garbage, &outcome);
  if (shadow->saveall)
    save_all(shadow, garbage, &outcome);
  else
    dispose(shadow, garbage, &outcome);
  shadow->collecting = false;
  if (generation == 2)
    shadow->long_lived = shadow_of_age(shadow, 2);
  outcome.freed_objects = shadow->deaths - deaths;
  return outcome;
}

/* ---- when ---- */

/* The oldest generation whose count is over its threshold; the full one only when the
 * old have grown by a quarter. */
static int due(const struct shadow *shadow) {
  uint64_t old = shadow_of_age(shadow, 2);
  uint64_t pending = old > shadow->long_lived ? old - shadow->long_lived : 0;
  if (shadow->counts[2] > shadow->thresholds[2] && pending >= shadow->long_lived / 4)
    return 2;
  return shadow->counts[1] > shadow->thresholds[1] ? 1 : 0;
}

int shadow_due_at_birth(const struct shadow *shadow, bool tracked) {
  if (shadow->request != 0)
    return (int)shadow->request - 1;
  if (!tracked || !shadow->enabled || shadow->thresholds[0] == 0 ||
      shadow->counts[0] < shadow->thresholds[0])
    return -1;
  return due(shadow);
}

int shadow_due_at_safepoint(const struct shadow *shadow) {
  if (shadow->request != 0)
    return (int)shadow->request - 1;
  if (!shadow->enabled || shadow->thresholds[0] == 0 ||
      shadow->counts[0] <= shadow->thresholds[0])
    return -1;
  return due(shadow);
}

/* ---- ages ---- */

static bool moves(int age, int from) {
  return from < 0 ? age < FROZEN_AGE : age == from;
}

void shadow_move(struct shadow *shadow, int from, int to) {
  for (int i = 0; i < NODES; i++)
    if (shadow->nodes[i].alive && moves(shadow->nodes[i].age, from))
      shadow->nodes[i].age = to;
}

uint64_t shadow_of_age(const struct shadow *shadow, int age) {
  uint64_t count = 0;
  for (int i = 0; i < NODES; i++)
    count += shadow->nodes[i].alive && shadow->nodes[i].age == age;
  return count;
}
