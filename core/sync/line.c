/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/line.h"

static void learn(uint64_t *rate, size_t bytes, int64_t ms)
{
    uint64_t seen = (uint64_t)bytes * 1000 / (ms > 0 ? (uint64_t)ms : 1);

    /* Few bytes come no sooner than the answer to any: that the line is thin is not to be read from them. */
    if (bytes < LINE_SAMPLE_BYTES && seen <= *rate) {
        return;
    }
    if (bytes < LINE_SAMPLE_BYTES && *rate == 0) {
        return;
    }
    seen = seen > 0 ? seen : 1;
    *rate = *rate == 0 ? seen : *rate / 2 + seen / 2 + 1;
}

void line_sent(struct line *line, size_t bytes, int64_t ms)
{
    learn(&line->up, bytes, ms);
}

void line_got(struct line *line, size_t bytes, int64_t ms)
{
    learn(&line->down, bytes, ms);
}

static uint64_t within(uint64_t rate, uint64_t ahead_ms, uint64_t most)
{
    uint64_t bytes = rate == 0 ? LINE_UNKNOWN_BYTES : rate > most ? most : rate * ahead_ms / 1000;

    bytes = bytes < LINE_LEAST_BYTES ? LINE_LEAST_BYTES : bytes;
    return bytes < most ? bytes : most;
}

size_t line_window(const struct line *line, size_t most)
{
    return (size_t)within(line->up, LINE_AHEAD_MS, most);
}

uint32_t line_ask(const struct line *line, uint32_t most)
{
    return (uint32_t)within(line->down, LINE_ASK_MS, most);
}

int line_is_thin(const struct line *line)
{
    return line->down != 0 && line->down < LINE_THIN;
}

static int64_t patience(uint64_t rate, size_t bytes)
{
    return (int64_t)((uint64_t)bytes * 2000 / (rate > LINE_THINNEST ? rate : LINE_THINNEST));
}

int64_t line_up_ms(const struct line *line, size_t bytes)
{
    return patience(line->up, bytes);
}

int64_t line_down_ms(const struct line *line, size_t bytes)
{
    return patience(line->down, bytes);
}
