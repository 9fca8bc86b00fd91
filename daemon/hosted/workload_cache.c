/* workload_cache.c - a large old table that keeps pointing at young entries.
 *
 *   table (old)   | . | e | . | e | e | . |      slot = key % entries
 *                       |       |
 *                       v       v
 *                     entry <-> value            each pair is a cycle
 *
 * A miss puts a new pair into the table, and what stood in that slot is garbage:
 * usually old by then, so only a full collection finds it. Meanwhile every young
 * collection meets objects that nothing young refers to and that are alive all the
 * same, held by the old table alone. */
#include "workshop.h"

#include <stdio.h>

enum { ENTRIES = WORKSHOP_SETTINGS, KEYS, BYTES };
enum { HITS = WORKSHOP_COUNTERS, MISSES, EVICTIONS };

const struct workload_class workload_cache = {
    .name = "cache",
    .description =
        "A cache that is looked up and replaces what it misses: references from old "
        "objects to young ones, and garbage that has grown old in cycles of two. "
        "Stresses young collections beside a large old table, and full ones.",
    .settings = {[WORKSHOP_RATE] = {"rate", "lookups/s",
                                    "Lookups in a second. 0 pauses; the maximum is "
                                    "flat out.",
                                    0, 10000000, 20000},
                 [WORKSHOP_SEED] = WORKSHOP_SEED_ROW,
                 [ENTRIES] = {"entries", "entries",
                              "Slots of the table. A change empties the cache.", 1,
                              100000, 10000},
                 [KEYS] = {"keys", "keys",
                           "Different keys that are asked for, low ones more often: "
                           "more keys, more misses.",
                           1, 10000000, 40000},
                 [BYTES] = {"bytes", "bytes", "Size of a value.", 0, 4096, 100}},
    .setting_count = 5,
    .counters = {[WORKSHOP_MADE] = "lookups",
                 [WORKSHOP_OUT_OF_MEMORY] = "out_of_memory",
                 [HITS] = "hits",
                 [MISSES] = "misses",
                 [EVICTIONS] = "evictions"},
    .counter_count = 5,
};

struct entry {
  void *value;
  uint64_t key;
};

struct value {
  void *entry;
};

struct cache {
  const ouro_type *table_type, *entry_type, *value_type;
  void **table; /* owned reference: `entries` slots; a root of the heap */
  uint64_t entries;
};

static int open_cache(void *own, ouro_heap *heap) {
  static const size_t first[] = {0};
  const ouro_type_info table = {.name = "Cache", .flags = OURO_TYPE_TAIL_REFS};
  const ouro_type_info entry = {
      .name = "Entry", .size = sizeof(struct entry), .refs = first, .ref_count = 1};
  const ouro_type_info value = {
      .name = "Value", .size = sizeof(struct value), .refs = first, .ref_count = 1};
  struct cache *cache = own;
  int error = ouro_type_new(heap, &table, &cache->table_type);
  if (error == 0)
    error = ouro_type_new(heap, &entry, &cache->entry_type);
  return error != 0 ? error : ouro_type_new(heap, &value, &cache->value_type);
}

static void end_cache(void *own, struct bench *bench) {
  struct cache *cache = own;
  if (cache->table == NULL)
    return;
  ouro_root_remove(bench->heap, &cache->table);
  ouro_clear(bench->heap, &cache->table);
}

static void trim_cache(void *own, struct bench *bench) {
  struct cache *cache = own;
  if (cache->entries != bench_setting(bench, ENTRIES))
    end_cache(own, bench);
}

static bool make_table(struct cache *cache, struct bench *bench) {
  cache->entries = bench_setting(bench, ENTRIES);
  cache->table = ouro_new_tail(bench->heap, cache->table_type,
                               (size_t)cache->entries * sizeof(void *));
  /* A path to an entry then begins with a name; without memory it does not. */
  if (cache->table != NULL)
    (void)ouro_root_add(bench->heap, &cache->table, "cache");
  return cache->table != NULL;
}

/* An entry and its value, which refer to each other; the caller owns the entry. */
static struct entry *make_entry(const struct cache *cache, struct bench *bench,
                                uint64_t key) {
  struct entry *entry = ouro_new(bench->heap, cache->entry_type);
  if (entry == NULL)
    return NULL;
  struct value *value = ouro_new_tail(bench->heap, cache->value_type,
                                      (size_t)bench_setting(bench, BYTES));
  if (value == NULL) {
    ouro_decref(bench->heap, entry);
    return NULL;
  }
  entry->key = key;
  entry->value = value;
  ouro_set(bench->heap, &value->entry, entry);
  return entry;
}

static bool look_up(void *own, struct bench *bench) {
  struct cache *cache = own;
  if (cache->table == NULL && !make_table(cache, bench))
    return false;
  uint64_t key =
      bench_random(bench, bench_random(bench, bench_setting(bench, KEYS)) + 1);
  void **slot = &cache->table[key % cache->entries];
  if (*slot != NULL && ((const struct entry *)*slot)->key == key) {
    bench->state.counters[HITS]++;
    return true;
  }
  struct entry *entry = make_entry(cache, bench, key);
  if (entry == NULL)
    return false;
  bench->state.counters[MISSES]++;
  bench->state.counters[EVICTIONS] += *slot != NULL ? 1 : 0;
  ouro_set_take(bench->heap, slot, entry);
  return true;
}

static const struct workshop_field fields[] = {
    {"Entry", offsetof(struct entry, value), "value"},
    {"Value", offsetof(struct value, entry), "entry"},
    {NULL, 0, NULL}};

static void describe(const void *own, const ouro_heap *heap, const void *object,
                     char *ret, size_t size) {
  if (ouro_object_type(heap, object) == ((const struct cache *)own)->entry_type)
    snprintf(ret, size, "key %llu",
             (unsigned long long)((const struct entry *)object)->key);
}

const struct workshop_kind workshop_cache = {.class = &workload_cache,
                                             .own_bytes = sizeof(struct cache),
                                             .open = open_cache,
                                             .make = look_up,
                                             .trim = trim_cache,
                                             .end = end_cache,
                                             .fields = fields,
                                             .text = describe};
