/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/json_event.h"
#include "navette/view_csv.h"
#include "navette/view_json.h"

#define FIGURES_SIZE 128u

static json_t *text_or_null(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *direction(int value)
{
    return value != 0 ? json_event_enum(&navette__handover_direction__descriptor, value) : json_null();
}

/* Crates, bags and documents as people read them: "-/3/12"; "-": not counted. */
static const char *figures_text(const struct handover_figures *figures, char out[FIGURES_SIZE])
{
    const uint64_t values[] = {figures->crates, figures->bags, figures->items};
    size_t used = 0;

    out[0] = '\0';
    for (unsigned int i = 0; i < 3; i++) {
        char number[24] = "-";

        if (figures->counted & (1u << i))
            (void)snprintf(number, sizeof(number), "%" PRIu64, values[i]);
        used += (size_t)snprintf(out + used, FIGURES_SIZE - used, "%s%s", i > 0 ? "/" : "", number);
    }
    for (size_t i = 0; i < figures->pool_count && used + 2 < FIGURES_SIZE; i++) {
        int n = snprintf(out + used, FIGURES_SIZE - used, " +%" PRIu64 " %s", figures->pools[i].count, figures->pools[i].kind);

        used = n < 0 || (size_t)n >= FIGURES_SIZE - used ? FIGURES_SIZE : used + (size_t)n;
    }
    return out;
}

static void add_figure(json_t *json, const char *name, const struct handover_figures *figures, unsigned int figure, uint64_t value)
{
    (void)json_object_set_new(json, name, figures->counted & figure ? json_integer((json_int_t)value) : json_null());
}

static json_t *count(const struct handover_count *party, const char *tz)
{
    const struct handover_figures *figures = &party->figures;
    char text[FIGURES_SIZE];
    json_t *pools = json_array();
    json_t *json;

    if (!party->spoke) {
        json_decref(pools);
        return json_null();
    }
    for (size_t i = 0; pools != NULL && i < figures->pool_count; i++)
        (void)json_array_append_new(pools,
                                    json_pack("{s:s, s:I}", "kind", figures->pools[i].kind, "count", (json_int_t)figures->pools[i].count));
    json = json_pack("{s:b, s:s, s:o, s:o, s:o, s:I, s:s}", "counted", party->done, "place", party->place, "time",
                     view_json_time(party->time_ms, tz), "by", view_json_ref(&party->by), "pools", pools, "scans", (json_int_t)party->scans,
                     "text", figures_text(figures, text));
    if (json == NULL)
        return NULL;
    if (!party->done && party->scans > 0) {
        (void)snprintf(text, sizeof(text), "%zu scan%s", party->scans, party->scans > 1 ? "s" : "");
        (void)json_object_set_new(json, "text", json_string(text));
    }
    if (party->told.seq != 0) {
        char marked[FIGURES_SIZE + 8];

        (void)snprintf(marked, sizeof(marked), "%s%s", text, party->phoned != 0 ? " (tel)" : "");
        (void)json_object_set_new(json, "text", json_string(marked));
        (void)json_object_set_new(json, "by_phone", json_boolean(party->phoned != 0));
        (void)json_object_set_new(json, "denied", json_boolean(party->denied));
        (void)json_object_set_new(json, "told", view_json_ref(&party->told));
        (void)json_object_set_new(json, "said", view_json_time(party->told_ms, tz));
    }
    add_figure(json, "crates", figures, HANDOVER_CRATES, figures->crates);
    add_figure(json, "bags", figures, HANDOVER_BAGS, figures->bags);
    add_figure(json, "items", figures, HANDOVER_ITEMS, figures->items);
    return json;
}

/* Untagged bags of every kind that either counted, where they differ. */
static json_t *pool_gaps(const struct handover *handover, int earlier, int later)
{
    json_t *list = json_array();

    for (int side = 0; list != NULL && side < 2; side++) {
        const struct handover_figures *figures = &handover->parties[side == 0 ? earlier : later].figures;

        for (size_t i = 0; i < figures->pool_count; i++) {
            const char *kind = figures->pools[i].kind;
            int64_t gap = handover_pool_gap(handover, earlier, later, kind);
            int is_told = 0;

            for (size_t k = 0; k < json_array_size(list); k++)
                is_told |= strcmp(json_string_value(json_object_get(json_array_get(list, k), "kind")), kind) == 0;
            if (gap != 0 && !is_told)
                (void)json_array_append_new(list, json_pack("{s:s, s:I}", "kind", kind, "count", (json_int_t)gap));
        }
    }
    return list;
}

static void add_gap(json_t *list, const struct handover *handover, int earlier, int later)
{
    int64_t crates = handover_gap(handover, earlier, later, HANDOVER_CRATES);
    int64_t bags = handover_gap(handover, earlier, later, HANDOVER_BAGS);
    int64_t items = handover_gap(handover, earlier, later, HANDOVER_ITEMS);
    json_t *pools = pool_gaps(handover, earlier, later);

    if (crates == 0 && bags == 0 && items == 0 && json_array_size(pools) == 0 &&
        (earlier != HANDOVER_GIVER || later != HANDOVER_TAKER || handover->missing_count + handover->extra_count == 0)) {
        json_decref(pools);
        return;
    }
    (void)json_array_append_new(list, json_pack("{s:[s, s], s:I, s:I, s:I, s:o}", "between", handover_party_name(earlier),
                                                handover_party_name(later), "crates", (json_int_t)crates, "bags", (json_int_t)bags, "items",
                                                (json_int_t)items, "pools", pools));
}

/* Between which two signatures: giver and carrier, carrier and taker; giver and taker when no carrier counted. */
static json_t *gaps(const struct handover *handover)
{
    const struct handover_count *parties = handover->parties;
    json_t *list = json_array();
    int carried = parties[HANDOVER_CARRIER].done;

    if (list == NULL)
        return NULL;
    if (parties[HANDOVER_GIVER].done && carried)
        add_gap(list, handover, HANDOVER_GIVER, HANDOVER_CARRIER);
    if (carried && parties[HANDOVER_TAKER].done)
        add_gap(list, handover, HANDOVER_CARRIER, HANDOVER_TAKER);
    if (parties[HANDOVER_GIVER].done && parties[HANDOVER_TAKER].done && (!carried || json_array_size(list) == 0))
        add_gap(list, handover, HANDOVER_GIVER, HANDOVER_TAKER);
    return list;
}

static json_t *tags(const struct handover_tag *list, size_t size)
{
    json_t *json = json_array();

    for (size_t i = 0; json != NULL && i < size; i++)
        (void)json_array_append_new(json, view_json_key(&list[i].key));
    return json;
}

json_t *view_json_handover_name(const struct thing_key *key)
{
    const char *form = thing_namespace(key);
    char text[LIMIT_THING_ID + 32];
    uint8_t bytes[REF_SIZE];
    struct ref ref;

    if (strcmp(form, "ref") == 0 && hex_decode(thing_id(key), bytes, sizeof(bytes)) == 0) {
        ref_decode(bytes, &ref);
        return view_json_ref(&ref);
    }
    if (strncmp(form, "out.", 4) == 0 || strncmp(form, "back.", 5) == 0)
        (void)snprintf(text, sizeof(text), "%s/%s/%.*s", thing_id(key), strchr(form, '.') + 1, (int)strcspn(form, "."), form);
    else
        (void)snprintf(text, sizeof(text), "%s", thing_id(key));
    return json_string(text);
}

static json_t *one(const struct handover *handover, const char *tz)
{
    json_t *counts = json_object();
    json_t *json;

    for (int party = 0; counts != NULL && party < HANDOVER_PARTIES; party++)
        (void)json_object_set_new(counts, handover_party_name(party), count(&handover->parties[party], tz));
    json = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "handover", view_json_handover_name(&handover->key), "slip",
                     text_or_null(handover->slip), "round", text_or_null(handover->round), "stop",
                     handover->stop > 0 ? json_integer((json_int_t)handover->stop) : json_null(), "direction",
                     direction(handover->direction), "carrier", text_or_null(handover->carrier), "from", text_or_null(handover->from), "to",
                     text_or_null(handover->to), "day", view_json_day(handover->day), "counts", counts);
    if (json == NULL)
        return NULL;
    (void)json_object_set_new(json, "gaps", gaps(handover));
    (void)json_object_set_new(json, "missing", tags(handover->missing, handover->missing_count));
    (void)json_object_set_new(json, "extra", tags(handover->extra, handover->extra_count));
    (void)json_object_set_new(json, "short", json_boolean(handover->is_short));
    (void)json_object_set_new(json, "over", json_boolean(handover->is_over));
    (void)json_object_set_new(json, "unpaired", json_boolean(handover->unpaired));
    return json;
}

