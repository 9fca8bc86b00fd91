/* bench_metrics.c - what a scrape of many heaps costs the loop.
 *
 *   bench_metrics [HEAPS [ROUNDS]]
 *
 *   text     heaps --> metrics --> pieces                 processor time
 *   scrape   heaps --> metrics --> http, lws --> socket   from request to last byte,
 *                                                         on the clock
 *
 * Every heap has every series that it can have. Shown are the bytes of the text, how
 * long making all of it takes, and the longest piece: as long as that, and no longer,
 * the loop does nothing else. Times are the processor's, so that a busy machine does
 * not count. */
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "../daemon/metrics_fixture.h"
#include "server_lws.h"

#define PIECE_BYTES (16u * 1024u)

static uint64_t clock_ns(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

struct cost {
  uint64_t bytes, total_ns, longest_ns;
};

static struct cost scrape(struct metrics *metrics, enum exposition_format format) {
  static char piece[PIECE_BYTES];
  struct metrics_scrape *scrape = metrics_scrape_new(metrics, format);
  struct cost cost = {0};
  for (ptrdiff_t got = 1; got > 0; cost.bytes += (uint64_t)got) {
    uint64_t begin_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    got = metrics_scrape_next(scrape, piece, sizeof(piece));
    uint64_t ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns;
    cost.total_ns += ns;
    cost.longest_ns = ns > cost.longest_ns ? ns : cost.longest_ns;
  }
  metrics_scrape_free(scrape);
  return cost;
}

static int by_total(const void *a, const void *b) {
  const struct cost *first = a, *second = b;
  return (first->total_ns > second->total_ns) - (first->total_ns < second->total_ns);
}

static int by_number(const void *a, const void *b) {
  const uint64_t *first = a, *second = b;
  return (*first > *second) - (*first < *second);
}

/* --- over a socket --- */

struct client {
  int fd;
  unsigned rounds;
  uint64_t *took_ns, bytes;
  uv_async_t done;
};

/* One scrape after another on one connection, in a thread of its own. */
static void run_client(void *argument) {
  static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  static const char end[] = "\r\n0000\r\n\r\n";
  static char text[65536 + sizeof(end)];
  struct client *client = argument;
  for (unsigned i = 0; i < client->rounds; i++) {
    uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
    size_t kept = 0; /* of what was read before, where the end may have begun */
    if (write(client->fd, request, sizeof(request) - 1) < 0) {
      abort();
    }
    for (bool is_done = false; !is_done;) {
      ssize_t got = read(client->fd, text + kept, 65536);
      if (got <= 0) {
        abort();
      }
      size_t length = kept + (size_t)got, tail = sizeof(end) - 1;
      client->bytes += (uint64_t)got;
      is_done = length >= tail && memcmp(text + length - tail, end, tail) == 0;
      kept = length < tail ? length : tail;
      memmove(text, text + length - kept, kept);
    }
    client->took_ns[i] = clock_ns(CLOCK_MONOTONIC) - begin_ns;
  }
  close(client->fd);
  uv_async_send(&client->done);
}

static void on_closed(void *context) {
  struct client *client = context;
  uv_close((uv_handle_t *)&client->done, NULL);
}

static void on_done(uv_async_t *async) {
  server_lws_close(async->data, on_closed, async->loop->data);
}

static int remove_one(const char *path, const struct stat *facts, int kind,
                      struct FTW *where) {
  (void)facts;
  (void)kind;
  (void)where;
  return remove(path);
}

/* The scrape's way through the daemon's own loop and the library. */
static void over_a_socket(struct figures *figures, unsigned rounds) {
  char directory[] = "/tmp/ouro-bench-XXXXXX", message[256] = "";
  struct http http;
  struct gate gate;
  struct downloads downloads = {0};
  uv_loop_t loop;
  uv_thread_t thread;
  int sockets[2];
  /* As who comes through control.sock: no token is needed. */
  struct peer peer = {.is_local = true, .is_owner = true, .name = "bench"};
  struct client client = {.rounds = rounds,
                          .took_ns = calloc(rounds, sizeof(uint64_t))};
  if (!mkdtemp(directory) || chmod(directory, 0700) != 0 || !client.took_ns ||
      socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    abort();
  }
  uv_loop_init(&loop);
  loop.data = &client;
  figures->dispatch.credentials =
      credentials_open(directory, figures_now(), message, sizeof(message));
  figures->dispatch.downloads = &downloads;
  figures->dispatch.now = moment_now;
  figures->dispatch.limits = &proto_limits_default;
  struct web *web = web_load(NULL, message, sizeof(message));
  gate_init(&gate, "127.0.0.1", 6876, false);
  http_init(&http, &figures->dispatch, figures->dispatch.credentials, web, &gate);
  http.metrics = &figures->metrics;
  struct server_lws *server =
      server_lws_new(&loop, &http, NULL, message, sizeof(message));
  if (!server || !web || !figures->dispatch.credentials) {
    fprintf(stderr, "%s\n", message);
    exit(1);
  }
  uv_async_init(&loop, &client.done, on_done);
  client.done.data = server;
  client.fd = sockets[1];
  fcntl(sockets[0], F_SETFL, O_NONBLOCK);
  server_lws_adopt_take(server, sockets[0], &peer);
  uv_thread_create(&thread, run_client, &client);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_join(&thread);
  uv_loop_close(&loop);
  server_lws_free(server);
  web_free(web);
  credentials_free(figures->dispatch.credentials);
  figures->dispatch.credentials = NULL;
  nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);

  qsort(client.took_ns, rounds, sizeof(uint64_t), by_number);
  printf("scrape      %u heaps: %" PRIu64 " bytes, %.2f ms (median), %.2f ms (p99)\n",
         figures->source_count, client.bytes / rounds,
         (double)client.took_ns[rounds / 2] / 1e6,
         (double)client.took_ns[rounds * 99 / 100] / 1e6);
  free(client.took_ns);
}

int main(int argc, char **argv) {
  static const char *const names[] = {"classic", "openmetrics"};
  unsigned heaps = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
  unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 51;
  struct cost *costs = calloc(rounds, sizeof(*costs));
  struct figures figures;
  figures_init(&figures, heaps, "hosted", "documents");
  for (unsigned i = 0; i < heaps; i++) {
    heap_tells_all(&figures.sources[i], 31);
  }
  for (unsigned format = 0; format < 2; format++) {
    uint64_t longest_ns = 0;
    for (unsigned i = 0; i < rounds; i++) {
      costs[i] = scrape(&figures.metrics, (enum exposition_format)format);
      longest_ns = costs[i].longest_ns > longest_ns ? costs[i].longest_ns : longest_ns;
    }
    qsort(costs, rounds, sizeof(*costs), by_total);
    printf("%-11s %u heaps: %" PRIu64
           " bytes, %.2f ms (median), longest piece %.3f ms\n",
           names[format], heaps, costs[0].bytes,
           (double)costs[rounds / 2].total_ns / 1e6, (double)longest_ns / 1e6);
  }
  over_a_socket(&figures, rounds);
  figures_fini(&figures);
  free(costs);
  return 0;
}
