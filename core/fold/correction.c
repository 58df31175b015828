/* SPDX-License-Identifier: Apache-2.0 */
#include "fold/correction.h"

#include <string.h>

#include "fold/absence.h"
#include "fold/order.h"
#include "navette/hlc.h"

#define BOOT_KEY_SIZE (INCARNATION_SIZE + 8u)
#define TIME_MAX_MS ((int64_t)0xffffffffffff) /* 48 bits, as an HLC holds */

static void boot_key(const struct clock_boot *boot, uint8_t key[BOOT_KEY_SIZE])
{
    memcpy(key, boot->incarnation, INCARNATION_SIZE);
    write_u64(key + INCARNATION_SIZE, boot->boot);
}

struct clock_boot correction_boot(const struct event *event)
{
    struct clock_boot boot = {.boot = event->body->clock_corrected->boot};

    memcpy(boot.incarnation, event->self.incarnation, INCARNATION_SIZE);
    return boot;
}

/* The rows of a run say how many stand side by side, those of a branch stand for one. */
static int each_of(const struct horizon *horizon, enum store_table table, const struct clock_boot *boot, correction_visit *visit,
                   void *context)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(horizon->journal, table, span_of(boot->incarnation, INCARNATION_SIZE), &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        uint64_t position;
        uint32_t count;

        if (table == TABLE_RUN ? value.len != 12 : value.len < 8) {
            rc = NAVETTE_E_STORE;
            break;
        }
        position = read_u64(value.data);
        count = table == TABLE_RUN ? read_u32(value.data + 8) : 1;
        for (uint32_t i = 0; rc == 0 && i < count && position + i <= horizon->limit; i++)
            rc = visit(position + i, context);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int correction_each(const struct horizon *horizon, const struct clock_boot *boot, correction_visit *visit, void *context)
{
    int rc = each_of(horizon, TABLE_RUN, boot, visit, context);

    return rc == 0 ? each_of(horizon, TABLE_BRANCH, boot, visit, context) : rc;
}

int correction_note(struct horizon *horizon, const struct event *event, uint64_t position)
{
    struct clock_boot boot = correction_boot(event);
    uint8_t key[BOOT_KEY_SIZE + 8];
    int rc;

    boot_key(&boot, key);
    write_u64(key + BOOT_KEY_SIZE, position);
    rc = store_put(horizon->state, TABLE_CLOCK, span_of(key, sizeof(key)), span_of("", 0));
    if (rc != 0)
        return rc;
    horizon->corrections++;
    return 0;
}

struct choice {
    int found;
    uint64_t hlc;
    struct ref self;
    int64_t offset_ms;
};

static int consider(const struct horizon *horizon, uint64_t position, struct choice *choice)
{
    struct journal_entry entry;
    struct event event;
    int absent;
    int rc = journal_read(horizon->journal, position, &entry);

    if (rc == 0)
        rc = horizon_decode(&entry, &event);
    if (rc != 0)
        return horizon_held(rc);
    absent = event.body->body_case == NAVETTE__EVENT__BODY_CLOCK_CORRECTED ? absence_of(horizon, &event, NULL) : NAVETTE_E_STORE;
    if (absent == 0) {
        uint64_t hlc = event.body->hlc;

        if (!choice->found || order_compare(hlc, &event.self, choice->hlc, &choice->self) > 0)
            *choice = (struct choice){1, hlc, event.self, event.body->clock_corrected->wall_minus_boot_ms};
    }
    event_free(&event);
    return absent < 0 ? absent : 0;
}

static int gather(const struct horizon *horizon, struct span prefix, struct choice *choice)
{
    struct prefix_scan scan;
    struct span key;
    struct span value;
    int rc = horizon_scan(horizon->state, TABLE_CLOCK, prefix, &scan);

    if (rc != 0)
        return rc;
    while ((rc = horizon_scan_next(&scan, &key, &value)) == 0) {
        if (key.len != BOOT_KEY_SIZE + 8 || read_u64(key.data + BOOT_KEY_SIZE) > horizon->limit)
            continue;
        rc = consider(horizon, read_u64(key.data + BOOT_KEY_SIZE), choice);
        if (rc != 0)
            break;
    }
    horizon_scan_close(&scan);
    return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
}

int correction_choose(const struct horizon *horizon, const struct clock_boot *boot, int *changed)
{
    uint8_t bytes[BOOT_KEY_SIZE];
    struct span key;
    struct choice choice = {.found = 0};
    uint8_t row[8 + REF_SIZE];
    struct span old;
    int rc;

    boot_key(boot, bytes);
    key = span_of(bytes, sizeof(bytes));
    rc = gather(horizon, key, &choice);
    if (rc != 0)
        return rc;
    write_u64(row, (uint64_t)choice.offset_ms);
    ref_encode(&choice.self, row + 8);
    rc = store_get(horizon->state, TABLE_CLOCK, key, &old);
    if (rc == NAVETTE_E_NOT_FOUND) {
        *changed = choice.found;
        return choice.found ? store_put(horizon->state, TABLE_CLOCK, key, span_of(row, sizeof(row))) : 0;
    }
    if (rc != 0)
        return rc;
    if (old.len != sizeof(row))
        return NAVETTE_E_STORE;
    *changed = !choice.found || memcmp(old.data, row, 8) != 0;
    if (choice.found)
        return store_put(horizon->state, TABLE_CLOCK, key, span_of(row, sizeof(row)));
    return store_del(horizon->state, TABLE_CLOCK, key);
}

/* boottime + offset in whole numbers, then within 0 .. 2^48-1. */
static int64_t add_clamped(uint64_t boottime_ms, int64_t offset_ms)
{
    uint64_t sum;

    if (offset_ms < 0) {
        uint64_t back = (uint64_t)0 - (uint64_t)offset_ms;

        sum = boottime_ms > back ? boottime_ms - back : 0;
    } else {
        sum = boottime_ms > UINT64_MAX - (uint64_t)offset_ms ? UINT64_MAX : boottime_ms + (uint64_t)offset_ms;
    }
    return sum > (uint64_t)TIME_MAX_MS ? TIME_MAX_MS : (int64_t)sum;
}

/* The correction that counts: as it was chosen, or chosen again among those known then. NAVETTE_E_NOT_FOUND: none. */
static int find_choice(const struct horizon *horizon, const struct event *event, struct choice *choice)
{
    struct clock_boot boot = {.boot = event->body->boot};
    uint8_t key[BOOT_KEY_SIZE];
    struct span value;
    int rc;

    *choice = (struct choice){.found = 0};
    if (horizon->corrections == 0)
        return NAVETTE_E_NOT_FOUND;
    memcpy(boot.incarnation, event->self.incarnation, INCARNATION_SIZE);
    boot_key(&boot, key);
    if (horizon->amended) {
        rc = gather(horizon, span_of(key, sizeof(key)), choice);
        return rc == 0 && !choice->found ? NAVETTE_E_NOT_FOUND : rc;
    }
    rc = store_get(horizon->state, TABLE_CLOCK, span_of(key, sizeof(key)), &value);
    if (rc != 0)
        return rc;
    if (value.len != 8 + REF_SIZE)
        return NAVETTE_E_STORE;
    choice->offset_ms = (int64_t)read_u64(value.data);
    ref_decode(value.data + 8, &choice->self);
    return 0;
}

int correction_of(const struct horizon *horizon, const struct event *event, struct ref *by)
{
    struct choice choice;
    int rc = find_choice(horizon, event, &choice);

    *by = choice.self;
    return rc;
}

int correction_time(const struct horizon *horizon, const struct event *event, int64_t *time_ms, int *corrected)
{
    struct choice choice;
    int rc = find_choice(horizon, event, &choice);

    *time_ms = (int64_t)(event->body->hlc >> 16);
    if (corrected != NULL)
        *corrected = 0;
    if (rc != 0)
        return rc == NAVETTE_E_NOT_FOUND ? 0 : rc;
    *time_ms = add_clamped(event->body->boottime_ms, choice.offset_ms);
    if (corrected != NULL)
        *corrected = 1;
    return 0;
}
