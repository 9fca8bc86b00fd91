/* web.c - the dashboard's files, read once and served from memory.
 *
 *   index.html   ... <script type="importmap">{"imports": ...}</script> ...
 *                                             ^------ SHA-256 ------^
 *   Content-Security-Policy: script-src 'self' 'sha256-...'
 *
 * The one inline script a page may have is its import map; the policy names its hash,
 * so a build that changes it needs no change here. */
#include "web.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"

#define MAX_DEPTH 8u

static const struct {
  const char *suffix, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char builtin_page[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Ouro</title>\n"
    "<h1>Ouro is running, its dashboard is missing</h1>\n"
    "<p>The daemon serves WebSocket at <code>/ws</code> and JSON-RPC at\n"
    "<code>POST /rpc</code>, but found no <code>index.html</code> in its web "
    "root.</p>\n"
    "<p>Build the dashboard (<code>./daemon/run</code> does) or start\n"
    "<code>ourod --web-root DIR</code> with the directory that holds it.</p>\n"
    "</html>\n";

static bool has_suffix(const char *name, const char *suffix) {
  size_t length = strlen(name), suffix_length = strlen(suffix);
  return length > suffix_length &&
         strcasecmp(name + length - suffix_length, suffix) == 0;
}

static const char *type_of(const char *path) {
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
    if (has_suffix(path, types[i].suffix)) {
      return types[i].type;
    }
  }
  return "application/octet-stream";
}

static void set_variant(struct web_variant *variant, char *data_taken, size_t length,
                        const char *mark) {
  uint8_t digest[DIGEST_BYTES];
  char hex[DIGEST_HEX_BYTES];
  digest_sha256(data_taken, length, digest);
  digest_hex(digest, hex);
  variant->data = data_taken;
  variant->length = length;
  snprintf(variant->etag, sizeof(variant->etag), "\"%.32s%s\"", hex, mark);
}

static struct web_file *add_file(struct web *web, const char *path) {
  struct web_file *files = realloc(web->files, (web->count + 1) * sizeof(*files));
  char *copy = strdup(path);
  if (files) {
    web->files = files;
  }
  if (!files || !copy) {
    free(copy);
    return NULL;
  }
  files[web->count] = (struct web_file){.path = copy, .type = type_of(path)};
  return &files[web->count++];
}

/* The whole of an open file, NUL-terminated; NULL with errno set. */
static char *read_file(int fd, size_t length) {
  char *data = malloc(length + 1);
  size_t have = 0;
  while (data && have < length) {
    ssize_t n = read(fd, data + have, length - have);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      if (n == 0) {
        errno = EIO; /* it shrank while it was read */
      }
      free(data);
      return NULL;
    }
    have += (size_t)n;
  }
  if (data) {
    data[length] = '\0';
  }
  return data;
}

static int load_file(struct web *web, int directory, const char *name, const char *path,
                     char *message, size_t size) {
  struct stat facts;
  int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat(fd, &facts) != 0) {
    snprintf(message, size, "web root: %s: %s", path, strerror(errno));
    if (fd >= 0) {
      close(fd);
    }
    return -1;
  }
  if (!S_ISREG(facts.st_mode)) {
    close(fd);
    return 0;
  }
  size_t length = (size_t)facts.st_size;
  if (web->count >= WEB_MAX_FILES || length > WEB_MAX_BYTES - web->bytes) {
    snprintf(message, size, "web root: more than %u files or %u bytes", WEB_MAX_FILES,
             WEB_MAX_BYTES);
    close(fd);
    return -1;
  }
  char *data = read_file(fd, length);
  int saved = errno;
  close(fd);
  struct web_file *file = data ? add_file(web, path) : NULL;
  if (!file) {
    snprintf(message, size, "web root: %s: %s", path, strerror(data ? ENOMEM : saved));
    free(data);
    return -1;
  }
  set_variant(&file->plain, data, length, "");
  web->bytes += length;
  return 0;
}

static int load_directory(struct web *web, int fd, const char *path, unsigned depth,
                          char *message, size_t size);

static int load_entry(struct web *web, int directory, const char *parent,
                      const char *name, unsigned depth, char *message, size_t size) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof(path), "%s/%s", parent, name) >= (int)sizeof(path)) {
    snprintf(message, size, "web root: a path is too long");
    return -1;
  }
  int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0) {
    return load_directory(web, fd, path, depth + 1, message, size); /* takes fd */
  }
  return load_file(web, directory, name, path, message, size);
}

