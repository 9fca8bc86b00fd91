/* reach.c - names on the loop, and one connection of our own for the reason. */
#include "reach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PROBE_MS 1000

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list) {
  struct reach *reach = request->data;
  reach->is_resolving = false;
  reach->status = status;
  for (struct addrinfo *at = status == 0 ? list : NULL;
       at && reach->count < REACH_MAX_ADDRESSES; at = at->ai_next) {
    char *text = reach->addresses[reach->count];
    if (getnameinfo(at->ai_addr, at->ai_addrlen, text, REACH_ADDRESS_BYTES, NULL, 0,
                    NI_NUMERICHOST) == 0) {
      reach->count++;
    }
  }
  uv_freeaddrinfo(list);
}

int reach_begin(struct reach *reach, uv_loop_t *loop, const struct endpoint *endpoint) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  if (endpoint->is_unix) {
    snprintf(reach->addresses[0], REACH_ADDRESS_BYTES, "+%s", endpoint->path);
    reach->count = 1;
    return 0;
  }
  if (reach->is_resolving) {
    return 0;
  }
  reach->count = 0;
  reach->request.data = reach;
  if (uv_getaddrinfo(loop, &reach->request, on_resolved, endpoint->host, NULL,
                     &hints) != 0) {
    return -1;
  }
  reach->is_resolving = true;
  return 0;
}

bool reach_cancel(struct reach *reach) {
  return !reach->is_resolving || uv_cancel((uv_req_t *)&reach->request) == 0;
}

int reach_probe(const struct endpoint *endpoint, const char *address) {
  struct sockaddr_un local = {.sun_family = AF_UNIX};
  struct sockaddr_in four = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)endpoint->port)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = four.sin_port};
  const struct sockaddr *to = (const struct sockaddr *)&local;
  socklen_t size = sizeof(local);
  if (endpoint->is_unix) {
    memcpy(local.sun_path, endpoint->path, sizeof(local.sun_path));
  } else if (inet_pton(AF_INET, address, &four.sin_addr) == 1) {
    to = (const struct sockaddr *)&four;
    size = sizeof(four);
  } else if (inet_pton(AF_INET6, address, &six.sin6_addr) == 1) {
    to = (const struct sockaddr *)&six;
    size = sizeof(six);
  } else {
    return 0;
  }
  int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int result = 0;
  socklen_t result_size = sizeof(result);
  if (fd < 0 || connect(fd, to, size) != 0) {
    result = errno;
  }
  if (result == EINPROGRESS) {
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    result = 0;
    if (poll(&wait, 1, PROBE_MS) != 1) {
      result = ETIMEDOUT;
    } else {
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &result_size);
    }
  }
  if (fd >= 0) {
    close(fd);
  }
  return result;
}
