/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A catalogue from anywhere: read through a ready profile, and each item on through what follows: JSON as the control socket carries it, back, the event, its
 * check and its bytes. The input is a profile (1 byte), how many bytes a read gives (1 byte), the file.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "navette/event.h"
#include "navette/import.h"
#include "tests/lib/memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

/* What an item becomes: nothing that was read may be refused as an event, or read back as anything else. */
static void step(const struct import_item *item)
{
    static struct import_item back;
    static struct import_event made;
    struct buffer bytes = {0};
    struct thing_key key;
    const char *wrong;
    json_t *json = import_item_json(item);

    expect(json != NULL && import_item_read(json, &back, &wrong) == 0);
    expect(thing_key_make(NAVETTE__THING_KIND__THING_ITEM, "fuzz", back.barcode, &key) == 0);
    import_event_registered(&made, &key, &back);
    made.event.hlc = 1;
    expect(event_check(&made.event) == 0 && event_encode(&made.event, &bytes) == 0);
    expect(import_event_says(&made.event, item));
    import_event_changed(&made, &key, &back);
    made.event.hlc = 1;
    expect(event_check(&made.event) == 0 && import_event_says(&made.event, item));
    buffer_free(&bytes);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_file file = {.data = data + 2, .len = size - 2};
    struct import_profile profile;
    const struct import_item *item;
    const struct import_note *note;
    enum import_what what = IMPORT_A_NOTE;
    struct import *import;
    uint64_t said = 0;
    int rc;

    if (size < 2)
        return 0;
    file.step = data[1] == 0 ? 1 : (size_t)data[1] * data[1];
    expect(import_profile_at(data[0] % 8, &profile) == 0);
    (void)strcpy(profile.home_default, "BIB-A");
    expect(import_open(&profile, memory_file_read, &file, &import) == 0);
    while ((rc = import_next(import, &what, &item, &note)) == 0 && what != IMPORT_THE_END) {
        expect(++said <= 64 * (size + 1));
        if (what == IMPORT_AN_ITEM)
            step(item);
        else
            expect(note->reason > IMPORT_FINE && note->reason < IMPORT_REASONS);
    }
    expect(rc == 0 || (rc == NAVETTE_E_INVALID && profile.form == IMPORT_CSV));
    expect(rc != 0 || import_counts(import)->bytes == file.len);
    import_close(import);
    import_profile_free(&profile);
    return 0;
}