json_t *view_json_handovers(const struct handover_view *view, const char *tz)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < view->count; i++)
        (void)json_array_append_new(rows, one(&view->rows[i], tz));
    return json_pack("{s:o, s:I}", "rows", rows, "total", (json_int_t)view->total);
}

static json_t *side(const struct verdict_row *row, const struct handover *handover)
{
    char id[2 * DISCREPANCY_ID_SIZE + 1];

    hex_encode(row->what.finding.id, DISCREPANCY_ID_SIZE, id);
    return json_pack("{s:s, s:o, s:o, s:o, s:s}", "discrepancy", id, "handover", view_json_handover_name(&handover->key), "from",
                     text_or_null(handover->from), "to", text_or_null(handover->to), "verdict", verdict_name(row->verdict));
}

json_t *view_json_proposals(const struct match_view *view)
{
    json_t *rows = json_array();

    for (size_t i = 0; rows != NULL && i < view->count; i++) {
        const struct match_proposal *proposal = &view->list[i];
        char id[2 * DISCREPANCY_ID_SIZE + 1];
        json_t *common = json_array();

        for (size_t k = 0; common != NULL && k < proposal->common_count; k++)
            (void)json_array_append_new(common, view_json_key(&proposal->common[k]));
        hex_encode(proposal->id, DISCREPANCY_ID_SIZE, id);
        (void)json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I}", "proposal", id, "ground", match_ground_name(proposal->ground), "shortage",
                      side(&proposal->shortage, &proposal->here), "overage", side(&proposal->overage, &proposal->there), "common", common,
                      "crates", (json_int_t)proposal->crates, "bags", (json_int_t)proposal->bags, "items", (json_int_t)proposal->items));
    }
    return json_pack("{s:o}", "rows", rows);
}

