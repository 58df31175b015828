/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_LINE_H
#define SYNC_LINE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a node has seen of its line to the hub: bytes a second each way, of bodies before they are compressed, so that nothing is asked of whoever compresses. From it follow how
 * much may be under way, how much is asked for at a time, and how long an answer may take before something is wrong: a thin line is slow, not dead.
 *
 * Kept over connections, forgotten with the process. Zeros: nothing is known yet.
 */
struct line {
    uint64_t up; /* bytes a second; 0: not known */
    uint64_t down;
};

#define LINE_AHEAD_MS 6000           /* so much of a line's time is kept under way: full, and little to say again after a cut */
#define LINE_ASK_MS 3000             /* ... and asked for: an answer that is cut comes again whole */
#define LINE_UNKNOWN_BYTES 32768u    /* under way, or asked for, before a line is known */
#define LINE_LEAST_BYTES 8192u       /* ... however thin it is */
#define LINE_THINNEST UINT64_C(2048) /* bytes a second before compression: nothing thinner is waited for; a quarter of 16 kbit/s, packed */
#define LINE_THIN UINT64_C(65536)    /* bytes a second down, before compression: some 128 kbit/s */
#define LINE_SAMPLE_BYTES 4096u      /* less than this says how long the way is, not how wide */

/* `bytes` went up, and were acknowledged, in `ms`; or came down. */
void line_sent(struct line *line, size_t bytes, int64_t ms);
void line_got(struct line *line, size_t bytes, int64_t ms);

/* How many bytes may be under way; how many are asked for: at most `most`. */
size_t line_window(const struct line *line, size_t most);
uint32_t line_ask(const struct line *line, uint32_t most);

/* Is it so thin that what is not needed is left out? */
int line_is_thin(const struct line *line);

/* How long that many bytes may take, in ms: twice what they should; on a line that is not known, as on the thinnest. */
int64_t line_up_ms(const struct line *line, size_t bytes);
int64_t line_down_ms(const struct line *line, size_t bytes);

#endif
