/* config.c - what the command line says, checked.
 *
 *   --listen 127.0.0.1:0        --listen=[::1]:6876
 *   table of options --> reader for each --> struct config --> defaults
 *
 * A reader gets one value and either stores it or says what would have been right. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* NULL, or what was expected. */
typedef const char *reader(struct config *config, const char *value);

/* "ADDR:PORT" or "[ADDR]:PORT"; the address is numeric, so no name server is asked. */
static const char *read_listen(struct config *config, const char *value) {
  static const char expected[] =
      "a numeric ADDR:PORT such as 127.0.0.1:6876 or [::1]:6876, port 0 to 65535";
  char address[sizeof(config->address)];
  const char *colon = strrchr(value, ':');
  size_t length = colon ? (size_t)(colon - value) : 0;
  if (length == 0 || length >= sizeof(address)) {
    return expected;
  }
  memcpy(address, value, length);
  address[length] = '\0';

  char *numeric = address;
  bool is_v6 = address[0] == '[' && address[length - 1] == ']';
  if (is_v6) {
    address[length - 1] = '\0';
    numeric = address + 1;
  }
  unsigned char binary[sizeof(struct in6_addr)];
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, numeric, binary) != 1) {
    return expected;
  }
  size_t digits = strspn(colon + 1, "0123456789");
  unsigned long port = strtoul(colon + 1, NULL, 10);
  if (digits == 0 || digits > 5 || colon[1 + digits] != '\0' || port > 65535) {
    return expected;
  }
  snprintf(config->address, sizeof(config->address), "%s", numeric);
  config->port = (unsigned)port;
  return NULL;
}

static const char *read_path(char *ret, const char *value) {
  if (value[0] == '\0' || strlen(value) >= PATH_MAX) {
    return "a path";
  }
  memcpy(ret, value, strlen(value) + 1);
  return NULL;
}

static const char *read_state_dir(struct config *config, const char *value) {
  return read_path(config->state_dir, value);
}
static const char *read_runtime_dir(struct config *config, const char *value) {
  return read_path(config->runtime_dir, value);
}
static const char *read_web_root(struct config *config, const char *value) {
  return read_path(config->web_root, value);
}
static const char *read_documents(struct config *config, const char *value) {
  return read_path(config->documents, value);
}

static const char *read_ready_fd(struct config *config, const char *value) {
  size_t digits = strspn(value, "0123456789");
  unsigned long fd = strtoul(value, NULL, 10);
  if (digits == 0 || digits > 6 || value[digits] != '\0' || fd < 1) {
    return "the number of an open file descriptor, 1 or more";
  }
  config->ready_fd = (int)fd;
  return NULL;
}

static const char *read_print_url(struct config *config, const char *value) {
  (void)value;
  config->print_url = true;
  return NULL;
}
static const char *read_insecure(struct config *config, const char *value) {
  (void)value;
  config->insecure = true;
  return NULL;
}

static const struct option {
  const char *name;
  bool takes_value;
  reader *read;
} options[] = {
    {"--listen", true, read_listen},           {"--documents", true, read_documents},
    {"--web-root", true, read_web_root},       {"--state-dir", true, read_state_dir},
    {"--runtime-dir", true, read_runtime_dir}, {"--ready-fd", true, read_ready_fd},
    {"--print-url", false, read_print_url},    {"--insecure", false, read_insecure},
};

static const char help[] =
    "usage: ourod [OPTION]...\n"
    "\n"
    "Runs garbage-collected heaps and shows their collectors at work: in a browser,\n"
    "over WebSocket at /ws and over HTTP at /rpc. Stays in the foreground; SIGTERM or\n"
    "Ctrl-C ends it.\n"
    "\n"
    "  --listen ADDR:PORT  where to serve; port 0 takes a free one\n"
    "                      (default 127.0.0.1:6876)\n"
    "  --documents DIR     parse the *.json files under DIR, over and over\n"
    "                      (default: those under /usr/share)\n"
    "  --web-root DIR      the dashboard's files (default: where it is installed)\n"
    "  --state-dir DIR     tokens and login sessions (default $STATE_DIRECTORY, else\n"
    "                      $XDG_STATE_HOME/ouro, else ~/.local/state/ouro)\n"
    "  --runtime-dir DIR   local sockets (default $RUNTIME_DIRECTORY, else\n"
    "                      $XDG_RUNTIME_DIR/ouro, else /tmp/ouro-UID)\n"
    "  --ready-fd N        write one line of JSON with the address and the tokens to\n"
    "                      file descriptor N when it serves, and close it\n"
    "  --print-url         print an address that logs one browser in, good once and\n"
    "                      for 60 s, when it serves\n"
    "  --insecure          allow an ADDR that other hosts can reach, without TLS\n"
    "  --help              this text\n"
    "  --version           the version\n"
    "\n"
    "Exit code: 0 ended by a signal, 1 failed, 2 a mistake in an option or in what it\n"
    "names.\n";

const char *config_help(void) {
  return help;
}

