/* config_load.c - all sources in their order, and what only all of them together tell.
 *
 *   arguments: --config, --help ...  (first look)
 *   files --> environment --> arguments --> directories --> does it go together?
 *
 * Later sources overwrite earlier ones, option by option. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "OUROD_"

struct load {
  struct config *config;
  struct config_problems *problems;
  char *const *environment;
  bool is_named; /* --config or OUROD_CONFIG says which file */
  enum config_outcome outcome;
};

static const char *variable(const struct load *load, const char *name) {
  size_t length = strlen(name);
  for (char *const *at = load->environment; *at; at++) {
    if (strncmp(*at, name, length) == 0 && (*at)[length] == '=') {
      return *at + length + 1;
    }
  }
  return NULL;
}

static void set(struct load *load, const struct config_option *option,
                const char *spelled, const char *value, struct config_origin origin) {
  size_t count = 0;
  char expected[160];
  const struct config_option *options = config_options(&count);
  if (!config_set(load->config, option, value, false, expected)) {
    load->config->origins[option - options] = origin;
  } else {
    config_problem(load->problems, "%s %s: expected %s", spelled, value, expected);
  }
}

static void name_file(struct load *load, const char *spelled, const char *path) {
  if (path[0] == '\0' || strlen(path) >= sizeof(load->config->file)) {
    config_problem(load->problems, "%s %s: expected a file", spelled, path);
    return;
  }
  snprintf(load->config->file, sizeof(load->config->file), "%s", path);
  load->is_named = true;
}

/* --- environment --- */

/* OUROD_LIMITS_SESSIONS: upper case, with '_' for '.'. */
static bool is_variable_of(const struct config_option *option, const char *name,
                           size_t length) {
  if (strlen(option->key) != length) {
    return false;
  }
  for (size_t i = 0; i < length; i++) {
    char letter = option->key[i];
    char upper = letter == '.'                    ? '_'
                 : letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A')
                                                  : letter;
    if (name[i] != upper) {
      return false;
    }
  }
  return true;
}

static void read_environment(struct load *load) {
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  for (char *const *at = load->environment; *at; at++) {
    const char *equals = strchr(*at, '=');
    if (strncmp(*at, PREFIX, strlen(PREFIX)) != 0 || !equals ||
        strncmp(*at, PREFIX "CONFIG=", strlen(PREFIX "CONFIG=")) == 0) {
      continue;
    }
    const char *name = *at + strlen(PREFIX);
    size_t length = (size_t)(equals - name), i = 0;
    while (i < count && ((options[i].flags & CONFIG_ONLY_ARGUMENT) != 0 ||
                         !is_variable_of(&options[i], name, length))) {
      i++;
    }
    char spelled[96];
    snprintf(spelled, sizeof(spelled), "%.*s", (int)(equals - *at), *at);
    if (i == count) {
      /* A misspelt OUROD_READ_ONLY must not start a daemon that takes commands. */
      config_problem(load->problems, "%s: the environment names no option of ours",
                     spelled);
    } else {
      set(load, &options[i], spelled, equals + 1,
          (struct config_origin){.source = CONFIG_ENVIRONMENT});
    }
  }
}

/* --- arguments --- */

/* "--limits-sessions" is "limits.sessions"; `length` without a value. */
static const struct config_option *option_of(const char *argument, size_t length) {
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  if (length < 3 || strncmp(argument, "--", 2) != 0) {
    return NULL;
  }
  for (size_t i = 0; i < count; i++) {
    size_t at = 0;
    while (options[i].key[at] != '\0' && at + 2 < length &&
           argument[at + 2] ==
               (strchr("._", options[i].key[at]) ? '-' : options[i].key[at])) {
      at++;
    }
    if (options[i].key[at] == '\0' && at + 2 == length) {
      return &options[i];
    }
  }
  return NULL;
}

static void say_unknown_argument(struct load *load, const char *argument) {
  char key[64], spelled[80] = "--";
  size_t length = strcspn(argument, "=");
  const struct config_option *nearest = NULL;
  if (strncmp(argument, "--", 2) == 0 && length > 2 && length - 2 < sizeof(key)) {
    snprintf(key, sizeof(key), "%.*s", (int)(length - 2), argument + 2);
    for (char *at = key; *at != '\0'; at++) {
      *at = *at == '-' ? '_' : *at;
    }
    nearest = config_nearest(key);
  }
  if (!nearest) {
    config_problem(load->problems, "unknown option %s; see --help", argument);
    return;
  }
  snprintf(spelled, sizeof(spelled), "--%s", nearest->key);
  for (char *at = spelled; *at != '\0'; at++) {
    *at = *at == '.' || *at == '_' ? '-' : *at;
  }
  config_problem(load->problems, "unknown option %s; is %s meant? see --help", argument,
                 spelled);
}

