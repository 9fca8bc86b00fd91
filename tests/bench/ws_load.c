/* ws_load.c - thousands of WebSocket clients on one core, and what a server made of
 * them.
 *
 *   connect, handshake, subscribe --> all are in --warm--> | window | --> figures
 *                                                CPU, memory of the server at both ends
 *
 * Clients come from many addresses of loopback (127.1.0.1, 127.1.0.2 ...), so that the
 * server's limit for one address stays what it is. Every notification says when it was
 * made ("time_ms"): the latency is what the clock shows when it has been read, less
 * that, and so up to a millisecond too long. Results are lines `name value`, and one
 * `closed_with_CODE 1` for each client that did not stay; the exit code is then 1. The
 * window ends early when nobody is left. */
#define _GNU_SOURCE /* memmem, accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_AN_ADDRESS 50u
/* So many are on their way at once: a server's backlog is of this order. */
#define CONNECTING_MAX  200u
#define CONNECT_SECONDS 120.0
/* Answers are looked at for so long before more clients start. */
#define CONNECT_TURN_S 0.002
#define EVENTS         512
#define READ_BYTES     (256u * 1024u)
#define REQUEST_BYTES  2048u
#define LATENCIES_MAX  (16u * 1024u * 1024u)

enum opcode { OPCODE_TEXT = 1, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

enum phase { CONNECTING, UPGRADING, OPEN, CLOSED };

struct client {
  int fd;
  enum phase phase;
  char *rest; /* owned: the beginning of a frame whose end has not come */
  size_t rest_length;
  unsigned messages; /* in the window */
  int close_code;
};

struct load {
  unsigned port, client_count;
  double warm_s, seconds;
  int pid; /* of the server; 0: not measured */
  const char *token;
  char **requests;
  unsigned request_count;

  struct client *clients;
  int epoll_fd;
  char *buffer;
  unsigned started, open, closed;
  bool is_counting;
  uint64_t messages, bytes;
  uint32_t *latencies_us;
  size_t latency_count;
};

static void fail(const char *what) {
  fprintf(stderr, "ws_load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double seconds_of(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now) != 0) {
    return 0;
  }
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- frames --- */

/* A frame masked with zeros, of less than 64 KiB. */
static bool send_frame(struct client *client, unsigned opcode, const char *data,
                       size_t length) {
  unsigned char frame[REQUEST_BYTES] = {0};
  size_t head = length < 126 ? 6 : 8;
  frame[0] = (unsigned char)(0x80 | opcode);
  frame[1] = (unsigned char)(0x80 | (length < 126 ? length : 126));
  if (length >= 126) {
    frame[2] = (unsigned char)(length >> 8);
    frame[3] = (unsigned char)length;
  }
  memcpy(frame + head, data, length);
  return send(client->fd, frame, head + length, MSG_NOSIGNAL) ==
         (ssize_t)(head + length);
}

static void count_message(struct load *load, struct client *client, const char *text,
                          size_t length) {
  static const char key[] = "\"time_ms\":";
  client->messages++;
  load->messages++;
  load->bytes += length;
  const char *found = memmem(text, length, key, sizeof(key) - 1);
  if (found && load->latency_count < LATENCIES_MAX) {
    double made_ms = 0;
    for (const char *at = found + sizeof(key) - 1;
         at < text + length && *at >= '0' && *at <= '9'; at++) {
      made_ms = made_ms * 10 + (*at - '0');
    }
    double late_s = seconds_of(CLOCK_REALTIME) - made_ms * 1e-3;
    load->latencies_us[load->latency_count++] = late_s <= 0 ? 0
                                                : late_s > 4000
                                                    ? UINT32_MAX
                                                    : (uint32_t)(late_s * 1e6);
  }
}

/* Whole frames at the start of `data` are counted; how many bytes they were. */
static size_t take_frames(struct load *load, struct client *client, const char *data,
                          size_t length) {
  size_t used = 0;
  while (length - used >= 2) {
    const unsigned char *at = (const unsigned char *)data + used;
    size_t head = 2, size = at[1] & 0x7fu;
    if (size == 126 && length - used >= 4) {
      head = 4;
      size = (size_t)at[2] << 8 | at[3];
    } else if (size == 127 && length - used >= 10) {
      head = 10;
      size = (size_t)at[6] << 24 | (size_t)at[7] << 16 | (size_t)at[8] << 8 | at[9];
    } else if (size >= 126) {
      break;
    }
    if (length - used < head + size) {
      break;
    }
    unsigned opcode = at[0] & 0x0fu;
    if (opcode == OPCODE_CLOSE && size >= 2) {
      client->close_code = at[head] << 8 | at[head + 1];
    } else if (opcode == OPCODE_PING && size < 126) {
      send_frame(client, OPCODE_PONG, data + used + head, size);
    } else if (opcode == OPCODE_TEXT && load->is_counting) {
      count_message(load, client, data + used + head, size);
    }
    used += head + size;
  }
  return used;
}

/* --- one client --- */

static void drop(struct load *load, struct client *client) {
  load->open -= client->phase == OPEN;
  load->closed++;
  client->phase = CLOSED;
  close(client->fd);
  free(client->rest);
  client->rest = NULL;
  client->rest_length = 0;
}

static void start_client(struct load *load, unsigned number) {
  struct client *client = &load->clients[number];
  unsigned place = number / CLIENTS_AN_ADDRESS;
  struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
  int on = 1;
  from.sin_addr.s_addr = htonl(0x7f010001u + place);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons((uint16_t)load->port);
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0) {
    fail("socket");
  }
  setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (bind(client->fd, (struct sockaddr *)&from, sizeof(from)) != 0) {
    fail("bind");
  }
  if (connect(client->fd, (struct sockaddr *)&to, sizeof(to)) != 0 &&
      errno != EINPROGRESS) {
    fail("connect");
  }
  struct epoll_event event = {.events = EPOLLOUT, .data = {.u32 = number}};
  if (epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, client->fd, &event) != 0) {
    fail("epoll_ctl");
  }
  load->started++;
}

