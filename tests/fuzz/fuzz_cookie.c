/* fuzz_cookie.c - any text as a Cookie, Authorization and X-Forwarded-For header, as a
 * configured name and base path; each reader beside a slow twin or its own promise. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                             \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      fprintf(stderr, "does not hold: %s\n", #condition);                              \
      abort();                                                                         \
    }                                                                                  \
  } while (0)

static bool is_space(char c) {
  return c == ' ' || c == '\t';
}

/* The twin: cut at every ';', trim, compare. */
static bool slow_cookie(const char *header, const char *name, char *ret) {
  char *copy = strdup(header), *at = copy, *part = NULL;
  REQUIRE(copy != NULL);
  bool is_found = false;
  while (!is_found && (part = strsep(&at, ";")) != NULL) {
    while (is_space(*part)) {
      part++;
    }
    size_t length = strlen(part);
    while (length > 0 && is_space(part[length - 1])) {
      part[--length] = '\0';
    }
    size_t name_length = strlen(name);
    is_found = strncmp(part, name, name_length) == 0 && part[name_length] == '=';
    if (is_found) {
      strcpy(ret, part + name_length + 1);
    }
  }
  free(copy);
  return is_found;
}

static void check_cookie(const char *text, char *room) {
  size_t length = 0;
  const char *value = auth_cookie(text, "ouro_6876", &length);
  bool is_found = slow_cookie(text, "ouro_6876", room);
  REQUIRE(is_found == (value != NULL));
  if (value) {
    REQUIRE(value >= text && value + length <= text + strlen(text));
    REQUIRE(strlen(room) == length && memcmp(room, value, length) == 0);
  }
}

static void check_bearer(const char *text) {
  size_t length = 0;
  const char *token = auth_bearer(text, &length);
  REQUIRE((token != NULL) == (strncasecmp(text, "bearer ", 7) == 0));
  if (token) {
    REQUIRE(token >= text + 7 && token + length <= text + strlen(text));
    REQUIRE(length == 0 || (token[0] != ' ' && token[length - 1] != ' '));
  }
}

static void check_forwarded(const char *text) {
  struct gate gate;
  struct peer proxy, stranger, client;
  gate_init(&gate, "127.0.0.1", 6876, false);
  REQUIRE(gate_add_proxy(&gate, "10.0.0.1") == 0);
  peer_of_text(&proxy, "10.0.0.1");
  peer_of_text(&stranger, "192.0.2.7");
  gate_client(&gate, &stranger, text, &client);
  REQUIRE(memcmp(&client, &stranger, sizeof(client)) == 0);
  gate_client(&gate, &proxy, text, &client);
  REQUIRE(peer_is_numeric(client.address) && client.network[0] != '\0');
  REQUIRE(strcmp(client.name, client.address) == 0);
  /* Whoever is found is in the text, or it is the proxy itself. */
  REQUIRE(strpbrk(text, "0123456789abcdefABCDEF:") ||
          strcmp(client.address, "10.0.0.1") == 0);
}

static void check_configured(const char *text) {
  struct gate gate;
  char line[GATE_COOKIE_BYTES], home[GATE_BASE_PATH_BYTES];
  gate_init(&gate, "127.0.0.1", 6876, false);
  unsigned before = gate.hosts.count;
  int added = auth_hosts_add(&gate.hosts, text);
  REQUIRE(added == 0 || gate.hosts.count == before);
  REQUIRE(auth_find_host(&gate.hosts, "127.0.0.1:6876") != NULL);
  REQUIRE(auth_find_host(&gate.hosts, "evil.example") == NULL ||
          strcasestr(text, "evil.example") != NULL);
  if (gate_set_base_path(&gate, text) == 0) {
    REQUIRE(gate.base_path[0] == '\0' || gate.base_path[0] == '/');
    REQUIRE(strpbrk(gate.base_path, "\r\n; ") == NULL);
    bool has_base = false;
    const char *path = gate_path(&gate, gate.base_path, &has_base);
    REQUIRE(gate.base_path[0] != '\0' ? path == NULL && has_base : !has_base);
    REQUIRE(strchr(gate_home(&gate, home), '/') != NULL);
  }
  gate_cookie(&gate, "127.0.0.1:6876", true, "id", line);
  REQUIRE(strcmp(line + strlen(line) - 2, "\r\n") == 0);
  REQUIRE(strchr(line, '\n') == line + strlen(line) - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1), *room = malloc(size + 1);
  REQUIRE(text != NULL && room != NULL);
  memcpy(text, data, size);
  text[size] = '\0';
  check_cookie(text, room);
  check_bearer(text);
  check_forwarded(text);
  check_configured(text);
  free(text);
  free(room);
  return 0;
}
