/* server.c - the daemon as a whole: what is started, in which order, and ended.
 *
 *   signal --> doors shut --> sources close ... gone --> sessions 1001 ... closed
 *                                                         --> own handles --> loop ends
 *
 * Everything lives in one struct on server_run's stack; its parts point at each other,
 * and end in the opposite order of their start. */
#include "server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <uv.h>

#include "front.h"
#include "heap_alarms.h"
#include "history.h"
#include "hosted.h"
#include "log.h"
#include "metrics.h"
#include "notify.h"
#include "server_lws.h"

/* Descriptors that the process may have open. The library keeps a table of this size.
 */
#define MAX_DESCRIPTORS 65536u
/* Heap threads get this long to come to a safepoint and end. */
#define SOURCES_MS 1000u

struct server {
  struct config *config;
  const struct reload_sources *sources;
  uv_loop_t loop;
  uv_poll_t signals; /* of signals_fd, a signalfd */
  int signals_fd;
  uv_timer_t ending; /* runs while the sources end */
  struct front front;
  int locks[2]; /* of the state and the runtime directory; -1: none */
  struct hub hub;
  struct alarms alarms;
  struct history *history;
  struct heartbeat history_heartbeat;
  struct downloads downloads;
  struct heap_alarms heap_alarms;
  struct metrics metrics;
  struct proto_limits limits; /* everybody borrows these */
  struct dispatch dispatch;
  struct http http;
  struct notify notify;
  struct credentials *credentials;
  struct web *web;
  struct server_lws *lws;
  bool is_ending;
  uint64_t sources_by_ms;
};

static int failed(const char *message) {
  log_line(LOG_LEVEL_ERROR, "%s", message);
  return 2;
}

/* --- the end --- */

static void on_history_closed(void *context) {
  struct server *server = context;
  uv_close((uv_handle_t *)&server->signals, NULL);
  uv_close((uv_handle_t *)&server->ending, NULL);
}

/* Nobody asks any more, and the sources have told their last: commit it. */
static void on_lws_closed(void *context) {
  struct server *server = context;
  if (server->history) {
    history_close(server->history, on_history_closed, server);
  } else {
    on_history_closed(server);
  }
}

/* Sessions end after the sources: answers that a heap still owes go out before 1001. */
static void on_ending(uv_timer_t *timer) {
  struct server *server = timer->data;
  if (server->hub.heaps && moment_now().monotonic_ms < server->sources_by_ms) {
    return;
  }
  uv_timer_stop(timer);
  if (server->hub.heaps) {
    log_line(LOG_LEVEL_WARNING, "a heap did not end in time");
  }
  server_lws_close(server->lws, on_lws_closed, server);
}

static void begin_end(struct server *server) {
  if (server->is_ending) {
    return;
  }
  server->is_ending = true;
  notify_stopping(&server->notify);
  front_stop(&server->front);
  server->sources_by_ms = moment_now().monotonic_ms + SOURCES_MS;
  hub_end(&server->hub);
  struct hub_heap *next = NULL;
  for (struct hub_heap *heap = server->hub.heaps; heap; heap = next) {
    next = heap->next;
    heap->source->ops->close(heap->source);
  }
  uv_timer_start(&server->ending, on_ending, 0, 5);
}

/* --- a reload --- */

static int64_t keep_ms(const struct config *config) {
  return (int64_t)config->history_days * 24 * 3600 * 1000;
}

/* From here on the configuration is `server->config`'s. */
static void apply(struct server *server) {
  const struct config *config = server->config;
  log_init((enum log_level)config->log_level, (enum log_format)config->log_format);
  server->limits = config->limits;
  server->dispatch.read_only = config->read_only;
  history_set_retention(server->history, keep_ms(config), config->history_bytes);
}

static void reload_all(struct server *server) {
  struct moment now = moment_now();
  char message[512];
  struct reload *reload =
      reload_begin(server->sources, server->config, &server->alarms, now);
  if (!reload) {
    return;
  }
  if (front_reload(&server->front, &reload->next, message, sizeof(message)) != 0) {
    reload_refuse_take(reload, &server->alarms, now, message);
    return;
  }
  reload_end_take(reload, server->config, &server->alarms);
  apply(server);
  int renewed = credentials_renew(server->credentials, message, sizeof(message));
  server_lws_revoke(server->lws); /* who came in with what is none any more */
  if (renewed != 0) {
    alarms_raise(&server->alarms, now, "tokens", "%s", message);
  } else {
    alarms_clear(&server->alarms, "tokens");
  }
}

/* --- signals --- */

static void on_signals(uv_poll_t *handle, int status, int events) {
  struct server *server = handle->data;
  struct signalfd_siginfo facts;
  bool is_reload = false;
  (void)status;
  (void)events;
  while (read(server->signals_fd, &facts, sizeof(facts)) > 0) {
    if (facts.ssi_signo == SIGHUP) {
      is_reload = true; /* several at once ask for the same */
    } else if (!server->is_ending) {
      log_line(LOG_LEVEL_INFO, "%s: shutting down", strsignal((int)facts.ssi_signo));
      begin_end(server);
    }
  }
  if (is_reload && !server->is_ending) {
    notify_reloading(&server->notify);
    reload_all(server);
    notify_reloaded(&server->notify);
  }
}

