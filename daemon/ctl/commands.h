/* commands.h - the subcommands; each has a file of its own. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "command.h"

extern const struct command command_status, command_heaps, command_collect,
    command_threshold, command_events, command_pools, command_types, command_url,
    command_raw, command_stat, command_pauses, command_enable, command_disable,
    command_freeze, command_unfreeze, command_keep, command_history, command_graph,
    command_repl, command_top, command_objects, command_why, command_completion,
    command_workload, command_audit;

#endif
