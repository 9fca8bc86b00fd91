/* peer_epoll.c - the least a server can do to send one message to thousands of clients.
 *
 *   timer --> one frame, encoded once --> send() to each client
 *                                           | would block: the rest waits, and at most
 *                                           | one newer message behind it
 *                                           +--> EPOLLOUT: the rest, then the newest
 *
 * What ourod is measured against: the same handshake, frame, send buffer and treatment
 * of slow clients (newest wins, closed after 5 s), on bare system calls. No token is
 * checked, no Host, no Origin, no path, and what clients say is thrown away.
 *
 *   peer_epoll MESSAGES_A_SECOND BYTES    0: flat out. Prints its port; ends with
 * stdin.
 */
#define _GNU_SOURCE /* accept4, memmem */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG       512
#define EVENTS        256
#define REQUEST_BYTES 2048u
#define SEND_BYTES    (64 * 1024)
#define BEHIND_MS     5000u

struct frame {
  unsigned refs;
  size_t length;
  unsigned char data[];
};

struct client {
  struct client *next, **link;
  int fd;
  bool is_open, wants_write;
  struct frame *current; /* partly sent */
  size_t sent;
  struct frame *newest; /* comes after it; a newer one replaces it */
  uint64_t behind_ms;   /* since when; 0: not */
  char *request;        /* owned; until it is open */
  size_t request_length;
};

struct server {
  int epoll_fd, listen_fd, timer_fd;
  struct client *clients, *dead;
  unsigned per_second;
  size_t bytes;
  char *text; /* owned */
};

