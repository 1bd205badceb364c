/* Addresses of network interfaces, as text. */

#include "mac.h"
#include <ctype.h>

#define MAC_LENGTH 17 /* "52:54:00:12:34:56" */

static bool
is_mac(const char *text)
{
	size_t i;

	for (i = 0; i < MAC_LENGTH; i++)
		if (i % 3 == 2 ? text[i] != ':'
			       : !isxdigit((unsigned char)text[i]))
			return false;
	return text[i] == '\0';
}

int
mac_check(const char *text, struct err *e)
{
	if (!is_mac(text))
		return err_set(
		    e, "six bytes such as 52:54:00:12:34:56 are wanted");
	/* The lowest bit of the first byte makes it a group's (IEEE 802). */
	if (strchr("13579bdfBDF", text[1]) || strspn(text, "0:") == MAC_LENGTH)
		return err_set(e,
		    "%s is not the address of one NIC: the first byte is even, "
		    "and not all are 0",
		    text);
	return 0;
}
