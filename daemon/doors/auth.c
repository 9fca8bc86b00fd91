/* auth.c - who may come in: pure functions over what a request's headers say.
 *
 * Everything here reads bytes of strangers: no copy, no fixed buffer, no recursion. */
#include "auth.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int add_host(struct auth_hosts *hosts, const char *name, const char *scheme) {
  for (unsigned i = 0; i < hosts->count; i++) {
    if (strcasecmp(hosts->entries[i].name, name) == 0) {
      hosts->entries[i].scheme = scheme;
      return 0;
    }
  }
  if (hosts->count == AUTH_MAX_HOSTS || strlen(name) >= AUTH_HOST_BYTES) {
    return -1;
  }
  struct auth_host *host = &hosts->entries[hosts->count++];
  memcpy(host->name, name, strlen(name) + 1);
  host->scheme = scheme;
  return 0;
}

/* The same with the daemon's port, and without one where the scheme means it. */
static int add_with_port(struct auth_hosts *hosts, const char *name) {
  char full[AUTH_HOST_BYTES + 8];
  unsigned usual = strcmp(hosts->scheme, "https") == 0 ? 443 : 80;
  snprintf(full, sizeof(full), "%s:%u", name, hosts->port);
  if (hosts->port == usual && add_host(hosts, name, hosts->scheme) != 0) {
    return -1;
  }
  return add_host(hosts, full, hosts->scheme);
}

void auth_hosts_init(struct auth_hosts *hosts, const char *address, unsigned port,
                     const char *scheme) {
  *hosts = (struct auth_hosts){.scheme = scheme, .port = port};
  bool is_v6 = strchr(address, ':') != NULL;
  char own[AUTH_HOST_BYTES];
  snprintf(own, sizeof(own), is_v6 ? "[%s]" : "%s", address);
  const char *names[] = {"127.0.0.1", "localhost", "[::1]", own};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    add_with_port(hosts, names[i]);
  }
}

int auth_hosts_add(struct auth_hosts *hosts, const char *text) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-._";
  static const char http[] = "http://", https[] = "https://";
  const char *scheme = hosts->scheme, *name = text;
  if (strncmp(text, http, sizeof(http) - 1) == 0) {
    scheme = "http";
    name = text + sizeof(http) - 1;
  } else if (strncmp(text, https, sizeof(https) - 1) == 0) {
    scheme = "https";
    name = text + sizeof(https) - 1;
  }
  bool is_v6 = name[0] == '[';
  size_t length =
      is_v6 ? 1 + strspn(name + 1, "0123456789abcdefABCDEF:.") : strspn(name, letters);
  if (is_v6 && name[length] != ']') {
    return -1;
  }
  length += is_v6;
  size_t digits = name[length] == ':' ? strspn(name + length + 1, "0123456789") : 0;
  bool has_port = digits > 0 && digits <= 5;
  if (length == 0 || name[length + has_port + digits] != '\0') {
    return -1;
  }
  if (name == text && !has_port && add_with_port(hosts, name) != 0) {
    return -1;
  }
  return add_host(hosts, name, scheme);
}

const struct auth_host *auth_find_host(const struct auth_hosts *hosts,
                                       const char *host) {
  for (unsigned i = 0; host && i < hosts->count; i++) {
    if (strcasecmp(hosts->entries[i].name, host) == 0) {
      return &hosts->entries[i];
    }
  }
  return NULL;
}

bool auth_is_origin(const char *origin, const char *scheme, const char *host) {
  if (!origin) {
    return true;
  }
  size_t scheme_length = strlen(scheme);
  return host && strncasecmp(origin, scheme, scheme_length) == 0 &&
         strncmp(origin + scheme_length, "://", 3) == 0 &&
         strcasecmp(origin + scheme_length + 3, host) == 0;
}

const char *auth_bearer(const char *authorization, size_t *ret_length) {
  static const char scheme[] = "Bearer ";
  if (!authorization || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0) {
    return NULL;
  }
  const char *token = authorization + sizeof(scheme) - 1;
  token += strspn(token, " ");
  size_t length = strlen(token);
  while (length > 0 && token[length - 1] == ' ') {
    length--;
  }
  *ret_length = length;
  return token;
}

const char *auth_cookie(const char *header, const char *name, size_t *ret_length) {
  size_t name_length = strlen(name);
  while (header) {
    header += strspn(header, " \t;");
    const char *end = strchr(header, ';');
    size_t length = end ? (size_t)(end - header) : strlen(header);
    if (length > name_length && header[name_length] == '=' &&
        memcmp(header, name, name_length) == 0) {
      const char *value = header + name_length + 1;
      length -= name_length + 1;
      while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t')) {
        length--;
      }
      *ret_length = length;
      return value;
    }
    header = end;
  }
  return NULL;
}

bool auth_is_equal(const char *a, size_t a_length, const char *b, size_t b_length) {
  if (a_length != b_length) {
    return false;
  }
  /* volatile: the compiler may not stop at the first difference. */
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a_length; i++) {
    difference = (uint8_t)(difference | ((uint8_t)a[i] ^ (uint8_t)b[i]));
  }
  return difference == 0;
}
