/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/effects.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void effects_init(struct effects *effects)
{
    memset(effects, 0, sizeof *effects);
}

void effects_clear(struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        buffer_free(&effects->list[i].frame);
    }
    effects->count = 0;
}

void effects_free(struct effects *effects)
{
    effects_clear(effects);
    free(effects->list);
    memset(effects, 0, sizeof *effects);
}

struct effect *effects_add(struct effects *effects, enum effect_kind kind, uint64_t session)
{
    if (effects->count == effects->capacity) {
        size_t capacity = effects->capacity == 0 ? 16 : effects->capacity * 2;
        struct effect *list;

        if (effects->count >= EFFECTS_MAX) {
            return NULL;
        }
        list = realloc(effects->list, capacity * sizeof *list);
        if (list == NULL) {
            return NULL;
        }
        effects->list = list;
        effects->capacity = capacity;
    }
    struct effect *effect = &effects->list[effects->count++];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    effect->session = session;
    return effect;
}

int effects_log(struct effects *effects, enum effect_level level, uint64_t session, const char *format, ...)
{
    struct effect *effect = effects_add(effects, EFFECT_LOG, session);
    va_list arguments;

    if (effect == NULL) {
        return NAVETTE_E_MEMORY;
    }
    effect->level = level;
    va_start(arguments, format);
    vsnprintf(effect->text, sizeof effect->text, format, arguments);
    va_end(arguments);
    return 0;
}

int effects_send(struct effects *effects, uint64_t session, enum frame_type type, const ProtobufCMessage *message)
{
    struct effect *effect = effects_add(effects, EFFECT_SEND, session);
    int rc;

    if (effect == NULL) {
        return NAVETTE_E_MEMORY;
    }
    rc = frame_encode(type, message, &effect->frame);
    if (rc != 0) {
        buffer_free(&effect->frame);
        effects->count--;
    }
    return rc;
}

int effects_keys(struct effects *effects, uint64_t session, struct span frame)
{
    struct effect *effect = effects_add(effects, EFFECT_KEYS, session);
    int rc;

    if (effect == NULL) {
        return NAVETTE_E_MEMORY;
    }
    rc = buffer_append(&effect->frame, frame.data, frame.len);
    if (rc != 0) {
        effects->count--;
    }
    return rc;
}
