/* tls.c - the daemon's certificate: checked before it is used, replaced while it runs.
 *
 *   certificate file   | own certificate | intermediate | ... |
 *   key file           | private key |     never asks for a passphrase
 *
 * The certificate is given to each connection by a callback and not to the context: a
 * context cannot forget a certificate of another key type, so one that went from RSA to
 * ECDSA would go on serving the old one. */
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* TLS 1.2; those of 1.3 are all of this kind. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

/* Names of one certificate that are looked at. */
#define MAX_NAMES  16u
#define NAME_BYTES 128u

/* What one file pair holds. */
struct pair {
  X509 *own;
  STACK_OF(X509) * chain;
  EVP_PKEY *key;
  char subject[256];
  int64_t expires_ms;
  char until[64]; /* the same as text */
  char names[MAX_NAMES][NAME_BYTES];
  unsigned name_count;
};

struct tls {
  struct pair pair;
};

static void pair_fini(struct pair *pair) {
  X509_free(pair->own);
  sk_X509_pop_free(pair->chain, X509_free);
  EVP_PKEY_free(pair->key);
  *pair = (struct pair){0};
}

/* Why the TLS library refused, in its words; its queue of errors is empty after it. */
static const char *why(void) {
  const char *reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason ? reason : "it is malformed";
}

/* An encrypted key would make the library ask on a terminal that nobody watches. */
static int no_passphrase(char *buffer, int size, int is_writing, void *context) {
  (void)buffer;
  (void)size;
  (void)is_writing;
  *(int *)context = 1;
  return -1;
}

static FILE *open_file(const char *path, char *message, size_t size) {
  FILE *file = fopen(path, "re");
  if (!file) {
    snprintf(message, size, "%s: %s", path, strerror(errno));
  }
  return file;
}

static int read_certificates(struct pair *ret, const char *path, char *message,
                             size_t size) {
  FILE *file = open_file(path, message, size);
  if (!file) {
    return -1;
  }
  ret->own = PEM_read_X509_AUX(file, NULL, NULL, NULL);
  ret->chain = sk_X509_new_null();
  X509 *next = NULL;
  while (ret->own && ret->chain &&
         (next = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
    if (sk_X509_push(ret->chain, next) <= 0) {
      X509_free(next);
      break;
    }
  }
  unsigned long error = ERR_peek_last_error();
  bool is_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  fclose(file);
  if (!ret->own || !ret->chain || !is_end) {
    snprintf(message, size, "%s holds no certificate in PEM: %s", path, why());
    return -1;
  }
  ERR_clear_error(); /* the end of the file is an error to the library */
  return 0;
}

static int read_key(struct pair *ret, const char *path, char *message, size_t size) {
  FILE *file = open_file(path, message, size);
  int wants_passphrase = 0;
  if (!file) {
    return -1;
  }
  ret->key = PEM_read_PrivateKey(file, NULL, no_passphrase, &wants_passphrase);
  fclose(file);
  if (ret->key) {
    return 0;
  }
  if (wants_passphrase != 0) {
    ERR_clear_error();
    snprintf(message, size, "%s is locked with a passphrase: nobody is here to type it",
             path);
  } else {
    snprintf(message, size, "%s holds no private key in PEM: %s", path, why());
  }
  return -1;
}

/* A certificate's time as text and as milliseconds. */
static int64_t time_ms(const ASN1_TIME *time, char *ret, size_t size) {
  struct tm parts = {0};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    snprintf(ret, size, "an unreadable date");
    return 0;
  }
  strftime(ret, size, "%Y-%m-%d %H:%M UTC", &parts);
  return (int64_t)timegm(&parts) * 1000;
}

static int check_time(struct pair *pair, const char *path, int64_t wall_ms,
                      char *message, size_t size) {
  char from[64];
  int64_t from_ms = time_ms(X509_get0_notBefore(pair->own), from, sizeof(from));
  pair->expires_ms =
      time_ms(X509_get0_notAfter(pair->own), pair->until, sizeof(pair->until));
  if (wall_ms < from_ms) {
    snprintf(message, size, "%s is not valid before %s", path, from);
    return -1;
  }
  if (wall_ms >= pair->expires_ms) {
    snprintf(message, size, "%s expired at %s", path, pair->until);
    return -1;
  }
  return 0;
}

/* Would a connection take them? The library has an opinion on the size of keys, too. */
static int check_use(const struct pair *pair, const char *path, char *message,
                     size_t size) {
  SSL_CTX *trial = SSL_CTX_new(TLS_server_method());
  int is_good = trial && SSL_CTX_use_cert_and_key(trial, pair->own, pair->key,
                                                  pair->chain, 1) == 1;
  SSL_CTX_free(trial);
  if (!is_good) {
    snprintf(message, size, "%s cannot be used: %s", path, why());
    return -1;
  }
  return 0;
}

