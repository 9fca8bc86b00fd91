/* credentials.c - the secrets of this daemon, and who has shown one.
 *
 *   token.c              the lasting ones, one for each role
 *   state-dir/sessions   lines: SHA-256 of the id, role, last use in ms
 *   failures.c           who has shown a wrong one
 */
#include "credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth.h"
#include "digest.h"
#include "failures.h"
#include "log.h"
#include "token.h"

struct one_time {
  char token[CREDENTIALS_SECRET_BYTES]; /* "" : free */
  enum proto_role role;
  uint64_t made_ms; /* monotonic */
};

struct login {
  char digest[DIGEST_HEX_BYTES]; /* of the id; "" : free */
  enum proto_role role;
  int64_t used_ms; /* wall */
};

static const char *const names[] = {
    [PROTO_OBSERVER] = "observer", [PROTO_OPERATOR] = "operator"};

struct credentials {
  const struct proto_limits *limits; /* borrowed */
  char directory[PATH_MAX];
  struct token tokens[2]; /* by role */
  struct one_time one_time[CREDENTIALS_MAX_ONE_TIME];
  struct login logins[CREDENTIALS_MAX_SESSIONS];
  struct failures failures;
};

/* --- login sessions on disk --- */

static void hash_id(const char *id, size_t length, char ret[DIGEST_HEX_BYTES]) {
  uint8_t digest[DIGEST_BYTES];
  digest_sha256(id, length, digest);
  digest_hex(digest, ret);
}

/* Put the login sessions into their file, all or nothing. Losing them costs a new login
 * and nothing more, so a failure is only logged. */
static void save_logins(const struct credentials *credentials) {
  char path[PATH_MAX + 32], fresh[PATH_MAX + 32];
  snprintf(path, sizeof(path), "%s/sessions", credentials->directory);
  snprintf(fresh, sizeof(fresh), "%s/sessions.new", credentials->directory);
  int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
  bool is_saved = file != NULL;
  for (unsigned i = 0; file && i < CREDENTIALS_MAX_SESSIONS; i++) {
    const struct login *login = &credentials->logins[i];
    if (login->digest[0] != '\0') {
      fprintf(file, "%s %d %" PRId64 "\n", login->digest, (int)login->role,
              login->used_ms);
    }
  }
  if (file) {
    is_saved = fflush(file) == 0 && fsync(fd) == 0;
    is_saved = fclose(file) == 0 && is_saved;
  } else if (fd >= 0) {
    close(fd);
  }
  if (!is_saved || rename(fresh, path) != 0) {
    log_line(LOG_LEVEL_WARNING,
             "cannot write %s: %s; a restart will ask for new logins", path,
             strerror(errno));
  }
}

static void load_logins(struct credentials *credentials, struct moment now) {
  char path[PATH_MAX + 32];
  snprintf(path, sizeof(path), "%s/sessions", credentials->directory);
  FILE *file = fopen(path, "re");
  if (!file) {
    return;
  }
  char line[160];
  for (unsigned i = 0;
       i < CREDENTIALS_MAX_SESSIONS && fgets(line, sizeof(line), file);) {
    struct login *login = &credentials->logins[i];
    char *end = NULL;
    size_t digits = strspn(line, "0123456789abcdef");
    if (digits != DIGEST_HEX_BYTES - 1 || line[digits] != ' ') {
      continue;
    }
    long role = strtol(line + digits, &end, 10);
    int64_t used_ms = strtoll(end, &end, 10);
    bool is_fresh =
        used_ms <= now.wall_ms && now.wall_ms - used_ms < CREDENTIALS_IDLE_MS;
    if (*end == '\n' && is_fresh &&
        (role == PROTO_OBSERVER || role == PROTO_OPERATOR)) {
      memcpy(login->digest, line, digits);
      login->digest[digits] = '\0';
      login->role = (enum proto_role)role;
      login->used_ms = used_ms;
      i++;
    }
  }
  fclose(file);
}

int credentials_renew(struct credentials *credentials, char *message, size_t size) {
  const char *given_dir = getenv("CREDENTIALS_DIRECTORY");
  int result = 0;
  for (int role = PROTO_OBSERVER; role <= PROTO_OPERATOR; role++) {
    struct token *token = &credentials->tokens[role];
    unsigned before = token->generation;
    if (token_renew(token, names[role], credentials->directory, given_dir, message,
                    size) != 0) {
      result = -1;
    }
    for (unsigned i = 0; token->generation != before && i < CREDENTIALS_MAX_ONE_TIME;
         i++) {
      if (credentials->one_time[i].role == (enum proto_role)role) {
        credentials->one_time[i] = (struct one_time){0};
      }
    }
    for (unsigned i = 0; token->generation != before && i < CREDENTIALS_MAX_SESSIONS;
         i++) {
      if (credentials->logins[i].role == (enum proto_role)role) {
        credentials->logins[i] = (struct login){0};
      }
    }
  }
  save_logins(credentials);
  return result;
}

unsigned credentials_generation(const struct credentials *credentials,
                                enum proto_role role) {
  return credentials->tokens[role].generation;
}

uint64_t credentials_failures(const struct credentials *credentials) {
  return credentials->failures.total;
}

