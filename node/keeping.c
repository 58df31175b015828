/* SPDX-License-Identifier: Apache-2.0 */
#include "node/keeping.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/key_view.h"
#include "navette/system.h"

#define CONFIRMED_MOST 64u /* keys in one KeyGone */

int keeping_confirm(struct office *office, const struct moment *moment, const uint8_t (*ids)[KEY_ID_SIZE], size_t count)
{
    Navette__KeyGone gone = NAVETTE__KEY_GONE__INIT;
    Navette__Event event = NAVETTE__EVENT__INIT;
    ProtobufCBinaryData keys[CONFIRMED_MOST];
    struct store_txn *txn;
    int rc;

    if (count == 0 || office->identity.place_count == 0)
        return 0;
    for (size_t i = 0; i < count && i < CONFIRMED_MOST; i++)
        keys[gone.n_keys++] = (ProtobufCBinaryData){KEY_ID_SIZE, (uint8_t *)(uintptr_t)ids[i]};
    gone.keys = keys;
    event.place = office->identity.places[0];
    event.body_case = NAVETTE__EVENT__BODY_KEY_GONE;
    event.key_gone = &gone;
    rc = office_write(office, &txn);
    if (rc != 0)
        return rc == NAVETTE_E_FULL ? 0 : rc; /* the hub asks again */
    rc = office_record(office, txn, moment, &event, NULL);
    if (rc == 0)
        rc = office_keep(office, txn, moment);
    else
        lmdb_abort(txn);
    if (rc == NAVETTE_E_FULL || rc == NAVETTE_E_REFUSED) /* no room, or held as a clone: the hub asks again */
        return 0;
    return rc != 0 || count <= CONFIRMED_MOST ? rc : keeping_confirm(office, moment, ids + CONFIRMED_MOST, count - CONFIRMED_MOST);
}

struct obeying {
    uint8_t (*held)[KEY_ID_SIZE]; /* those that were here */
    size_t count;
    size_t erased; /* all that are to be forgotten */
};

/* The network's erasures hold for everybody; one asked for at a place holds here when it was recorded here. */
static int is_for_us(const struct office *office, const struct key_event *event)
{
    return event->body == NAVETTE__EVENT__BODY_KEY_ERASED && event->counts &&
           (event->place[0] == '\0' || memcmp(event->node, office->identity.node, NODE_ID_SIZE) == 0);
}

static int erase(struct office *office, const struct moment *moment, const struct key_event *event, struct obeying *obeying)
{
    int rc = 0;

    for (size_t i = 0; i < event->count && rc == 0; i++) {
        if (keyring_was_erased(office->keyring, event->keys[i]) && !keyring_has(office->keyring, event->keys[i]))
            continue;
        if (keyring_has(office->keyring, event->keys[i])) {
            uint8_t(*grown)[KEY_ID_SIZE] = realloc(obeying->held, (obeying->count + 1) * sizeof *grown);

            if (grown == NULL)
                return NAVETTE_E_MEMORY;
            obeying->held = grown;
            memcpy(obeying->held[obeying->count++], event->keys[i], KEY_ID_SIZE);
        }
        obeying->erased++;
        rc = keyring_erase(office->keyring, event->keys[i], moment->wall_ms);
    }
    return rc;
}

static int read_events(struct office *office, const struct moment *moment, uint64_t *looked, struct obeying *obeying)
{
    struct node_progress progress;
    struct key_event event;
    struct store_txn *txn;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = node_progress(office->node, txn, &progress);
    while (rc == 0) {
        rc = key_view_event(txn, txn, *looked, progress.cursor >= progress.hub_cursor, &event);
        if (rc == 0 && is_for_us(office, &event))
            rc = erase(office, moment, &event, obeying);
        if (rc == 0)
            *looked = event.position + 1;
    }
    lmdb_abort(txn);
    return rc == NAVETTE_E_NOT_FOUND || rc == NAVETTE_E_BUSY ? 0 : rc;
}

int keeping_obey(struct office *office, const struct moment *moment)
{
    struct obeying obeying = {.held = NULL};
    uint64_t looked = office->keeping.looked;
    int rc = read_events(office, moment, &looked, &obeying);

    if (rc == 0 && obeying.erased > 0)
        rc = keyring_save(office->keyring);
    if (rc == 0)
        office->keeping.looked = looked;
    if (rc == 0 && obeying.count > 0)
        rc = keeping_confirm(office, moment, (const uint8_t(*)[KEY_ID_SIZE])obeying.held, obeying.count);
    free(obeying.held);
    return rc;
}

