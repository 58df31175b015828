/* SPDX-License-Identifier: Apache-2.0 */
#include "server/print.h"

#include <string.h>

#include "navette/message_phone.h"
#include "server/print_compare.h"
#include "server/print_refused.h"
#include "server/print_rekey.h"
#include "server/print_table.h"

#define LIST(print, answer, columns) print_list(print, answer, columns, sizeof(columns) / sizeof((columns)[0]))
#define TABLE(print, answer, columns) print_table(print, json_object_get(answer, "rows"), columns, sizeof(columns) / sizeof((columns)[0]))

static void print_total(const struct print *print, const json_t *answer)
{
    (void)fprintf(print->out, "%s : %lld\n", message_word(print->language, "total"), print_table_number(answer, "total"));
}

/* Whose silence widens the figures above. */
static void print_silent(const struct print *print, const json_t *answer)
{
    const json_t *row;
    size_t index;

    json_array_foreach(json_object_get(answer, "silent"), index, row)
    {
        const char *since = print_table_field(row, "since");

        if (since[0])
            (void)fprintf(print->out, "%s : %s %.10s %.5s\n", print_table_field(row, "place"),
                          message_word(print->language, "silent-since"), since, strlen(since) > 16 ? since + 11 : "");
        else
            (void)fprintf(print->out, "%s : %s\n", print_table_field(row, "place"), message_word(print->language, "never-heard"));
    }
}

/* What was said on the phone stands beneath: it is in no figure. */
static void print_phone(const struct print *print, const json_t *answer)
{
    json_t *lines = message_phone(print->language, answer);
    const json_t *line;
    size_t index;

    json_array_foreach(lines, index, line)(void) fprintf(print->out, "%s\n", json_string_value(line));
    json_decref(lines);
}

/* A heading above nothing reads like a fault. */
static void print_list(const struct print *print, const json_t *answer, const struct print_column *columns, size_t count)
{
    if (json_array_size(json_object_get(answer, "rows")) == 0)
        print_table_message(print, "nothing-to-show", NULL, NULL);
    else
        print_table(print, json_object_get(answer, "rows"), columns, count);
}

void print_refusal(FILE *out, const json_t *answer)
{
    (void)fprintf(out, "%s\n", print_table_field(answer, "text"));
    if (print_table_field(answer, "next")[0])
        (void)fprintf(out, "-> %s\n", print_table_field(answer, "next"));
}

void print_places(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {
        {"code", PRINT_TEXT}, {"kind", PRINT_WORD}, {"host", PRINT_TEXT}, {"namespaces", PRINT_TEXT}, {"name", PRINT_TEXT}};

    LIST(print, answer, COLUMNS);
}

void print_stock(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"place", PRINT_TEXT}, {"state", PRINT_WORD},   {"material", PRINT_TEXT},
                                                  {"home", PRINT_TEXT},  {"count", PRINT_NUMBER}, {"range", PRINT_TEXT}};

    TABLE(print, answer, COLUMNS);
    print_total(print, answer);
    print_silent(print, answer);
    print_phone(print, answer);
}

void print_transit(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"day", PRINT_TEXT}, {"material", PRINT_TEXT}, {"from", PRINT_TEXT},
                                                  {"to", PRINT_TEXT},  {"count", PRINT_NUMBER},  {"range", PRINT_TEXT}};

    TABLE(print, answer, COLUMNS);
    print_total(print, answer);
    print_silent(print, answer);
    print_phone(print, answer);
}