static void send_upgrade(struct load *load, struct client *client, unsigned number) {
  char text[REQUEST_BYTES];
  int length =
      snprintf(text, sizeof(text),
               "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
               "Sec-WebSocket-Protocol: ouro.v1\r\nAuthorization: Bearer %s\r\n\r\n",
               load->port, load->token);
  if (send(client->fd, text, (size_t)length, MSG_NOSIGNAL) != length) {
    drop(load, client);
    return;
  }
  struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = number}};
  epoll_ctl(load->epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
  client->phase = UPGRADING;
}

/* The answer to the upgrade, at the start of `data`; its length, or 0 when it is not
 * whole yet. */
static size_t take_upgrade(struct load *load, struct client *client, const char *data,
                           size_t length) {
  const char *end = memmem(data, length, "\r\n\r\n", 4);
  if (!end) {
    return 0;
  }
  if (length < 12 || memcmp(data, "HTTP/1.1 101", 12) != 0) {
    fprintf(stderr, "ws_load: refused: %.*s\n", (int)strcspn(data, "\r"), data);
    exit(1);
  }
  client->phase = OPEN;
  load->open++;
  for (unsigned i = 0; i < load->request_count; i++) {
    if (!send_frame(client, OPCODE_TEXT, load->requests[i],
                    strlen(load->requests[i]))) {
      fail("send");
    }
  }
  return (size_t)(end + 4 - data);
}

static void read_client(struct load *load, struct client *client) {
  size_t length = client->rest_length;
  memcpy(load->buffer, client->rest ? client->rest : "", length);
  ssize_t got =
      recv(client->fd, load->buffer + length, READ_BYTES - length, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }
  if (got <= 0) {
    drop(load, client);
    return;
  }
  length += (size_t)got;
  size_t used = 0;
  if (client->phase == UPGRADING) {
    used = take_upgrade(load, client, load->buffer, length);
  }
  if (client->phase == OPEN) {
    used += take_frames(load, client, load->buffer + used, length - used);
  }
  free(client->rest);
  client->rest = NULL;
  client->rest_length = length - used;
  if (client->rest_length > 0) {
    client->rest = malloc(client->rest_length);
    if (!client->rest) {
      fail("malloc");
    }
    memcpy(client->rest, load->buffer + used, client->rest_length);
  }
}

static void serve_until(struct load *load, double end_s) {
  struct epoll_event events[EVENTS];
  double left_s;
  while (load->closed < load->client_count &&
         (left_s = end_s - seconds_of(CLOCK_MONOTONIC)) > 0) {
    int count = epoll_wait(load->epoll_fd, events, EVENTS,
                           left_s > 0.1 ? 100 : (int)(left_s * 1e3) + 1);
    for (int i = 0; i < count; i++) {
      struct client *client = &load->clients[events[i].data.u32];
      if (client->phase == CONNECTING) {
        send_upgrade(load, client, events[i].data.u32);
      } else if (client->phase != CLOSED) {
        read_client(load, client);
      }
    }
  }
}

static void connect_all(struct load *load) {
  double end_s = seconds_of(CLOCK_MONOTONIC) + CONNECT_SECONDS;
  while (load->open < load->client_count) {
    while (load->started < load->client_count &&
           load->started - load->open < CONNECTING_MAX) {
      start_client(load, load->started);
    }
    if (load->closed > 0 || seconds_of(CLOCK_MONOTONIC) > end_s) {
      fprintf(stderr, "ws_load: %u of %u clients are in, %u were closed\n", load->open,
              load->client_count, load->closed);
      exit(1);
    }
    serve_until(load, seconds_of(CLOCK_MONOTONIC) + CONNECT_TURN_S);
  }
}

/* --- figures --- */

