/* SPDX-License-Identifier: Apache-2.0 */
#include "journalkit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "navette/journal.h"

void journalkit_init(struct journalkit *journal, const struct foldkit *kit)
{
    struct lmdb_options options = {.folder = journal->folder, .tables = LMDB_JOURNAL, .map_bytes = 1u << 26};
    struct store_txn *txn;
    int rc;

    (void)snprintf(journal->folder, sizeof(journal->folder), "/tmp/navette-journalkit-XXXXXX");
    assert(mkdtemp(journal->folder) != NULL);
    rc = lmdb_store_open(&options, &journal->store);
    if (rc == 0)
        rc = lmdb_write_begin(journal->store, &txn);
    for (size_t i = 0; rc == 0 && i < kit->count; i++) {
        struct journal_entry entry = kit->entries[i];

        rc = journal_append(txn, &entry);
        journal->tail = entry.position;
    }
    assert(rc == 0 && journal->tail == kit->count);
    rc = lmdb_commit(txn);
    if (rc == 0)
        rc = lmdb_read_begin(journal->store, &journal->read);
    assert(rc == 0);
}

void journalkit_free(struct journalkit *journal)
{
    int rc;

    lmdb_abort(journal->read);
    lmdb_store_close(journal->store);
    rc = lmdb_store_remove(journal->folder);
    assert(rc == 0);
    (void)rmdir(journal->folder);
}

void journalkit_assert_decoded(struct span bytes, const struct event *given, int given_rc)
{
    struct buffer one;
    struct buffer other;
    struct event event;
    int rc = event_decode(bytes, &event);

    assert(given_rc == rc);
    assert((given->body != NULL) == (event.body != NULL));
    assert(given->arena == NULL);
    if (rc == 0) {
        buffer_init(&one);
        buffer_init(&other);
        rc = event_encode(event.body, &one);
        if (rc == 0)
            rc = event_encode(given->body, &other);
        assert(rc == 0 && span_equal(buffer_span(&one), buffer_span(&other)));
        buffer_free(&one);
        buffer_free(&other);
    }
    event_free(&event);
}