/*
 * What the hub's clock says now, as far as can be known: with what it last told and the time that has passed since; before it was heard, the later of the machine's own clock and of what it once told.
 */
static int64_t hub_now(const struct office *office, const struct moment *moment, int64_t told_ms)
{
    const struct keeping *keeping = &office->keeping;

    if (keeping->hub_ms != 0)
        return keeping->hub_ms + (moment->monotonic_ms - keeping->hub_heard_ms);
    return moment->wall_ms > told_ms ? moment->wall_ms : told_ms;
}

/* Keys that were given for a time. */
static int end_lent(struct office *office, const struct moment *moment, int64_t told_ms)
{
    int64_t now_ms = hub_now(office, moment, told_ms);
    uint8_t ids[CONFIRMED_MOST][KEY_ID_SIZE];
    struct keyring_entry entry;
    size_t count = 0;
    int rc;

    office->keeping.has_ends = 0;
    for (size_t i = 0; count < CONFIRMED_MOST && keyring_at(office->keyring, i, &entry) == 0; i++) {
        office->keeping.has_ends |= entry.until_ms != 0;
        if (!entry.here || entry.until_ms == 0 || entry.until_ms > now_ms)
            continue;
        memcpy(ids[count++], entry.id, KEY_ID_SIZE);
        (void)keyring_end(office->keyring, entry.id);
    }
    rc = count == 0 ? 0 : keyring_save(office->keyring);
    return rc != 0 || count == 0 ? rc : keeping_confirm(office, moment, (const uint8_t(*)[KEY_ID_SIZE])ids, count);
}

static int is_old(const struct office *office, int64_t wall_ms)
{
    int64_t alive_ms = keyring_alive_ms(office->keyring);

    return office->identity.enrolled && alive_ms != 0 && wall_ms - alive_ms > KEEPING_COPY_MS;
}

static void hold(struct office *office)
{
    keyring_hold(office->keyring);
    office->keeping.held_hub_ms = 0;
    if (keyring_is_held(office->keyring))
        system_log(1, "keyring", NULL,
                   "no node has run with it for 30 days: it opens nothing before the hub has told what was erased since");
}

void keeping_begin(struct office *office, int64_t wall_ms)
{
    if (is_old(office, wall_ms))
        hold(office);
}

/* What the hub's clock said before the keyring was held says nothing: it may have been wrong. */
static int is_told(struct office *office, int64_t wall_ms, const struct node_progress *progress)
{
    struct keeping *keeping = &office->keeping;

    if (progress->cursor < progress->hub_cursor || progress->hub_time_ms == 0)
        return 0;
    if (progress->link == NODE_STREAMING)
        return 1;
    return progress->hub_time_ms != keeping->held_hub_ms && wall_ms - progress->hub_time_ms <= KEEPING_COPY_MS;
}

/* A clock that leaps, by which nothing can be told, moves nothing either. */
static int is_steady(const struct office *office, int64_t wall_ms)
{
    int64_t alive_ms = keyring_alive_ms(office->keyring);

    return alive_ms == 0 || (wall_ms >= alive_ms && wall_ms - alive_ms <= KEEPING_COPY_MS);
}

/* What was erased is obeyed up to here, and that is not long ago; or the clock was wrong. */
static int live(struct office *office, const struct moment *moment, const struct node_progress *progress)
{
    int told;

    if (keyring_is_held(office->keyring) && office->keeping.held_hub_ms == 0)
        office->keeping.held_hub_ms = progress->hub_time_ms;
    told = is_told(office, moment->wall_ms, progress);
    if (!told && is_old(office, moment->wall_ms)) {
        if (!keyring_is_held(office->keyring))
            hold(office);
        return 0;
    }
    if (keyring_is_held(office->keyring)) {
        system_log(0, "keyring", NULL, "what was erased is known: it opens again");
        keyring_release(office->keyring);
        office->keeping.held_hub_ms = 0;
    }
    if (!told && !is_steady(office, moment->wall_ms))
        return 0;
    return keyring_note_alive(office->keyring, moment->wall_ms) ? keyring_save(office->keyring) : 0;
}

