/* block.h - what the heap's end needs of raw blocks. */
#ifndef CORE_BLOCK_H
#define CORE_BLOCK_H

#include "heap_private.h"

/* Give back every large raw block that the embedder still has. */
void ouro__block_fini(ouro_heap *heap);

#endif