/* Signals are blocked before there is any thread, and stay so: one of the loop's own
 * would get its default action back when the loop ends, and a reload or a second
 * SIGTERM that comes in the last moments would kill instead of nothing. */
static int open_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0
             ? signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)
             : -1;
}

/* --- the start --- */

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur =
        limit.rlim_max < MAX_DESCRIPTORS ? limit.rlim_max : MAX_DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

/* Where the dashboard's files are: as configured, installed, or built. */
static const char *web_root(const struct config *config) {
  static const char *const places[] = {OURO_WEB_INSTALLED, OURO_WEB_BUILT};
  if (config->web_root[0] != '\0') {
    return config->web_root;
  }
  for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
    char index[PATH_MAX];
    snprintf(index, sizeof(index), "%s/index.html", places[i]);
    if (access(index, R_OK) == 0) {
      return places[i];
    }
  }
  return places[0];
}

static int open_files(struct server *server, char *message, size_t size) {
  const struct config *config = server->config;
  if (config_make_directories(config, message, size) != 0) {
    return -1;
  }
  const char *directories[] = {config->state_dir, config->runtime_dir};
  for (size_t i = 0; i < 2; i++) {
    bool is_locked = i > 0 && strcmp(directories[0], directories[i]) == 0;
    server->locks[i] = is_locked ? -1 : local_door_lock(directories[i], message, size);
    if (server->locks[i] < 0 && !is_locked) {
      return -1;
    }
  }
  server->credentials =
      credentials_open(config->state_dir, moment_now(), message, size);
  if (!server->credentials) {
    return -1;
  }
  credentials_set_limits(server->credentials, &server->limits);
  const char *root = web_root(config);
  server->web = web_load(root, message, size);
  if (server->web && server->web->is_builtin) {
    log_line(LOG_LEVEL_WARNING, "%s has no index.html: serving a built-in page", root);
  }
  return server->web ? 0 : -1;
}

static int start_dispatch(struct server *server, const char *version) {
  struct dispatch *dispatch = &server->dispatch;
  unsigned char random[16];
  if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
    return -1;
  }
  *dispatch = (struct dispatch){.hub = &server->hub,
                                .credentials = server->credentials,
                                .alarms = &server->alarms,
                                .downloads = &server->downloads,
                                .state_dir = server->config->state_dir,
                                .limits = &server->limits,
                                .read_only = server->config->read_only,
                                .now = moment_now,
                                .started = moment_now(),
                                .version = version};
  for (size_t i = 0; i < sizeof(random); i++) {
    snprintf(dispatch->instance + 2 * i, 3, "%02x", random[i]);
  }
  dispatch->base_url = server->front.base_url;
  http_init(&server->http, dispatch, server->credentials, server->web,
            &server->front.gate);
  server->http.metrics = &server->metrics;
  return 0;
}

static uint64_t beat_of_history(void *context, bool *ret_waiting) {
  return history_beat(context, ret_waiting);
}

static int start_history(struct server *server, char *message, size_t size) {
  const struct config *config = server->config;
  struct history_options options = HISTORY_OPTIONS;
  options.max_age_ms = keep_ms(config);
  options.max_bytes = config->history_bytes;
  if (history_open(&server->loop, &server->hub, &server->alarms, config->state_dir,
                   &options, &server->history, message, size) != 0) {
    return -1;
  }
  server->dispatch.history = server->history;
  server->history_heartbeat = (struct heartbeat){
      .name = "history", .beat = beat_of_history, .context = server->history};
  notify_watch(&server->notify, &server->history_heartbeat);
  return 0;
}

/* One of the names that the table of options allows in `heaps`. */
static int start_heap(struct server *server, const char *name, char *message,
                      size_t size) {
  const struct config *config = server->config;
  const struct source_sink *sink = &server->hub.sink;
  const char *documents = config->documents[0] != '\0' ? config->documents : NULL;
  struct hosted_options options = HOSTED_OPTIONS;
  struct source *source = NULL;
  int result = -1;
  options.memory_limit_bytes = config->hosted_memory_bytes;
  options.thresholds = config->hosted_thresholds;
  if (strcmp(name, "documents") == 0) {
    result = hosted_documents_new(&server->loop, sink, documents, &options, &source,
                                  message, size);
  } else if (strcmp(name, "playground") == 0) {
    result =
        hosted_playground_new(&server->loop, sink, &options, &source, message, size);
  } else if (strcmp(name, "workshop") == 0) {
    result = hosted_workshop_new(&server->loop, sink, name, &options, &source, message,
                                 size);
  }
  return result == 0 ? hub_add(&server->hub, source) : -1;
}

