/* Text from outside, made fit for a sentence. */
#include "quote.h"

#define CUT "..."

/* Whether s begins with what a terminal may act upon; C1 is two bytes. */
static bool
is_control(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f ||
	    (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
}

/* Ends buf with CUT, without halving a UTF-8 character. */
static void
cut(char *buf, size_t n)
{
	while (n > 0 && ((unsigned char)buf[n] & 0xc0) == 0x80)
		n--;
	memcpy(buf + n, CUT, sizeof(CUT));
}

struct quoted
quote(const char *s)
{
	struct quoted q;
	size_t n;

	for (n = 0; *s && n < QUOTE_MAX - 1; s++) {
		const unsigned char *u = (const unsigned char *)s;

		q.text[n++] = is_control(u) ? '?' : *s;
		if (is_control(u) && *u == 0xc2)
			s++;
	}
	q.text[n] = '\0';
	if (*s)
		cut(q.text, QUOTE_MAX - sizeof(CUT));
	return q;
}
