/* config_table.c - every option that there is, one row each.
 *
 *   key --> how it is read, its bounds, its default, what a reload does with it
 *
 * --help, --print-config and the test that holds ourod.conf read this table; a new
 * option is a row here, a member of struct config and a paragraph in ourod.conf. */
#include "config.h"

#include <string.h>

#include "log.h"
#include "objects.h"
#include "proto.h"

#define PLACE(member)                                                                  \
  offsetof(struct config, member), sizeof(((struct config *)0)->member)
#define RELOADABLE CONFIG_RELOADABLE
#define KIB        1024u
#define MIB        (1024u * 1024u)
#define GIB        ((uint64_t)1024u * MIB)

static const struct config_choice levels[] = {{"error", LOG_LEVEL_ERROR},
                                              {"warning", LOG_LEVEL_WARNING},
                                              {"info", LOG_LEVEL_INFO},
                                              {"debug", LOG_LEVEL_DEBUG},
                                              {NULL, 0}};
static const struct config_choice formats[] = {{"auto", LOG_FORMAT_AUTO},
                                               {"text", LOG_FORMAT_TEXT},
                                               {"journal", LOG_FORMAT_JOURNAL},
                                               {"json", LOG_FORMAT_JSON},
                                               {NULL, 0}};
static const struct config_choice heaps[] = {
    {"documents", 0}, {"playground", 0}, {"workshop", 0}, {NULL, 0}};

/* In the order in which people are told of them. */
static const struct config_option options[] = {
    {"listen", CONFIG_ADDRESS, PLACE(address), 0, 65535, "127.0.0.1:6876", NULL, 0,
     "ADDR:PORT", "where to serve; port 0 takes a free one"},
    {"insecure", CONFIG_FLAG, PLACE(insecure), 0, 0, "no", NULL, 0, NULL,
     "allow an ADDR that other hosts can reach, without TLS"},
    {"tls_certificate", CONFIG_PATH, PLACE(tls_certificate), 0, 0, "", NULL,
     RELOADABLE | CONFIG_SWITCH, "FILE",
     "serve https: the certificate and its chain, PEM"},
    {"tls_key", CONFIG_PATH, PLACE(tls_key), 0, 0, "", NULL, RELOADABLE | CONFIG_SWITCH,
     "FILE", "the certificate's private key, PEM"},
    {"hosts", CONFIG_LIST, PLACE(hosts), 0, 0, "", NULL, RELOADABLE, "NAME,...",
     "more names under which browsers may come"},
    {"base_path", CONFIG_PATH, PLACE(base_path), 0, 0, "", NULL, 0, "/PATH",
     "where a reverse proxy shows this daemon"},
    {"trusted_proxy", CONFIG_LIST, PLACE(trusted_proxy), 0, 0, "", NULL, RELOADABLE,
     "ADDR,...", "proxies whose word on a client's address counts"},
    {"control_socket", CONFIG_FLAG, PLACE(control_socket), 0, 0, "yes", NULL, 0, NULL,
     "serve control.sock, where this host's operators need no token"},
    {"read_only", CONFIG_FLAG, PLACE(read_only), 0, 0, "no", NULL, RELOADABLE, NULL,
     "refuse every command that changes anything"},
    {"heaps", CONFIG_LIST, PLACE(heaps), 0, 0, "documents playground workshop", heaps,
     0, "NAME,...", "the heaps to run"},
    {"documents", CONFIG_PATH, PLACE(documents), 0, 0, "", NULL, 0, "DIR",
     "parse the *.json files under DIR, over and over (default: those under "
     "/usr/share)"},
    {"web_root", CONFIG_PATH, PLACE(web_root), 0, 0, "", NULL, 0, "DIR",
     "the dashboard's files (default: where it is installed)"},
    {"state_dir", CONFIG_PATH, PLACE(state_dir), 0, 0, "", NULL, 0, "DIR",
     "tokens, login sessions, history (default $STATE_DIRECTORY, else "
     "$XDG_STATE_HOME/ouro, else ~/.local/state/ouro)"},
    {"runtime_dir", CONFIG_PATH, PLACE(runtime_dir), 0, 0, "", NULL, 0, "DIR",
     "local sockets (default $RUNTIME_DIRECTORY, else $XDG_RUNTIME_DIR/ouro, else "
     "/tmp/ouro-UID)"},
    {"log_level", CONFIG_CHOICE, PLACE(log_level), 0, 0, "info", levels, RELOADABLE,
     "LEVEL", "what is logged: error, warning, info or debug"},
    {"log_format", CONFIG_CHOICE, PLACE(log_format), 0, 0, "auto", formats, RELOADABLE,
     "FORMAT",
     "of the lines on stderr: text, journal or json; auto is journal where that reads "
     "them"},

    {"hosted.thresholds", CONFIG_NUMBERS, PLACE(hosted_thresholds), 0, INT32_MAX,
     "700 10 10", NULL, 0, "N,N,N", "with which each of these heaps begins"},
    {"hosted.memory_bytes", CONFIG_BYTES, PLACE(hosted_memory_bytes), 16 * MIB,
     1024 * GIB, "1G", NULL, 0, "N", "that each of these heaps may hold"},

    {"limits.message_bytes", CONFIG_BYTES, PLACE(limits.message_bytes), KIB,
     PROTO_MAX_MESSAGE_BYTES, "64K", NULL, RELOADABLE, "N", "a request's length"},
    {"limits.nesting_levels", CONFIG_NUMBER, PLACE(limits.nesting_levels), 4,
     PROTO_MAX_DEPTH, "16", NULL, RELOADABLE, "N", "depth of its JSON"},
    {"limits.connections", CONFIG_NUMBER, PLACE(limits.connections), 1, 60000, "4096",
     NULL, RELOADABLE, "N", "connections open at once"},
    {"limits.sessions", CONFIG_NUMBER, PLACE(limits.sessions), 1, 60000, "1024", NULL,
     RELOADABLE, "N", "WebSockets at once"},
    {"limits.sessions_an_address", CONFIG_NUMBER, PLACE(limits.sessions_an_address), 1,
     60000, "64", NULL, RELOADABLE, "N", "of them from one address"},
    {"limits.subscriptions", CONFIG_NUMBER, PLACE(limits.subscriptions), 1, 1024, "64",
     NULL, RELOADABLE, "N", "subscriptions of a session"},
    {"limits.requests_under_way", CONFIG_NUMBER, PLACE(limits.requests_under_way), 1,
     1024, "64", NULL, RELOADABLE, "N", "unanswered requests of a client"},
    {"limits.queue_bytes", CONFIG_BYTES, PLACE(limits.queue_bytes), 64 * KIB, GIB, "1M",
     NULL, RELOADABLE, "N", "bytes waiting for one session"},
    {"limits.behind_ms", CONFIG_NUMBER, PLACE(limits.behind_ms), 1000, 600000, "5000",
     NULL, RELOADABLE, "MS", "a session this far behind is closed"},
    {"limits.commands_a_second", CONFIG_NUMBER, PLACE(limits.commands_a_second), 1,
     1000, "20", NULL, RELOADABLE, "N", "requests of a session"},
    {"limits.wrong_tokens_a_minute", CONFIG_NUMBER, PLACE(limits.wrong_tokens_a_minute),
     1, 1000, "5", NULL, RELOADABLE, "N", "failed logins of an address"},
    {"limits.cool_down_ms", CONFIG_NUMBER, PLACE(limits.cool_down_ms), 0, 600000, "250",
     NULL, RELOADABLE, "MS", "between two gc.collect of a heap"},
    {"limits.graph_objects", CONFIG_NUMBER, PLACE(limits.graph_objects), 1,
     PROTO_MAX_NODES, "5000", NULL, RELOADABLE, "N",
     "objects in one answer about references"},

    {"history.enabled", CONFIG_FLAG, PLACE(history), 0, 0, "yes", NULL, 0, NULL,
     "keep collections and samples in a file"},
    {"history.keep_days", CONFIG_NUMBER, PLACE(history_days), 1, 3650, "30", NULL,
     RELOADABLE, "DAYS", "how long"},
    {"history.max_bytes", CONFIG_BYTES, PLACE(history_bytes), 16 * MIB, 1024 * GIB,
     "1G", NULL, RELOADABLE, "N", "how large the file may grow"},

    {"ready_fd", CONFIG_NUMBER, PLACE(ready_fd), 1, 999999, "", NULL,
     CONFIG_ONLY_ARGUMENT, "N",
     "write one line of JSON with the address and the tokens to file descriptor N "
     "when it serves, and close it"},
    {"print_url", CONFIG_FLAG, PLACE(print_url), 0, 0, "no", NULL, CONFIG_ONLY_ARGUMENT,
     NULL,
     "print an address that logs one browser in, good once and for 60 s, when it "
     "serves"},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))
