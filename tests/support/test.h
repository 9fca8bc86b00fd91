/* test.h - cmocka with the four headers it needs first, in their order. Included
 * by every test instead of <cmocka.h>. */
#ifndef OURO_TESTS_SUPPORT_TEST_H
#define OURO_TESTS_SUPPORT_TEST_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