static uint64_t clock_ms(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* --- the handshake's SHA-1 (RFC 3174) and base64 --- */

static uint32_t rotate(uint32_t x, unsigned bits) {
  return x << bits | x >> (32 - bits);
}

static void sha1_block(uint32_t state[5], const unsigned char *block) {
  uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (unsigned i = 0; i < 80; i++) {
    w[i] = i < 16 ? (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                        (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3]
                  : rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t f = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999u
                 : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1u
                 : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu
                          : (b ^ c ^ d) + 0xca62c1d6u;
    uint32_t next = rotate(a, 5) + f + e + w[i];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

/* Sec-WebSocket-Accept of a key of 24 characters. */
static void accept_of(const char *key, char ret[29]) {
  static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t state[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
  unsigned char text[128] = {0}, hash[21] = {0};
  memcpy(text, key, 24);
  memcpy(text + 24, guid, 36);
  text[60] = 0x80;
  text[126] = 480 >> 8; /* bits */
  text[127] = 480 & 0xff;
  sha1_block(state, text);
  sha1_block(state, text + 64);
  for (unsigned i = 0; i < 20; i++) {
    hash[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
  }
  for (unsigned i = 0; i < 7; i++) {
    uint32_t bits =
        (uint32_t)hash[3 * i] << 16 | (uint32_t)hash[3 * i + 1] << 8 | hash[3 * i + 2];
    for (unsigned j = 0; j < 4; j++) {
      ret[4 * i + j] = digits[bits >> (18 - 6 * j) & 63];
    }
  }
  ret[27] = '=';
  ret[28] = '\0';
}

/* --- frames and clients --- */

static void frame_decref(struct frame *frame) {
  if (frame && --frame->refs == 0) {
    free(frame);
  }
}

/* A notification that says when it was made, in a text frame. */
static struct frame *frame_new(struct server *server) {
  struct frame *frame = malloc(sizeof(*frame) + 4 + server->bytes);
  if (!frame) {
    fail("malloc");
  }
  char start[96];
  int length = snprintf(
      start, sizeof(start),
      "{\"jsonrpc\":\"2.0\",\"method\":\"sample\",\"params\":{\"time_ms\":%llu",
      (unsigned long long)clock_ms(CLOCK_REALTIME));
  frame->refs = 1;
  frame->length = 4 + server->bytes;
  frame->data[0] = 0x81;
  frame->data[1] = 126;
  frame->data[2] = (unsigned char)(server->bytes >> 8);
  frame->data[3] = (unsigned char)server->bytes;
  memcpy(frame->data + 4, server->text, server->bytes);
  memcpy(frame->data + 4, start, (size_t)length);
  return frame;
}

static void drop(struct server *server, struct client *client) {
  if (client->fd < 0) {
    return;
  }
  close(client->fd);
  client->fd = -1;
  client->is_open = false;
  *client->link = client->next;
  if (client->next) {
    client->next->link = client->link;
  }
  client->next = server->dead; /* freed after this turn's events */
  server->dead = client;
}

static void watch(struct server *server, struct client *client, bool wants_write) {
  struct epoll_event event = {.events = EPOLLIN | (wants_write ? EPOLLOUT : 0u),
                              .data = {.ptr = client}};
  client->wants_write = wants_write;
  epoll_ctl(server->epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
}

/* Send what waits, as far as the kernel takes it. */
static void flush(struct server *server, struct client *client) {
  while (client->current) {
    ssize_t sent = send(client->fd, client->current->data + client->sent,
                        client->current->length - client->sent, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
      drop(server, client);
      return;
    }
    client->sent += sent > 0 ? (size_t)sent : 0;
    if (client->sent < client->current->length) {
      if (!client->wants_write) {
        watch(server, client, true);
      }
      return;
    }
    frame_decref(client->current);
    client->current = client->newest;
    client->newest = NULL;
    client->sent = 0;
    client->behind_ms = 0;
  }
  if (client->wants_write) {
    watch(server, client, false);
  }
}

static void broadcast(struct server *server) {
  struct frame *frame = frame_new(server);
  uint64_t now_ms = clock_ms(CLOCK_MONOTONIC);
  struct client *next = NULL;
  for (struct client *client = server->clients; client; client = next) {
    next = client->next;
    if (!client->is_open) {
      continue;
    }
    frame->refs++;
    if (!client->current) {
      client->current = frame;
      client->sent = 0;
      flush(server, client);
    } else {
      frame_decref(client->newest);
      client->newest = frame;
      client->behind_ms = client->behind_ms ? client->behind_ms : now_ms;
      if (now_ms - client->behind_ms > BEHIND_MS) {
        drop(server, client);
      }
    }
  }
  frame_decref(frame);
}

/* --- events --- */

static void upgrade(struct server *server, struct client *client) {
  static const char name[] = "Sec-WebSocket-Key: ";
  char text[256], accepted[29];
  const char *key =
      memmem(client->request, client->request_length, name, sizeof(name) - 1);
  if (!key || client->request + client->request_length - key < 24 + 19) {
    drop(server, client);
    return;
  }
  accept_of(key + sizeof(name) - 1, accepted);
  int length = snprintf(text, sizeof(text),
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                        "Sec-WebSocket-Protocol: ouro.v1\r\n\r\n",
                        accepted);
  if (send(client->fd, text, (size_t)length, MSG_NOSIGNAL) != length) {
    drop(server, client);
    return;
  }
  free(client->request);
  client->request = NULL;
  client->is_open = true;
}

static void read_client(struct server *server, struct client *client) {
  char ignored[REQUEST_BYTES];
  char *to = client->is_open ? ignored : client->request + client->request_length;
  size_t room =
      client->is_open ? sizeof(ignored) : REQUEST_BYTES - client->request_length;
  ssize_t got = recv(client->fd, to, room, 0);
  if (got == 0 || (got < 0 && errno != EAGAIN)) {
    drop(server, client);
  } else if (got > 0 && !client->is_open) {
    client->request_length += (size_t)got;
    if (memmem(client->request, client->request_length, "\r\n\r\n", 4)) {
      upgrade(server, client);
    }
  }
}

static void accept_all(struct server *server) {
  int fd, on = 1, bytes = SEND_BYTES;
  while ((fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >=
         0) {
    struct client *client = calloc(1, sizeof(*client));
    char *request = malloc(REQUEST_BYTES);
    if (!client || !request) {
      fail("malloc");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    *client = (struct client){.next = server->clients,
                              .link = &server->clients,
                              .fd = fd,
                              .request = request};
    if (client->next) {
      client->next->link = &client->next;
    }
    server->clients = client;
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = client}};
    epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event);
  }
}

static void free_dead(struct server *server) {
  while (server->dead) {
    struct client *client = server->dead;
    server->dead = client->next;
    frame_decref(client->current);
    frame_decref(client->newest);
    free(client->request);
    free(client);
  }
}

static void run(struct server *server) {
  struct epoll_event events[EVENTS];
  for (;;) {
    int count =
        epoll_wait(server->epoll_fd, events, EVENTS, server->per_second == 0 ? 0 : -1);
    bool is_time = server->per_second == 0;
    for (int i = 0; i < count; i++) {
      void *what = events[i].data.ptr;
      struct client *client = what;
      if (what == &server->listen_fd) {
        accept_all(server);
      } else if (what == &server->timer_fd) {
        uint64_t times;
        is_time = read(server->timer_fd, &times, sizeof(times)) == sizeof(times);
      } else if (what == server) {
        return; /* stdin has ended */
      } else {
        if (events[i].events & EPOLLOUT && client->fd >= 0) {
          flush(server, client);
        }
        if (events[i].events & ~(uint32_t)EPOLLOUT && client->fd >= 0) {
          read_client(server, client);
        }
      }
    }
    if (is_time) {
      broadcast(server);
    }
    free_dead(server);
  }
}

static void add(struct server *server, int fd, void *what) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = what}};
  if (fd < 0 || epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
    fail("epoll_ctl");
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fputs("usage: peer_epoll MESSAGES_A_SECOND BYTES\n", stderr);
    return 2;
  }
  struct server server = {.per_second = (unsigned)atoi(argv[1]),
                          .bytes = (size_t)atoi(argv[2])};
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof(address);
  struct rlimit limit;
  if (server.bytes < 128 || server.bytes > 65535) {
    fputs("peer_epoll: 128 to 65535 bytes\n", stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  server.text = malloc(server.bytes);
  server.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  server.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  server.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (!server.text ||
      bind(server.listen_fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
      listen(server.listen_fd, BACKLOG) != 0 ||
      getsockname(server.listen_fd, (struct sockaddr *)&address, &length) != 0) {
    fail("listen");
  }
  memset(server.text, ' ', server.bytes);
  memcpy(server.text + server.bytes - 2, "}}", 2);
  add(&server, server.listen_fd, &server.listen_fd);
  add(&server, server.timer_fd, &server.timer_fd);
  add(&server, STDIN_FILENO, &server);
  if (server.per_second > 0) {
    struct timespec every = {
        .tv_sec = server.per_second == 1,
        .tv_nsec = server.per_second == 1 ? 0 : 1000000000L / (long)server.per_second};
    struct itimerspec times = {every, every};
    timerfd_settime(server.timer_fd, 0, &times, NULL);
  }
  printf("%u\n", ntohs(address.sin_port));
  fflush(stdout);
  run(&server);
  while (server.clients) {
    drop(&server, server.clients);
  }
  free_dead(&server);
  free(server.text);
  close(server.listen_fd);
  close(server.timer_fd);
  close(server.epoll_fd);
  return 0;
}