/* Seconds of CPU that the server has used, all its threads. */
static double server_cpu_s(const struct load *load) {
  clockid_t clock;
  if (load->pid == 0 || clock_getcpuclockid(load->pid, &clock) != 0) {
    return 0;
  }
  return seconds_of(clock);
}

static double server_rss_bytes(const struct load *load) {
  char path[64];
  double pages = 0;
  snprintf(path, sizeof(path), "/proc/%d/statm", load->pid);
  FILE *file = load->pid != 0 ? fopen(path, "r") : NULL;
  if (file) {
    if (fscanf(file, "%*s %lf", &pages) != 1) {
      pages = 0;
    }
    fclose(file);
  }
  return pages * (double)sysconf(_SC_PAGESIZE);
}

static int compare_u32(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static double latency_ms(const struct load *load, double share) {
  if (load->latency_count == 0) {
    return 0;
  }
  return load->latencies_us[(size_t)((double)(load->latency_count - 1) * share)] * 1e-3;
}

static void measure(struct load *load) {
  double rss_before = server_rss_bytes(load), began = seconds_of(CLOCK_MONOTONIC);
  connect_all(load);
  printf("connect_s %.3f\n", seconds_of(CLOCK_MONOTONIC) - began);
  serve_until(load, seconds_of(CLOCK_MONOTONIC) + load->warm_s);

  load->is_counting = true;
  double start = seconds_of(CLOCK_MONOTONIC), cpu = server_cpu_s(load);
  double own = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  serve_until(load, start + load->seconds);
  cpu = server_cpu_s(load) - cpu;
  own = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - own;
  double elapsed = seconds_of(CLOCK_MONOTONIC) - start;
  double rss = server_rss_bytes(load) - rss_before;

  unsigned fewest = UINT32_MAX, most = 0;
  for (unsigned i = 0; i < load->client_count; i++) {
    fewest = load->clients[i].messages < fewest ? load->clients[i].messages : fewest;
    most = load->clients[i].messages > most ? load->clients[i].messages : most;
  }
  double messages = load->messages > 0 ? (double)load->messages : 1;
  qsort(load->latencies_us, load->latency_count, sizeof(uint32_t), compare_u32);
  printf("messages %llu\nmessages_a_second %.0f\n", (unsigned long long)load->messages,
         (double)load->messages / elapsed);
  printf("bytes_a_message %.1f\nfewest %u\nmost %u\nclosed %u\n",
         (double)load->bytes / messages, fewest, most, load->closed);
  printf("cpu_us_a_message %.3f\ncpu_percent %.2f\nload_percent %.2f\n",
         cpu * 1e6 / messages, cpu / elapsed * 100, own / elapsed * 100);
  printf("p50_ms %.3f\np99_ms %.3f\nmax_ms %.3f\n", latency_ms(load, 0.5),
         latency_ms(load, 0.99), latency_ms(load, 1));
  printf("rss_bytes_a_client %.0f\n", rss / load->client_count);
  for (unsigned i = 0; i < load->client_count; i++) {
    const struct client *client = &load->clients[i];
    if (client->phase == CLOSED) {
      printf("closed_with_%d 1\n", client->close_code);
    }
  }
}

/* --- the command line --- */

static void usage(void) {
  fputs("usage: ws_load PORT TOKEN CLIENTS WARM_S SECONDS SERVER_PID [REQUEST]...\n",
        stderr);
  exit(2);
}

int main(int argc, char **argv) {
  if (argc < 7) {
    usage();
  }
  struct load load = {.port = (unsigned)atoi(argv[1]),
                      .token = argv[2],
                      .client_count = (unsigned)atoi(argv[3]),
                      .warm_s = atof(argv[4]),
                      .seconds = atof(argv[5]),
                      .pid = atoi(argv[6]),
                      .requests = argv + 7,
                      .request_count = (unsigned)argc - 7};
  struct rlimit limit;
  if (load.client_count == 0 || load.port == 0) {
    usage();
  }
  for (unsigned i = 0; i < load.request_count; i++) {
    if (strlen(load.requests[i]) + 8 > REQUEST_BYTES) {
      usage();
    }
  }
  setvbuf(stdout, NULL, _IOLBF, 0); /* who waits for a line gets it at once */
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  load.clients = calloc(load.client_count, sizeof(*load.clients));
  load.buffer = malloc(READ_BYTES);
  load.latencies_us = malloc(LATENCIES_MAX * sizeof(uint32_t));
  load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (!load.clients || !load.buffer || !load.latencies_us || load.epoll_fd < 0) {
    fail("start");
  }
  measure(&load);
  unsigned closed = load.closed;
  for (unsigned i = 0; i < load.client_count; i++) {
    if (load.clients[i].phase != CLOSED) {
      drop(&load, &load.clients[i]);
    }
  }
  close(load.epoll_fd);
  free(load.clients);
  free(load.buffer);
  free(load.latencies_us);
  return closed > 0 ? 1 : 0;
}
