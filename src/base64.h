/* Base 64 (RFC 4648), as the guest agent carries bytes. */
#ifndef BASE64_H
#define BASE64_H

#include "base.h"

/* NUL-terminated; the caller frees. */
char *base64_encode(const void *bytes, size_t n);
/* NUL-terminated beyond n (n may be NULL); NULL when it is not base 64. */
char *base64_decode(const char *text, size_t *n);

#endif