_Static_assert(OPTIONS <= CONFIG_MAX_OPTIONS, "every option has an origin");

const struct config_option *config_options(size_t *ret_count) {
  *ret_count = OPTIONS;
  return options;
}

const struct config_option *config_find(const char *key, size_t length) {
  for (size_t i = 0; i < OPTIONS; i++) {
    if (strlen(options[i].key) == length && memcmp(options[i].key, key, length) == 0) {
      return &options[i];
    }
  }
  return NULL;
}

/* How many letters have to be put in, taken out or changed to make `b` of `a`. */
static unsigned distance(const char *a, const char *b) {
  unsigned row[64];
  size_t width = strlen(b);
  if (width >= 64) {
    return UINT_MAX;
  }
  for (unsigned j = 0; j <= width; j++) {
    row[j] = j;
  }
  for (unsigned i = 1; a[i - 1] != '\0'; i++) {
    unsigned diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= width; j++) {
      unsigned change = diagonal + (a[i - 1] != b[j - 1]);
      unsigned step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      diagonal = row[j];
      row[j] = change < step ? change : step;
    }
  }
  return row[width];
}

const struct config_option *config_nearest(const char *key) {
  const struct config_option *nearest = NULL;
  size_t length = strlen(key);
  unsigned best = 4; /* more letters than that are another word */
  const char *dot = strrchr(key, '.');
  for (size_t i = 0; i < OPTIONS && length < 64; i++) {
    /* The right word in the wrong section is a mistake, too. */
    const char *word = strrchr(options[i].key, '.');
    size_t other = strlen(options[i].key);
    unsigned letters = UINT_MAX;
    if (strcmp(word ? word + 1 : options[i].key, dot ? dot + 1 : key) == 0) {
      letters = 0;
    } else if (length < other + best && other < length + best) {
      letters = distance(key, options[i].key);
    }
    if (letters < best && letters < length) {
      best = letters;
      nearest = &options[i];
    }
  }
  return nearest;
}
