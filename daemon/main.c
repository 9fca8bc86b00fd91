/* main.c - ourod: configuration, run, exit code; nothing else. */
#include <stdio.h>
#include <unistd.h>

#include "config.h"
#include "front.h"
#include "log.h"
#include "reload.h"
#include "server.h"

static int complain(const struct config_problems *problems) {
  config_log_problems(problems);
  return 2;
}

/* What no table of options can say: do files, names and addresses hold what they
 * should?
 */
static int check(const struct config *config) {
  char message[512];
  if (front_check(config, message, sizeof(message)) != 0) {
    log_line(LOG_LEVEL_ERROR, "%s", message);
    return 2;
  }
  return puts("The configuration is in order.") < 0;
}

int main(int argc, char *argv[]) {
  static struct config config; /* its paths are large for a stack */
  static struct config_problems problems;
  const struct reload_sources sources = {argc, argv, environ};
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_AUTO);
  switch (config_load(&config, argc, argv, environ, &problems)) {
  case CONFIG_RUN: return server_run(&config, &sources, OURO_VERSION_STRING);
  case CONFIG_HELP: return config_print_help(stdout) != 0;
  case CONFIG_VERSION: return printf("ourod %s\n", OURO_VERSION_STRING) < 0;
  case CONFIG_CHECK: return check(&config);
  case CONFIG_PRINT: return config_print(&config, stdout) != 0;
  case CONFIG_ERROR: return complain(&problems);
  }
  return 2;
}
