/* credentials.h - the secrets of this daemon, and who has shown one.
 *
 *   lasting tokens of both roles     for scripts: token.h
 *   one-time tokens                  in an address; good once and for 60 s
 *   login sessions                   in a browser's cookie; 24 h without use ends one
 *
 * A login session is kept as the SHA-256 of its id, in the file `sessions` too, so a
 * restarted daemon still knows its browsers and the file opens nothing. Wrong tokens
 * are counted by address: past 5 a minute a further wrong one is told so, but a valid
 * one is never refused. Loop thread only. */
#ifndef DAEMON_CREDENTIALS_H
#define DAEMON_CREDENTIALS_H

#include <stddef.h>

#include "moment.h"
#include "peer.h"
#include "proto.h"
#include "token.h"

#define CREDENTIALS_SECRET_BYTES TOKEN_SECRET_BYTES
#define CREDENTIALS_ONE_TIME_MS  60000
#define CREDENTIALS_IDLE_MS      (24 * 3600 * 1000)
#define CREDENTIALS_MAX_SESSIONS 256
#define CREDENTIALS_MAX_ONE_TIME 64

enum credentials_verdict {
  CREDENTIALS_OK,
  CREDENTIALS_WRONG,
  CREDENTIALS_TOO_MANY /* wrong once more, and too often before */
};

struct credentials;

/* Read the tokens under `state_dir`, which exists, and make what is missing. NULL with
 * one line in `message` when a file cannot be read or written or holds no token. */
struct credentials *credentials_open(const char *state_dir, struct moment now,
                                     char *message, size_t size);
/* Count wrong tokens against these from now on; borrowed. Before: the defaults. */
void credentials_set_limits(struct credentials *credentials,
                            const struct proto_limits *limits);
/* Writes the login sessions once more. NULL does nothing. */
void credentials_free(struct credentials *credentials);

/* The lasting token of a role; borrowed, valid as long as the credentials. */
const char *credentials_token(const struct credentials *credentials,
                              enum proto_role role);

/* The lasting tokens again: those given by the service manager are read, the others are
 * made anew. Where a role's token is another afterwards, its login sessions and
 * one-time tokens are forgotten. 0, or -1 with one line in `message`: then a token that
 * could not be renewed is as it was. */
int credentials_renew(struct credentials *credentials, char *message, size_t size);
/* A number that moves on when the role's token changes: whoever came in with the old
 * one has no business here any more. */
unsigned credentials_generation(const struct credentials *credentials,
                                enum proto_role role);

/* Wrong tokens since the start, from everywhere. */
uint64_t credentials_failures(const struct credentials *credentials);

/* Is this one of the two lasting tokens? A wrong one counts among the failures of the
 * peer's network. */
enum credentials_verdict credentials_check(struct credentials *credentials,
                                           const char *token, size_t length,
                                           const struct peer *peer, struct moment now,
                                           enum proto_role *ret_role);

/* A new one-time token. Past CREDENTIALS_MAX_ONE_TIME the oldest is forgotten. 0 or -1
 * when the system has no randomness. */
int credentials_one_time(struct credentials *credentials, enum proto_role role,
                         struct moment now, char ret[CREDENTIALS_SECRET_BYTES]);
/* As credentials_check, and one-time tokens too, which this uses up. */
enum credentials_verdict credentials_redeem(struct credentials *credentials,
                                            const char *token, size_t length,
                                            const struct peer *peer, struct moment now,
                                            enum proto_role *ret_role);

/* Start a login session; `ret` is the cookie's value. The least recently used makes
 * room. 0 or -1 when the system has no randomness. */
int credentials_login(struct credentials *credentials, enum proto_role role,
                      struct moment now, char ret[CREDENTIALS_SECRET_BYTES]);
/* Is this the id of a login session? It counts as used now. 0, or -1. */
int credentials_resume(struct credentials *credentials, const char *id, size_t length,
                       struct moment now, enum proto_role *ret_role);

#endif