static int start_sources(struct server *server, char *message, size_t size) {
  char name[PROTO_NAME_BYTES];
  if (server->config->history && start_history(server, message, size) != 0) {
    return -1;
  }
  const char *at = server->config->heaps;
  while (config_next_word(&at, name, sizeof(name)) == 0) {
    if (start_heap(server, name, message, size) != 0) {
      return -1;
    }
  }
  if (server->history) {
    history_run(server->history);
  }
  return 0;
}

static void on_accept(void *context, int fd, const struct peer *peer) {
  struct server *server = context;
  struct peer client = *peer;
  client.is_tls = server->front.tls != NULL && !peer->is_local;
  server_lws_adopt_take(server->lws, fd, &client);
}

/* Tell whoever waits that it serves: the caller of --ready-fd, of --print-url, systemd.
 */
static void announce(struct server *server) {
  const struct config *config = server->config;
  const char *url = server->dispatch.base_url;
  if (config->ready_fd > 0) {
    int fd = (int)config->ready_fd;
    dprintf(fd,
            "{\"http\":\"%s\",\"operator_token\":\"%s\",\"observer_token\":\"%s\"}\n",
            server->front.address_url,
            credentials_token(server->credentials, PROTO_OPERATOR),
            credentials_token(server->credentials, PROTO_OBSERVER));
    close(fd);
  }
  char token[CREDENTIALS_SECRET_BYTES];
  if (config->print_url && credentials_one_time(server->credentials, PROTO_OPERATOR,
                                                moment_now(), token) == 0) {
    printf("%s/?token=%s\n", url, token);
    fflush(stdout);
  }
  notify_ready(&server->notify, &server->loop, url);
  log_line(LOG_LEVEL_INFO, "serving at %s", url);
}

/* From the doors on; a failure ends what has begun the same way a signal does. */
static int start(struct server *server, const char *version, char *message,
                 size_t size) {
  if (start_dispatch(server, version) != 0) {
    snprintf(message, size, "the system gives no random numbers");
    return -1;
  }
  server->lws =
      server_lws_new(&server->loop, &server->http, server->front.tls, message, size);
  if (!server->lws || start_sources(server, message, size) != 0) {
    return -1;
  }
  if (listen_start(&server->front.doors, on_accept, server) != 0) {
    snprintf(message, size, "the event loop takes no listening socket");
    return -1;
  }
  return 0;
}

static int run(struct server *server, const char *version) {
  char message[512] = "out of memory";
  uv_timer_init(&server->loop, &server->ending);
  uv_poll_init(&server->loop, &server->signals, server->signals_fd);
  server->signals.data = server->ending.data = server;
  uv_poll_start(&server->signals, UV_READABLE, on_signals);

  int code = 0;
  if (start(server, version, message, sizeof(message)) == 0) {
    announce(server);
  } else {
    code = failed(message);
    if (server->lws) {
      begin_end(server);
    } else {
      front_stop(&server->front);
      on_lws_closed(server);
    }
  }
  uv_run(&server->loop, UV_RUN_DEFAULT);
  return code;
}

int server_run(struct config *config, const struct reload_sources *sources,
               const char *version) {
  struct server server = {.config = config,
                          .sources = sources,
                          .limits = config->limits,
                          .locks = {-1, -1}};
  char message[512];
  signal(SIGPIPE, SIG_IGN);
  server.signals_fd = open_signals();
  log_init((enum log_level)config->log_level, (enum log_format)config->log_format);
  raise_descriptor_limit();

  int code = 2;
  hub_init(&server.hub, moment_now);
  notify_init(&server.notify, &server.hub, &server.alarms);
  heap_alarms_init(&server.heap_alarms, &server.hub, &server.alarms);
  metrics_init(&server.metrics, &server.hub, &server.dispatch);
  if (server.signals_fd < 0 || uv_loop_init(&server.loop) != 0) {
    log_line(LOG_LEVEL_ERROR, "cannot make an event loop");
    return 1;
  }
  if (open_files(&server, message, sizeof(message)) != 0 ||
      front_open(&server.front, &server.loop, config, message, sizeof(message)) != 0) {
    failed(message);
    front_stop(&server.front);
  } else {
    code = run(&server, version);
  }

  /* Nothing is left open; whatever is, is a mistake of ours. */
  int left = uv_loop_close(&server.loop);
  if (left != 0) {
    log_line(LOG_LEVEL_ERROR, "the event loop still has open handles");
#if OURO_CHECK > 0
    abort();
#endif
  }
  server_lws_free(server.lws);
  downloads_fini(&server.downloads);
  metrics_fini(&server.metrics);
  heap_alarms_fini(&server.heap_alarms);
  hub_fini(&server.hub);
  history_free(server.history);
  web_free(server.web);
  credentials_free(server.credentials);
  front_fini(&server.front);
  close(server.signals_fd);
  for (size_t i = 0; i < 2; i++) {
    if (server.locks[i] >= 0) {
      close(server.locks[i]);
    }
  }
  return code;
}
