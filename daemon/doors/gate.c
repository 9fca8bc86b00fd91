/* gate.c - the first question to every request: may it come in, and as whose?
 *
 *   X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.0.0.2      from 10.0.0.1
 *                    ^ what anybody can write     ^ trusted  ^ trusted
 *                             ^ the client: the last that no trusted proxy is
 */
#include "gate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void gate_init(struct gate *gate, const char *address, unsigned port, bool is_tls) {
  *gate = (struct gate){0};
  auth_hosts_init(&gate->hosts, address, port, is_tls ? "https" : "http");
  snprintf(gate->cookie_name, sizeof(gate->cookie_name), "ouro_%u", port);
}

int gate_set_base_path(struct gate *gate, const char *path) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789-._~/";
  size_t length = strlen(path);
  while (length > 0 && path[length - 1] == '/') {
    length--;
  }
  if (length >= sizeof(gate->base_path) || (length > 0 && path[0] != '/') ||
      strspn(path, plain) != strlen(path) || strstr(path, "//") || strstr(path, "/.")) {
    return -1;
  }
  memcpy(gate->base_path, path, length);
  gate->base_path[length] = '\0';
  return 0;
}

int gate_add_proxy(struct gate *gate, const char *address) {
  struct peer proxy;
  peer_of_text(&proxy, address);
  if (gate->proxy_count == GATE_MAX_PROXIES || !peer_is_numeric(address)) {
    return -1;
  }
  gate->proxies[gate->proxy_count++] = proxy;
  return 0;
}

bool gate_is_proxy(const struct gate *gate, const struct peer *peer) {
  for (unsigned i = 0; i < gate->proxy_count && !peer->is_local; i++) {
    if (strcmp(gate->proxies[i].address, peer->address) == 0) {
      return true;
    }
  }
  return false;
}

void gate_client(const struct gate *gate, const struct peer *peer,
                 const char *forwarded_for, struct peer *ret) {
  *ret = *peer;
  size_t end = forwarded_for ? strlen(forwarded_for) : 0;
  while (end > 0 && gate_is_proxy(gate, ret)) {
    size_t begin = end;
    while (begin > 0 && forwarded_for[begin - 1] != ',') {
      begin--;
    }
    const char *word = forwarded_for + begin;
    size_t skip = strspn(word, " \t");
    size_t length = end - begin > skip ? end - begin - skip : 0;
    char address[PEER_ADDRESS_BYTES];
    word += skip;
    while (length > 0 && (word[length - 1] == ' ' || word[length - 1] == '\t')) {
      length--;
    }
    if (length >= sizeof(address)) {
      return;
    }
    memcpy(address, word, length);
    address[length] = '\0';
    if (!peer_is_numeric(address)) {
      return;
    }
    peer_of_text(ret, address);
    ret->is_tls = peer->is_tls;
    end = begin > 0 ? begin - 1 : 0;
  }
}

const char *gate_refuses(const struct gate *gate, const struct peer *client,
                         const char *host, const char *origin) {
  if (client->is_local) {
    /* No page can reach a Unix socket; what sends an Origin is something in between. */
    return !client->is_owner
               ? "This user is neither root nor the daemon's, nor in its group.\n"
           : origin ? "Pages may not use this socket.\n"
                    : NULL;
  }
  const struct auth_host *known = auth_find_host(&gate->hosts, host);
  if (!known) {
    return "This daemon is not known by that Host; its option is hosts.\n";
  }
  if (!auth_is_origin(origin, known->scheme, host)) {
    return "Pages of another origin may not use this daemon.\n";
  }
  return NULL;
}

const char *gate_path(const struct gate *gate, const char *path, bool *ret_has_base) {
  size_t length = strlen(gate->base_path);
  *ret_has_base = length > 0 && strncmp(path, gate->base_path, length) == 0 &&
                  (path[length] == '/' || path[length] == '\0');
  path += *ret_has_base ? length : 0;
  return *path == '\0' && *ret_has_base ? NULL : path;
}

const char *gate_home(const struct gate *gate, char ret[GATE_BASE_PATH_BYTES]) {
  const char *last = strrchr(gate->base_path, '/');
  snprintf(ret, GATE_BASE_PATH_BYTES, "%.*s/", GATE_BASE_PATH_BYTES - 2,
           last ? last + 1 : "");
  return ret;
}

void gate_cookie(const struct gate *gate, const char *host, bool has_base_path,
                 const char *id, char ret[GATE_COOKIE_BYTES]) {
  const struct auth_host *known = auth_find_host(&gate->hosts, host);
  bool is_secure = known && strcmp(known->scheme, "https") == 0;
  /* Narrow: other programs may live on the same name. */
  snprintf(ret, GATE_COOKIE_BYTES,
           "Set-Cookie: %s=%s; Path=%s; HttpOnly; SameSite=Strict%s\r\n",
           gate->cookie_name, id, has_base_path ? gate->base_path : "/",
           is_secure ? "; Secure" : "");
}
