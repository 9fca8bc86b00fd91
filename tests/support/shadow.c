/* shadow.c - a heap that is obviously right: references, counts, deaths; see shadow.h.
 */
#include "shadow.h"

#include <stddef.h>
#include <string.h>

enum { IMMORTAL_COUNT = 1 << 20 };

void shadow_init(struct shadow *shadow) {
  memset(shadow, 0, sizeof *shadow);
  for (int i = 0; i < VARS; i++)
    shadow->vars[i] = -1;
  for (int i = 0; i < WEAK; i++)
    shadow->weak[i] = -1;
  for (int i = 0; i < NODES; i++) {
    shadow->graves[i] = -1;
    shadow->nodes[i].target = shadow->nodes[i].child = -1;
    for (int f = 0; f < FIELDS; f++)
      shadow->nodes[i].fields[f] = -1;
  }
  shadow->running = -1;
}

void shadow_begin(struct shadow *shadow) {
  for (int i = 0; i < NODES; i++) {
    shadow->nodes[i].just_died = shadow->nodes[i].collects = false;
    shadow->nodes[i].telling = QUIET;
  }
  shadow->born_inside = shadow->deaths = 0;
  shadow->has_nested = false;
}

int shadow_free_node(const struct shadow *shadow) {
  for (int i = 0; i < NODES; i++)
    if (!shadow->nodes[i].alive && !shadow->nodes[i].just_died && shadow->graves[i] < 0)
      return i;
  return -1;
}

static int fields_of(enum kind kind, int tail) {
  switch (kind) {
  case LEAF:
  case WEAKLING: return 0;
  case TAILED: return DECLARED + (tail < DECLARED ? tail : DECLARED);
  default: return DECLARED;
  }
}

void shadow_birth(struct shadow *shadow, int node, enum kind kind, int tail) {
  struct shadow_node *self = &shadow->nodes[node];
  bool tracked = kind != LEAF && kind != HIDING;
  *self = (struct shadow_node){.alive = true,
                               .kind = kind,
                               .age = tracked ? 0 : UNTRACKED_AGE,
                               .field_count = fields_of(kind, tail),
                               .tail = tail,
                               .target = -1,
                               .child = -1};
  for (int f = 0; f < FIELDS; f++)
    self->fields[f] = -1;
  shadow->counts[0] += tracked;
}

int shadow_weight(const struct shadow_node *node, int field) {
  return field == DECLARED + 1 && node->tail > DECLARED ? node->tail - 2 : 1;
}

static void count_place(int place, int counts[NODES]) {
  if (place >= 0)
    counts[place]++;
}

void shadow_refcounts(const struct shadow *shadow, int counts[NODES]) {
  memset(counts, 0, NODES * sizeof *counts);
  for (int i = 0; i < VARS; i++)
    count_place(shadow->vars[i], counts);
  for (int i = 0; i < WEAK; i++)
    count_place(shadow->weak[i], counts);
  count_place(shadow->running, counts);
  for (int i = 0; i < NODES; i++) {
    const struct shadow_node *node = &shadow->nodes[i];
    count_place(shadow->graves[i], counts);
    counts[i] += node->saved + (node->immortal ? IMMORTAL_COUNT : 0);
    for (int f = 0; f < FIELDS && node->alive; f++)
      if (node->fields[f] >= 0)
        counts[node->fields[f]] += shadow_weight(node, f);
  }
}

/* ---- user code ---- */

bool shadow_needs_finalizer(const struct shadow_node *node) {
  return !node->finalized && node->kind >= DROPPING && node->kind <= COLLECTING;
}

static void make_child(struct shadow *shadow, int node) {
  int child = shadow->request == 0 ? shadow_free_node(shadow) : -1;
  shadow->nodes[node].child = child;
  if (child < 0)
    return;
  shadow_birth(shadow, child, PLAIN, 0);
  shadow->nodes[child].fields[0] = shadow->nodes[node].fields[1];
  shadow->graves[node] = child;
  shadow->born_inside++;
}

void shadow_finalize(struct shadow *shadow, int node) {
  struct shadow_node *self = &shadow->nodes[node];
  self->finalized = true;
  if (self->kind == DROPPING)
    self->fields[0] = -1;
  else if (self->kind == RESURRECTING)
    shadow->graves[node] = node;
  else if (self->kind == MAKING)
    make_child(shadow, node);
  /* Something that dies and lives for this moment only. */
  if (self->kind == DROPPING && shadow->request == 0)
    shadow->deaths++;
}

/* The program's own weak references drop a variable when they are told. */
static void run_callback(struct shadow *shadow, int node) {
  for (int i = 1; i < WEAK; i += 2)
    if (shadow->weak[i] == node)
      shadow->vars[i] = -1;
}

uint64_t shadow_clear_weak(struct shadow *shadow, int node, const bool *garbage) {
  uint64_t cleared = 0;
  for (int i = 0; i < NODES; i++) {
    struct shadow_node *weak = &shadow->nodes[i];
    if (!weak->alive || weak->kind != WEAKLING || weak->target != node)
      continue;
    weak->target = -1;
    cleared++;
    if (garbage != NULL && garbage[i]) {
      weak->telling = SILENT;
      continue;
    }
    weak->telling = TOLD;
    run_callback(shadow, i);
  }
  return cleared;
}

/* ---- death ---- */

void shadow_kill(struct shadow *shadow, int node, const bool *garbage) {
  struct shadow_node *self = &shadow->nodes[node];
  self->alive = false;
  self->just_died = true;
  shadow->deaths++;
  (void)shadow_clear_weak(shadow, node, garbage);
  for (int f = 0; f < FIELDS; f++)
    self->fields[f] = -1;
  if (self->age != UNTRACKED_AGE && shadow->counts[0] > 0)
    shadow->counts[0]--;
}

/* The first to die may collect: nothing else has happened yet. */
static void collect_inside(struct shadow *shadow, int node) {
  shadow->nodes[node].collects = shadow->has_nested = true;
  shadow->running = node;
  shadow->nested = shadow_collect(shadow, 2);
  shadow->running = -1;
}

static void die(struct shadow *shadow, int node, const bool *except, bool is_first) {
  struct shadow_node *self = &shadow->nodes[node];
  if (!shadow_needs_finalizer(self)) {
    shadow_kill(shadow, node, except);
    return;
  }
  shadow_finalize(shadow, node);
  if (self->kind == COLLECTING && is_first && !shadow->collecting)
    collect_inside(shadow, node);
}

void shadow_count(struct shadow *shadow, const bool *except, int first) {
  int counts[NODES];
  shadow_refcounts(shadow, counts);
  if (first >= 0 && shadow->nodes[first].alive && counts[first] == 0)
    die(shadow, first, except, true);
  for (bool again = true; again;) {
    again = false;
    shadow_refcounts(shadow, counts);
    for (int i = 0; i < NODES && !again; i++)
      if (shadow->nodes[i].alive && counts[i] == 0 && (except == NULL || !except[i])) {
        die(shadow, i, except, false);
        again = true;
      }
  }
}
