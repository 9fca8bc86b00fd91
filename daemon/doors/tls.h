/* tls.h - the daemon's certificate: checked before it is used, replaced while it runs.
 *
 *   tls_new / tls_reload --> certificate chain + key, checked
 *                                  |
 *   each new connection --cert callback--> what is current then
 *
 * A reload that fails keeps what was there. Connections that stand keep the certificate
 * they began with. Only TLS 1.2 and 1.3, only suites with forward secrecy and
 * authenticated encryption, no resumption: a ticket would outlive its certificate, and
 * a dashboard connects once. Loop thread only. */
#ifndef DAEMON_TLS_H
#define DAEMON_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "alarms.h"

#define TLS_ALARM     "certificate"
#define TLS_WARN_DAYS 14

struct tls;

/* Read both files (PEM; the certificate's own first, then the chain) and check them:
 * they can be read, belong together and are valid at `wall_ms`. NULL with one line in
 * `message` that names the file. */
struct tls *tls_new(const char *certificate, const char *key, int64_t wall_ms,
                    char *message, size_t size);
/* The same for a daemon that runs. 0, or -1 with `message` filled and nothing changed.
 */
int tls_reload(struct tls *tls, const char *certificate, const char *key,
               int64_t wall_ms, char *message, size_t size);
/* Outlives every context it is attached to. NULL does nothing. */
void tls_free(struct tls *tls);

/* Raise the alarm TLS_ALARM while the certificate has less than TLS_WARN_DAYS to go,
 * and clear it when a reload has brought another. Cheap: call it as often as you like.
 */
void tls_watch(const struct tls *tls, struct alarms *alarms, struct moment now);

/* Prepare a context of the TLS library (an SSL_CTX) for serving. 0, or -1. */
int tls_attach(struct tls *tls, void *context);

/* Whom the certificate names, and until when it is good; borrowed until a reload. */
const char *tls_subject(const struct tls *tls);
int64_t tls_expires_ms(const struct tls *tls);
/* The number `i` of the names and addresses for which it is good, as an address of the
 * browser has it ("ouro.example.org", "[::1]"); NULL past the last one. Wildcards are
 * left out. Borrowed until a reload. */
const char *tls_name(const struct tls *tls, unsigned i);

#endif
