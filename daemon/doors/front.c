/* front.c - the daemon's front side as the configuration has it: doors, TLS, names. */
#include "front.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "moment.h"

static bool has_tls(const struct config *config) {
  return config->tls_certificate[0] != '\0';
}

/* --- names --- */

/* Names and proxies of the configuration, on top of what the doors gave. */
static int add_names(struct gate *gate, const struct config *config,
                     const struct tls *tls, char *message, size_t size) {
  char word[CONFIG_LIST_BYTES], place[256];
  for (const char *at = config->hosts;
       config_next_word(&at, word, sizeof(word)) == 0;) {
    if (auth_hosts_add(&gate->hosts, word) != 0) {
      config_place(config, "hosts", place, sizeof(place));
      snprintf(message, size,
               "%s: hosts: %s is no NAME or NAME:PORT, with http:// or https:// in "
               "front or not, or there are more than %d",
               place, word, AUTH_MAX_HOSTS);
      return -1;
    }
  }
  /* Whoever has the key is who the certificate names. Wildcards name nobody. */
  const char *name = NULL;
  for (unsigned i = 0; tls && (name = tls_name(tls, i)) != NULL; i++) {
    auth_hosts_add(&gate->hosts, name);
  }
  for (const char *at = config->trusted_proxy;
       config_next_word(&at, word, sizeof(word)) == 0;) {
    if (gate_add_proxy(gate, word) != 0) {
      config_place(config, "trusted_proxy", place, sizeof(place));
      snprintf(message, size,
               "%s: trusted_proxy: %s is no numeric address, or there are more than %d",
               place, word, GATE_MAX_PROXIES);
      return -1;
    }
  }
  if (gate_set_base_path(gate, config->base_path) != 0) {
    config_place(config, "base_path", place, sizeof(place));
    snprintf(message, size,
             "%s: base_path: %s is no path such as /ouro, of letters, digits and -._~",
             place, config->base_path);
    return -1;
  }
  return 0;
}

static int make_gate(struct gate *ret, const struct listen *doors,
                     const struct config *config, const struct tls *tls, char *message,
                     size_t size) {
  gate_init(ret, doors->address, doors->port, tls != NULL);
  for (unsigned i = 0; i < doors->count; i++) {
    const struct listen_door *door = &doors->doors[i];
    char name[AUTH_HOST_BYTES];
    if (!door->is_local) {
      snprintf(name, sizeof(name), strchr(door->address, ':') ? "[%s]:%u" : "%s:%u",
               door->address, door->port);
      auth_hosts_add(&ret->hosts, name);
    }
  }
  return add_names(ret, config, tls, message, size);
}

/* Where people find the daemon: the first name that was configured, else, where the
 * address is everywhere and nowhere, the certificate's, else the address. */
static void make_urls(struct front *front, const struct config *config) {
  const char *scheme = front->tls ? "https" : "http";
  const char *address = front->doors.address;
  const char *at = config->hosts;
  char word[CONFIG_LIST_BYTES], place[FRONT_URL_BYTES];
  snprintf(front->address_url, sizeof(front->address_url),
           strchr(address, ':') ? "%s://[%s]:%u" : "%s://%s:%u", scheme, address,
           front->doors.port);
  bool is_anywhere = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
  if (config_next_word(&at, word, sizeof(word)) == 0) {
    bool is_whole = strstr(word, "://") != NULL;
    bool has_port = strrchr(word, ':') && !strchr(strrchr(word, ':'), ']');
    if (is_whole || has_port) {
      snprintf(place, sizeof(place), "%s%s%.*s", is_whole ? "" : scheme,
               is_whole ? "" : "://", (int)sizeof(place) / 2, word);
    } else {
      snprintf(place, sizeof(place), "%s://%.*s:%u", scheme, (int)sizeof(place) / 2,
               word, front->doors.port);
    }
  } else if (is_anywhere && front->tls && tls_name(front->tls, 0)) {
    snprintf(place, sizeof(place), "%s://%s:%u", scheme, tls_name(front->tls, 0),
             front->doors.port);
  } else {
    snprintf(place, sizeof(place), "%.*s", (int)sizeof(place) - 1, front->address_url);
  }
  snprintf(front->base_url, sizeof(front->base_url), "%.*s%s",
           (int)(sizeof(place) - GATE_BASE_PATH_BYTES), place, front->gate.base_path);
}

/* --- the doors --- */

