/* token.c - one lasting token: where it comes from, and how it is replaced. */
#include "token.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "digest.h"

/* Shorter tokens in a file are a mistake: 32 characters of hex are 128 bits. */
#define MIN_LENGTH 32u
#define PATH_BYTES (PATH_MAX + 64)

int token_secret(char ret[TOKEN_SECRET_BYTES]) {
  uint8_t bytes[DIGEST_BYTES];
  if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
    return -1;
  }
  digest_hex(bytes, ret);
  return 0;
}

/* 1: read; 0: there is no such file; -1 with `message` filled. */
static int read_file(const char *path, const char *advice, char ret[TOKEN_TEXT_BYTES],
                     char *message, size_t size) {
  char text[TOKEN_TEXT_BYTES];
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) {
    return 0;
  }
  ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
  int saved = errno;
  if (fd >= 0) {
    close(fd);
  }
  if (n < 0) {
    snprintf(message, size, "%s: %s", path, strerror(saved));
    return -1;
  }
  text[n] = '\0';
  size_t length = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
  size_t rest = strspn(text + length, "\r\n");
  if (length < MIN_LENGTH || text[length + rest] != '\0' ||
      length + rest != (size_t)n || (size_t)n == sizeof(text) - 1) {
    snprintf(message, size, "%s holds no token: %s", path, advice);
    return -1;
  }
  memcpy(ret, text, length);
  ret[length] = '\0';
  return 1;
}

static void sync_directory(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
}

static int write_all(int fd, const char *text, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, text, length);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return -1;
    }
    text += n;
    length -= (size_t)n;
  }
  return fsync(fd);
}

/* A fresh secret at `path`, all or nothing. */
static int make_file(const char *path, const char *state_dir,
                     char ret[TOKEN_TEXT_BYTES], char *message, size_t size) {
  char fresh[PATH_BYTES + 8], secret[TOKEN_SECRET_BYTES], line[TOKEN_SECRET_BYTES + 1];
  snprintf(fresh, sizeof(fresh), "%s.new", path);
  if (token_secret(secret) != 0) {
    snprintf(message, size, "the system gives no random numbers");
    return -1;
  }
  int length = snprintf(line, sizeof(line), "%s\n", secret);
  unlink(fresh); /* of a start that died here */
  int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool is_made =
      fd >= 0 && write_all(fd, line, (size_t)length) == 0 && rename(fresh, path) == 0;
  int saved = errno;
  if (fd >= 0) {
    close(fd);
  }
  if (!is_made) {
    snprintf(message, size, "cannot make %s: %s", path, strerror(saved));
    unlink(fresh);
    return -1;
  }
  sync_directory(state_dir);
  memcpy(ret, secret, sizeof(secret));
  return 0;
}

/* Read or make. */
static int load(struct token *ret, const char *name, const char *state_dir,
                const char *given_dir, bool is_renewal, char *message, size_t size) {
  char path[PATH_BYTES];
  if (given_dir) {
    snprintf(path, sizeof(path), "%.*s/%s_token", PATH_MAX, given_dir, name);
    int found =
        read_file(path, "32 to 128 letters, digits, - and _", ret->text, message, size);
    ret->is_given = found == 1;
    if (found != 0) {
      return found == 1 ? 0 : -1;
    }
  }
  snprintf(path, sizeof(path), "%.*s/%s.token", PATH_MAX, state_dir, name);
  ret->is_given = false;
  if (!is_renewal) {
    int found = read_file(path, "remove the file and a new one is made", ret->text,
                          message, size);
    if (found != 0) {
      return found == 1 ? 0 : -1;
    }
  }
  return make_file(path, state_dir, ret->text, message, size);
}

int token_open(struct token *token, const char *name, const char *state_dir,
               const char *given_dir, char *message, size_t size) {
  *token = (struct token){0};
  return load(token, name, state_dir, given_dir, false, message, size);
}

int token_renew(struct token *token, const char *name, const char *state_dir,
                const char *given_dir, char *message, size_t size) {
  struct token fresh = {0};
  if (load(&fresh, name, state_dir, given_dir, true, message, size) != 0) {
    return -1;
  }
  fresh.generation = token->generation + (strcmp(fresh.text, token->text) != 0);
  *token = fresh;
  explicit_bzero(&fresh, sizeof(fresh));
  return 0;
}
