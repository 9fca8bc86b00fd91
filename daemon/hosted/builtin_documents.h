/* builtin_documents.h - a few JSON documents for a machine that has none. */
#ifndef DAEMON_BUILTIN_DOCUMENTS_H
#define DAEMON_BUILTIN_DOCUMENTS_H

#include <jansson.h>

#define BUILTIN_DOCUMENTS 12u

/* Document `index`, the same each time; the caller owns it. NULL when memory is
 * short. */
json_t *builtin_document(unsigned index);

#endif
