/* jsonout.c - the buffer, and what must be escaped. */
#include "jsonout.h"

void ouro__jsonout_flush(struct jsonout *out) {
  if (out->used > 0 && out->error == 0)
    out->error = out->write(out->context, out->buffer, out->used);
  out->used = 0;
}

static void put(struct jsonout *out, const char *bytes, size_t size) {
  if (size > sizeof out->buffer - out->used)
    ouro__jsonout_flush(out);
  memcpy(out->buffer + out->used, bytes, size);
  out->used += size;
}

void ouro__jsonout_text(struct jsonout *out, const char *text) {
  size_t size = strlen(text);
  for (size_t piece; size > 0; text += piece, size -= piece) {
    piece = size < sizeof out->buffer ? size : sizeof out->buffer;
    put(out, text, piece);
  }
}

void ouro__jsonout_number(struct jsonout *out, uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put(out, digits + at, sizeof digits - at);
}

/* Bytes of the character that begins here if it is well-formed UTF-8 (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF); otherwise 0. */
static size_t utf8_length(const unsigned char *at) {
  size_t length;
  unsigned char low = 0x80, high = 0xbf; /* what the second byte may be */
  if (at[0] < 0x80)
    return 1;
  if (at[0] >= 0xc2 && at[0] <= 0xdf) {
    length = 2;
  } else if (at[0] >= 0xe0 && at[0] <= 0xef) {
    length = 3;
    low = at[0] == 0xe0 ? 0xa0 : 0x80;
    high = at[0] == 0xed ? 0x9f : 0xbf;
  } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
    length = 4;
    low = at[0] == 0xf0 ? 0x90 : 0x80;
    high = at[0] == 0xf4 ? 0x8f : 0xbf;
  } else {
    return 0;
  }
  if (at[1] < low || at[1] > high)
    return 0;
  for (size_t i = 2; i < length; i++)
    if ((at[i] & 0xc0) != 0x80)
      return 0;
  return length;
}

void ouro__jsonout_string(struct jsonout *out, const char *string) {
  static const char hex[] = "0123456789abcdef";
  const unsigned char *at = (const unsigned char *)string;
  put(out, "\"", 1);
  while (*at != '\0') {
    size_t length = utf8_length(at);
    if (length == 0) {
      put(out, "\\ufffd", 6);
      length = 1;
    } else if (*at < 0x20 || *at == 0x7f) {
      char escape[6] = {'\\', 'u', '0', '0', hex[*at >> 4], hex[*at & 15]};
      put(out, escape, sizeof escape);
    } else {
      if (*at == '"' || *at == '\\')
        put(out, "\\", 1);
      put(out, (const char *)at, length);
    }
    at += length;
  }
  put(out, "\"", 1);
}
