/* workload_binary_trees.c - full trees, built from the leaves up, one after the other.
 *
 *   stack of finished trees, by height:    3   1   0
 *                                         /\  /\   .
 *   the two on top are of one height: the next node is their parent; else it is a leaf.
 *   When a tree has the depth, it is kept, and one that was kept goes.
 *
 * A tree that goes dies node by node, however deep it is, without recursion. With
 * `parents` its nodes know their parents: then the tree is one cycle from its root to
 * its leaves, and a collection has to trace all of it. */
#include "workshop.h"

enum { DEPTH = WORKSHOP_SETTINGS, KEEP, PARENTS };
enum { TREES = WORKSHOP_COUNTERS, KEPT };

#define DEPTH_MAX 18u
#define KEEP_MAX  8u

const struct workload_class workload_binary_trees = {
    .name = "binary-trees",
    .description =
        "Full binary trees, built and dropped: deep structures of equal small objects. "
        "Stresses tracing, promotion of what survives, and deallocation of any depth "
        "without recursion.",
    .settings = {[WORKSHOP_RATE] = {"rate", "nodes/s",
                                    "Nodes made in a second. 0 pauses; the maximum is "
                                    "flat out.",
                                    0, 10000000, 50000},
                 [WORKSHOP_SEED] = WORKSHOP_SEED_ROW,
                 [DEPTH] = {"depth", "levels",
                            "Edges from the root to a leaf: a tree has 2^(depth+1)-1 "
                            "nodes.",
                            1, DEPTH_MAX, 12},
                 [KEEP] = {"keep", "trees", "Finished trees that stay alive.", 0,
                           KEEP_MAX, 2},
                 [PARENTS] = {"parents", "0 or 1",
                              "1: nodes know their parents, so that each tree is a "
                              "cycle; 0: counting frees it. Counts from the next tree "
                              "on.",
                              0, 1, 0}},
    .setting_count = 5,
    .counters = {[WORKSHOP_MADE] = "nodes",
                 [WORKSHOP_OUT_OF_MEMORY] = "out_of_memory",
                 [TREES] = "trees",
                 [KEPT] = "kept"},
    .counter_count = 4,
};

struct node {
  struct node *left, *right, *parent;
};

struct trees {
  const ouro_type *type;
  struct node *stack[DEPTH_MAX + 2]; /* owned references; heights fall to the top */
  unsigned heights[DEPTH_MAX + 2];
  unsigned count;
  bool has_parents; /* of the tree that comes about */
  void *kept[KEEP_MAX];
  unsigned kept_count;
};

static int open_trees(void *own, ouro_heap *heap) {
  static const size_t refs[] = {offsetof(struct node, left),
                                offsetof(struct node, right),
                                offsetof(struct node, parent)};
  const ouro_type_info info = {
      .name = "Node", .size = sizeof(struct node), .refs = refs, .ref_count = 3};
  return ouro_type_new(heap, &info, &((struct trees *)own)->type);
}

static void drop_kept(struct trees *trees, struct bench *bench, unsigned at) {
  void *tree = trees->kept[at];
  trees->kept[at] = trees->kept[--trees->kept_count];
  bench->state.counters[KEPT] = trees->kept_count;
  ouro_decref(bench->heap, tree);
}

static void drop_unfinished(struct trees *trees, struct bench *bench) {
  while (trees->count > 0)
    ouro_decref(bench->heap, trees->stack[--trees->count]);
}

/* The tree on the stack is finished: keep it instead of another. */
static void finish_tree(struct trees *trees, struct bench *bench) {
  uint64_t keep = bench_setting(bench, KEEP);
  void *tree = trees->stack[--trees->count];
  bench->state.counters[TREES]++;
  while (trees->kept_count > 0 && trees->kept_count >= keep)
    drop_kept(trees, bench, (unsigned)bench_random(bench, trees->kept_count));
  if (keep == 0) {
    ouro_decref(bench->heap, tree);
    return;
  }
  trees->kept[trees->kept_count++] = tree;
  bench->state.counters[KEPT] = trees->kept_count;
}

/* Put the two trees on top under `parent`, which takes our references to them. */
static void join(struct trees *trees, struct bench *bench, struct node *parent) {
  struct node *right = trees->stack[--trees->count];
  struct node *left = trees->stack[--trees->count];
  parent->left = left;
  parent->right = right;
  if (trees->has_parents) {
    ouro_set(bench->heap, &left->parent, parent);
    ouro_set(bench->heap, &right->parent, parent);
  }
}

static bool make_node(void *own, struct bench *bench) {
  struct trees *trees = own;
  struct node *node = ouro_new(bench->heap, trees->type);
  unsigned top = trees->count, height = 0;
  if (node == NULL)
    return false;
  if (top == 0)
    trees->has_parents = bench->state.values[PARENTS] > 0;
  if (top >= 2 && trees->heights[top - 1] == trees->heights[top - 2]) {
    height = trees->heights[top - 1] + 1;
    join(trees, bench, node);
  }
  trees->stack[trees->count] = node;
  trees->heights[trees->count++] = height;
  if (height >= bench_setting(bench, DEPTH))
    finish_tree(trees, bench);
  return true;
}

/* A depth below that of what stands there already would not be met any more. */
static void trim_trees(void *own, struct bench *bench) {
  struct trees *trees = own;
  if (trees->count > 0 && trees->heights[0] >= bench_setting(bench, DEPTH))
    drop_unfinished(trees, bench);
  while (trees->kept_count > bench_setting(bench, KEEP))
    drop_kept(trees, bench, trees->kept_count - 1);
}

static void end_trees(void *own, struct bench *bench) {
  struct trees *trees = own;
  drop_unfinished(trees, bench);
  while (trees->kept_count > 0)
    drop_kept(trees, bench, trees->kept_count - 1);
}

static const struct workshop_field fields[] = {
    {"Node", offsetof(struct node, left), "left"},
    {"Node", offsetof(struct node, right), "right"},
    {"Node", offsetof(struct node, parent), "parent"},
    {NULL, 0, NULL}};

const struct workshop_kind workshop_binary_trees = {.class = &workload_binary_trees,
                                                    .own_bytes = sizeof(struct trees),
                                                    .open = open_trees,
                                                    .make = make_node,
                                                    .trim = trim_trees,
                                                    .end = end_trees,
                                                    .fields = fields};
