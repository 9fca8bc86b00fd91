/* type.c - types: checked once, so that nothing has to be checked per object. */
#include "alloc.h"

static bool refs_fit(const ouro_type_info *info) {
  for (size_t i = 0; i < info->ref_count; i++)
    if (info->refs[i] % sizeof(void *) != 0 || info->size < sizeof(void *) ||
        info->refs[i] > info->size - sizeof(void *))
      return false;
  return true;
}

static bool is_sound(const ouro_type_info *info) {
  bool tail_refs = (info->flags & OURO_TYPE_TAIL_REFS) != 0;
  bool declared = info->ref_count > 0 || tail_refs;
  if (info->name == NULL || info->name[0] == '\0' ||
      strlen(info->name) >= OURO_TYPE_NAME_BYTES)
    return false;
  if (info->size > SIZE_MAX / 4 || info->ref_count > info->size / sizeof(void *))
    return false;
  if (info->ref_count > 0 && info->refs == NULL)
    return false;
  if (tail_refs && info->size % sizeof(void *) != 0)
    return false;
  if (declared && (info->traverse != NULL || info->clear != NULL))
    return false;
  if (info->clear != NULL && info->traverse == NULL)
    return false;
  if ((info->flags & OURO_TYPE_ACYCLIC) && (declared || info->traverse != NULL))
    return false;
  return refs_fit(info);
}

static int grow_types(ouro_heap *heap) {
  uint32_t capacity = heap->type_capacity == 0 ? 16 : heap->type_capacity * 2;
  struct ouro_type **types = ouro__allocate(heap, capacity * sizeof *types);
  struct freed_row *freed = ouro__allocate(heap, capacity * sizeof *freed);
  if (types == NULL || freed == NULL) {
    ouro__deallocate(heap, types, capacity * sizeof *types);
    ouro__deallocate(heap, freed, capacity * sizeof *freed);
    return OURO_ENOMEM;
  }
  memset(freed, 0, capacity * sizeof *freed);
  if (heap->type_count > 0) {
    memcpy(types, heap->types, heap->type_count * sizeof *types);
    memcpy(freed, heap->freed, heap->type_count * sizeof *freed);
  }
  ouro__deallocate(heap, heap->types, heap->type_capacity * sizeof *types);
  ouro__deallocate(heap, heap->freed, heap->type_capacity * sizeof *freed);
  heap->types = types;
  heap->freed = freed;
  heap->type_capacity = capacity;
  return OURO_OK;
}

static size_t type_allocation(const ouro_type_info *info) {
  return sizeof(struct ouro_type) + info->ref_count * sizeof(size_t);
}

int ouro_type_new(ouro_heap *heap, const ouro_type_info *info, const ouro_type **ret) {
  if (info == NULL || ret == NULL || !is_sound(info))
    return OURO_EINVAL;
  if (heap->type_count >= OURO_MAX_TYPES)
    return OURO_ELIMIT;
  if (heap->type_count == heap->type_capacity && grow_types(heap) != OURO_OK)
    return OURO_ENOMEM;
  struct ouro_type *type = ouro__allocate(heap, type_allocation(info));
  if (type == NULL)
    return OURO_ENOMEM;
  memset(type, 0, sizeof *type);
  type->info = *info;
  memcpy(type->name, info->name, strlen(info->name) + 1);
  type->info.name = type->name;
  if (info->ref_count > 0)
    memcpy(type->refs, info->refs, info->ref_count * sizeof(size_t));
  type->info.refs = type->refs;
  type->index = heap->type_count;
  if (info->traverse != NULL)
    type->shape = OURO__TRAVERSED;
  else if (info->ref_count > 0 || (info->flags & OURO_TYPE_TAIL_REFS))
    type->shape = OURO__FIELDS;
  type->mute = info->traverse == NULL && info->dealloc == NULL;
  type->simple = type->mute && info->finalize == NULL;
  type->plain = type->simple && !(info->flags & OURO_TYPE_TAIL_REFS);
  type->age = info->flags & OURO_TYPE_ACYCLIC ? OURO__UNTRACKED : OURO__YOUNG;
  type->birth = type->index | (uint32_t)type->age << OURO__AGE_SHIFT;
  type->bytes = info->size + sizeof(ouro_header);
  type->size_class = (uint8_t)sizeclass_for(type, type->bytes);
  heap->types[heap->type_count++] = type;
  *ret = type;
  return OURO_OK;
}

const ouro_type *ouro_type_at(const ouro_heap *heap, size_t index) {
  return index < heap->type_count ? heap->types[index] : NULL;
}

const char *ouro_type_name(const ouro_type *type) {
  return type->name;
}
