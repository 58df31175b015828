/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WHERE_H
#define NODE_WHERE_H

#include "navette/message.h"
#include "navette/view.h"

/* Where something is, as a person would say it: "à BIB-NORD", "en transit BIB-A > BIB-B", "dans SAC-12 (à BIB-A)". */
#define WHERE_SIZE 256u
void where_text(enum message_language language, const struct whereabouts *where, char out[WHERE_SIZE]);

#endif
