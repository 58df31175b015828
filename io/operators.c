/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/operators.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "navette/system.h"
#include "navette/whole.h"

#define FILE_BYTES_MOST 2097152u /* OPERATORS_MAX rows of the longest texts, four times over */

struct operator_row {
    char place[LIMIT_PLACE_CODE + 1];
    char code[LIMIT_THING_ID + 1];
    char shown[OPERATORS_SHOWN + 1];
    uint64_t epoch;
    char hash[crypto_pwhash_STRBYTES]; /* "": none was ever set here */
    uint32_t wrong;
    uint64_t wait_boot;
    uint64_t wait_until_ms; /* of that boot; 0: does not wait */
};

struct operators {
    char *path;
    struct operator_row *rows;
    size_t count;
};

static struct operator_row *find(const struct operators *operators, const char *place, const char *code)
{
    for (size_t i = 0; i < operators->count; i++)
        if (strcmp(operators->rows[i].code, code) == 0 && strcmp(operators->rows[i].place, place) == 0)
            return &operators->rows[i];
    return NULL;
}

static int copy_text(const char *from, char *to, size_t size)
{
    if (from == NULL || strlen(from) >= size)
        return NAVETTE_E_INVALID;
    memset(to, 0, size);
    memcpy(to, from, strlen(from));
    return 0;
}

static int read_row(const json_t *json, struct operator_row *row)
{
    const char *place, *code, *shown, *hash;
    json_int_t epoch, wrong, boot, until;

    memset(row, 0, sizeof *row);
    if (json_unpack((json_t *)(uintptr_t)json, "{s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I}", "place", &place, "code", &code, "shown", &shown,
                    "epoch", &epoch, "hash", &hash, "wrong", &wrong, "wait_boot", &boot, "wait_until_ms", &until) != 0)
        return NAVETTE_E_INVALID;
    row->epoch = (uint64_t)epoch;
    row->wrong = wrong < 0 || wrong > UINT16_MAX ? UINT16_MAX : (uint32_t)wrong;
    row->wait_boot = (uint64_t)boot;
    row->wait_until_ms = (uint64_t)until;
    if (copy_text(place, row->place, sizeof row->place) != 0 || copy_text(code, row->code, sizeof row->code) != 0 ||
        copy_text(shown, row->shown, sizeof row->shown) != 0)
        return NAVETTE_E_INVALID;
    return copy_text(hash, row->hash, sizeof row->hash);
}

static int read_rows(struct operators *operators, const struct buffer *bytes)
{
    json_t *json = json_loadb((const char *)bytes->data, bytes->len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *list = json_object_get(json, "operators");
    int rc = json_is_array(list) && json_array_size(list) <= OPERATORS_MAX ? 0 : NAVETTE_E_INVALID;

    for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
        rc = read_row(json_array_get(list, i), &operators->rows[i]);
        operators->count = i + 1;
    }
    json_decref(json);
    return rc;
}

int operators_open(const char *path, struct operators **operators)
{
    struct operators *made = calloc(1, sizeof *made);
    struct buffer bytes = {.data = NULL};
    int rc = made == NULL ? NAVETTE_E_MEMORY : sodium_init() < 0 ? NAVETTE_E_SYSTEM : 0;

    if (rc == 0) {
        made->path = strdup(path);
        made->rows = calloc(OPERATORS_MAX, sizeof *made->rows);
        rc = made->path == NULL || made->rows == NULL ? NAVETTE_E_MEMORY : 0;
    }
    if (rc == 0) {
        whole_clear(path);
        rc = whole_read(path, FILE_BYTES_MOST, 1, &bytes);
    }
    if (rc == 0)
        rc = read_rows(made, &bytes);
    if (rc == NAVETTE_E_NOT_FOUND)
        rc = 0;
    else if (rc == NAVETTE_E_INVALID || rc == NAVETTE_E_TOO_LARGE)
        system_log(2, "operators", NULL, "%s is damaged: put it back from a backup, or take it away; each operator then needs a new PIN",
                   path);
    if (bytes.data != NULL)
        sodium_memzero(bytes.data, bytes.capacity);
    buffer_free(&bytes);
    if (rc == 0)
        *operators = made;
    else
        operators_close(made);
    return rc;
}