static void read_names(struct pair *pair) {
  GENERAL_NAMES *names = X509_get_ext_d2i(pair->own, NID_subject_alt_name, NULL, NULL);
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && pair->name_count < MAX_NAMES; i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    char *ret = pair->names[pair->name_count];
    if (name->type == GEN_DNS) {
      const char *text = (const char *)ASN1_STRING_get0_data(name->d.dNSName);
      int length = ASN1_STRING_length(name->d.dNSName);
      bool is_plain = length > 0 && (unsigned)length < NAME_BYTES &&
                      strnlen(text, (size_t)length) == (size_t)length && text[0] != '*';
      pair->name_count += is_plain;
      snprintf(ret, NAME_BYTES, "%.*s", is_plain ? length : 0, text);
    } else if (name->type == GEN_IPADD) {
      int length = ASN1_STRING_length(name->d.iPAddress);
      char text[INET6_ADDRSTRLEN] = "";
      if (length == 4 || length == 16) {
        inet_ntop(length == 4 ? AF_INET : AF_INET6,
                  ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof(text));
        snprintf(ret, NAME_BYTES, length == 4 ? "%s" : "[%s]", text);
        pair->name_count++;
      }
    }
  }
  GENERAL_NAMES_free(names);
}

static int load(struct pair *ret, const char *certificate, const char *key,
                int64_t wall_ms, char *message, size_t size) {
  ERR_clear_error();
  if (read_certificates(ret, certificate, message, size) != 0 ||
      read_key(ret, key, message, size) != 0) {
    return -1;
  }
  if (X509_check_private_key(ret->own, ret->key) != 1) {
    ERR_clear_error();
    snprintf(message, size, "the key in %s is not the one of the certificate in %s",
             key, certificate);
    return -1;
  }
  X509_NAME_oneline(X509_get_subject_name(ret->own), ret->subject,
                    (int)sizeof(ret->subject));
  read_names(ret);
  return check_time(ret, certificate, wall_ms, message, size) != 0
             ? -1
             : check_use(ret, certificate, message, size);
}

int tls_reload(struct tls *tls, const char *certificate, const char *key,
               int64_t wall_ms, char *message, size_t size) {
  struct pair pair = {0};
  if (load(&pair, certificate, key, wall_ms, message, size) != 0) {
    pair_fini(&pair);
    return -1;
  }
  pair_fini(&tls->pair);
  tls->pair = pair;
  return 0;
}

struct tls *tls_new(const char *certificate, const char *key, int64_t wall_ms,
                    char *message, size_t size) {
  struct tls *tls = calloc(1, sizeof(*tls));
  if (!tls) {
    snprintf(message, size, "out of memory");
    return NULL;
  }
  if (tls_reload(tls, certificate, key, wall_ms, message, size) != 0) {
    free(tls);
    return NULL;
  }
  return tls;
}

void tls_free(struct tls *tls) {
  if (tls) {
    pair_fini(&tls->pair);
    free(tls);
  }
}

void tls_watch(const struct tls *tls, struct alarms *alarms, struct moment now) {
  static const int64_t day_ms = 24 * 3600 * 1000;
  int64_t left_ms = tls->pair.expires_ms - now.wall_ms;
  if (left_ms >= TLS_WARN_DAYS * day_ms) {
    alarms_clear(alarms, TLS_ALARM);
    return;
  }
  alarms_raise(alarms, now, TLS_ALARM, "the certificate %s at %s",
               left_ms > 0 ? "expires" : "expired", tls->pair.until);
}

/* A connection begins: it gets what is current. 1 goes on, 0 ends it. */
static int on_certificate(SSL *ssl, void *context) {
  const struct tls *tls = context;
  SSL_certs_clear(ssl);
  return SSL_use_cert_and_key(ssl, tls->pair.own, tls->pair.key, tls->pair.chain, 1);
}

int tls_attach(struct tls *tls, void *context) {
  SSL_CTX *ctx = context;
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  /* Names are the business of Host; there is one certificate. */
  SSL_CTX_set_tlsext_servername_callback(ctx, NULL);
  SSL_CTX_set_cert_cb(ctx, on_certificate, tls);
  return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
                 SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1 &&
                 SSL_CTX_set_num_tickets(ctx, 0) == 1
             ? 0
             : -1;
}

const char *tls_subject(const struct tls *tls) {
  return tls->pair.subject;
}

int64_t tls_expires_ms(const struct tls *tls) {
  return tls->pair.expires_ms;
}

const char *tls_name(const struct tls *tls, unsigned i) {
  return i < tls->pair.name_count ? tls->pair.names[i] : NULL;
}
