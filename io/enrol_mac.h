/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NAVETTE_IO_ENROL_MAC_H
#define NAVETTE_IO_ENROL_MAC_H

#include "navette/enrol.h"

/* The MACs of the two sides (proto/WIRE.md, "Enrolment"): BLAKE2b-256 keyed by BLAKE2b-256("navette enrol v1" || code). */
#define ENROL_NONCE_SIZE 32u
#define ENROL_MAC_SIZE 32u
#define ENROL_FRAME_BYTES 4096u /* the largest request or reply, with sixteen places and an endpoint, has under 1,200 */

void enrol_mac_request(const uint8_t code[ENROL_CODE_BYTES], const struct enrol_claim *claim, const uint8_t nonce[ENROL_NONCE_SIZE],
                       uint8_t mac[ENROL_MAC_SIZE]);
void enrol_mac_reply(const uint8_t code[ENROL_CODE_BYTES], const uint8_t request_nonce[ENROL_NONCE_SIZE],
                     const uint8_t reply_nonce[ENROL_NONCE_SIZE], const struct enrol_grant *grant, uint8_t mac[ENROL_MAC_SIZE]);
/* 1 or 0, in constant time. */
int enrol_mac_equal(const uint8_t a[ENROL_MAC_SIZE], const uint8_t b[ENROL_MAC_SIZE]);

#endif