void operators_close(struct operators *operators)
{
    if (operators == NULL)
        return;
    if (operators->rows != NULL)
        sodium_memzero(operators->rows, OPERATORS_MAX * sizeof *operators->rows);
    free(operators->rows);
    free(operators->path);
    free(operators);
}

static int save(const struct operators *operators)
{
    json_t *list = json_array(), *json = json_pack("{s:o}", "operators", list);
    char *text = NULL;
    int rc;

    for (size_t i = 0; json != NULL && i < operators->count; i++) {
        const struct operator_row *row = &operators->rows[i];

        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I}", "place", row->place, "code", row->code,
                                                    "shown", row->shown, "epoch", (json_int_t)row->epoch, "hash", row->hash, "wrong",
                                                    (json_int_t)row->wrong, "wait_boot", (json_int_t)row->wait_boot, "wait_until_ms",
                                                    (json_int_t)row->wait_until_ms));
    }
    if (json_array_size(list) == operators->count)
        text = json_dumps(json, JSON_INDENT(1));
    json_decref(json);
    if (text == NULL)
        return NAVETTE_E_MEMORY;
    rc = whole_write(operators->path, span_of_string(text), 1);
    sodium_memzero(text, strlen(text));
    free(text);
    return rc;
}

/* The row as it was comes back when it could not be kept. */
static int keep(struct operators *operators, struct operator_row *row, const struct operator_row *before)
{
    int rc = save(operators);

    if (rc != 0)
        *row = *before;
    return rc;
}

/* Its row, or a new one behind all others, which counts once it was kept. */
static int row_for(struct operators *operators, const char *place, const char *code, struct operator_row **row)
{
    *row = find(operators, place, code);
    if (*row != NULL)
        return 0;
    if (operators->count == OPERATORS_MAX)
        return NAVETTE_E_TOO_LARGE;
    *row = &operators->rows[operators->count];
    memset(*row, 0, sizeof **row);
    if (copy_text(place, (*row)->place, sizeof(*row)->place) != 0 || copy_text(code, (*row)->code, sizeof(*row)->code) != 0)
        return NAVETTE_E_INVALID;
    operators->count++;
    return 0;
}

const char *operators_shown(const struct operators *operators, const char *place, const char *code)
{
    const struct operator_row *row = find(operators, place, code);

    return row != NULL ? row->shown : "";
}

static int is_clean(const char *text)
{
    json_t *valid = json_string(text); /* NULL for what is no UTF-8 */
    int clean = valid != NULL;

    json_decref(valid);
    for (const char *p = text; clean && *p != '\0'; p++)
        clean = (unsigned char)*p >= 0x20 && *p != 0x7f && !((unsigned char)p[0] == 0xc2 && (unsigned char)p[1] < 0xa0);
    return clean;
}

int operators_show(struct operators *operators, const char *place, const char *code, const char *shown)
{
    struct operator_row *row, before;
    size_t count = operators->count;
    int rc;

    if (strlen(shown) > OPERATORS_SHOWN || !is_clean(shown))
        return NAVETTE_E_INVALID;
    rc = row_for(operators, place, code, &row);
    if (rc != 0)
        return rc;
    before = *row;
    rc = copy_text(shown, row->shown, sizeof row->shown);
    if (rc == 0)
        rc = keep(operators, row, &before);
    if (rc != 0)
        operators->count = count;
    return rc;
}

int operators_forget(struct operators *operators, const char *place, const char *code)
{
    struct operator_row *row = find(operators, place, code), before, last;
    int rc;

    if (row == NULL)
        return 0;
    before = *row;
    last = operators->rows[--operators->count];
    *row = last;
    rc = save(operators);
    if (rc != 0) {
        operators->rows[operators->count++] = last;
        *row = before;
    } else {
        sodium_memzero(&operators->rows[operators->count], sizeof *row);
    }
    sodium_memzero(&before, sizeof before);
    sodium_memzero(&last, sizeof last);
    return rc;
}

