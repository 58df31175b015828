/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_SERVER_DECIDE_STICK_H
#define NAVETTE_SERVER_DECIDE_STICK_H

#include "server/decide.h"

/*
 * A stick at the hub (stick.h), as navette-hub stick in asks: "stick-in" opens it, "stick-take" gives a part, "stick-end" says what came of it once the fold has it, "stick-answer" opens the
 * answer, "stick-part" gives its parts.
 */
int decide_stick_in(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position);
int decide_stick_take(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position);
int decide_stick_end(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position);
int decide_stick_answer(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position);
int decide_stick_part(struct executor *executor, const json_t *request, json_t **answer, uint64_t *position);

#endif
