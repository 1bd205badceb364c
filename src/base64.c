/* Base 64 (RFC 4648). */

#include "base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
base64_encode(const void *bytes, size_t n)
{
	const uint8_t *in = bytes;
	char *out = xcalloc((n + 2) / 3 * 4 + 1, 1), *p = out;
	size_t i;

	for (i = 0; i < n; i += 3) {
		uint32_t three = (uint32_t)in[i] << 16 |
		    (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) |
		    (i + 2 < n ? (uint32_t)in[i + 2] : 0);

		*p++ = digits[three >> 18 & 63];
		*p++ = digits[three >> 12 & 63];
		*p++ = i + 1 < n ? digits[three >> 6 & 63] : '=';
		*p++ = i + 2 < n ? digits[three & 63] : '=';
	}
	return out;
}

char *
base64_decode(const char *text, size_t *n)
{
	size_t length = strcspn(text, "="), size = 0, i;
	char *out = xcalloc(length / 4 * 3 + 4, 1);
	uint32_t bits = 0;

	for (i = 0; i < length; i++) {
		const char *digit = strchr(digits, text[i]);

		if (!digit) {
			free(out);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)(digit - digits);
		if (i % 4 != 0)
			out[size++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	out[size] = '\0';
	if (n)
		*n = size;
	return out;
}