struct credentials *credentials_open(const char *state_dir, struct moment now,
                                     char *message, size_t size) {
  struct credentials *credentials = calloc(1, sizeof(*credentials));
  if (!credentials) {
    snprintf(message, size, "out of memory");
    return NULL;
  }
  credentials->limits = &proto_limits_default;
  snprintf(credentials->directory, sizeof(credentials->directory), "%s", state_dir);
  const char *given_dir = getenv("CREDENTIALS_DIRECTORY");
  for (int role = PROTO_OBSERVER; role <= PROTO_OPERATOR; role++) {
    if (token_open(&credentials->tokens[role], names[role], state_dir, given_dir,
                   message, size) != 0) {
      free(credentials);
      return NULL;
    }
  }
  load_logins(credentials, now);
  return credentials;
}

void credentials_free(struct credentials *credentials) {
  if (!credentials) {
    return;
  }
  save_logins(credentials);
  explicit_bzero(credentials, sizeof(*credentials));
  free(credentials);
}

const char *credentials_token(const struct credentials *credentials,
                              enum proto_role role) {
  return credentials->tokens[role].text;
}

/* --- counting what was wrong --- */

void credentials_set_limits(struct credentials *credentials,
                            const struct proto_limits *limits) {
  credentials->limits = limits;
}

/* --- checking what is shown --- */

static bool is_lasting(const struct credentials *credentials, const char *token,
                       size_t length, enum proto_role *ret_role) {
  /* Both are compared always: which one matched is nobody's business. */
  bool is_operator =
      auth_is_equal(token, length, credentials->tokens[PROTO_OPERATOR].text,
                    strlen(credentials->tokens[PROTO_OPERATOR].text));
  bool is_observer =
      auth_is_equal(token, length, credentials->tokens[PROTO_OBSERVER].text,
                    strlen(credentials->tokens[PROTO_OBSERVER].text));
  if (is_operator || is_observer) {
    *ret_role = is_operator ? PROTO_OPERATOR : PROTO_OBSERVER;
    return true;
  }
  return false;
}

enum credentials_verdict credentials_check(struct credentials *credentials,
                                           const char *token, size_t length,
                                           const struct peer *peer, struct moment now,
                                           enum proto_role *ret_role) {
  if (is_lasting(credentials, token, length, ret_role)) {
    return CREDENTIALS_OK;
  }
  return failures_count(&credentials->failures, peer,
                        credentials->limits->wrong_tokens_a_minute, now.monotonic_ms)
             ? CREDENTIALS_TOO_MANY
             : CREDENTIALS_WRONG;
}

int credentials_one_time(struct credentials *credentials, enum proto_role role,
                         struct moment now, char ret[CREDENTIALS_SECRET_BYTES]) {
  struct one_time *place = &credentials->one_time[0];
  for (unsigned i = 0; i < CREDENTIALS_MAX_ONE_TIME && place->token[0] != '\0'; i++) {
    struct one_time *other = &credentials->one_time[i];
    if (other->token[0] == '\0' || other->made_ms < place->made_ms) {
      place = other;
    }
  }
  if (token_secret(place->token) != 0) {
    place->token[0] = '\0';
    return -1;
  }
  place->role = role;
  place->made_ms = now.monotonic_ms;
  memcpy(ret, place->token, CREDENTIALS_SECRET_BYTES);
  return 0;
}

enum credentials_verdict credentials_redeem(struct credentials *credentials,
                                            const char *token, size_t length,
                                            const struct peer *peer, struct moment now,
                                            enum proto_role *ret_role) {
  struct one_time *match = NULL;
  for (unsigned i = 0; i < CREDENTIALS_MAX_ONE_TIME; i++) {
    struct one_time *one_time = &credentials->one_time[i];
    if (one_time->token[0] == '\0') {
      continue;
    }
    if (now.monotonic_ms - one_time->made_ms >= CREDENTIALS_ONE_TIME_MS) {
      one_time->token[0] = '\0';
    } else if (auth_is_equal(token, length, one_time->token, strlen(one_time->token))) {
      match = one_time;
    }
  }
  if (match) {
    *ret_role = match->role;
    explicit_bzero(match, sizeof(*match));
    return CREDENTIALS_OK;
  }
  return credentials_check(credentials, token, length, peer, now, ret_role);
}

int credentials_login(struct credentials *credentials, enum proto_role role,
                      struct moment now, char ret[CREDENTIALS_SECRET_BYTES]) {
  struct login *place = &credentials->logins[0];
  for (unsigned i = 0; i < CREDENTIALS_MAX_SESSIONS && place->digest[0] != '\0'; i++) {
    struct login *other = &credentials->logins[i];
    if (other->digest[0] == '\0' || other->used_ms < place->used_ms) {
      place = other;
    }
  }
  if (token_secret(ret) != 0) {
    return -1;
  }
  hash_id(ret, strlen(ret), place->digest);
  place->role = role;
  place->used_ms = now.wall_ms;
  save_logins(credentials);
  return 0;
}

int credentials_resume(struct credentials *credentials, const char *id, size_t length,
                       struct moment now, enum proto_role *ret_role) {
  char digest[DIGEST_HEX_BYTES];
  hash_id(id, length, digest);
  for (unsigned i = 0; i < CREDENTIALS_MAX_SESSIONS; i++) {
    struct login *login = &credentials->logins[i];
    if (login->digest[0] == '\0' ||
        !auth_is_equal(digest, DIGEST_HEX_BYTES - 1, login->digest,
                       DIGEST_HEX_BYTES - 1)) {
      continue;
    }
    if (now.wall_ms - login->used_ms >= CREDENTIALS_IDLE_MS) {
      *login = (struct login){0};
      return -1;
    }
    login->used_ms = now.wall_ms;
    *ret_role = login->role;
    return 0;
  }
  return -1;
}
