/* token.h - one lasting token: where it comes from, and how it is replaced.
 *
 *   given   $CREDENTIALS_DIRECTORY/operator_token   the service manager's; read again
 *   kept    state-dir/operator.token                made at first start; made anew
 *
 * A kept token is written to a file of another name, synced and renamed, so that
 * whatever happens there is a whole one, the old or the new. Loop thread only. */
#ifndef DAEMON_TOKEN_H
#define DAEMON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_SECRET_BYTES 65  /* 256 bits in hexadecimal, with NUL: those made here */
#define TOKEN_TEXT_BYTES   130 /* of given ones, with NUL */

struct token {
  char text[TOKEN_TEXT_BYTES];
  bool is_given;
  unsigned generation; /* 0 at first; moves on when the text changes */
};

/* 256 random bits. 0, or -1 when the system has no randomness. */
int token_secret(char ret[TOKEN_SECRET_BYTES]);

/* The token of `name` ("operator"): the one given in `given_dir` (may be NULL), else
 * the one kept in `state_dir`, made where it is missing. 0, or -1 with one line in
 * `message` that names the file. */
int token_open(struct token *token, const char *name, const char *state_dir,
               const char *given_dir, char *message, size_t size);
/* Read a given one again, make a kept one anew. 0, or -1 with `message` filled and the
 * token as it was. */
int token_renew(struct token *token, const char *name, const char *state_dir,
                const char *given_dir, char *message, size_t size);

#endif
