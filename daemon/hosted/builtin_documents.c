/* builtin_documents.c - library catalogues, made up from a fixed sequence.
 *
 *   {"catalogue": 3, "shelves": [{"name": "...", "books": [{"title": ...}, ...]}, ...]}
 *
 * Some hundred to some ten thousand values each: about what the JSON files of a
 * distribution are like. */
#include "builtin_documents.h"

#include <stdint.h>

static const char *const words[] = {"river", "stone",   "lantern", "winter",
                                    "glass", "harbour", "copper",  "garden",
                                    "paper", "signal",  "meadow",  "anchor"};
#define WORDS (sizeof words / sizeof words[0])

static uint32_t next(uint32_t *state) {
  *state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
  return *state >> 8;
}

static const char *word(uint32_t *state) {
  return words[next(state) % WORDS];
}

static json_t *book(uint32_t *state, unsigned number) {
  return json_pack("{s:i, s:[s, s], s:f, s:b, s:[s], s:{s:i, s:n}}", "number",
                   (int)number, "title", word(state), word(state), "price",
                   (double)(next(state) % 10000) / 100, "lent", (int)(next(state) % 2),
                   "tags", word(state), "shelf", "place", (int)(next(state) % 400),
                   "note");
}

static json_t *shelf(uint32_t *state, unsigned books) {
  json_t *list = json_array();
  for (unsigned i = 0; i < books; i++)
    if (json_array_append_new(list, book(state, i)) != 0) {
      json_decref(list);
      return NULL;
    }
  return json_pack("{s:s, s:o}", "name", word(state), "books", list);
}

json_t *builtin_document(unsigned index) {
  uint32_t state = index + 1;
  unsigned shelves = 2 + 3 * index;
  json_t *list = json_array();
  for (unsigned i = 0; i < shelves; i++)
    if (json_array_append_new(list, shelf(&state, 6 + next(&state) % 20)) != 0) {
      json_decref(list);
      return NULL;
    }
  return json_pack("{s:i, s:o}", "catalogue", (int)index, "shelves", list);
}