static void csv_value(FILE *out, const json_t *value)
{
    if (json_is_string(value))
        view_csv_text(out, json_string_value(value));
    else if (json_is_integer(value))
        (void)fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        (void)fputs(json_is_true(value) ? "1" : "0", out);
}

void view_json_handovers_csv(FILE *out, const json_t *answer)
{
    static const char *const names[] = {"handover", "slip", "round", "stop",  "direction", "carrier",
                                        "from",     "to",   "day",   "short", "over",      "unpaired"};
    static const char *const figures[] = {"crates", "bags", "items"};
    size_t i;
    json_t *row;

    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
        (void)fprintf(out, "%s%s", k > 0 ? "," : "", names[k]);
    for (int party = 0; party < HANDOVER_PARTIES; party++) {
        for (size_t k = 0; k < sizeof(figures) / sizeof(figures[0]); k++)
            (void)fprintf(out, ",%s_%s", handover_party_name(party), figures[k]);
    }
    (void)fputs("\r\n", out);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
            (void)fputs(k > 0 ? "," : "", out);
            csv_value(out, json_object_get(row, names[k]));
        }
        for (int party = 0; party < HANDOVER_PARTIES; party++) {
            const json_t *counted = json_object_get(json_object_get(row, "counts"), handover_party_name(party));

            for (size_t k = 0; k < sizeof(figures) / sizeof(figures[0]); k++) {
                (void)fputc(',', out);
                csv_value(out, json_object_get(counted, figures[k]));
            }
        }
        (void)fputs("\r\n", out);
    }
}