static void print_csv_text(FILE *out, const char *text)
{
    if (!strpbrk(text, "\",\r\n")) {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            (void)fputc('"', out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

void print_transit_csv(FILE *out, const json_t *answer)
{
    static const char *const FIELDS[] = {"day", "material", "from", "to"};
    const json_t *row;
    size_t index;

    (void)fputs("date_transited,item_type,from,to,count\n", out);
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
            print_csv_text(out, print_table_field(row, FIELDS[i]));
            (void)fputc(',', out);
        }
        (void)fprintf(out, "%lld\n", print_table_number(row, "count"));
    }
}

/* Bags of no kind in particular bear a word of ours. */
static const char *print_kind(const struct print *print, const char *material)
{
    return strcmp(material, "bag") == 0 || strcmp(material, "crate") == 0 ? message_word(print->language, material) : material;
}

/* A place with bags of one kind needs no line for their sum. */
static json_t *print_bag_rows(const struct print *print, const json_t *answer)
{
    const json_t *all = json_object_get(answer, "rows");
    json_t *network = json_deep_copy(json_object_get(answer, "network"));
    json_t *rows = json_array();
    const json_t *row;
    size_t index;

    json_array_foreach(all, index, row)
    {
        const json_t *after = json_array_get(all, index + 2);
        int sum = print_table_field(row, "material")[0] == '\0';
        int alone = !after || strcmp(print_table_field(after, "place"), print_table_field(row, "place")) != 0;
        json_t *shown;

        if (sum && alone)
            continue;
        shown = json_deep_copy(row);
        (void)json_object_set_new(
            shown, "kind",
            json_string(sum ? message_word(print->language, "total") : print_kind(print, print_table_field(row, "material"))));
        (void)json_array_append_new(rows, shown);
    }
    (void)json_object_set_new(network, "place", json_string(message_word(print->language, "network")));
    (void)json_array_append_new(rows, network);
    return rows;
}

void print_bags(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"place", PRINT_TEXT},       {"kind", PRINT_TEXT},      {"clean", PRINT_COUNT},
                                                  {"packed", PRINT_COUNT},     {"at_relay", PRINT_COUNT}, {"with_person", PRINT_COUNT},
                                                  {"in_transit", PRINT_COUNT}, {"isolated", PRINT_COUNT}, {"cleaning", PRINT_COUNT},
                                                  {"missing", PRINT_COUNT},    {"lost", PRINT_COUNT},     {"retired", PRINT_COUNT},
                                                  {"overdue", PRINT_COUNT},    {"owned", PRINT_NUMBER}};
    static const struct print_column POOLS[] = {{"kind", PRINT_TEXT},          {"place", PRINT_TEXT},       {"here", PRINT_NUMBER},
                                                {"with_person", PRINT_NUMBER}, {"in_transit", PRINT_COUNT}, {"lost", PRINT_COUNT},
                                                {"owned", PRINT_COUNT}};
    json_t *rows = print_bag_rows(print, answer);

    print_table(print, rows, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
    json_decref(rows);
    if (json_array_size(json_object_get(answer, "pools")) > 0) {
        (void)fprintf(print->out, "\n%s\n", message_word(print->language, "untagged"));
        print_table(print, json_object_get(answer, "pools"), POOLS, sizeof(POOLS) / sizeof(POOLS[0]));
    }
}

/* "CCAS-NORD > DEPOT" or one place; whose, of a thing that is with a person. */
static void print_where(const struct print *print, const json_t *custody, const char *state)
{
    const char *to = print_table_field(custody, "to");
    int person = strcmp(state, "with-person") == 0;

    (void)fprintf(print->out, "%s%s%s%s%s", person ? "(" : "", print_table_field(custody, "place"), to[0] ? " > " : "", to,
                  person ? ")" : "");
}

static void print_name(const struct print *print, const json_t *key)
{
    (void)fprintf(print->out, "%s %s", message_word(print->language, print_table_field(key, "kind")), print_table_field(key, "id"));
}

