/* main.c - ouroctl: the table of subcommands, and the way to one of them.
 *
 * A new command is a file of its own, a line in commands.h and a line here; help and
 * completions read the table. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "ctl.h"
#include "help.h"
#include "interrupt.h"

static const struct command *const commands[] = {
    &command_status,    &command_heaps,     &command_top,      &command_stat,
    &command_events,    &command_pools,     &command_types,    &command_graph,
    &command_objects,   &command_why,       &command_pauses,   &command_history,
    &command_collect,   &command_threshold, &command_keep,     &command_enable,
    &command_disable,   &command_freeze,    &command_unfreeze, &command_workload,
    &command_audit,     &command_repl,      &command_url,      &command_raw,
    &command_completion};

static const struct command_table table = {commands,
                                           sizeof(commands) / sizeof(commands[0])};

/* --help, --version and mistakes. -1: run the command. */
static int answer_at_once(struct ctl *ctl, int wrong, const char *message) {
  const struct arguments *arguments = &ctl->arguments;
  if (arguments_has(arguments, "help")) {
    if (arguments->command) {
      help_print_command(stdout, arguments->command);
    } else {
      help_print(stdout, &table);
    }
    return ctl_flush(ctl) == 0 ? EXIT_OK : (int)ctl->exit;
  }
  if (arguments_has(arguments, "version")) {
    printf("ouroctl %s\n", OURO_VERSION_STRING);
    return ctl_flush(ctl) == 0 ? EXIT_OK : (int)ctl->exit;
  }
  if (wrong != 0 || !arguments->command) {
    ctl_say(ctl, "%s", wrong != 0 ? message : "what shall it do?");
    ctl_say(ctl, "see ouroctl %s%s--help",
            arguments->command ? arguments->command->name : "",
            arguments->command ? " " : "");
    return EXIT_USAGE;
  }
  return -1;
}

/* Widths of characters are known in UTF-8 alone, and that is what the daemon speaks. */
static void choose_locale(void) {
  if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1) {
    setlocale(LC_CTYPE, "C.UTF-8");
  }
}

/* A descriptor that the shell closed would be taken by the first socket. What is
 * written there fails as it should. */
static void hold_descriptors(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl(fd, F_GETFD) < 0) {
      (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

int main(int argc, char *argv[]) {
  static struct ctl ctl;
  char message[ARGUMENTS_MESSAGE_BYTES] = "";
  hold_descriptors();
  choose_locale();
  signal(SIGPIPE, SIG_IGN);
  int wrong = arguments_parse(&ctl.arguments, &table, argc, argv, message);
  int code = answer_at_once(&ctl, wrong, message);
  if (code >= 0) {
    return code;
  }
  if (ctl_init(&ctl, &table) == 0) {
    ctl.exit = ctl.arguments.command->run(&ctl);
  }
  code = (int)ctl.exit;
  bool is_interrupted = ctl.is_interrupted;
  int number = interrupt_signal();
  bool is_freed = ctl_fini(&ctl);
  fflush(stdout);
  if (is_interrupted && number != 0) {
    raise(number); /* the shell shall see what ended us */
  }
  if (!is_freed) {
    _exit(code); /* exit() would wait for the thread that looks a name up */
  }
  return code;
}
