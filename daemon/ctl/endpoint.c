/* endpoint.c - addresses of daemons, and tokens. */
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVICE_SOCKET "/run/ouro/control.sock"

static int set_unix(struct endpoint *ret, const char *path, char *message,
                    size_t size) {
  *ret = (struct endpoint){.is_unix = true};
  if (path[0] == '\0' || strlen(path) >= sizeof(ret->path)) {
    snprintf(message, size, "a socket's path has 1 to %zu bytes: '%.120s'",
             sizeof(ret->path) - 1, path);
    return -1;
  }
  snprintf(ret->path, sizeof(ret->path), "%s", path);
  snprintf(ret->text, sizeof(ret->text), "unix:%s", path);
  return 0;
}

/* "host", "host:port", "[::1]:port" up to `end`. */
static int read_authority(struct endpoint *ret, const char *text, const char *end) {
  const char *host = text, *host_end = end, *rest = NULL;
  if (*text == '[') {
    host = text + 1;
    host_end = memchr(host, ']', (size_t)(end - host));
    if (!host_end) {
      return -1;
    }
    rest = host_end + 1;
  } else {
    host_end = memchr(host, ':', (size_t)(end - host));
    host_end = host_end ? host_end : end;
    rest = host_end;
  }
  size_t length = (size_t)(host_end - host);
  if (length == 0 || length >= sizeof(ret->host) ||
      strcspn(host, "@ \t\"\\%?#[]") < length) {
    return -1;
  }
  memcpy(ret->host, host, length);
  ret->host[length] = '\0';
  struct in6_addr six;
  if (*text == '[' && inet_pton(AF_INET6, ret->host, &six) != 1) {
    return -1;
  }
  if (rest == end) {
    return 0;
  }
  char *port_end = NULL;
  if (*rest != ':' || rest[1] < '0' || rest[1] > '9') {
    return -1;
  }
  long port = strtol(rest + 1, &port_end, 10);
  if (port_end != end || port < 1 || port > 65535) {
    return -1;
  }
  ret->port = (int)port;
  return 0;
}

int endpoint_parse(struct endpoint *ret, const char *text, char *message, size_t size) {
  static const char wanted[] = "http://HOST:PORT, https://HOST:PORT or unix:PATH";
  *ret = (struct endpoint){.port = ENDPOINT_DEFAULT_PORT};
  if (strncmp(text, "unix:", 5) == 0) {
    return set_unix(ret, text + 5, message, size);
  }
  if (strncasecmp(text, "https://", 8) == 0) {
    ret->is_tls = true;
  } else if (strncasecmp(text, "http://", 7) != 0) {
    snprintf(message, size, "a server is %s, not '%.120s'", wanted, text);
    return -1;
  }
  const char *authority = strstr(text, "://") + 3;
  const char *end = authority + strcspn(authority, "/?#");
  size_t base = strlen(end);
  while (base > 0 && end[base - 1] == '/') {
    base--;
  }
  if (strpbrk(text, "?#") || base >= sizeof(ret->base) ||
      strcspn(end, " \t\r\n") < base || read_authority(ret, authority, end) != 0) {
    /* Why not quoted: a dashboard's address that was pasted here carries a token. */
    snprintf(message, size, "a server is %s, without a query%s", wanted,
             strpbrk(text, "?#") ? "" : ", and this one is not");
    return -1;
  }
  memcpy(ret->base, end, base);
  ret->base[base] = '\0';
  char host[ENDPOINT_HOST_BYTES + 16];
  endpoint_authority(ret, host, sizeof(host));
  snprintf(ret->text, sizeof(ret->text), "%s://%s%s", ret->is_tls ? "https" : "http",
           host, ret->base);
  return 0;
}

/* Is there a socket, in a directory that nobody else could have put there? In /tmp
 * anybody may make a directory of our name first. */
static bool is_ours(const char *path) {
  char directory[PATH_MAX];
  struct stat facts;
  snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(path, '/') - path),
           path);
  return access(path, F_OK) == 0 && lstat(directory, &facts) == 0 &&
         S_ISDIR(facts.st_mode) && (facts.st_uid == geteuid() || facts.st_uid == 0) &&
         (facts.st_mode & 0002) == 0;
}

void endpoint_find(struct endpoint *ret) {
  char candidates[3][PATH_MAX] = {SERVICE_SOCKET, "", ""};
  char ignored[8];
  const char *runtime = getenv("XDG_RUNTIME_DIR");
  if (runtime && runtime[0] == '/') {
    snprintf(candidates[1], PATH_MAX, "%s/ouro/control.sock", runtime);
  }
  snprintf(candidates[2], PATH_MAX, "/tmp/ouro-%u/control.sock", (unsigned)getuid());
  for (size_t i = 0; i < 3; i++) {
    bool is_service = i == 0; /* DynamicUser: the service's uid is anybody's guess */
    if (candidates[i][0] != '\0' &&
        (is_service ? access(candidates[i], F_OK) == 0 : is_ours(candidates[i])) &&
        set_unix(ret, candidates[i], ignored, sizeof(ignored)) == 0) {
      return;
    }
  }
  set_unix(ret, SERVICE_SOCKET, ignored, sizeof(ignored));
}

bool endpoint_is_local(const struct endpoint *endpoint) {
  struct in_addr four;
  struct in6_addr six;
  if (endpoint->is_unix || strcasecmp(endpoint->host, "localhost") == 0) {
    return true;
  }
  if (inet_pton(AF_INET, endpoint->host, &four) == 1) {
    return ntohl(four.s_addr) >> 24 == 127;
  }
  return inet_pton(AF_INET6, endpoint->host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

void endpoint_authority(const struct endpoint *endpoint, char *ret, size_t size) {
  bool is_six = strchr(endpoint->host, ':') != NULL;
  if (endpoint->is_unix) {
    snprintf(ret, size, "localhost");
    return;
  }
  snprintf(ret, size, "%s%s%s:%d", is_six ? "[" : "", endpoint->host, is_six ? "]" : "",
           endpoint->port);
}

bool endpoint_is_token(const char *text) {
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i++) {
    if (text[i] <= ' ' || text[i] > '~') {
      return false;
    }
  }
  return length > 0 && length < ENDPOINT_TOKEN_BYTES;
}

int endpoint_read_token(const char *path, char ret[ENDPOINT_TOKEN_BYTES], char *message,
                        size_t size) {
  char text[ENDPOINT_TOKEN_BYTES + 64];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
  int saved = errno;
  if (fd >= 0) {
    close(fd);
  }
  if (got < 0) {
    snprintf(message, size, "the token's file %.200s: %s", path, strerror(saved));
    return -1;
  }
  text[got] = '\0';
  char *begin = text + strspn(text, " \t\r\n");
  begin[strcspn(begin, " \t\r\n")] = '\0';
  if (!endpoint_is_token(begin)) {
    snprintf(message, size, "the token's file %.200s holds no token", path);
    return -1;
  }
  snprintf(ret, ENDPOINT_TOKEN_BYTES, "%s", begin);
  return 0;
}
