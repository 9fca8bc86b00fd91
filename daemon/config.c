/* config.c - values: text to struct config and back, one reader for each kind.
 *
 *   "64K" --CONFIG_BYTES--> 65536 --> "65536"      "on" --CONFIG_FLAG--> expected yes
 * or no
 *
 * A reader either stores the value or says what would have been right. */
#include "config.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define EXPECTED_BYTES 160

void config_problem(struct config_problems *problems, const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof(line) - 5, format, arguments);
  va_end(arguments);
  if (length < 0) {
    return;
  }
  if ((size_t)length >= sizeof(line) - 5) {
    length = sizeof(line) - 6;
    memcpy(line + length, " ...", 5);
    length += 4;
  }
  for (int i = 0; i < length; i++) {
    line[i] = line[i] == '\n' ? ' ' : line[i]; /* one problem, one line */
  }
  problems->count++;
  line[length++] = '\n';
  if (problems->used + (size_t)length < sizeof(problems->text)) {
    memcpy(problems->text + problems->used, line, (size_t)length);
    problems->used += (size_t)length;
    problems->text[problems->used] = '\0';
  }
}

void config_log_problems(const struct config_problems *problems) {
  unsigned told = 0;
  for (const char *line = problems->text; *line != '\0'; told++) {
    size_t length = strcspn(line, "\n");
    log_line(LOG_LEVEL_ERROR, "%.*s", (int)length, line);
    line += length + 1;
  }
  if (told < problems->count) {
    log_line(LOG_LEVEL_ERROR, "and %u more mistakes", problems->count - told);
  }
}

bool config_is_loopback(const char *address) {
  return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* --- readers --- */

/* "ADDR:PORT" or "[ADDR]:PORT"; the address is numeric, so no name server is asked. */
static int set_address(struct config *config, const char *value) {
  char address[sizeof(config->address)];
  const char *colon = strrchr(value, ':');
  size_t length = colon ? (size_t)(colon - value) : 0;
  if (length == 0 || length >= sizeof(address)) {
    return -1;
  }
  memcpy(address, value, length);
  address[length] = '\0';

  char *numeric = address;
  bool is_v6 = address[0] == '[' && address[length - 1] == ']';
  if (is_v6) {
    address[length - 1] = '\0';
    numeric = address + 1;
  }
  unsigned char binary[sizeof(struct in6_addr)];
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, numeric, binary) != 1) {
    return -1;
  }
  size_t digits = strspn(colon + 1, "0123456789");
  unsigned long port = strtoul(colon + 1, NULL, 10);
  if (digits == 0 || digits > 5 || colon[1 + digits] != '\0' || port > 65535) {
    return -1;
  }
  snprintf(config->address, sizeof(config->address), "%s", numeric);
  config->port = (unsigned)port;
  return 0;
}

static int set_number(const struct config_option *option, uint64_t *place,
                      const char *value) {
  static const char units[] = "KMG";
  size_t digits = strspn(value, "0123456789");
  if (digits == 0 || digits > 15) {
    return -1;
  }
  uint64_t number = strtoull(value, NULL, 10);
  const char *rest = value + digits;
  if (option->kind == CONFIG_BYTES && *rest != '\0') {
    const char *unit = strchr(units, *rest);
    if (!unit) {
      return -1;
    }
    unsigned shift = 10u * (unsigned)(unit - units + 1);
    if (number > UINT64_MAX >> shift) {
      return -1;
    }
    number <<= shift;
    rest++;
  }
  if (*rest != '\0' || number < option->minimum || number > option->maximum) {
    return -1;
  }
  *place = number;
  return 0;
}

static int set_flag(bool *place, const char *value) {
  if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
    return -1;
  }
  *place = value[0] == 'y';
  return 0;
}

static const struct config_choice *choice_of(const struct config_option *option,
                                             const char *word) {
  for (const struct config_choice *choice = option->choices; choice->word; choice++) {
    if (strcmp(choice->word, word) == 0) {
      return choice;
    }
  }
  return NULL;
}