void print_thing(const struct print *print, const json_t *answer)
{
    static const char *const FIELDS[] = {"title", "author", "call_number", "material", "size", "home", "seal"};
    static const struct print_column CONTENTS[] = {
        {"count", PRINT_NUMBER}, {"kind", PRINT_WORD}, {"material", PRINT_TEXT}, {"home", PRINT_TEXT}};
    static const struct print_column INSIDE[] = {{"id", PRINT_TEXT}, {"title", PRINT_TEXT}, {"material", PRINT_TEXT}, {"home", PRINT_TEXT}};
    const json_t *thing = json_object_get(answer, "thing");
    const json_t *root = json_object_get(thing, "root");
    const json_t *place = root ? root : thing;
    char since[PRINT_CELL_BYTES];

    print_table_cell(print, json_object_get(place, "since"), PRINT_TIME, since);
    print_name(print, thing);
    (void)fprintf(print->out, " : %s ", message_word(print->language, print_table_field(thing, "state")));
    print_where(print, place, print_table_field(thing, "state"));
    (void)fprintf(print->out, "%s%s%s%s\n", since[0] ? ", " : "", since[0] ? message_word(print->language, "since") : "",
                  since[0] ? " " : "", since);
    if (root) {
        (void)fprintf(print->out, "  %s ", message_word(print->language, "root"));
        print_name(print, json_object_get(thing, "container"));
        if (strcmp(print_table_field(json_object_get(thing, "container"), "id"), print_table_field(json_object_get(root, "thing"), "id")) !=
            0) {
            (void)fputs(", ", print->out);
            print_name(print, json_object_get(root, "thing"));
        }
        (void)fputc('\n', print->out);
    }
    for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++)
        if (print_table_field(thing, FIELDS[i])[0])
            (void)fprintf(print->out, "  %s : %s\n", message_word(print->language, FIELDS[i]), print_table_field(thing, FIELDS[i]));
    if (json_is_true(json_object_get(place, "conflict")) || json_is_true(json_object_get(thing, "conflict")))
        (void)fprintf(print->out, "  %s\n", message_word(print->language, "conflict"));
    if (json_array_size(json_object_get(answer, "inside")) > 0) {
        (void)fprintf(print->out, "%s : %zu\n", message_word(print->language, "contents"),
                      json_array_size(json_object_get(answer, "inside")));
        print_table(print, json_object_get(answer, "inside"), INSIDE, sizeof(INSIDE) / sizeof(INSIDE[0]));
    } else if (json_array_size(json_object_get(thing, "contents")) > 0)
        print_table(print, json_object_get(thing, "contents"), CONTENTS, sizeof(CONTENTS) / sizeof(CONTENTS[0]));
    print_phone(print, answer);
}

void print_conflicts(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"kind", PRINT_WORD}, {"namespace", PRINT_TEXT}, {"id", PRINT_TEXT}};

    LIST(print, answer, COLUMNS);
}

void print_discrepancies(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"kind", PRINT_WORD},        {"code", PRINT_TEXT},        {"concerned", PRINT_TEXT},
                                                  {"verdict", PRINT_WORD},     {"waiting", PRINT_TEXT},     {"since", PRINT_TIME},
                                                  {"phone_place", PRINT_TEXT}, {"discrepancy", PRINT_SHORT}};

    LIST(print, answer, COLUMNS);
    if (print_table_number(answer, "wrongly_proven"))
        (void)fprintf(print->out, "%s : %lld\n", message_word(print->language, "wrongly_proven"),
                      print_table_number(answer, "wrongly_proven"));
}

void print_settled(const struct print *print, const json_t *answer)
{
    print_table_message(print, "hub-settled", print_table_field(answer, "discrepancy"), NULL);
}

void print_aside(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"position", PRINT_NUMBER},   {"what", PRINT_WORD},  {"reason", PRINT_WORD},
                                                  {"incarnation", PRINT_SHORT}, {"seq", PRINT_NUMBER}, {"ref", PRINT_TEXT}};

    LIST(print, answer, COLUMNS);
}

/* A message of more than a line, with a text and a number in it. */
static void print_told(const struct print *print, const char *code, const char *a, const json_t *object, const char *number)
{
    char b[32];
    char text[1024];

    (void)snprintf(b, sizeof(b), "%lld", print_table_number(object, number));
    message_text(print->language, code, a, b, NULL, text, sizeof(text));
    (void)fprintf(print->out, "%s\n", text);
    message_next(print->language, code, a, b, NULL, text, sizeof(text));
    (void)fprintf(print->out, "-> %s\n", text);
}

