/* listen.c - the doors: listening sockets and the accept loop, our own.
 *
 * Why not the library's: its listener spins when descriptors run out, knows no socket
 * activation, and leaves the accepted sockets open across exec.
 *
 *   EMFILE: close the spare | accept the client | close it | open the spare again
 *
 * so a client sees an end instead of silence, and the backlog does not keep the poll
 * ready for ever. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "local_door.h"
#include "log.h"

#define BACKLOG        512
#define ACCEPTS_A_TURN 64u
#define PAUSE_MS       100u

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_storage storage;
};

static int open_spare(void) {
  return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void listen_init(struct listen *doors, uv_loop_t *loop) {
  *doors = (struct listen){.loop = loop, .spare_fd = -1};
}

static void add_door(struct listen *doors, int fd, bool is_local) {
  struct listen_door *door = &doors->doors[doors->count++];
  union address address = {.storage = {0}};
  socklen_t length = sizeof(address);
  *door = (struct listen_door){.listen = doors, .fd = fd, .is_local = is_local};
  doors->has_local |= is_local;
  if (!is_local && getsockname(fd, &address.any, &length) == 0) {
    struct peer self;
    peer_of_address(&self, &address.any);
    memcpy(door->address, self.address, sizeof(door->address));
    door->port = ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
                                                         : address.v4.sin_port);
  }
  if (!is_local && !doors->has_network) {
    doors->has_network = true;
    memcpy(doors->address, door->address, sizeof(doors->address));
    doors->port = door->port;
  }
}

int listen_open(struct listen *doors, const char *address, unsigned port, char *message,
                size_t size) {
  union address at = {.storage = {0}};
  socklen_t length = 0;
  int on = 1;
  if (doors->count == LISTEN_MAX_DOORS) {
    snprintf(message, size, "more than %u listening sockets", LISTEN_MAX_DOORS);
    return -1;
  }
  if (inet_pton(AF_INET, address, &at.v4.sin_addr) == 1) {
    at.v4.sin_family = AF_INET;
    at.v4.sin_port = htons((uint16_t)port);
    length = sizeof(at.v4);
  } else if (inet_pton(AF_INET6, address, &at.v6.sin6_addr) == 1) {
    at.v6.sin6_family = AF_INET6;
    at.v6.sin6_port = htons((uint16_t)port);
    length = sizeof(at.v6);
  }
  int fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && at.any.sa_family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      bind(fd, &at.any, length) != 0 || listen(fd, BACKLOG) != 0) {
    snprintf(message, size, "cannot listen on %s port %u: %s", address, port,
             strerror(errno));
    if (fd >= 0) {
      close(fd);
    }
    return -1;
  }
  add_door(doors, fd, false);
  return 0;
}

int listen_add_local_take(struct listen *doors, int fd, char *message, size_t size) {
  if (doors->count == LISTEN_MAX_DOORS) {
    snprintf(message, size, "more than %u listening sockets", LISTEN_MAX_DOORS);
    close(fd);
    return -1;
  }
  add_door(doors, fd, true);
  return 0;
}

/* The address of a socket that was passed on: a Unix one must be control.sock, because
 * no other protocol is spoken here. 1 local, 0 TCP, -1 neither. */
static int kind_of(int fd) {
  struct sockaddr_un at = {0};
  socklen_t length = sizeof(at) - 1;
  if (getsockname(fd, (struct sockaddr *)&at, &length) != 0) {
    return -1;
  }
  if (at.sun_family == AF_INET || at.sun_family == AF_INET6) {
    return 0;
  }
  const char *name = strrchr(at.sun_path, '/');
  bool is_control = at.sun_family == AF_UNIX && name != NULL &&
                    strcmp(name + 1, LOCAL_DOOR_NAME) == 0;
  return is_control ? 1 : -1;
}

int listen_adopt(struct listen *doors, char *message, size_t size) {
  int count = sd_listen_fds(1);
  if (count < 0 || count > (int)LISTEN_MAX_DOORS) {
    snprintf(message, size, "cannot take over %d sockets of socket activation", count);
    return -1;
  }
  for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++) {
    if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
      snprintf(message, size, "descriptor %d of socket activation does not listen", fd);
      return -1;
    }
    int kind = kind_of(fd);
    if (kind < 0) {
      snprintf(message, size,
               "descriptor %d of socket activation is neither TCP nor " LOCAL_DOOR_NAME,
               fd);
      return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    add_door(doors, fd, kind == 1);
  }
  return count;
}

/* --- accepting --- */

static void on_readable(uv_poll_t *poll, int status, int events);

static void watch_doors(struct listen *doors, bool is_on) {
  for (unsigned i = 0; i < doors->count; i++) {
    if (is_on) {
      uv_poll_start(&doors->doors[i].poll, UV_READABLE, on_readable);
    } else {
      uv_poll_stop(&doors->doors[i].poll);
    }
  }
}

static void on_pause_end(uv_timer_t *timer) {
  struct listen *doors = timer->data;
  if (doors->spare_fd < 0) {
    doors->spare_fd = open_spare();
  }
  watch_doors(doors, true);
}

/* No descriptor is left for `fd`'s next client. */
static void refuse_one(struct listen *doors, int fd) {
  log_line(LOG_LEVEL_WARNING, "cannot accept a client: %s", strerror(errno));
  if (doors->spare_fd >= 0) {
    close(doors->spare_fd);
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client >= 0) {
      close(client);
    }
    doors->spare_fd = open_spare();
  }
  watch_doors(doors, false);
  uv_timer_start(&doors->pause, on_pause_end, PAUSE_MS, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  struct listen_door *door = poll->data;
  for (unsigned i = 0; i < ACCEPTS_A_TURN; i++) {
    union address peer = {.storage = {0}};
    socklen_t length = sizeof(peer);
    int fd = accept4(door->fd, &peer.any, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        refuse_one(door->listen, door->fd);
        return;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return;
      }
      continue; /* that client went away before we came */
    }
    int on = 1, bytes = LISTEN_SEND_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    struct peer who;
    if (door->is_local) {
      peer_of_local(&who, fd);
    } else {
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      peer_of_address(&who, &peer.any);
    }
    door->listen->on_accept(door->listen->context, fd, &who);
  }
}

int listen_start(struct listen *doors, listen_accept *on_accept, void *context) {
  doors->on_accept = on_accept;
  doors->context = context;
  doors->spare_fd = open_spare();
  uv_timer_init(doors->loop, &doors->pause);
  doors->pause.data = doors;
  doors->is_started = true;
  for (unsigned i = 0; i < doors->count; i++) {
    struct listen_door *door = &doors->doors[i];
    if (uv_poll_init(doors->loop, &door->poll, door->fd) != 0) {
      for (unsigned rest = i; rest < doors->count; rest++) {
        close(doors->doors[rest].fd);
      }
      doors->count = i; /* only these have a handle to close */
      return -1;
    }
    door->poll.data = door;
  }
  watch_doors(doors, true);
  return 0;
}

void listen_stop(struct listen *doors) {
  for (unsigned i = 0; i < doors->count; i++) {
    if (doors->is_started) {
      uv_poll_stop(&doors->doors[i].poll);
      uv_close((uv_handle_t *)&doors->doors[i].poll, NULL);
    }
    close(doors->doors[i].fd);
  }
  doors->count = 0;
  if (doors->is_started) {
    doors->is_started = false;
    uv_close((uv_handle_t *)&doors->pause, NULL);
    if (doors->spare_fd >= 0) {
      close(doors->spare_fd);
      doors->spare_fd = -1;
    }
  }
}