static int set_path(const struct config_option *option, char *place,
                    const char *value) {
  size_t length = strlen(value);
  if (length >= option->size) {
    return -1;
  }
  memcpy(place, value, length + 1);
  return 0;
}

/* All of them or none. */
static int set_numbers(const struct config_option *option, uint32_t *place,
                       const char *value) {
  uint32_t numbers[8];
  size_t count = option->size / sizeof(numbers[0]), i = 0;
  char word[CONFIG_LIST_BYTES];
  struct config_option single = *option;
  single.kind = CONFIG_NUMBER;
  for (const char *at = value; *at != '\0'; i++) {
    uint64_t number = 0;
    at += strspn(at, ", \t");
    size_t length = strcspn(at, ", \t");
    if (length == 0) {
      break;
    }
    if (i == count || length >= sizeof(word)) {
      return -1;
    }
    memcpy(word, at, length);
    word[length] = '\0';
    if (set_number(&single, &number, word) != 0) {
      return -1;
    }
    numbers[i] = (uint32_t)number;
    at += length;
  }
  if (i != count) {
    return -1;
  }
  memcpy(place, numbers, option->size);
  return 0;
}

static bool is_listed(const char *list, const char *word) {
  char other[CONFIG_LIST_BYTES];
  while (config_next_word(&list, other, sizeof(other)) == 0) {
    if (strcmp(other, word) == 0) {
      return true;
    }
  }
  return false;
}

static int set_list(const struct config_option *option, char *place, const char *value,
                    bool adds) {
  char list[CONFIG_LIST_BYTES], word[CONFIG_LIST_BYTES];
  size_t used = 0;
  list[0] = '\0';
  if (adds) {
    used = strlen(place);
    memcpy(list, place, used + 1);
  }
  for (const char *at = value; *at != '\0';) {
    at += strspn(at, ", \t");
    size_t length = strcspn(at, ", \t");
    if (length == 0) {
      break;
    }
    if (used + length + 2 > option->size) {
      return -1;
    }
    memcpy(word, at, length);
    word[length] = '\0';
    at += length;
    if (option->choices && !choice_of(option, word)) {
      return -1;
    }
    if (is_listed(list, word)) {
      continue;
    }
    int added =
        snprintf(list + used, sizeof(list) - used, "%s%s", used ? " " : "", word);
    used += (size_t)added;
  }
  memcpy(place, list, used + 1);
  return 0;
}

int config_next_word(const char **at, char *ret, size_t size) {
  *at += strspn(*at, " ");
  size_t length = strcspn(*at, " ");
  if (length == 0 || length >= size) {
    return -1;
  }
  memcpy(ret, *at, length);
  ret[length] = '\0';
  *at += length;
  return 0;
}

/* --- what was expected --- */

/* 65536 as "64K": the way a reader would write it. */
static void number_text(const struct config_option *option, uint64_t number, char *ret,
                        size_t size) {
  const char *unit = "";
  static const char *const units[] = {"K", "M", "G"};
  for (unsigned i = 0; i < 3 && option->kind == CONFIG_BYTES && number > 0; i++) {
    if (number % 1024u != 0) {
      break;
    }
    number /= 1024u;
    unit = units[i];
  }
  snprintf(ret, size, "%" PRIu64 "%s", number, unit);
}

