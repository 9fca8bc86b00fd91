/* utf8.h - where a string stops being UTF-8, and how to cut it without breaking it. */
#ifndef PROTO_UTF8_H
#define PROTO_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at the start of `text` (1 to 4), or 0 when there is none:
 * a stray or missing continuation, an overlong form, a surrogate, above U+10FFFF.
 * `length` is above 0. */
size_t proto_utf8_character(const char *text, size_t length);

/* Is all of it UTF-8? */
bool proto_utf8_is_valid(const char *text, size_t length);

/* How much of a text that goes on is sure to be good: the bytes of its whole characters
 * from `checked` on, which were found good before. `*ret_checked` is where the next
 * look begins. False when no continuation could make it UTF-8. */
bool proto_utf8_goes_on(const char *text, size_t length, size_t checked,
                        size_t *ret_checked);

/* Copy what fits into `ret`, NUL included, and never half a character. Control
 * characters and bytes that are not UTF-8 become '?'. `size` is above 0. */
void proto_utf8_copy(char *ret, size_t size, const char *text, size_t length);

#endif
