/* help.h - the words of --help, made from the table of commands. */
#ifndef CTL_HELP_H
#define CTL_HELP_H

#include <stdio.h>

#include "command.h"

/* Of the program. */
void help_print(FILE *out, const struct command_table *table);
/* Of one command. */
void help_print_command(FILE *out, const struct command *command);
/* "usage: ouroctl collect [HEAP] [OPTIONS]" */
void help_print_usage(FILE *out, const struct command *command);

#endif
