/* version.c - what the library is, for programs that were compiled with other headers.
 */
#include <ouro/ouro.h>

const char *ouro_version(void) {
  return OURO_VERSION;
}
