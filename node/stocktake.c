/* SPDX-License-Identifier: Apache-2.0 */
#include "node/stocktake.h"

#include <sodium.h>
#include <string.h>

#include "navette/fold.h"
#include "navette/journal.h"

void stocktake_id(const struct operation *operation, uint8_t id[STOCKTAKE_ID_SIZE])
{
    uint8_t bytes[16];

    if (stocktake_is_shared(operation) && hex_decode(operation_text(operation, "session"), id, STOCKTAKE_ID_SIZE) == 0)
        return;
    write_u64(bytes, operation->id);
    write_u64(bytes + 8, (uint64_t)operation->started_ms);
    (void)crypto_generichash(id, STOCKTAKE_ID_SIZE, bytes, sizeof bytes, NULL, 0);
}

int stocktake_is_shared(const struct operation *operation)
{
    return operation_text(operation, "session")[0] != '\0';
}

static int is_expected(struct store_txn *txn, const struct operation *operation, const struct thing_key *key, int *expected)
{
    const char *material = operation_text(operation, "material");
    struct thing_record record;
    int rc = fold_read(txn, key, &record);

    *expected = 0;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    if (record.registered && record.custody == CUSTODY_PLACE && record.condition == CONDITION_NORMAL &&
        strcmp(record.place, operation->place) == 0 && (material[0] == '\0' || strcmp(material, record.material) == 0)) {
        rc = operation_has(txn, operation, key);
        *expected = rc == NAVETTE_E_NOT_FOUND;
    }
    thing_record_free(&record);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* The next documents after *from that were expected and not scanned: at most an event's worth. */
static int gather(struct store_txn *txn, const struct operation *operation, struct thing_key *from, struct thing_key *keys, size_t *count)
{
    const uint8_t first[] = {NAVETTE__THING_KIND__THING_ITEM};
    struct store_scan *scan;
    struct span found, value;
    int rc = store_scan_open(txn, TABLE_THING, &scan);

    *count = 0;
    if (rc != 0)
        return rc;
    rc = txn->ops->scan_from(scan, from->len == 0 ? span_of(first, 1) : thing_key_span(from), &found, &value);
    while (rc == 0 && found.len > 0 && found.data[0] == NAVETTE__THING_KIND__THING_ITEM && *count < DRAFT_THINGS) {
        struct thing_key key;
        int expected = 0;
        if (thing_key_read(found, &key) == 0 && !thing_key_equal(&key, from)) {
            rc = is_expected(txn, operation, &key, &expected);
            if (rc == 0 && expected)
                keys[(*count)++] = key;
            *from = key;
        }
        if (rc == 0)
            rc = txn->ops->scan_next(scan, &found, &value);
    }
    txn->ops->scan_close(scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

static int record(struct office *office, struct store_txn *txn, const struct moment *moment, const struct operation *operation,
                  const struct thing_key *keys, size_t count)
{
    struct node_progress progress;
    struct draft draft;
    int rc = node_progress(office->node, txn, &progress);

    if (rc != 0)
        return rc;
    draft_init(&draft);
    for (size_t i = 0; i < count; i++)
        draft_add(&draft, &keys[i]);
    stocktake_id(operation, draft.count_id);
    DRAFT_BODY(&draft, COUNT_CLOSED, count_closed);
    draft.body.count_closed.count.data = draft.count_id;
    draft.body.count_closed.count.len = STOCKTAKE_ID_SIZE;
    draft.body.count_closed.blind = operation_flag(operation, "blind");
    draft.body.count_closed.lines = operation->recorded;
    draft.body.count_closed.missing = draft.list;
    draft.body.count_closed.n_missing = count;
    draft.body.count_closed.hub_cursor = progress.cursor;
    draft.event.place = draft_text(operation->place);
    draft.event.operator_ = draft_text(operation->operator_);
    draft.event.operation = operation->id;
    return office_record(office, txn, moment, &draft.event, NULL);
}

int stocktake_close(struct office *office, struct store_txn *txn, const struct moment *moment, const struct operation *operation,
                    int complete, size_t *unseen)
{
    struct thing_key keys[DRAFT_THINGS];
    struct thing_key from = {.len = 0};
    size_t count;
    int rc;

    *unseen = 0;
    do {
        rc = gather(txn, operation, &from, keys, &count);
        if (rc == 0 && complete && (count > 0 || *unseen == 0))
            rc = record(office, txn, moment, operation, keys, count);
        *unseen += count;
    } while (rc == 0 && count == DRAFT_THINGS);
    if (rc == 0 && !complete)
        rc = record(office, txn, moment, operation, keys, 0);
    return rc;
}

/* One CountClosed: what does not fit goes into the next. */
static int record_session(struct office *office, struct store_txn *txn, const struct moment *moment, const struct count_session *session,
                          const char *operator_, int complete, const struct count_row *rows, size_t count)
{
    struct node_progress progress;
    struct log_head head;
    struct draft draft;
    int rc = node_progress(office->node, txn, &progress);

    if (rc == 0)
        rc = journal_head(txn, office->identity.incarnation, &head);
    if (rc != 0)
        return rc;
    draft_init(&draft);
    for (size_t i = 0; i < count; i++)
        draft_add(&draft, &rows[i].key);
    memcpy(draft.count_id, session->id, STOCKTAKE_ID_SIZE);
    DRAFT_BODY(&draft, COUNT_CLOSED, count_closed);
    draft.body.count_closed.count.data = draft.count_id;
    draft.body.count_closed.count.len = STOCKTAKE_ID_SIZE;
    draft.body.count_closed.blind = session->blind;
    draft.body.count_closed.lines = (uint32_t)session->lines;
    draft.body.count_closed.missing = draft.list;
    draft.body.count_closed.n_missing = count;
    draft.body.count_closed.hub_cursor = progress.cursor;
    draft.body.count_closed.own_seq = head.seq;
    draft.body.count_closed.complete = complete;
    draft.event.place = draft_text(session->place);
    draft.event.operator_ = draft_text(operator_);
    return office_record(office, txn, moment, &draft.event, NULL);
}

int stocktake_close_session(struct office *office, struct store_txn *txn, const struct moment *moment, const struct count_session *session,
                            const char *operator_, int complete, size_t *unseen)
{
    struct count_view view;
    size_t at = 0;
    int rc = count_read(txn, txn, session->id, 0, &view);

    if (rc != 0)
        return rc;
    *unseen = view.missing;
    /* the missing stand first */
    do {
        size_t some = complete ? view.missing - at : 0;

        if (some > DRAFT_THINGS)
            some = DRAFT_THINGS;
        rc = record_session(office, txn, moment, &view.session, operator_, complete, view.rows + at, some);
        at += some;
    } while (rc == 0 && complete && at < view.missing);
    count_free(&view);
    return rc;
}
