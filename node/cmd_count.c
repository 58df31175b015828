/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "navette/journal.h"
#include "navette/system.h"
#include "navette/view_json.h"
#include "node/commands.h"
#include "node/reading.h"
#include "node/stocktake.h"
#include "node/verb.h"

#define SESSIONS_MAX 1000u /* shown: the last opened come first */
#define ID_TEXT (2u * STOCKTAKE_ID_SIZE + 1u)

/* The one that stands open at the place, or NAVETTE_E_NOT_FOUND. */
static int find_open(struct store_txn *txn, const char *place, struct count_session *found)
{
    struct count_session *list = calloc(SESSIONS_MAX, sizeof *list);
    int count = list != NULL ? count_list(txn, txn, place, list, SESSIONS_MAX) : NAVETTE_E_MEMORY;
    int rc = count < 0 ? count : NAVETTE_E_NOT_FOUND;

    for (int i = 0; i < count && rc == NAVETTE_E_NOT_FOUND; i++) {
        if (!list[i].is_open || !list[i].was_opened)
            continue;
        *found = list[i];
        rc = 0;
    }
    free(list);
    return rc;
}

int cmd_count_open_session(struct store_txn *txn, const char *place, char id[ID_TEXT])
{
    struct count_session session;
    int rc = find_open(txn, place, &session);

    if (rc == 0)
        hex_encode(session.id, STOCKTAKE_ID_SIZE, id);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

/* By the first characters of its id; without any: the open one of the place, else its last. */
static int named(struct store_txn *txn, const struct request *request, const struct view_moment *moment, struct count_session *found,
                 json_t **answer)
{
    const char *text = request_text(request, "count");
    int rc = count_find(txn, txn, moment == NULL ? VIEW_NOW : moment->at_ms, moment == NULL ? VIEW_KNOWN_ALL : moment->known,
                        request->place, text, found);

    if (rc != NAVETTE_E_NOT_FOUND && rc != NAVETTE_E_AMBIGUOUS)
        return rc;
    *answer = request_refuse(request, "no-such-count", text[0] != '\0' ? text : request->place, NULL, NULL);
    return 0;
}

/* "791.43..792", "791.43", "..792": the first and the last call number. */
static int read_range(const char *text, char from[LIMIT_CODE + 1], char to[LIMIT_CODE + 1])
{
    const char *dots = strstr(text, "..");
    size_t from_len = dots != NULL ? (size_t)(dots - text) : strlen(text);
    const char *last = dots != NULL ? dots + 2 : text;

    if (from_len > LIMIT_CODE || strlen(last) > LIMIT_CODE)
        return NAVETTE_E_TOO_LARGE;
    memcpy(from, text, from_len);
    from[from_len] = '\0';
    memcpy(to, last, strlen(last) + 1);
    return 0;
}

static int fill_opened(struct office *office, struct store_txn *txn, const struct request *request, char (*range)[LIMIT_CODE + 1],
                       struct draft *draft)
{
    Navette__CountOpened *opened;
    struct node_progress progress;
    struct log_head head;
    int rc = node_progress(office->node, txn, &progress);

    if (rc == 0)
        rc = journal_head(txn, office->identity.incarnation, &head);
    if (rc != 0)
        return rc;
    draft_init(draft);
    system_random(draft->count_id, STOCKTAKE_ID_SIZE);
    DRAFT_BODY(draft, COUNT_OPENED, count_opened);
    opened = &draft->body.count_opened;
    opened->count.data = draft->count_id;
    opened->count.len = STOCKTAKE_ID_SIZE;
    opened->blind = request_flag(request, "blind");
    opened->zone = draft_text(request_text(request, "zone"));
    opened->material = draft_text(request_text(request, "material"));
    opened->call_from = draft_text(range[0]);
    opened->call_to = draft_text(range[1]);
    opened->hub_cursor = progress.cursor;
    opened->own_seq = head.seq;
    return 0;
}

static int run_open(struct office *office, const struct request *request, json_t **answer)
{
    struct count_session session;
    struct store_txn *txn;
    struct draft draft;
    char id[ID_TEXT], range[2][LIMIT_CODE + 1];
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_COUNT, answer))
        return 0;
    if (read_range(request_text(request, "call"), range[0], range[1]) != 0) {
        *answer = request_refuse(request, "bad-option", "--call", request_text(request, "call"), "791.43..792");
        return 0;
    }
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = find_open(txn, request->place, &session);
    if (rc == 0) {
        hex_encode(session.id, STOCKTAKE_ID_SIZE, id);
        *answer = request_refuse(request, "count-stands-open", id, request->place, NULL);
    } else if (rc == NAVETTE_E_NOT_FOUND) {
        rc = fill_opened(office, txn, request, range, &draft);
    }
    lmdb_abort(txn);
    if (rc != 0 || *answer != NULL)
        return rc;
    rc = commands_record(office, request, &draft, answer);
    hex_encode(draft.count_id, STOCKTAKE_ID_SIZE, id);
    if (rc == 0 && json_is_true(json_object_get(*answer, "ok")))
        (void)json_object_set_new(*answer, "count", json_string(id));
    return rc;
}

