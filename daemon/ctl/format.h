/* format.h - figures and names as people read them: pure text, no I/O.
 *
 *   1904221 ns -> "1.90 ms"    3564817 bytes -> "3.40 MiB"    73304 -> "73,304"
 *
 * Three digits that count, one unit, one blank between. */
#ifndef CTL_FORMAT_H
#define CTL_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_BYTES 48 /* room for any of these, with NUL */

void format_ns(char ret[FORMAT_BYTES], uint64_t ns);
void format_bytes(char ret[FORMAT_BYTES], uint64_t bytes);
/* With commas between the thousands. */
void format_count(char ret[FORMAT_BYTES], int64_t count);
/* "12.3 s", "4 min 10 s", "3 h 12 min", "5 d 4 h". */
void format_duration(char ret[FORMAT_BYTES], uint64_t ms);
/* Local time of day with milliseconds, "20:31:05.042"; for lines of a stream. */
void format_clock(char ret[FORMAT_BYTES], int64_t time_ms);
/* Local date and time to the second, "2026-11-22 20:31:05". */
void format_date(char ret[FORMAT_BYTES], int64_t time_ms);

/* Columns that a terminal needs for `text`, which is UTF-8. */
size_t format_width(const char *text);

/* A copy in which nothing can steer a terminal: control characters (C0, DEL, C1), those
 * that turn the direction of writing, and bytes that are not UTF-8 become \xNN or
 * \uNNNN. Owned; NULL when memory is short. */
char *format_escape(const char *text);

#endif