static int open_doors(struct front *front, const struct config *config, char *message,
                      size_t size) {
  if (listen_adopt(&front->doors, message, size) < 0) {
    return -1;
  }
  if (!front->doors.has_local && config->control_socket) {
    int fd = local_door_open(&front->local_door, config->runtime_dir, message, size);
    if (fd < 0 || listen_add_local_take(&front->doors, fd, message, size) != 0) {
      return -1;
    }
  }
  if (!front->doors.has_network) {
    return listen_open(&front->doors, config->address, config->port, message, size);
  }
  /* Who passed sockets on has decided where on this host. An address of the network
   * that somebody named comes beside it, and is what people are told. */
  char place[256];
  config_place(config, "listen", place, sizeof(place));
  if (!config_is_loopback(config->address)) {
    front->doors.has_network = false;
    int result =
        listen_open(&front->doors, config->address, config->port, message, size);
    size_t used = result != 0 ? strlen(message) : size;
    if (used < size) {
      snprintf(message + used, size - used,
               "; the socket that the service manager passed on may have that port");
    }
    return result;
  }
  if (strcmp(place, "default") != 0) {
    log_line(LOG_LEVEL_WARNING,
             "%s: listen is not used: the service manager has passed a socket on",
             place);
  }
  return 0;
}

/* What other hosts can reach has TLS, or somebody has said that it need not. */
static int check_reach(const struct front *front, const struct config *config,
                       char *message, size_t size) {
  for (unsigned i = 0; i < front->doors.count && !front->tls; i++) {
    const struct listen_door *door = &front->doors.doors[i];
    if (door->is_local || config_is_loopback(door->address)) {
      continue;
    }
    if (!config->insecure) {
      snprintf(message, size,
               "other hosts can reach %s: set tls_certificate and tls_key, or say "
               "insecure = yes (--insecure)",
               door->address);
      return -1;
    }
    log_line(LOG_LEVEL_WARNING,
             "listening on %s without TLS: tokens cross the network in the clear",
             door->address);
  }
  return 0;
}

int front_check(const struct config *config, char *message, size_t size) {
  struct gate gate;
  struct tls *tls = NULL;
  if (has_tls(config)) {
    tls = tls_new(config->tls_certificate, config->tls_key, moment_now().wall_ms,
                  message, size);
    if (!tls) {
      return -1;
    }
  }
  gate_init(&gate, config->address, config->port, tls != NULL);
  int result = add_names(&gate, config, tls, message, size);
  tls_free(tls);
  return result;
}

static void log_certificate(const struct front *front) {
  log_line(LOG_LEVEL_INFO, "TLS as %s, good for %lld more days",
           tls_subject(front->tls),
           (long long)((tls_expires_ms(front->tls) - moment_now().wall_ms) /
                       (24 * 3600 * 1000LL)));
}

int front_open(struct front *front, uv_loop_t *loop, const struct config *config,
               char *message, size_t size) {
  listen_init(&front->doors, loop);
  if (has_tls(config)) {
    front->tls = tls_new(config->tls_certificate, config->tls_key, moment_now().wall_ms,
                         message, size);
    if (!front->tls) {
      return -1;
    }
    log_certificate(front);
  }
  if (open_doors(front, config, message, size) != 0 ||
      check_reach(front, config, message, size) != 0 ||
      make_gate(&front->gate, &front->doors, config, front->tls, message, size) != 0) {
    return -1;
  }
  make_urls(front, config);
  return 0;
}

int front_reload(struct front *front, const struct config *config, char *message,
                 size_t size) {
  struct gate gate;
  if (has_tls(config) != (front->tls != NULL)) {
    snprintf(message, size, "TLS is switched %s by a restart",
             front->tls ? "off" : "on");
    return -1;
  }
  if (front_check(config, message, size) != 0 ||
      (front->tls && tls_reload(front->tls, config->tls_certificate, config->tls_key,
                                moment_now().wall_ms, message, size) != 0) ||
      make_gate(&gate, &front->doors, config, front->tls, message, size) != 0) {
    return -1;
  }
  front->gate = gate;
  make_urls(front, config);
  if (front->tls) {
    log_certificate(front);
  }
  return 0;
}

void front_stop(struct front *front) {
  listen_stop(&front->doors);
  local_door_fini(&front->local_door);
}

void front_fini(struct front *front) {
  tls_free(front->tls);
  front->tls = NULL;
}
