/* auth.c - who may come in: pure functions over what a request's headers say.
 *
 * Everything here reads bytes of strangers: no copy, no fixed buffer, no recursion. */
#include "auth.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void add_host(struct auth_hosts *hosts, const char *name) {
  for (unsigned i = 0; i < hosts->count; i++) {
    if (strcmp(hosts->names[i], name) == 0) {
      return;
    }
  }
  if (hosts->count < AUTH_MAX_HOSTS) {
    snprintf(hosts->names[hosts->count++], AUTH_HOST_BYTES, "%s", name);
  }
}

void auth_hosts_init(struct auth_hosts *hosts, const char *address, unsigned port) {
  *hosts = (struct auth_hosts){0};
  bool is_v6 = strchr(address, ':') != NULL;
  char own[AUTH_HOST_BYTES];
  snprintf(own, sizeof(own), is_v6 ? "[%s]" : "%s", address);

  const char *names[] = {"127.0.0.1", "localhost", "[::1]", own};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    char name[AUTH_HOST_BYTES + 8];
    snprintf(name, sizeof(name), "%s:%u", names[i], port);
    add_host(hosts, name);
    if (port == 80) {
      add_host(hosts, names[i]);
    }
  }
}

bool auth_is_host(const struct auth_hosts *hosts, const char *host) {
  if (!host) {
    return false;
  }
  for (unsigned i = 0; i < hosts->count; i++) {
    if (strcasecmp(hosts->names[i], host) == 0) {
      return true;
    }
  }
  return false;
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
