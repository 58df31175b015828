/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CATALOGUE_H
#define TESTS_CATALOGUE_H

#include "foldkit.h"

/* Documents with all that a label says, which foldkit_event() has no words for. No memory is an assert. */
struct catalogue_row {
    const char *id, *title, *author, *call_number, *material; /* NULL: "" */
    const char *space, *home;                                 /* NULL: "ns", "A" */
    int to_print;                                             /* carries LABEL_EXTRA_KEY */
};

/* Registers it, or changes what is known of it; by node 0, at its home. */
struct ref catalogue_add(struct foldkit *kit, const struct catalogue_row *row);
struct ref catalogue_change(struct foldkit *kit, const struct catalogue_row *row);

/* A new store whose fold keeps words, with all of the kit. */
struct memstore *catalogue_play(const struct foldkit *kit);
/* Folds what came since `from` into it and asserts fold_check(). */
void catalogue_since(const struct foldkit *kit, struct memstore *store, size_t from);
/* Makes an empty state keep words, in an open transaction. Answers fold_end()'s code. */
int catalogue_begin(struct store_txn *txn);

#endif
