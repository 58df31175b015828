/* SPDX-License-Identifier: Apache-2.0 */
#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A figure of the results by its path, as "burst.7.ratio"; -1 when it was not measured. */
static double figure(const json_t *result, const char *path)
{
    char name[64];

    while (*path != '\0' && result != NULL) {
        size_t len = strcspn(path, ".");

        snprintf(name, sizeof name, "%.*s", (int)len, path);
        result = json_is_array(result) ? json_array_get(result, strtoul(name, NULL, 10)) : json_object_get(result, name);
        path += len + (path[len] == '.');
    }
    return json_is_number(result) ? json_number_value(result) : -1;
}

static void target(json_t *list, const json_t *result, const char *name, const char *path, double wanted, int at_least)
{
    double got = figure(result, path);
    int met = at_least ? got >= wanted : got <= wanted;
    json_t *row = json_pack("{s:s, s:s, s:f}", "target", name, "bound", at_least ? "at least" : "at most", "wanted", wanted);

    if (got >= 0)
        json_object_set_new(row, "measured", json_real(got));
    json_object_set_new(row, "met", got < 0 ? json_null() : json_boolean(met));
    json_array_append_new(list, row);
    if (got >= 0)
        printf("%-58s %s %g: %.4g, %s\n", name, at_least ? "at least" : "at most", wanted, got, met ? "met" : "MISSED");
}

/* The slowest stock of the past of one question, whatever the distance, in microseconds: a figure of "past" under that name. */
static void add_slowest(json_t *past, const char *question)
{
    double most = -1;
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(past, "views"), i, row)
    {
        int is_asked = strcmp(json_string_value(json_object_get(row, "view")), "stock") == 0 &&
                       strcmp(json_string_value(json_object_get(row, "question")), question) == 0;
        double took = figure(row, "p50_us");

        most = is_asked && took > most ? took : most;
    }
    if (most >= 0)
        json_object_set_new(past, question, json_real(most));
}

void targets_add(json_t *result)
{
    json_t *list = json_array();
    size_t at = 0;
    char path[2][64];
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(result, "burst"), i, row) if (json_integer_value(json_object_get(row, "nodes")) == 16 &&
                                                                     json_integer_value(json_object_get(row, "batch")) == 256) at = i;
    snprintf(path[0], sizeof path[0], "burst.%zu.floor_events_s", at);
    snprintf(path[1], sizeof path[1], "burst.%zu.ratio", at);
    target(list, result, "floor at 16 x 256, events/s", path[0], 800000, 1);
    target(list, result, "burst at 16 x 256, part of the floor", path[1], 0.42, 1);
    target(list, result, "sustained, uniform, part of the floor", "sustained_uniform.ratio", 0.08, 1);
    target(list, result, "sustained, replay's mix, part of the floor", "sustained_replay.ratio", 0.20, 1);
    target(list, result, "lag of the fold, uniform, s", "sustained_uniform.fold_lag_max_s", 2, 0);
    target(list, result, "lag of the fold, replay's mix, s", "sustained_replay.fold_lag_max_s", 2, 0);
    target(list, result, "all stock counters by the socket, 1 million documents, us", "views.0.stock_socket_us", 300, 0);
    target(list, result, "all stock counters by the socket, 10 million documents, us", "views.1.stock_socket_us", 300, 0);
    target(list, result, "restart with 10 million events, s", "views.1.restart_s", 1, 0);
    add_slowest(json_object_get(result, "past"), "at");
    add_slowest(json_object_get(result, "past"), "known");
    add_slowest(json_object_get(result, "past"), "both");
    target(list, result, "stock at a moment, 1 million documents, us", "past.at", 50000, 0);
    target(list, result, "stock as it was known, 1 million documents, us", "past.known", 50000, 0);
    target(list, result, "stock at a moment as it was known, 1 million documents, us", "past.both", 50000, 0);
    json_object_set_new(result, "targets", list);
}