static void expect(const struct config_option *option, char expected[EXPECTED_BYTES]) {
  char low[32], high[32];
  size_t used = 0;
  number_text(option, option->minimum, low, sizeof(low));
  number_text(option, option->maximum, high, sizeof(high));
  switch (option->kind) {
  case CONFIG_FLAG: snprintf(expected, EXPECTED_BYTES, "yes or no"); return;
  case CONFIG_NUMBER:
    snprintf(expected, EXPECTED_BYTES, "a number from %s to %s", low, high);
    return;
  case CONFIG_BYTES:
    snprintf(expected, EXPECTED_BYTES, "bytes from %s to %s, such as 65536 or 64K", low,
             high);
    return;
  case CONFIG_NUMBERS:
    snprintf(expected, EXPECTED_BYTES, "%zu numbers from %s to %s",
             option->size / sizeof(uint32_t), low, high);
    return;
  case CONFIG_PATH:
    snprintf(expected, EXPECTED_BYTES, "a path of at most %zu bytes", option->size - 1);
    return;
  case CONFIG_ADDRESS:
    snprintf(expected, EXPECTED_BYTES,
             "a numeric ADDR:PORT such as 127.0.0.1:6876 or [::1]:6876, port 0 to "
             "65535");
    return;
  case CONFIG_CHOICE:
  case CONFIG_LIST: break;
  }
  used = (size_t)snprintf(expected, EXPECTED_BYTES, "%s",
                          option->kind == CONFIG_LIST ? "words" : "one");
  if (!option->choices) {
    snprintf(expected + used, EXPECTED_BYTES - used,
             " with commas between them, at most %zu bytes", option->size - 1);
    return;
  }
  for (const struct config_choice *choice = option->choices; choice->word; choice++) {
    int added = snprintf(expected + used, EXPECTED_BYTES - used, "%s%s",
                         choice == option->choices ? " of " : ", ", choice->word);
    used += added > 0 && (size_t)added < EXPECTED_BYTES - used ? (size_t)added : 0;
  }
}

const char *config_set(struct config *config, const struct config_option *option,
                       const char *value, bool adds, char expected[EXPECTED_BYTES]) {
  void *place = (char *)config + option->offset;
  int result = -1;
  switch (option->kind) {
  case CONFIG_FLAG: result = set_flag(place, value); break;
  case CONFIG_NUMBER:
  case CONFIG_BYTES: result = set_number(option, place, value); break;
  case CONFIG_NUMBERS: result = set_numbers(option, place, value); break;
  case CONFIG_PATH: result = set_path(option, place, value); break;
  case CONFIG_LIST: result = set_list(option, place, value, adds); break;
  case CONFIG_ADDRESS: result = set_address(config, value); break;
  case CONFIG_CHOICE: {
    const struct config_choice *choice = choice_of(option, value);
    if (choice) {
      *(int *)place = choice->value;
      result = 0;
    }
    break;
  }
  }
  if (result == 0) {
    return NULL;
  }
  expect(option, expected);
  return expected;
}

int config_format(const struct config *config, const struct config_option *option,
                  char *ret, size_t size) {
  const void *place = (const char *)config + option->offset;
  int length = 0;
  switch (option->kind) {
  case CONFIG_FLAG:
    length = snprintf(ret, size, "%s", *(const bool *)place ? "yes" : "no");
    break;
  case CONFIG_NUMBER:
  case CONFIG_BYTES: {
    char number[32];
    number_text(option, *(const uint64_t *)place, number, sizeof(number));
    length = snprintf(ret, size, "%s", number);
    break;
  }
  case CONFIG_NUMBERS:
    for (size_t i = 0; i < option->size / sizeof(uint32_t) && (size_t)length < size;
         i++) {
      length += snprintf(ret + length, size - (size_t)length, i > 0 ? " %u" : "%u",
                         ((const uint32_t *)place)[i]);
    }
    break;
  case CONFIG_PATH:
  case CONFIG_LIST: length = snprintf(ret, size, "%s", (const char *)place); break;
  case CONFIG_ADDRESS:
    length = snprintf(ret, size, strchr(config->address, ':') ? "[%s]:%u" : "%s:%u",
                      config->address, config->port);
    break;
  case CONFIG_CHOICE:
    for (const struct config_choice *choice = option->choices; choice->word; choice++) {
      if (choice->value == *(const int *)place) {
        length = snprintf(ret, size, "%s", choice->word);
      }
    }
    break;
  }
  return length >= 0 && (size_t)length < size ? 0 : -1;
}

void config_defaults(struct config *ret) {
  char expected[EXPECTED_BYTES];
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  memset(ret, 0, sizeof(*ret));
  for (size_t i = 0; i < count; i++) {
    if (options[i].fallback[0] != '\0') {
      config_set(ret, &options[i], options[i].fallback, false, expected);
    }
  }
}
