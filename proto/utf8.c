/* utf8.c - the smallest part of Unicode that a wire needs.
 *
 *   0xxxxxxx                             U+0000   .. U+007F
 *   110xxxxx 10xxxxxx                    U+0080   .. U+07FF
 *   1110xxxx 10xxxxxx 10xxxxxx           U+0800   .. U+FFFF without the surrogates
 *   11110xxx 10xxxxxx 10xxxxxx 10xxxxxx  U+10000  .. U+10FFFF
 *
 * A character that could be written in fewer bytes is refused, as everywhere: two
 * spellings of one name would be two names. */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

size_t proto_utf8_character(const char *text, size_t length) {
  const unsigned char *byte = (const unsigned char *)text;
  size_t size;
  uint32_t value, least;

  if (byte[0] < 0x80)
    return 1;
  if (byte[0] >= 0xc2 && byte[0] <= 0xdf) {
    size = 2;
    value = byte[0] & 0x1fu;
    least = 0x80;
  } else if ((byte[0] & 0xf0) == 0xe0) {
    size = 3;
    value = byte[0] & 0x0fu;
    least = 0x800;
  } else if (byte[0] >= 0xf0 && byte[0] <= 0xf4) {
    size = 4;
    value = byte[0] & 0x07u;
    least = 0x10000;
  } else {
    return 0;
  }
  if (size > length)
    return 0;
  for (size_t i = 1; i < size; i++) {
    if ((byte[i] & 0xc0) != 0x80)
      return 0;
    value = value << 6 | (byte[i] & 0x3fu);
  }
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return 0;
  return size;
}

void proto_utf8_copy(char *ret, size_t size, const char *text, size_t length) {
  size_t used = 0;

  for (size_t i = 0; i < length;) {
    size_t bytes = proto_utf8_character(text + i, length - i);
    unsigned char first = (unsigned char)text[i];
    int is_plain = bytes > 1 || (bytes == 1 && first >= 0x20 && first != 0x7f);
    size_t needed = is_plain ? bytes : 1;
    if (used + needed >= size)
      break;
    if (is_plain)
      memcpy(ret + used, text + i, bytes);
    else
      ret[used] = '?';
    used += needed;
    i += bytes > 0 ? bytes : 1;
  }
  ret[used] = '\0';
}

/* Could `length` bytes, 1 to 3, be the beginning of a character? Only the second byte
 * has bounds that depend on the first, and 0x80 or 0xa0 is within them for each. */
static bool is_beginning(const char *text, size_t length) {
  static const char fillers[] = {(char)0x80, (char)0xa0};
  for (size_t i = 0; i < sizeof(fillers); i++) {
    char whole[4] = {fillers[i], fillers[i], fillers[i], fillers[i]};
    memcpy(whole, text, length);
    if (proto_utf8_character(whole, sizeof(whole)) > length)
      return true;
  }
  return false;
}

bool proto_utf8_goes_on(const char *text, size_t length, size_t checked,
                        size_t *ret_checked) {
  while (checked < length) {
    size_t used = proto_utf8_character(text + checked, length - checked);
    if (used == 0) {
      if (length - checked >= 4 || !is_beginning(text + checked, length - checked))
        return false;
      break;
    }
    checked += used;
  }
  *ret_checked = checked;
  return true;
}

bool proto_utf8_is_valid(const char *text, size_t length) {
  size_t checked = 0;
  return proto_utf8_goes_on(text, length, 0, &checked) && checked == length;
}
