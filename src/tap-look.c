/* What the kernel says of a tap, by rtnetlink: it can be asked of any
 * namespace, and nobody's packets stop meanwhile. */

#include "netns.h"
#include "tap.h"
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <sha2.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* One link with all its attributes is a page or two. */
#define ANSWER_MAX 32768

int
tap_check_name(const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n == 0 || n > TAP_NAME_MAX || str_eq(name, ".") ||
	    str_eq(name, "..") || strpbrk(name, "/:% \t\r\n\v\f"))
		return err_set(e,
		    "the name of an interface is wanted: 1 to %d bytes "
		    "without '/', ':', '%%' and white space",
		    TAP_NAME_MAX);
	return 0;
}

/* ---- rtnetlink ---- */

struct question {
	struct nlmsghdr header;
	struct ifinfomsg info;
	struct rtattr name;
	char text[RTA_ALIGN(IFNAMSIZ)];
};

/* The kernel's answer about one interface; its size, or -1 and errno. */
static ssize_t
ask(const char *name, void *answer, size_t max)
{
	_close_ int fd =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct question q = {
		.header = { .nlmsg_type = RTM_GETLINK,
		    .nlmsg_flags = NLM_F_REQUEST },
		.info = { .ifi_family = AF_UNSPEC },
		.name = { .rta_type = IFLA_IFNAME },
	};

	snprintf(q.text, sizeof(q.text), "%s", name);
	q.name.rta_len = (unsigned short)RTA_LENGTH(strlen(q.text) + 1);
	q.header.nlmsg_len = (uint32_t)(offsetof(struct question, name) +
	    RTA_ALIGN(q.name.rta_len));
	if (fd < 0 || send(fd, &q, q.header.nlmsg_len, 0) < 0)
		return -1;
	return recv(fd, answer, max, 0);
}

/* The attribute of this type among those of n bytes, or NULL. The kernel's
 * macros cast const away: nothing here is const, and nothing is written. */
static struct rtattr *
find(struct rtattr *at, int n, int type)
{
	for (; RTA_OK(at, n); at = RTA_NEXT(at, n))
		if ((at->rta_type & NLA_TYPE_MASK) == type)
			return at;
	return NULL;
}

static struct rtattr *
find_in(struct rtattr *in, int type)
{
	return in ? find(RTA_DATA(in), (int)RTA_PAYLOAD(in), type) : NULL;
}

/* A number of one or four bytes; 0 when it is not there. */
static unsigned
number(struct rtattr *at)
{
	uint32_t whole = 0;
	uint8_t byte = 0;

	if (at && RTA_PAYLOAD(at) == sizeof(whole))
		memcpy(&whole, RTA_DATA(at), sizeof(whole));
	else if (at && RTA_PAYLOAD(at) == sizeof(byte))
		memcpy(&byte, RTA_DATA(at), sizeof(byte));
	return whole | byte;
}

/* A link's attributes, or NULL and errno. */
static struct rtattr *
attributes(struct nlmsghdr *h, ssize_t size, int *n)
{
	const struct nlmsgerr *error = NLMSG_DATA(h);

	if (size < 0)
		return NULL;
	errno = EPROTO;
	if (!NLMSG_OK(h, (size_t)size))
		return NULL;
	if (h->nlmsg_type == NLMSG_ERROR &&
	    h->nlmsg_len >= NLMSG_LENGTH(sizeof(*error)))
		errno = -error->error;
	if (h->nlmsg_type != RTM_NEWLINK ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return NULL;
	*n = (int)IFLA_PAYLOAD(h);
	return IFLA_RTA((struct ifinfomsg *)NLMSG_DATA(h));
}

/* ---- reading it ---- */

/* The first six bytes of a digest, made a local unicast address. */
static void
make_mac(const char *name, uint8_t mac[6])
{
	char boot[64] = "", text[160];
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX ctx;
	struct stat ns = { 0 };
	_fclose_ FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(boot, sizeof(boot), f))
		boot[0] = '\0';
	/* This thread's, which is not the process's. */
	if (stat("/proc/thread-self/ns/net", &ns) < 0)
		ns = (struct stat){ 0 };
	snprintf(text, sizeof(text), "%s%ju:%ju %s", boot, (uintmax_t)ns.st_dev,
	    (uintmax_t)ns.st_ino, name);
	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)text, strlen(text));
	SHA256Final(digest, &ctx);
	memcpy(mac, digest, 6);
	mac[0] = (uint8_t)((mac[0] & ~1U) | 2U);
}

/* The text of an attribute that is one, or "". */
static const char *
text_of(struct rtattr *at)
{
	const char *text = at ? RTA_DATA(at) : "";

	return at && memchr(text, '\0', RTA_PAYLOAD(at)) ? text : "";
}

static int
read_macvtap(struct rtattr *address, struct tap *tap, struct err *e)
{
	if (!address || RTA_PAYLOAD(address) != sizeof(tap->guest_mac))
		return err_set(e, "it has no Ethernet address");
	tap->is_macvtap = tap->is_multi_queue = true;
	memcpy(tap->guest_mac, RTA_DATA(address), sizeof(tap->guest_mac));
	return 0;
}

static int
read_tap(struct rtattr *data, const char *name, bool carrier, struct tap *tap,
    struct err *e)
{
	if (number(find_in(data, IFLA_TUN_TYPE)) != IFF_TAP)
		return err_set(e,
		    "it is a tun, which carries no Ethernet "
		    "frames; a tap is wanted");
	tap->is_multi_queue = number(find_in(data, IFLA_TUN_MULTI_QUEUE));
	/* The kernel gives a tap its carrier when it is opened. */
	tap->is_open = carrier;
	make_mac(name, tap->guest_mac);
	return 0;
}

struct look {
	const char *name;
	struct tap *tap;
};

/* netns_fn */
static int
look(void *arg, struct err *e)
{
	struct look *l = arg;
	_Alignas(struct nlmsghdr) char answer[ANSWER_MAX];
	int n;
	struct rtattr *all = attributes(
	    (void *)answer, ask(l->name, answer, sizeof(answer)), &n);
	struct rtattr *info, *data;
	const char *kind;

	if (!all && errno == ENODEV)
		return err_set(e, "there is no such interface");
	if (!all)
		return err_errno(e, "cannot be looked at");
	info = find(all, n, IFLA_LINKINFO);
	kind = text_of(find_in(info, IFLA_INFO_KIND));
	data = find_in(info, IFLA_INFO_DATA);
	*l->tap = (struct tap){ .mtu = number(find(all, n, IFLA_MTU)) };
	if (str_eq(kind, "macvtap"))
		return read_macvtap(find(all, n, IFLA_ADDRESS), l->tap, e);
	if (str_eq(kind, "tun"))
		return read_tap(data, l->name,
		    number(find(all, n, IFLA_CARRIER)), l->tap, e);
	return err_set(e, "it is a %s; a tap or a macvtap is wanted",
	    *kind ? kind : "network card");
}

int
tap_look(const char *netns, const char *name, struct tap *tap, struct err *e)
{
	return netns_run(netns, look, &(struct look){ name, tap }, e);
}