/* Of each row that tells of a machine with old keys. */
static void print_parted(const struct print *print, const json_t *rows)
{
    const json_t *row;
    size_t index;

    json_array_foreach(rows, index, row)
    {
        char places[PRINT_CELL_BYTES];
        char seen[PRINT_CELL_BYTES];

        if (!json_is_string(json_object_get(row, "parted")))
            continue;
        print_table_join(print, json_object_get(row, "places"), places);
        print_table_cell(print, json_object_get(row, "parted"), PRINT_TIME, seen);
        print_table_message(print, "hub-clone-parted", places, seen);
    }
}

void print_nodes(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {
        {"places", PRINT_TEXT}, {"role", PRINT_WORD},     {"connected", PRINT_YES}, {"last_heard", PRINT_TIME}, {"known_until", PRINT_TIME},
        {"lag", PRINT_NUMBER},  {"lag_s", PRINT_NUMBER},  {"clock", PRINT_WORD},    {"version", PRINT_TEXT},    {"verdict", PRINT_WORD},
        {"revoked", PRINT_YES}, {"refused", PRINT_COUNT}, {"parked", PRINT_COUNT},  {"node", PRINT_TEXT}};

    static const struct print_column BACK[] = {
        {"places", PRINT_TEXT}, {"role", PRINT_WORD},  {"connected", PRINT_YES}, {"back", PRINT_YES},    {"last_heard", PRINT_TIME},
        {"lag", PRINT_NUMBER},  {"clock", PRINT_WORD}, {"verdict", PRINT_WORD},  {"revoked", PRINT_YES}, {"node", PRINT_TEXT}};
    const json_t *restored = json_object_get(answer, "restored");

    if (json_is_object(restored)) {
        LIST(print, answer, BACK);
        print_told(print, "hub-restored-nodes", print_table_field(restored, "at"), restored, "position");
    } else {
        LIST(print, answer, COLUMNS);
    }
    print_parted(print, json_object_get(answer, "rows"));
    if (print_table_number(answer, "refused_handshakes"))
        (void)fprintf(print->out, "%s : %lld\n", message_word(print->language, "refused_handshakes"),
                      print_table_number(answer, "refused_handshakes"));
}

void print_rights(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"places", PRINT_TEXT},  {"role", PRINT_WORD},   {"scope", PRINT_WORD},
                                                  {"epoch", PRINT_NUMBER}, {"revoked", PRINT_YES}, {"node", PRINT_TEXT}};

    LIST(print, answer, COLUMNS);
}

void print_scopes(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"places", PRINT_TEXT},   {"scope", PRINT_WORD},    {"scope_state", PRINT_WORD},
                                                  {"leaving", PRINT_TEXT},  {"epoch", PRINT_NUMBER},  {"decided", PRINT_TIME},
                                                  {"taken", PRINT_TIME},    {"complete", PRINT_TIME}, {"back", PRINT_COUNT},
                                                  {"back_of", PRINT_COUNT}, {"heard", PRINT_TIME},    {"node", PRINT_SHORT}};

    LIST(print, answer, COLUMNS);
}

void print_place_hosted(const struct print *print, const json_t *answer)
{
    const char *host = print_table_field(answer, "host");

    if (host[0] == '\0')
        print_table_message(print, "hub-place-unhosted", print_table_field(answer, "code"), NULL);
    else
        print_table_message(print, print_table_number(answer, "served") > 0 ? "hub-place-hosted" : "hub-place-unserved",
                            print_table_field(answer, "code"), host);
}

static void print_line(const struct print *print, const char *word, const char *text)
{
    char label[64];

    (void)snprintf(label, sizeof(label), "%s", message_word(print->language, word));
    print_table_pad(print->out, label, 22, 0);
    (void)fprintf(print->out, "%s\n", text);
}

static void print_store(const struct print *print, const json_t *part, const char *word)
{
    const json_t *store = json_object_get(part, "store");
    char text[160];

    (void)snprintf(text, sizeof(text), "%s %.1f %s, %s %.1f %s%s%s", message_word(print->language, "disk"),
                   (double)print_table_number(store, "used_bytes") / 1e6, message_word(print->language, "megabytes"),
                   message_word(print->language, "free"), (double)print_table_number(store, "free_bytes") / 1e6,
                   message_word(print->language, "megabytes"), json_is_true(json_object_get(part, "full")) ? ", " : "",
                   json_is_true(json_object_get(part, "full")) ? message_word(print->language, "full") : "");
    print_line(print, word, text);
}