/* --help and its like: false when the argument is none of them. */
static bool read_action(struct load *load, const char *argument) {
  static const struct {
    const char *name;
    enum config_outcome outcome;
  } actions[] = {{"--help", CONFIG_HELP},
                 {"-h", CONFIG_HELP},
                 {"--version", CONFIG_VERSION},
                 {"--check-config", CONFIG_CHECK},
                 {"--print-config", CONFIG_PRINT}};
  for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
    if (strcmp(argument, actions[i].name) == 0) {
      /* Whoever asks for help gets it, whatever else was said. */
      if (load->outcome == CONFIG_RUN || actions[i].outcome <= CONFIG_VERSION) {
        load->outcome = actions[i].outcome;
      }
      return true;
    }
  }
  return false;
}

/* The first pass looks for --config and the actions and complains; the second one sets
 * what the first let through. */
static void read_arguments(struct load *load, int argc, char *const argv[],
                           bool is_first) {
  for (int i = 1; i < argc; i++) {
    const char *argument = argv[i];
    size_t length = strcspn(argument, "=");
    const char *value = argument[length] == '=' ? argument + length + 1 : NULL;
    const struct config_option *option = option_of(argument, length);
    bool is_file = length == 8 && strncmp(argument, "--config", 8) == 0;
    char spelled[64];
    snprintf(spelled, sizeof(spelled), "%.*s", (int)length, argument);
    if (!option && !is_file) {
      if (!read_action(load, argument) && is_first) {
        say_unknown_argument(load, argument);
      }
      continue;
    }
    if (!value && option && option->kind == CONFIG_FLAG) {
      value = "yes";
    } else if (!value && i + 1 < argc) {
      value = argv[++i];
    }
    if (!value || (value[0] == '\0' && (is_file || option->kind == CONFIG_PATH))) {
      if (is_first) { /* an empty path here is a shell variable that is not set */
        config_problem(load->problems, "%s needs a value; see --help", spelled);
      }
    } else if (is_file && is_first) {
      name_file(load, spelled, value);
    } else if (!is_file && !is_first) {
      set(load, option, spelled, value,
          (struct config_origin){.source = CONFIG_COMMAND_LINE});
    }
  }
}

/* --- what is left --- */

/* The directory for `what` from the environment: the service manager's, the user's, or
 * the last resort in `fallback`. Where a manager names several, the first counts. */
static void default_directory(const struct load *load, char ret[PATH_MAX],
                              const char *service, const char *user,
                              const char *fallback) {
  const char *value = variable(load, service);
  if (value && value[0] == '/') {
    snprintf(ret, PATH_MAX, "%.*s", (int)strcspn(value, ":"), value);
    return;
  }
  value = variable(load, user);
  if (value && value[0] == '/') {
    snprintf(ret, PATH_MAX, "%s/ouro", value);
    return;
  }
  snprintf(ret, PATH_MAX, "%s", fallback);
}

static void fill_directories(struct load *load) {
  struct config *config = load->config;
  char fallback[PATH_MAX] = "";
  if (config->state_dir[0] == '\0') {
    const char *home = variable(load, "HOME");
    if (home && home[0] == '/') {
      snprintf(fallback, sizeof(fallback), "%s/.local/state/ouro", home);
    }
    default_directory(load, config->state_dir, "STATE_DIRECTORY", "XDG_STATE_HOME",
                      fallback);
    if (config->state_dir[0] == '\0') {
      config_problem(load->problems,
                     "no home directory: say --state-dir where the tokens lie");
    }
  }
  if (config->runtime_dir[0] == '\0') {
    snprintf(fallback, sizeof(fallback), "/tmp/ouro-%u", (unsigned)getuid());
    default_directory(load, config->runtime_dir, "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR",
                      fallback);
  }
}

static void check_together(struct load *load) {
  const struct config *config = load->config;
  bool has_certificate = config->tls_certificate[0] != '\0';
  bool has_key = config->tls_key[0] != '\0';
  if (has_certificate != has_key) {
    config_problem(load->problems, "%s is set and %s is not: TLS needs both",
                   has_key ? "tls_key" : "tls_certificate",
                   has_key ? "tls_certificate" : "tls_key");
  }
  if (!config_is_loopback(config->address) && !has_certificate && !config->insecure) {
    config_problem(load->problems,
                   "listen %s: other hosts can reach this address; set "
                   "tls_certificate and tls_key, use a tunnel, or say insecure = yes "
                   "(--insecure)",
                   config->address);
  }
}

enum config_outcome config_load(struct config *ret, int argc, char *const argv[],
                                char *const environment[],
                                struct config_problems *problems) {
  struct load load = {.config = ret,
                      .problems = problems,
                      .environment = environment,
                      .outcome = CONFIG_RUN};
  config_defaults(ret);
  snprintf(ret->file, sizeof(ret->file), "%s", OURO_CONFIG_FILE);
  const char *file = variable(&load, PREFIX "CONFIG");
  if (file) {
    name_file(&load, PREFIX "CONFIG", file);
  }
  read_arguments(&load, argc, argv, true);
  if (load.outcome == CONFIG_HELP || load.outcome == CONFIG_VERSION) {
    return load.outcome;
  }
  config_read_files(ret, load.is_named, problems);
  read_environment(&load);
  read_arguments(&load, argc, argv, false);
  fill_directories(&load);
  check_together(&load);
  return problems->count > 0 ? CONFIG_ERROR : load.outcome;
}
