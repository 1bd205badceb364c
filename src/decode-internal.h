/* Among the files of decode: the path, the types, the walk. */
#ifndef DECODE_INTERNAL_H
#define DECODE_INTERNAL_H

#include "decode.h"

/* A step of the path: the member key, or with key NULL the item index. */
struct frame {
	const json_t *parent;
	const char *key;
	size_t index;
};

struct decode {
	const struct document *doc;
	struct frame frames[DECODE_DEPTH_MAX];
	size_t n;
	bool placed; /* the error says where already */
};

/* Sets a member by its row's type; the error is placed by the walk. */
typedef int decode_setter(struct decode *d, const struct decode_row *row,
    const json_t *v, void *member, struct err *e);

extern decode_setter *const decode_setters[];

/* Puts the place before the sentence that is there; always -1. */
int decode_add_place(struct decode *d, bool at_key, struct err *e);

#endif