static int close_session(struct office *office, const struct request *request, const struct count_session *session, size_t *unseen)
{
    struct store_txn *txn;
    int rc = office_write(office, &txn);

    if (rc != 0)
        return rc;
    rc = stocktake_close_session(office, txn, &request->moment, session, request->operator_, request_flag(request, "complete"), unseen);
    if (rc == 0)
        return office_keep(office, txn, &request->moment);
    lmdb_abort(txn);
    return rc;
}

static int show(struct reading *reading, const struct request *request, int sheet, json_t **json, json_t **answer)
{
    const struct view_moment *moment = &reading->moment;
    struct store_txn *txn = reading->txn;
    struct count_session session;
    struct count_view view;
    int rc = named(txn, request, moment, &session, answer);

    if (rc != 0 || *answer != NULL)
        return rc;
    rc = count_read_known(txn, txn, moment->at_ms, moment->known, session.id, sheet && !session.blind, &view);
    if (rc != 0)
        return rc;
    /* who counts blind is not told what is expected, before it is done */
    *json = view_json_count(&view, session.blind && session.is_open, reading->tz);
    count_free(&view);
    return 0;
}

static int run_shown(struct office *office, const struct request *request, int sheet, json_t **answer)
{
    struct reading reading;
    json_t *json = NULL;
    int rc = reading_start(office, request, &reading, answer);

    if (rc != 0)
        return rc;
    if (*answer == NULL)
        rc = show(&reading, request, sheet, &json, answer);
    return reading_finish(office, &reading, request, rc, json, answer);
}

static int run_close(struct office *office, const struct request *request, json_t **answer)
{
    struct count_session session;
    struct store_txn *txn;
    size_t unseen = 0;
    char id[ID_TEXT];
    int rc;

    if (!request_may_record(request, office, NAVETTE__RIGHT__RIGHT_COUNT, answer))
        return 0;
    rc = lmdb_read_begin(office->store, &txn);
    if (rc != 0)
        return rc;
    rc = named(txn, request, NULL, &session, answer);
    lmdb_abort(txn);
    if (rc != 0 || *answer != NULL)
        return rc;
    hex_encode(session.id, STOCKTAKE_ID_SIZE, id);
    if (!session.is_open || strcmp(session.place, request->place) != 0) {
        *answer = request_refuse(request, "count-is-closed", id, NULL, NULL);
        return 0;
    }
    rc = close_session(office, request, &session, &unseen);
    return rc == 0 ? run_shown(office, request, 0, answer) : rc;
}

static int run_status(struct office *office, const struct request *request, json_t **answer)
{
    return run_shown(office, request, 0, answer);
}

static int run_sheet(struct office *office, const struct request *request, json_t **answer)
{
    return run_shown(office, request, 1, answer);
}

static int run_list(struct office *office, const struct request *request, json_t **answer)
{
    struct count_session *list = calloc(SESSIONS_MAX, sizeof *list);
    struct reading reading;
    json_t *json = NULL;
    int count = 0, rc = list != NULL ? reading_start(office, request, &reading, answer) : NAVETTE_E_MEMORY;

    if (rc == 0) {
        if (*answer == NULL)
            count = count_list_known(reading.txn, reading.txn, reading.moment.at_ms, reading.moment.known,
                                     request_has(request, "of") ? request_text(request, "of") : NULL, list, SESSIONS_MAX);
        if (*answer == NULL && count >= 0)
            json = view_json_counts(list, (size_t)count, reading.tz);
        rc = reading_finish(office, &reading, request, count < 0 ? count : 0, json, answer);
    }
    free(list);
    return rc;
}

const struct command *cmd_count_commands(size_t *count)
{
    static const struct command commands[] = {
        {"count-open", run_open, 0},   {"count-status", run_status, 0}, {"count-close", run_close, 0},
        {"count-sheet", run_sheet, 0}, {"counts", run_list, 0},
    };
    *count = sizeof commands / sizeof commands[0];
    return commands;
}
