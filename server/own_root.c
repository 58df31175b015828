/* SPDX-License-Identifier: Apache-2.0 */
#include "server/own_root.h"

#include <string.h>

#include "navette/journal.h"
#include "navette/system.h"
#include "server/own_keys.h"

#define ROW_NAME "hub-own-key"

int own_root_read(struct store_txn *journal, uint8_t root[KEY_SIZE])
{
    int rc = home_local_get(journal, ROW_NAME, root, KEY_SIZE);

    if (rc)
        memset(root, 0, KEY_SIZE);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int own_root_load(struct lmdb_store *journal, uint8_t root[KEY_SIZE])
{
    struct store_txn *txn;
    int rc = lmdb_read_begin(journal, &txn);

    if (rc)
        return rc;
    rc = own_root_read(txn, root);
    lmdb_abort(txn);
    return rc;
}

int own_root_note(struct store_txn *journal, const uint8_t sign_key[KEY_SIZE])
{
    return store_put(journal, TABLE_LOCAL, span_of_string(ROW_NAME), span_of(sign_key, KEY_SIZE));
}

/* The last batch that is sealed. NAVETTE_E_NOT_FOUND: none is. */
static int last_sealed(const struct home *home, struct store_txn *journal, struct batch_header *header)
{
    struct log_head head;
    int rc = journal_head(journal, home->incarnation, &head);

    if (!rc)
        rc = head.seq == 0 ? NAVETTE_E_NOT_FOUND : journal_batch(journal, home->incarnation, head.seq, header);
    if (!rc && header->count == 0)
        rc = header->first_seq == 1 ? NAVETTE_E_NOT_FOUND : journal_batch(journal, home->incarnation, header->first_seq - 1, header);
    return rc;
}

int own_root_check(const struct home *home, const struct hub *hub, struct store_txn *journal)
{
    const struct rekey_past *past;
    const uint8_t *key = hub_own_keys(hub, &past);
    struct batch_header header;
    int rc = last_sealed(home, journal, &header);

    if (rc)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (rekey_signed(&header, key, past)) {
        if (hub_own_gap(hub))
            system_log(1, "keys", NULL, "%s/keys are later than the journal: what leads to them comes back from the nodes", home->folder);
        return 0;
    }
    system_log(2, "keys", NULL, "%s/keys are not those that the journal was signed with: put these back", home->folder);
    return NAVETTE_E_SIGNATURE;
}

int own_root_settle(const struct home *home, const struct hub *hub)
{
    const uint8_t *signer = own_keys_signer(home)->sign_public;
    struct store_txn *txn;
    uint8_t root[KEY_SIZE];
    int rc;

    if (hub_own_gap(hub))
        return 0;
    rc = own_root_load(home->journal, root);
    if (rc || memcmp(root, signer, KEY_SIZE) == 0)
        return rc;
    rc = lmdb_write_begin(home->journal, &txn);
    if (!rc)
        rc = lmdb_end(txn, own_root_note(txn, signer));
    return rc == NAVETTE_E_FULL ? 0 : rc;
}
