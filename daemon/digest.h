/* digest.h - SHA-256, and the two ways its bytes are written.
 *
 * Used for entity tags, for the hash of the import map in the Content-Security-Policy
 * and to store login sessions without storing what opens them. */
#ifndef DAEMON_DIGEST_H
#define DAEMON_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES        32
#define DIGEST_HEX_BYTES    65 /* with NUL */
#define DIGEST_BASE64_BYTES 45 /* with NUL */

void digest_sha256(const void *data, size_t length, uint8_t ret[DIGEST_BYTES]);
void digest_hex(const uint8_t digest[DIGEST_BYTES], char ret[DIGEST_HEX_BYTES]);
/* Standard alphabet, padded. */
void digest_base64(const uint8_t digest[DIGEST_BYTES], char ret[DIGEST_BASE64_BYTES]);

#endif
