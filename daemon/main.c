/* main.c - ourod: arguments, configuration, run, exit code; nothing else. */
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "log.h"
#include "server.h"

int main(int argc, char *argv[]) {
  static struct config config; /* its paths are large for a stack */
  char message[512];
  log_init(LOG_LEVEL_INFO, getenv("JOURNAL_STREAM") != NULL);
  switch (config_parse(&config, argc, argv, message, sizeof(message))) {
  case CONFIG_RUN: return server_run(&config, OURO_VERSION_STRING);
  case CONFIG_HELP: return fputs(config_help(), stdout) < 0;
  case CONFIG_VERSION: return printf("ourod %s\n", OURO_VERSION_STRING) < 0;
  case CONFIG_ERROR: log_line(LOG_LEVEL_ERROR, "%s", message); return 2;
  }
  return 2;
}
