/* SPDX-License-Identifier: Apache-2.0 */
#include "io/figure_request.h"

#include <stdio.h>
#include <string.h>

#include "navette/tz.h"

#define DAY_MS 86400000

static const char *text_of(const json_t *request, const char *name)
{
    const char *text = json_string_value(json_object_get(request, name));

    return text != NULL && text[0] != '\0' ? text : NULL;
}

static int flag_of(const json_t *request, const char *name)
{
    return json_is_true(json_object_get(request, name));
}

int figure_request_is(const json_t *request)
{
    return flag_of(request, "stock") || flag_of(request, "transit") || flag_of(request, "bags");
}

static int read_kind(const char *text, int *kind)
{
    static const char *const kinds[] = {"item", "bag", "crate"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i], text) == 0) {
            *kind = (int)i + 1;
            return 0;
        }
    }
    return NAVETTE_E_INVALID;
}

static int read_state(const char *text, struct stock_filter *filter)
{
    filter->owned = strcmp(text, "owned") == 0;
    filter->overdue = strcmp(text, "overdue") == 0;
    if (filter->owned || filter->overdue)
        return 0;
    filter->state = strcmp(text, "retired") == 0 ? STATE_WITHDRAWN : state_of_name(text);
    return filter->state < 0 ? NAVETTE_E_INVALID : 0;
}

static int read_day(const char *text, int32_t *day)
{
    char whole[48];
    int64_t ms;

    if (strlen(text) != strlen("2026-01-31"))
        return NAVETTE_E_INVALID;
    (void)snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
    if (tz_parse("", whole, &ms) != 0)
        return NAVETTE_E_INVALID;
    *day = (int32_t)(ms / DAY_MS);
    return 0;
}

int figure_request_read(const json_t *request, const char *place, struct stock_filter *filter, const char **option, const char **value)
{
    const char *from = text_of(request, "from");
    int is_transit = flag_of(request, "transit");
    int rc = 0;

    *filter = (struct stock_filter){.place = is_transit && from != NULL ? from : place,
                                    .material = json_string_value(json_object_get(request, "material")),
                                    .state = is_transit ? STATE_IN_TRANSIT : -1,
                                    .kind = flag_of(request, "bags") ? NAVETTE__THING_KIND__THING_BAG : 0,
                                    .to = is_transit ? text_of(request, "to") : NULL};
    if ((*value = text_of(request, "kind")) != NULL) {
        *option = "--kind";
        rc = read_kind(*value, &filter->kind);
    }
    if (rc == 0 && !is_transit && (*value = text_of(request, "state")) != NULL) {
        *option = "--state";
        rc = read_state(*value, filter);
    }
    if (rc == 0 && is_transit && (*value = text_of(request, "day")) != NULL) {
        *option = "--day";
        rc = read_day(*value, &filter->day);
    }
    return rc;
}