static void print_last_backup(const struct print *print, const json_t *backup)
{
    char text[1024];

    if (!json_is_object(backup)) {
        print_line(print, "backup", message_word(print->language, "never"));
        return;
    }
    (void)snprintf(text, sizeof(text), "%s, %lld (%s %lld), %s", print_table_field(backup, "made"), print_table_number(backup, "position"),
                   message_word(print->language, "lag"), print_table_number(backup, "behind"), print_table_field(backup, "path"));
    print_line(print, "backup", text);
}

void print_status(const struct print *print, const json_t *answer)
{
    const json_t *journal = json_object_get(answer, "journal");
    const json_t *state = json_object_get(answer, "state");
    const json_t *nodes = json_object_get(answer, "nodes");
    char text[160];

    print_line(print, "folder", print_table_field(answer, "folder"));
    print_line(print, "endpoint", print_table_field(answer, "endpoint"));
    print_line(print, "enrol", print_table_field(answer, "enrol"));
    print_line(print, "started", print_table_field(answer, "started"));
    (void)snprintf(text, sizeof(text), "%lld / %lld (%s)", print_table_number(nodes, "connected"), print_table_number(nodes, "enrolled"),
                   message_word(print->language, "connected"));
    print_line(print, "nodes", text);
    (void)snprintf(text, sizeof(text), "%lld", print_table_number(answer, "refused_handshakes"));
    print_line(print, "refused_handshakes", text);
    (void)snprintf(text, sizeof(text), "%lld", print_table_number(journal, "tail"));
    print_line(print, "journal", text);
    print_store(print, journal, "");
    print_last_backup(print, json_object_get(answer, "backup"));
    if (json_is_object(json_object_get(answer, "restored")))
        print_line(print, "restored", print_table_field(json_object_get(answer, "restored"), "at"));
    (void)snprintf(text, sizeof(text), "%lld (%s %lld)%s%s", print_table_number(state, "cursor"), message_word(print->language, "lag"),
                   print_table_number(state, "lag"), json_is_true(json_object_get(state, "rebuilding")) ? ", " : "",
                   json_is_true(json_object_get(state, "rebuilding")) ? message_word(print->language, "rebuilding") : "");
    print_line(print, "state", text);
    print_store(print, state, "");
    print_line(print, "digest", print_table_field(state, "digest"));
    print_refused_count(print, json_object_get(answer, "aside"));
    print_said(print, json_object_get(answer, "damage"));
    print_rekey_status(print, json_object_get(answer, "keys"), print_table_field(answer, "folder"));
}

