/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "navette/error.h"
#include "navette/state.h"

int label_encode(const struct label *label, struct buffer *out)
{
    int rc = buffer_append_string(out, label->title);

    if (rc == 0)
        rc = buffer_append_string(out, label->call_number);
    if (rc == 0)
        rc = buffer_append_string(out, label->size);
    if (rc == 0)
        rc = buffer_append_string(out, label->author);
    return rc;
}

int label_decode(struct span bytes, struct label *label)
{
    struct reader reader = reader_of(bytes);

    memset(label, 0, sizeof(*label));
    reader_copy_string(&reader, label->title, sizeof(label->title));
    reader_copy_string(&reader, label->call_number, sizeof(label->call_number));
    reader_copy_string(&reader, label->size, sizeof(label->size));
    reader_copy_string(&reader, label->author, sizeof(label->author));
    return reader.failed || reader.left.len != 0 ? NAVETTE_E_STORE : 0;
}

int label_is_empty(const struct label *label)
{
    return label->title[0] == '\0' && label->author[0] == '\0' && label->call_number[0] == '\0' && label->size[0] == '\0';
}
