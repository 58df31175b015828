/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include <stddef.h>
#include <sys/mman.h>

static size_t size_of(uint64_t slots)
{
    return sizeof(struct ledger) + (size_t)slots * sizeof(((struct ledger *)0)->slots[0]);
}

struct ledger *ledger_new(uint64_t images)
{
    uint64_t slots = 1024;
    struct ledger *ledger;

    while (slots < images * 4) {
        slots *= 2;
    }
    ledger = mmap(NULL, size_of(slots), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (ledger == MAP_FAILED) {
        return NULL;
    }
    ledger->mask = slots - 1;
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    (void)munmap(ledger, size_of(ledger->mask + 1));
}

static uint64_t find(struct ledger *ledger, uint64_t key, int *is_new)
{
    uint64_t at = key & ledger->mask;

    for (;; at = (at + 1) & ledger->mask) {
        uint_fast64_t held = 0;

        if (atomic_compare_exchange_strong(&ledger->slots[at].key, &held, key)) {
            *is_new = 1;
            return at;
        }
        if (held == key) {
            *is_new = 0;
            return at;
        }
    }
}

int ledger_claim(struct ledger *ledger, uint64_t key, uint64_t *value)
{
    int is_new;
    uint64_t at = find(ledger, key | 1, &is_new);

    *value = is_new ? 0 : atomic_load(&ledger->slots[at].value);
    return is_new;
}

void ledger_put(struct ledger *ledger, uint64_t key, uint64_t value)
{
    int is_new;

    atomic_store(&ledger->slots[find(ledger, key | 1, &is_new)].value, value);
}