static int look(struct office *office, const struct moment *moment)
{
    struct node_progress progress;
    struct store_txn *txn;
    uint64_t tail = 0;
    int rc = lmdb_read_begin(office->store, &txn);

    if (rc != 0)
        return rc;
    rc = journal_tail(txn, &tail);
    if (rc == 0)
        rc = node_progress(office->node, txn, &progress);
    lmdb_abort(txn);
    /* Which of the last erasures count is known once all is here: that may add no row. */
    if (rc == 0 && (tail != office->keeping.tail || office->keeping.looked == 0 || keyring_is_held(office->keyring)))
        rc = keeping_obey(office, moment);
    if (rc == 0)
        rc = end_lent(office, moment, progress.hub_time_ms);
    if (rc == 0)
        rc = live(office, moment, &progress);
    if (rc == 0)
        office->keeping.tail = tail;
    return rc;
}

int keeping_turn(struct office *office, const struct moment *moment, int *busy)
{
    struct keeping *keeping = &office->keeping;
    int rc = office->link == NULL ? 0 : keeping_take_frames(office, moment);

    keeping->skipped = 1;
    if (rc == 0 && office->behind == 0 && moment->monotonic_ms >= keeping->look_ms) {
        keeping->skipped = 0;
        keeping->look_ms = moment->monotonic_ms + KEEPING_LOOK_MS;
        rc = look(office, moment);
        if (rc == 0 && office->link != NULL && node_may_wrap(office->node))
            rc = keeping_ask(office, moment);
        if (rc == 0 && office->link != NULL && node_may_wrap(office->node))
            rc = keeping_offer(office, moment, busy);
    }
    /* A full disk: what is to go stays a little longer, and is said to be here. */
    return rc == NAVETTE_E_FULL || rc == NAVETTE_E_SYSTEM || rc == NAVETTE_E_TOO_LARGE ? 0 : rc;
}

int64_t keeping_deadline(const struct office *office)
{
    const struct keeping *keeping = &office->keeping;
    int64_t first = keeping->has_ends ? keeping->look_ms + KEEPING_HELLO_MS : INT64_MAX;
    int linked = office->link != NULL && node_may_wrap(office->node);

    if (keeping->skipped && keeping->look_ms < first)
        first = keeping->look_ms;
    if (keeping->recovery.client != 0 && keeping->recovery.deadline_ms < first)
        first = keeping->recovery.deadline_ms;
    if (linked && keeping->hello_ms < first)
        first = keeping->hello_ms;
    if (linked && keeping->awaited_ms != 0 && keeping->awaited_ms < first)
        first = keeping->awaited_ms;
    if (linked && keeping->retry_at_ms != 0 && keeping->retry_at_ms < first)
        first = keeping->retry_at_ms;
    return first;
}

static json_t *recovered_json(const struct keeping_recovery *recovery, int in_time)
{
    struct request request = {.json = NULL, .language = recovery->language};
    char back[24];
    json_t *answer;

    if (!in_time)
        return request_refuse(&request, "recover-no-answer", NULL, NULL, NULL);
    if (recovery->back + recovery->here == 0 && recovery->wrong > 0)
        return request_refuse(&request, "recover-wrong-key", NULL, NULL, NULL);
    (void)snprintf(back, sizeof back, "%zu", recovery->back);
    answer = json_pack("{s:b, s:I, s:I, s:I, s:I}", "ok", 1, "back", (json_int_t)recovery->back, "here", (json_int_t)recovery->here,
                       "erased", (json_int_t)recovery->erased, "wrong", (json_int_t)recovery->wrong);
    if (answer != NULL) {
        char text[640];

        message_text(recovery->language,
                     recovery->back == 1   ? "recovered-one"
                     : recovery->back == 0 ? "recovered-none"
                                           : "recovered",
                     back, NULL, NULL, text, sizeof text);
        (void)json_object_set_new(answer, "text", json_string(text));
    }
    return answer;
}

int keeping_recovered(struct office *office, const struct moment *moment, uint64_t *client, json_t **answer)
{
    struct keeping_recovery *recovery = &office->keeping.recovery;

    if (recovery->client == 0 || (!recovery->done && moment->monotonic_ms < recovery->deadline_ms))
        return NAVETTE_E_NOT_FOUND;
    *client = recovery->client;
    *answer = recovered_json(recovery, recovery->done);
    sodium_memzero(recovery, sizeof *recovery);
    return *answer == NULL ? NAVETTE_E_MEMORY : 0;
}

json_t *keeping_json(const struct office *office)
{
    struct keyring_entry entry;
    size_t ends = 0;

    for (size_t i = 0; keyring_at(office->keyring, i, &entry) == 0; i++)
        ends += entry.here && entry.until_ms != 0;
    return json_pack("{s:I, s:I, s:b}", "keys", (json_int_t)keyring_count(office->keyring), "ends", (json_int_t)ends, "held",
                     keyring_is_held(office->keyring));
}
