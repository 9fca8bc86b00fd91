/* api.h - what every public header needs: export and C++ linkage. */
#ifndef OURO_API_H
#define OURO_API_H

#if defined(__GNUC__)
#define OURO_API __attribute__((visibility("default")))
#else
#define OURO_API
#endif

#ifdef __cplusplus
#define OURO_BEGIN_DECLS extern "C" {
#define OURO_END_DECLS   }
#else
#define OURO_BEGIN_DECLS
#define OURO_END_DECLS
#endif

#endif
