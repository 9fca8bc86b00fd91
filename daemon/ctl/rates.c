/* rates.c - the difference of two samples over the heap's own clock. */
#include "rates.h"

/* Figures that only grow, and what their growth in a second is called. */
static const struct {
  const char *total, *rate;
} rates[] = {
    {"allocated_total_objects", "allocated_objects_per_s"},
    {"freed_total_objects", "freed_objects_per_s"},
    {"allocated_total_bytes", "allocated_bytes_per_s"},
};

double rates_collections(const json_t *sample) {
  double sum = 0;
  size_t at = 0;
  json_t *generation = NULL;
  json_array_foreach(json_object_get(sample, "generations"), at, generation) {
    sum += (double)json_integer_value(json_object_get(generation, "collections"));
  }
  return sum;
}

void rates_add(json_t *sample, const json_t *before) {
  json_int_t ns = json_integer_value(json_object_get(sample, "uptime_ns")) -
                  json_integer_value(json_object_get(before, "uptime_ns"));
  if (!before || ns <= 0) {
    return; /* the first one, or the heap began anew */
  }
  double seconds = (double)ns / 1e9;
  for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
    json_int_t growth = json_integer_value(json_object_get(sample, rates[i].total)) -
                        json_integer_value(json_object_get(before, rates[i].total));
    json_object_set_new(sample, rates[i].rate,
                        json_integer((json_int_t)((double)growth / seconds + 0.5)));
  }
  double collections =
      (rates_collections(sample) - rates_collections(before)) / seconds;
  json_object_set_new(sample, "collections_per_s",
                      json_real((double)(int64_t)(collections * 10 + 0.5) / 10));
}
