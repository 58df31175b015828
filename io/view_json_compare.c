/* SPDX-License-Identifier: Apache-2.0 */
#include "io/view_json_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette.pb-c.h"
#include "navette/compared.h"
#include "navette/damage.h"
#include "navette/tz.h"
#include "navette/view_json.h"

#define TEXT_SIZE 1024u

static void add_text(json_t *object, enum message_language language, const char *code, const char *a, const char *b, const char *c)
{
    char text[TEXT_SIZE];

    message_text(language, code, a, b, c, text, sizeof text);
    (void)json_object_set_new(object, "text", json_string(text));
    message_next(language, code, a, b, c, text, sizeof text);
    (void)json_object_set_new(object, "next", json_string(text));
}

static const char *compared_state(uint32_t state)
{
    return state == NAVETTE__COMPARE_RESULT__COMPARED_SAME        ? "same"
           : state == NAVETTE__COMPARE_RESULT__COMPARED_SOUND     ? "same"
           : state == NAVETTE__COMPARE_RESULT__COMPARED_MENDED    ? "mended"
           : state == NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT ? "different"
                                                                  : "";
}

static const char *code_of(const struct compared *compared)
{
    if (compared->lost > 0)
        return "compared-lost";
    if (compared->state == NAVETTE__COMPARE_RESULT__COMPARED_DIFFERENT)
        return "compared-differs";
    if (compared->mended + compared->given > 0)
        return "compared-mended";
    return compared->state == NAVETTE__COMPARE_RESULT__COMPARED_MENDED ? "compared-state" : "compared-same";
}

json_t *view_json_compared(struct store_txn *journal, const uint8_t *node, const struct compare_asked *asked)
{
    struct compared compared;
    char at[TZ_TEXT_SIZE], entries[24], count[24];
    json_t *object;

    if (compared_get(journal, node, &compared) != 0)
        return json_null();
    tz_format(asked->tz, compared.at_ms, at);
    if (strlen(at) > 16) { /* to the minute */
        at[10] = ' ';
        at[16] = '\0';
    }
    (void)snprintf(entries, sizeof entries, "%llu", (unsigned long long)compared.entries);
    (void)snprintf(count, sizeof count, "%llu", (unsigned long long)(compared.lost > 0 ? compared.lost : compared.mended + compared.given));
    object = json_pack("{s:o, s:I, s:I, s:I, s:I, s:s}", "at", view_json_time(compared.at_ms, asked->tz), "entries",
                       (json_int_t)compared.entries, "mended", (json_int_t)compared.mended, "given", (json_int_t)compared.given, "lost",
                       (json_int_t)compared.lost, "state", compared_state(compared.state));
    if (object != NULL)
        add_text(object, asked->language, code_of(&compared), at, entries, count);
    return object;
}

static json_t *row_of(struct store_txn *journal, const struct damage *damage, const struct compare_asked *asked)
{
    static const char *const kinds[] = {"", "entry", "seal", "state", "twice"};
    char log[2 * INCARNATION_SIZE + 1], node[2 * NODE_ID_SIZE + 1] = "", seq[24], code[32];
    const char *kind = kinds[damage->kind < sizeof kinds / sizeof kinds[0] ? damage->kind : 0];
    char *bytes = malloc(2 * damage->bytes.len + 1);
    struct log_head head;
    json_t *row = NULL;

    if (bytes != NULL) {
        hex_encode(damage->bytes.data, damage->bytes.len, bytes);
        hex_encode(damage->self.incarnation, INCARNATION_SIZE, log);
        if (journal_head(journal, damage->self.incarnation, &head) == 0)
            hex_encode(head.node, NODE_ID_SIZE, node);
        row = json_pack("{s:s, s:s, s:s, s:I, s:o, s:b, s:s}", "kind", kind, "log", log, "node", node, "seq", (json_int_t)damage->self.seq,
                        "found", view_json_time(damage->found_ms, asked->tz), "mended", damage->mended, "bytes", bytes);
    }
    free(bytes);
    if (row == NULL)
        return NULL;
    (void)snprintf(code, sizeof code, "damage-%s%s", kind, damage->kind == DAMAGE_ENTRY && !damage->mended ? "-open" : "");
    (void)snprintf(seq, sizeof seq, "%llu", (unsigned long long)damage->self.seq);
    add_text(row, asked->language, code, seq, NULL, NULL);
    return row;
}

json_t *view_json_damage(struct store_txn *journal, const struct compare_asked *asked)
{
    struct damage damage = {.kind = 0};
    json_t *rows = json_array();

    while (damage_next(journal, &damage, &damage) == 0)
        (void)json_array_append_new(rows, row_of(journal, &damage, asked));
    return rows;
}

json_t *view_json_damage_count(struct store_txn *journal, const char *code, enum message_language language)
{
    char all[24], left[24];
    size_t rows, open;
    json_t *object;

    if (damage_count(journal, &rows, &open) != 0 || rows == 0)
        return json_null();
    object = json_pack("{s:I, s:I}", "rows", (json_int_t)rows, "open", (json_int_t)open);
    (void)snprintf(all, sizeof all, "%zu", rows);
    (void)snprintf(left, sizeof left, "%zu", open);
    if (object != NULL)
        add_text(object, language, code, all, left, NULL);
    return object;
}