int operators_keep_places(struct operators *operators, int (*serves)(const void *context, const char *place), const void *context)
{
    size_t count = operators->count;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (serves(context, operators->rows[i].place))
            operators->rows[kept++] = operators->rows[i];
    }
    if (kept == count)
        return 0;
    sodium_memzero(&operators->rows[kept], (count - kept) * sizeof operators->rows[0]);
    operators->count = kept;
    return save(operators);
}

int operators_fits(Navette__OperatorNeed need, struct span secret)
{
    if (need == NAVETTE__OPERATOR_NEED__OPERATOR_PASSPHRASE)
        return secret.len >= OPERATORS_PHRASE_MIN && secret.len <= OPERATORS_PHRASE_MAX;
    if (secret.len < OPERATORS_PIN_MIN || secret.len > OPERATORS_PIN_MAX)
        return 0;
    for (size_t i = 0; i < secret.len; i++)
        if (secret.data[i] < '0' || secret.data[i] > '9')
            return 0;
    return 1;
}

int operators_set_secret(struct operators *operators, const struct view_operator *who, struct span secret)
{
    struct operator_row *row, before;
    size_t count = operators->count;
    int rc = row_for(operators, who->place, who->code, &row);

    if (rc != 0)
        return rc;
    before = *row;
    if (crypto_pwhash_str_alg(row->hash, (const char *)secret.data, secret.len, OPERATORS_PASSES, OPERATORS_MEMORY_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        rc = NAVETTE_E_MEMORY;
    row->epoch = who->pin_epoch;
    row->wrong = 0;
    row->wait_boot = row->wait_until_ms = 0;
    if (rc == 0)
        rc = keep(operators, row, &before);
    else
        *row = before;
    if (rc != 0)
        operators->count = count;
    sodium_memzero(&before, sizeof before);
    return rc;
}

int operators_has_secret(const struct operators *operators, const struct view_operator *who)
{
    const struct operator_row *row = find(operators, who->place, who->code);

    if (row == NULL || row->hash[0] == '\0')
        return 0;
    return row->epoch == who->pin_epoch ? 1 : -1;
}

static int64_t wait_after(uint32_t wrong)
{
    int64_t wait_ms = OPERATORS_WAIT_MS;

    if (wrong < OPERATORS_FREE)
        return 0;
    for (uint32_t i = OPERATORS_FREE; i < wrong && wait_ms < OPERATORS_WAIT_MOST_MS; i++)
        wait_ms *= 2;
    return wait_ms < OPERATORS_WAIT_MOST_MS ? wait_ms : OPERATORS_WAIT_MOST_MS;
}

int64_t operators_wait_ms(const struct operators *operators, const char *place, const char *code, uint64_t boot, uint64_t boottime_ms)
{
    struct operator_row *row = find(operators, place, code);

    if (row == NULL || row->wait_until_ms == 0)
        return 0;
    /* How long the machine was off nobody knows: it waits all of it, from when this was first asked. */
    if (row->wait_boot != boot) {
        row->wait_boot = boot;
        row->wait_until_ms = boottime_ms + (uint64_t)wait_after(row->wrong);
    }
    return row->wait_until_ms > boottime_ms ? (int64_t)(row->wait_until_ms - boottime_ms) : 0;
}

int operators_try(struct operators *operators, const struct view_operator *who, struct span secret, uint64_t boot, uint64_t boottime_ms)
{
    struct operator_row *row = find(operators, who->place, who->code), before;
    int rc;

    if (operators_has_secret(operators, who) != 1)
        return NAVETTE_E_NOT_FOUND;
    if (operators_wait_ms(operators, who->place, who->code, boot, boottime_ms) > 0)
        return NAVETTE_E_BUSY;
    before = *row;
    row->wrong += row->wrong < UINT16_MAX;
    row->wait_boot = boot;
    row->wait_until_ms = wait_after(row->wrong) > 0 ? boottime_ms + (uint64_t)wait_after(row->wrong) : 0;
    rc = keep(operators, row, &before);
    if (rc != 0)
        return rc;
    if (crypto_pwhash_str_verify(row->hash, (const char *)secret.data, secret.len) != 0)
        return NAVETTE_E_SIGNATURE;
    row->wrong = 0;
    row->wait_boot = row->wait_until_ms = 0;
    /* What could not be written back is only that it was typed wrong before. */
    (void)save(operators);
    return 0;
}