bool config_is_loopback(const char *address) {
  return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* One argument, and the next where it is the option's value. Returns how many were
 * used, or 0 with `message` filled. */
static int read_argument(struct config *config, int argc, char *const argv[], int at,
                         char *message, size_t size) {
  const char *argument = argv[at];
  size_t length = strcspn(argument, "=");
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    const struct option *option = &options[i];
    if (strlen(option->name) != length ||
        strncmp(option->name, argument, length) != 0) {
      continue;
    }
    const char *value = argument[length] == '=' ? argument + length + 1 : NULL;
    int used = 1;
    if (!option->takes_value && value) {
      snprintf(message, size, "%s takes no value", option->name);
      return 0;
    }
    if (option->takes_value && !value) {
      if (at + 1 >= argc) {
        snprintf(message, size, "%s needs a value; see --help", option->name);
        return 0;
      }
      value = argv[at + 1];
      used = 2;
    }
    const char *expected = option->read(config, value);
    if (expected) {
      snprintf(message, size, "%s %s: expected %s", option->name, value, expected);
      return 0;
    }
    return used;
  }
  snprintf(message, size, "unknown option %s; see --help", argument);
  return 0;
}

/* The directory for `what` from the environment: the service manager's, the user's, or
 * the last resort in `fallback`. Where a manager names several, the first counts. */
static void default_directory(char ret[PATH_MAX], const char *service, const char *user,
                              const char *fallback) {
  const char *value = getenv(service);
  if (value && value[0] == '/') {
    snprintf(ret, PATH_MAX, "%.*s", (int)strcspn(value, ":"), value);
    return;
  }
  value = getenv(user);
  if (value && value[0] == '/') {
    snprintf(ret, PATH_MAX, "%s/ouro", value);
    return;
  }
  snprintf(ret, PATH_MAX, "%s", fallback);
}

static int fill_defaults(struct config *config, char *message, size_t size) {
  char fallback[PATH_MAX];
  if (config->state_dir[0] == '\0') {
    const char *home = getenv("HOME");
    snprintf(fallback, sizeof(fallback), "%s/.local/state/ouro", home ? home : "");
    default_directory(config->state_dir, "STATE_DIRECTORY", "XDG_STATE_HOME",
                      home && home[0] == '/' ? fallback : "");
    if (config->state_dir[0] == '\0') {
      snprintf(message, size, "no home directory: name one with --state-dir");
      return -1;
    }
  }
  if (config->runtime_dir[0] == '\0') {
    snprintf(fallback, sizeof(fallback), "/tmp/ouro-%u", (unsigned)getuid());
    default_directory(config->runtime_dir, "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR",
                      fallback);
  }
  if (!config_is_loopback(config->address) && !config->insecure) {
    snprintf(message, size,
             "--listen %s: other hosts can reach this address and there is no TLS yet; "
             "use a tunnel, or say --insecure",
             config->address);
    return -1;
  }
  return 0;
}

enum config_outcome config_parse(struct config *ret, int argc, char *const argv[],
                                 char *message, size_t size) {
  struct config config = {
      .address = "127.0.0.1", .port = CONFIG_DEFAULT_PORT, .ready_fd = -1};
  for (int at = 1; at < argc;) {
    if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
      return CONFIG_HELP;
    }
    if (strcmp(argv[at], "--version") == 0) {
      return CONFIG_VERSION;
    }
    int used = read_argument(&config, argc, argv, at, message, size);
    if (used == 0) {
      return CONFIG_ERROR;
    }
    at += used;
  }
  if (fill_defaults(&config, message, size) != 0) {
    return CONFIG_ERROR;
  }
  *ret = config;
  return CONFIG_RUN;
}

/* mkdir -p, but only what is missing, and 0700. */
static int make_path(const char *path) {
  char partial[PATH_MAX];
  snprintf(partial, sizeof(partial), "%s", path);
  for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
      return -1;
    }
    *slash = '/';
  }
  return mkdir(partial, 0700) != 0 && errno != EEXIST ? -1 : 0;
}

static int make_directory(const char *what, const char *path, char *message,
                          size_t size) {
  struct stat facts;
  if (make_path(path) != 0 || stat(path, &facts) != 0) {
    snprintf(message, size, "cannot make the %s directory %s: %s", what, path,
             strerror(errno));
    return -1;
  }
  if (!S_ISDIR(facts.st_mode)) {
    snprintf(message, size, "the %s directory %s is not a directory", what, path);
    return -1;
  }
  /* Whoever else may write here could put files of theirs in place of ours. */
  if ((facts.st_uid != geteuid() && facts.st_uid != 0) || (facts.st_mode & 0022) != 0) {
    snprintf(message, size, "the %s directory %s can be written to by others", what,
             path);
    return -1;
  }
  return 0;
}

int config_make_directories(const struct config *config, char *message, size_t size) {
  if (make_directory("state", config->state_dir, message, size) != 0) {
    return -1;
  }
  if (access(config->state_dir, W_OK | X_OK) != 0) {
    snprintf(message, size, "the state directory %s cannot be written to: %s",
             config->state_dir, strerror(errno));
    return -1;
  }
  /* Nothing is written into the runtime directory when the service manager has put the
   * sockets there. */
  return make_directory("runtime", config->runtime_dir, message, size);
}
