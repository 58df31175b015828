/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli/import_send.h"

#include <stdio.h>
#include <string.h>

#define GONE_CHUNK 256u

static int is_many(uint64_t gone, uint64_t registered)
{
    return gone > IMPORT_GONE_FEW && gone > registered / 100 * IMPORT_GONE_PERCENT + registered % 100 * IMPORT_GONE_PERCENT / 100;
}

int import_send_open(struct import_send *send, const struct arguments *arguments, struct import_report *report, int dry)
{
    const char *space = arguments_text(arguments, "namespace");

    memset(send, 0, sizeof *send);
    send->report = report;
    send->dry = dry;
    send->session.arguments = arguments;
    (void)snprintf(send->space, sizeof send->space, "%s", space);
    send->rows = json_array();
    if (send->rows == NULL)
        return session_refuse_code(arguments, "no-memory", NULL, NULL);
    /* a trial needs no node */
    return dry ? (void)control_client_open(arguments->socket, &send->session.client), 0 : session_open(&send->session, arguments);
}

void import_send_close(struct import_send *send)
{
    session_close(&send->session);
    json_decref(send->rows);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static json_t *request_of(struct import_send *send, const char *command)
{
    json_t *request = session_request(&send->session, command);

    if (json_object_get(send->session.arguments->options, "namespace") != NULL || send->space[0] != '\0')
        (void)json_object_set_new(request, "namespace", json_string(send->space));
    return request;
}

static void tell(struct import_send *send, const json_t *answer)
{
    size_t i;
    json_t *result;

    json_array_foreach(json_object_get(answer, "results"), i, result)
    {
        const json_t *row = json_array_get(send->rows, i);
        if (json_is_string(result))
            import_report_item(send->report, &send->where[i], json_string_value(result), row);
        else
            import_report_refusal(send->report, &send->where[i], text_of(row, "barcode"), result);
    }
    (void)snprintf(send->space, sizeof send->space, "%s", text_of(answer, "namespace"));
    send->scanned = json_is_true(json_object_get(answer, "scanned"));
}

int import_send_flush(struct import_send *send)
{
    json_t *request, *answer;
    int rc;

    if (json_array_size(send->rows) == 0)
        return 0;
    request = request_of(send, "import");
    (void)json_object_set(request, "items", send->rows);
    if (send->dry)
        (void)json_object_set_new(request, "dry", json_true());
    if (json_object_get(send->session.arguments->options, "anyway") != NULL)
        (void)json_object_set_new(request, "anyway", json_true());
    rc = session_ask(&send->session, request, &answer);
    if (rc == 0) {
        if (session_is_ok(answer))
            tell(send, answer);
        else
            rc = session_refuse(send->session.arguments, answer);
        json_decref(answer);
    }
    (void)json_array_clear(send->rows);
    send->bytes = 0;
    return rc;
}

static size_t size_of(const struct import_item *item)
{
    return 256 + 2 * (strlen(item->title) + strlen(item->author)) + 2 * item->room_used + 16 * item->extra_count;
}

int import_send_item(struct import_send *send, const struct import_item *item)
{
    const struct import_where where = {item->record, item->line, item->offset};
    json_t *row;
    int rc = 0;

    if (send->session.client == NULL) {
        row = send->report->quiet ? NULL : import_item_json(item);
        import_report_item(send->report, &where, "created", row);
        json_decref(row);
        return 0;
    }
    if (json_array_size(send->rows) >= IMPORT_CHUNK_ITEMS || (send->bytes > 0 && send->bytes + size_of(item) > IMPORT_CHUNK_BYTES))
        rc = import_send_flush(send);
    if (rc != 0)
        return rc;
    row = import_item_json(item);
    send->where[json_array_size(send->rows)] = where;
    if (row == NULL || json_array_append_new(send->rows, row) != 0)
        return session_refuse_code(send->session.arguments, "no-memory", NULL, NULL);
    send->bytes += size_of(item);
    return 0;
}

/* Proposes what was gathered, and tells of it. */
static int propose(struct import_send *send, json_t *barcodes)
{
    json_t *request, *answer, *row;
    size_t i;
    int rc;

    if (json_array_size(barcodes) == 0)
        return 0;
    if (send->dry) {
        json_array_foreach(barcodes, i, row)
        {
            json_t *told = json_pack("{s:O}", "barcode", row);
            import_report_gone(send->report, told);
            json_decref(told);
        }
        (void)json_array_clear(barcodes);
        return 0;
    }
    request = request_of(send, "propose");
    (void)json_object_set(request, "barcodes", barcodes);
    rc = session_ask(&send->session, request, &answer);
    (void)json_array_clear(barcodes);
    if (rc != 0)
        return rc;
    if (session_is_ok(answer)) {
        json_array_foreach(json_object_get(answer, "results"), i, row)
        {
            if (json_is_object(row))
                import_report_gone(send->report, row);
        }
    } else {
        rc = session_refuse(send->session.arguments, answer);
    }
    json_decref(answer);
    return rc;
}

static json_t *homes_of(const struct import_seen *seen)
{
    json_t *homes = json_object();

    for (size_t i = 0; i < seen->library_count; i++)
        if (seen->libraries[i].place[0] != '\0')
            (void)json_object_set_new(homes, seen->libraries[i].place, json_true());
    return homes;
}

/* A comparison of what the node has with the whole of an export: first counted, then proposed. */
struct comparison {
    const struct import_seen *seen;
    json_t *homes, *missing; /* owned; the second: gathered for one request */
    int proposing;
    uint64_t gone, registered;
};

/* One page of what the node has; *after: where the next begins, "" at the end. */
static int look_at_page(struct import_send *send, struct comparison *comparison, char after[LIMIT_THING_ID + 1])
{
    json_t *request = request_of(send, "import-registered"), *answer, *barcode;
    size_t i;
    int rc;

    (void)json_object_set(request, "homes", comparison->homes);
    (void)json_object_set_new(request, "after", json_string(after));
    rc = session_ask(&send->session, request, &answer);
    if (rc != 0)
        return rc;
    if (!session_is_ok(answer))
        rc = session_refuse(send->session.arguments, answer);
    (void)snprintf(after, LIMIT_THING_ID + 1, "%s", text_of(answer, "after"));
    json_array_foreach(json_object_get(answer, "barcodes"), i, barcode)
    {
        comparison->registered++;
        if (rc != 0 || import_seen_has(comparison->seen, json_string_value(barcode)))
            continue;
        comparison->gone++;
        if (comparison->proposing)
            (void)json_array_append(comparison->missing, barcode);
        if (json_array_size(comparison->missing) >= GONE_CHUNK)
            rc = propose(send, comparison->missing);
    }
    json_decref(answer);
    return rc;
}

static int look_at_all(struct import_send *send, struct comparison *comparison)
{
    char after[LIMIT_THING_ID + 1] = "";
    int rc;

    comparison->gone = comparison->registered = 0;
    do
        rc = look_at_page(send, comparison, after);
    while (rc == 0 && after[0] != '\0');
    return rc == 0 ? propose(send, comparison->missing) : rc;
}

int import_send_gone(struct import_send *send, const struct import_seen *seen, int sure)
{
    struct comparison comparison = {.seen = seen, .homes = homes_of(seen), .missing = json_array(), .proposing = sure};
    int rc =
        comparison.homes != NULL && comparison.missing != NULL ? 0 : session_refuse_code(send->session.arguments, "no-memory", NULL, NULL);

    if (rc == 0 && seen->count > 0)
        rc = look_at_all(send, &comparison);
    if (rc == 0 && !sure && comparison.gone > 0) {
        if (is_many(comparison.gone, comparison.registered)) {
            send->report->withheld = comparison.gone;
            send->report->compared_with = comparison.registered;
        } else {
            comparison.proposing = 1;
            rc = look_at_all(send, &comparison);
        }
    }
    json_decref(comparison.homes);
    json_decref(comparison.missing);
    return rc;
}