/* `fd` is taken. */
static int load_directory(struct web *web, int fd, const char *path, unsigned depth,
                          char *message, size_t size) {
  DIR *directory = depth <= MAX_DEPTH ? fdopendir(fd) : NULL;
  if (!directory) {
    snprintf(message, size, "web root: cannot read %s/ (at most %u levels)", path,
             MAX_DEPTH);
    close(fd);
    return -1;
  }
  int result = 0;
  struct dirent *entry = NULL;
  while (result == 0 && (entry = readdir(directory)) != NULL) {
    if (entry->d_name[0] != '.') {
      result =
          load_entry(web, dirfd(directory), path, entry->d_name, depth, message, size);
    }
  }
  closedir(directory);
  return result;
}

static int by_path(const void *a, const void *b) {
  return strcmp(((const struct web_file *)a)->path, ((const struct web_file *)b)->path);
}

static struct web_file *find(const struct web *web, const char *path) {
  struct web_file key = {.path = (char *)(size_t)path};
  return web->count > 0
             ? bsearch(&key, web->files, web->count, sizeof(*web->files), by_path)
             : NULL;
}

/* Give each `x.gz` to the `x` it stands beside; it has no address of its own. */
static void pair_compressed(struct web *web) {
  size_t kept = 0;
  for (size_t i = 0; i < web->count; i++) {
    struct web_file *file = &web->files[i];
    size_t length = strlen(file->path);
    if (has_suffix(file->path, ".gz")) {
      file->path[length - 3] = '\0';
      struct web_file *plain =
          find(&(struct web){.files = web->files, .count = kept}, file->path);
      if (plain) {
        set_variant(&plain->gzip, file->plain.data, file->plain.length, "-gz");
        free(file->path);
        continue;
      }
      file->path[length - 3] = '.';
    }
    web->files[kept++] = *file;
  }
  web->count = kept;
}

/* The content of <script type="importmap">, borrowed from the page. */
static const char *find_import_map(const char *page, size_t *ret_length) {
  static const char opening[] = "<script type=\"importmap\">";
  const char *begin = strstr(page, opening);
  const char *end = begin ? strstr(begin, "</script>") : NULL;
  if (!end) {
    return NULL;
  }
  begin += sizeof(opening) - 1;
  *ret_length = (size_t)(end - begin);
  return begin;
}

static void make_policy(struct web *web) {
  char hash[DIGEST_BASE64_BYTES + 16] = "";
  const struct web_file *index = web_find(web, "/");
  size_t length = 0;
  const char *map = index ? find_import_map(index->plain.data, &length) : NULL;
  if (map) {
    uint8_t digest[DIGEST_BYTES];
    char text[DIGEST_BASE64_BYTES];
    digest_sha256(map, length, digest);
    digest_base64(digest, text);
    snprintf(hash, sizeof(hash), " 'sha256-%s'", text);
  }
  snprintf(web->policy, sizeof(web->policy),
           "default-src 'none'; script-src 'self'%s; style-src 'self'; "
           "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
           "manifest-src 'self'; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'; require-trusted-types-for 'script'",
           hash);
}

static int load_builtin(struct web *web) {
  struct web_file *file = add_file(web, "/index.html");
  char *data = strdup(builtin_page);
  if (!file || !data) {
    free(data);
    return -1;
  }
  set_variant(&file->plain, data, sizeof(builtin_page) - 1, "");
  web->is_builtin = true;
  return 0;
}

struct web *web_load(const char *root, char *message, size_t size) {
  struct web *web = calloc(1, sizeof(*web));
  char index[PATH_MAX];
  int fd = -1, result = 0;
  if (!web) {
    snprintf(message, size, "out of memory");
    return NULL;
  }
  if (root && snprintf(index, sizeof(index), "%s/index.html", root) < PATH_MAX &&
      access(index, R_OK) == 0) {
    fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  if (fd >= 0) {
    result = load_directory(web, fd, "", 0, message, size); /* takes fd */
    if (web->count > 0) {
      qsort(web->files, web->count, sizeof(*web->files), by_path);
      pair_compressed(web);
    }
  } else if ((result = load_builtin(web)) != 0) {
    snprintf(message, size, "out of memory");
  }
  if (result != 0) {
    web_free(web);
    return NULL;
  }
  make_policy(web);
  return web;
}

void web_free(struct web *web) {
  if (!web) {
    return;
  }
  for (size_t i = 0; i < web->count; i++) {
    free(web->files[i].path);
    free(web->files[i].plain.data);
    free(web->files[i].gzip.data);
  }
  free(web->files);
  free(web);
}

const struct web_file *web_find(const struct web *web, const char *path) {
  return find(web, strcmp(path, "/") == 0 ? "/index.html" : path);
}