void print_verify(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {
        {"incarnation", PRINT_SHORT}, {"node", PRINT_SHORT}, {"entries", PRINT_NUMBER}, {"result", PRINT_TEXT}};
    const json_t *logs = json_object_get(answer, "logs");
    char entries[32];
    char count[32];

    print_table(print, logs, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
    print_table_object(print, json_object_get(answer, "state"), 0);
    if (json_is_true(json_object_get(answer, "intact"))) {
        (void)snprintf(entries, sizeof(entries), "%lld", print_table_number(answer, "entries"));
        (void)snprintf(count, sizeof(count), "%zu", json_array_size(logs));
        print_table_message(print, "hub-intact", entries, count);
    } else {
        char next[1024];

        print_table_message(print, "hub-damaged", NULL, NULL);
        message_next(print->language, "hub-damaged", NULL, NULL, NULL, next, sizeof(next));
        (void)fprintf(print->out, "-> %s\n", next);
    }
}

void print_place_added(const struct print *print, const json_t *answer)
{
    print_table_message(print, "hub-place-added", print_table_field(answer, "code"),
                        message_word(print->language, print_table_field(answer, "kind")));
}

void print_rule_added(const struct print *print, const json_t *answer)
{
    print_table_message(print, "hub-rule-added", print_table_field(answer, "rule"), NULL);
}

void print_invitation(const struct print *print, const json_t *answer)
{
    char places[PRINT_CELL_BYTES];
    char until[PRINT_CELL_BYTES];

    print_table_join(print, json_object_get(answer, "places"), places);
    print_table_cell(print, json_object_get(answer, "expires"), PRINT_TIME, until);
    print_table_message(print, "hub-invited", places, print_table_field(answer, "code"));
    print_table_message(print, "hub-invited-until", until, NULL);
    (void)fprintf(print->out, "  %s\n", print_table_field(answer, "type"));
    if (print_table_field(answer, "file")[0])
        print_table_message(print, "hub-invited-file", print_table_field(answer, "file"), NULL);
}

void print_clones(const struct print *print, const json_t *answer)
{
    static const struct print_column COLUMNS[] = {{"places", PRINT_TEXT},       {"node", PRINT_SHORT},      {"process", PRINT_SHORT},
                                                  {"standing", PRINT_WORD},     {"host", PRINT_TEXT},       {"address", PRINT_TEXT},
                                                  {"since", PRINT_TIME},        {"last_heard", PRINT_TIME}, {"boot", PRINT_SHORT},
                                                  {"incarnation", PRINT_SHORT}, {"head", PRINT_NUMBER},     {"to_send", PRINT_NUMBER}};
    const json_t *row;
    size_t index;

    LIST(print, answer, COLUMNS);
    json_array_foreach(json_object_get(answer, "clones"), index, row)
    {
        const char *code = json_is_true(json_object_get(row, "chosen")) ? "hub-clone-settled" : "hub-clone-open";
        char places[PRINT_CELL_BYTES];
        char found[PRINT_CELL_BYTES];

        print_table_join(print, json_object_get(row, "places"), places);
        print_table_cell(print, json_object_get(row, "found"), PRINT_TIME, found);
        print_table_message(print, code, places, found);
    }
    print_parted(print, json_object_get(answer, "parted"));
}

void print_chosen(const struct print *print, const json_t *answer)
{
    print_table_message(print, "hub-chosen", print_table_field(answer, "process"), print_table_field(answer, "place"));
    print_table_message(print, "hub-chosen-other", print_table_field(answer, "place"), NULL);
}

void print_revoked(const struct print *print, const json_t *answer)
{
    char places[PRINT_CELL_BYTES];

    print_table_join(print, json_object_get(answer, "places"), places);
    print_table_message(print, "hub-revoked", print_table_field(answer, "node"), places);
    if (json_is_string(json_object_get(answer, "since")))
        print_table_message(print, "hub-revoked-since", print_table_field(answer, "since"), NULL);
}

void print_rebuilt(const struct print *print, const json_t *answer)
{
    char cursor[32];

    (void)snprintf(cursor, sizeof(cursor), "%lld", print_table_number(answer, "cursor"));
    print_table_message(print, "hub-rebuilt", cursor, print_table_field(answer, "digest"));
}

void print_backup(const struct print *print, const json_t *answer)
{
    char text[64];

    print_told(print, json_is_true(json_object_get(answer, "read")) ? "hub-backup-whole" : "hub-backed-up",
               print_table_field(answer, "path"), answer, "position");
    print_line(print, "made", print_table_field(answer, "made"));
    (void)snprintf(text, sizeof(text), "%lld", print_table_number(answer, "logs"));
    print_line(print, "logs", text);
    (void)snprintf(text, sizeof(text), "%.1f %s", (double)print_table_number(answer, "data_bytes") / 1e6,
                   message_word(print->language, "megabytes"));
    print_line(print, "disk", text);
    print_line(print, "digest", print_table_field(answer, "digest"));
}

void print_restored(const struct print *print, const json_t *answer)
{
    print_told(print, "hub-restored", print_table_field(answer, "made"), answer, "position");
    print_told(print, "hub-restored-missing", print_table_field(answer, "folder"), answer, "position");
}
