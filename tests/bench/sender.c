/* SPDX-License-Identifier: Apache-2.0 */
#include "sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <zmq.h>

#include "floor.h"
#include "navette/frame.h"
#include "navette/system.h"

#define PACE_SECONDS 0.05
#define PACE_FIRST 131072u /* events under way before anything is known of the fold */
#define PACE_LEAST 4096u   /* a batch of each: whatever the fold did, it is given something */
#define PACE_MARKS 4096u

/* One node's end of the wire. */
struct wire_end {
    void *socket;
    uint64_t acked; /* seq */
    size_t open_bytes;
    size_t first_open; /* in `open` */
    size_t open_count;
    uint32_t *open; /* batches under way, a ring */
    size_t ring;
};

/* When so many events in all had been acknowledged. */
struct mark {
    double at;
    uint64_t events;
};

struct sender {
    const struct sender_options *options;
    struct sender_result *result;
    const struct load *load;
    void *context;
    struct wire_end *ends;
    double *sent_at; /* by batch */
    float *latencies;
    size_t latency_count;
    size_t next; /* batch */
    uint64_t sent_events;
    uint64_t floor_sent[LOAD_NODES];
    const uint8_t *raw[LOAD_RAW_BATCHES + 1];
    double begun;
    /* pacing */
    double paced_at;
    uint64_t base; /* journal position before the first event */
    uint64_t folded;
    double rate;
    uint64_t allowed;
    double advanced_at;
    uint64_t advanced; /* `folded` then */
    double warm_at;
    uint64_t warm_folded;
    struct mark marks[PACE_MARKS];
    size_t mark_first;
    size_t mark_count;
};

double sender_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double own_cpu(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void nothing_to_free(void *data, void *hint)
{
    (void)data;
    (void)hint;
}

static void option(void *socket, int name, int value)
{
    if (zmq_setsockopt(socket, name, &value, sizeof value) != 0)
        load_fail("socket option", NAVETTE_E_SYSTEM);
}

static void hello(struct sender *sender, uint32_t node)
{
    const struct load_log *log = &sender->load->logs[node];
    Navette__Hello hello = NAVETTE__HELLO__INIT;
    Navette__LogHead head = NAVETTE__LOG_HEAD__INIT;
    struct buffer frame = {.data = NULL};
    uint8_t process[16];

    system_random(process, sizeof process);
    head.incarnation.data = (uint8_t *)(uintptr_t)log->incarnation;
    head.incarnation.len = INCARNATION_SIZE;
    hello.node.data = (uint8_t *)(uintptr_t)log->keys.node;
    hello.node.len = NODE_ID_SIZE;
    hello.process.data = process;
    hello.process.len = sizeof process;
    hello.connect = 1;
    hello.version = FRAME_VERSION;
    hello.log = &head;
    load_must(frame_encode(FRAME_HELLO, &hello.base, &frame));
    if (zmq_send(sender->ends[node].socket, frame.data, frame.len, 0) < 0)
        load_fail("HELLO", NAVETTE_E_SYSTEM);
    buffer_free(&frame);
}

static void connect_node(struct sender *sender, uint32_t node)
{
    const struct sender_options *options = sender->options;
    const struct load_log *log = &sender->load->logs[node];
    struct wire_end *end = &sender->ends[node];

    end->socket = zmq_socket(sender->context, ZMQ_DEALER);
    end->ring = 65536;
    end->open = malloc(end->ring * sizeof *end->open);
    option(end->socket, ZMQ_LINGER, 0);
    option(end->socket, ZMQ_SNDHWM, 1024);
    if (options->hub_key != NULL && (zmq_setsockopt(end->socket, ZMQ_CURVE_SERVERKEY, options->hub_key, KEY_SIZE) != 0 ||
                                     zmq_setsockopt(end->socket, ZMQ_CURVE_PUBLICKEY, log->keys.curve_public, KEY_SIZE) != 0 ||
                                     zmq_setsockopt(end->socket, ZMQ_CURVE_SECRETKEY, log->keys.curve_secret, KEY_SIZE) != 0))
        load_fail("CURVE", NAVETTE_E_SYSTEM);
    if (end->open == NULL || zmq_connect(end->socket, options->endpoint) != 0)
        load_fail(options->endpoint, NAVETTE_E_SYSTEM);
    if (options->hub_key != NULL)
        hello(sender, node);
}

/* The hub says WELCOME before it takes a PUSH. */
static void await_welcome(struct sender *sender, uint32_t node)
{
    uint8_t bytes[4096];
    struct frame frame;
    int len;

    option(sender->ends[node].socket, ZMQ_RCVTIMEO, 20000);
    len = zmq_recv(sender->ends[node].socket, bytes, sizeof bytes, 0);
    if (len < 0 || (size_t)len > sizeof bytes)
        load_fail("WELCOME", NAVETTE_E_CLOSED);
    load_must(frame_decode(span_of(bytes, (size_t)len), &frame));
    if (frame.type != FRAME_WELCOME)
        load_fail(frame_type_name(frame.type), NAVETTE_E_INVALID);
    frame_free(&frame);
}

static void acknowledge(struct sender *sender, uint32_t node, uint64_t seq, double now)
{
    struct wire_end *end = &sender->ends[node];

    while (end->open_count > 0) {
        uint32_t number = end->open[end->first_open % end->ring];
        const struct load_batch *batch = &sender->load->batches[number % sender->load->count];
        uint64_t last = sender->options->hub_key != NULL ? batch->last_seq : end->acked + batch->count;

        if (last > seq)
            break;
        end->acked = last;
        end->open_bytes -= batch->unpacked;
        end->first_open++;
        end->open_count--;
        sender->result->events += batch->count;
        sender->result->batches++;
        if (sender->latencies != NULL)
            sender->latencies[sender->latency_count++] = (float)(now - sender->sent_at[number]);
    }
}

static uint64_t read_answer(const struct sender *sender, struct span bytes)
{
    struct frame frame;
    uint64_t seq = 0;

    if (sender->options->hub_key == NULL)
        return read_u64(bytes.data);
    load_must(frame_decode(bytes, &frame));
    if (frame.type == FRAME_ACK)
        seq = ((const Navette__Ack *)frame.message)->held->seq;
    else if (frame.type != FRAME_DELTA && frame.type != FRAME_PONG)
        load_fail(frame_type_name(frame.type), NAVETTE_E_REFUSED);
    frame_free(&frame);
    return seq;
}

static int receive_all(struct sender *sender)
{
    int got = 0;

    for (uint32_t node = 0; node < sender->load->nodes; node++) {
        uint8_t bytes[4096];
        int len;

        while (sender->ends[node].open_count > 0 && (len = zmq_recv(sender->ends[node].socket, bytes, sizeof bytes, ZMQ_DONTWAIT)) > 0) {
            acknowledge(sender, node, read_answer(sender, span_of(bytes, (size_t)len)), sender_now());
            got++;
        }
    }
    return got;
}

static int push(struct sender *sender, struct wire_end *end, uint32_t node, const struct load_batch *batch)
{
    zmq_msg_t message;

    if (sender->options->hub_key == NULL) {
        size_t number = sender->floor_sent[node] % sender->load->raw_batches;
        uint8_t header[FLOOR_HEADER];

        memcpy(header, sender->load->logs[node].incarnation, INCARNATION_SIZE);
        write_u64(header + 16, sender->floor_sent[node] * batch->count + 1);
        write_u32(header + 24, batch->count);
        if (zmq_send(end->socket, header, sizeof header, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
            return 0;
        zmq_msg_init_data(&message, (void *)(uintptr_t)sender->raw[number], (size_t)(sender->raw[number + 1] - sender->raw[number]),
                          nothing_to_free, NULL);
        sender->result->bytes += sizeof header + zmq_msg_size(&message);
        sender->floor_sent[node]++;
        return zmq_msg_send(&message, end->socket, 0) >= 0;
    }
    zmq_msg_init_data(&message, sender->load->frames.data + batch->at, batch->len, nothing_to_free, NULL);
    if (zmq_msg_send(&message, end->socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&message);
        return 0;
    }
    sender->result->bytes += batch->len;
    return 1;
}

/* The floor takes only whole batches, any number of times. */
static const struct load_batch *next_batch(struct sender *sender)
{
    const struct load *load = sender->load;
    const struct load_batch *batch;

    if (sender->options->hub_key != NULL)
        return sender->next < load->count ? &load->batches[sender->next] : NULL;
    batch = &load->batches[sender->next % load->count];
    while (batch->count != load->batch_events)
        batch = &load->batches[++sender->next % load->count];
    return batch;
}

static int send_some(struct sender *sender)
{
    const struct load_batch *batch;
    int sent = 0;

    while (sent < 256 && (batch = next_batch(sender)) != NULL) {
        struct wire_end *end = &sender->ends[batch->node];

        if ((end->open_bytes > 0 && end->open_bytes + batch->unpacked > sender->options->window_bytes) || end->open_count == end->ring)
            break;
        if (sender->options->paced != NULL && sender->sent_events >= sender->folded + sender->allowed)
            break;
        if (sender->latencies != NULL)
            sender->sent_at[sender->next] = sender_now();
        if (!push(sender, end, batch->node, batch))
            break;
        end->open[(end->first_open + end->open_count) % end->ring] = (uint32_t)sender->next;
        end->open_count++;
        end->open_bytes += batch->unpacked;
        sender->sent_events += batch->count;
        sender->next++;
        sent++;
    }
    return sent;
}

/* The fold moves a step at a time: its speed is taken from step to step. */
static void note_advance(struct sender *sender, double now, double since)
{
    double speed;

    if (sender->folded == sender->advanced)
        return;
    speed = (double)(sender->folded - sender->advanced) / (now - sender->advanced_at);
    sender->rate = sender->rate == 0 ? speed : 0.6 * sender->rate + 0.4 * speed;
    sender->advanced = sender->folded;
    sender->advanced_at = now;
    if (sender->warm_at > 0)
        sender->result->paced_rate = (double)(sender->folded - sender->warm_folded) / (now - sender->warm_at);
    else if (since > sender->options->seconds / 3) {
        sender->warm_at = now;
        sender->warm_folded = sender->folded;
    }
}

/* Looks at the fold and decides how far ahead of it the next events may go. */
static void pace(struct sender *sender, double now)
{
    double since = now - sender->begun;
    struct mark *mark;
    uint64_t cursor;
    uint64_t lag;

    if (now - sender->paced_at < PACE_SECONDS)
        return;
    sender->paced_at = now;
    hubside_cursor(sender->options->paced, &cursor, &lag);
    sender->folded = cursor > sender->base ? cursor - sender->base : 0;
    while (sender->mark_count > 0 && sender->marks[sender->mark_first % PACE_MARKS].events <= sender->folded) {
        double late = now - sender->marks[sender->mark_first % PACE_MARKS].at;

        if (since > sender->options->seconds / 3 && late > sender->result->lag_max_s)
            sender->result->lag_max_s = late;
        sender->mark_first++;
        sender->mark_count--;
    }
    if (sender->mark_count < PACE_MARKS) {
        mark = &sender->marks[(sender->mark_first + sender->mark_count++) % PACE_MARKS];
        mark->at = now;
        mark->events = sender->result->events;
    }
    note_advance(sender, now, since);
    if (sender->rate > 0)
        sender->allowed = PACE_LEAST + (uint64_t)(sender->rate * sender->options->lag_s);
}

static int compare(const void *a, const void *b)
{
    float one = *(const float *)a;
    float other = *(const float *)b;

    return one < other ? -1 : one > other;
}

static void open_all(struct sender *sender)
{
    const struct load *load = sender->load;
    const uint8_t *at = load->raw.data;
    uint64_t lag;

    sender->context = zmq_ctx_new();
    sender->ends = calloc(load->nodes, sizeof *sender->ends);
    if (sender->options->hub_key != NULL) {
        sender->sent_at = calloc(load->count, sizeof *sender->sent_at);
        sender->latencies = calloc(load->count, sizeof *sender->latencies);
    }
    for (size_t i = 0; i < load->raw_batches; i++) {
        sender->raw[i] = at;
        for (size_t k = 0; k < load->batch_events; k++)
            at += 4 + read_u32(at);
    }
    sender->raw[load->raw_batches] = at;
    for (uint32_t node = 0; node < load->nodes; node++)
        connect_node(sender, node);
    for (uint32_t node = 0; node < load->nodes && sender->options->hub_key != NULL; node++)
        await_welcome(sender, node);
    if (sender->options->paced != NULL) {
        hubside_cursor(sender->options->paced, &sender->base, &lag);
        sender->base += lag;
        sender->allowed = PACE_FIRST;
    }
}

static void close_all(struct sender *sender)
{
    struct sender_result *result = sender->result;

    for (uint32_t node = 0; node < sender->load->nodes; node++) {
        zmq_close(sender->ends[node].socket);
        free(sender->ends[node].open);
    }
    zmq_ctx_term(sender->context);
    if (sender->latency_count > 0) {
        qsort(sender->latencies, sender->latency_count, sizeof *sender->latencies, compare);
        result->ack_p50_ms = 1e3 * (double)sender->latencies[sender->latency_count / 2];
        result->ack_p99_ms = 1e3 * (double)sender->latencies[sender->latency_count * 99 / 100];
    }
    free(sender->sent_at);
    free(sender->latencies);
    free(sender->ends);
}

static int all_answered(const struct sender *sender)
{
    for (size_t i = 0; i < sender->load->nodes; i++)
        if (sender->ends[i].open_count > 0)
            return 0;
    return 1;
}

void sender_run(const struct sender_options *options, struct sender_result *result)
{
    struct sender *sender = calloc(1, sizeof *sender);
    double cpu = own_cpu();
    double now;

    if (sender == NULL)
        load_fail("sender", NAVETTE_E_MEMORY);
    memset(result, 0, sizeof *result);
    sender->options = options;
    sender->result = result;
    sender->load = options->load;
    open_all(sender);
    sender->begun = sender->advanced_at = now = sender_now();
    while (now - sender->begun < options->seconds) {
        int moved = receive_all(sender) + send_some(sender);

        if (options->paced != NULL)
            pace(sender, now);
        if (moved == 0) {
            struct timespec rest = {.tv_nsec = options->window_bytes > 1 ? 400000 : 20000};

            nanosleep(&rest, NULL);
        }
        now = sender_now();
        if (next_batch(sender) == NULL && all_answered(sender)) {
            result->ran_out = 1;
            break;
        }
    }
    result->seconds = now - sender->begun;
    result->cpu_s = own_cpu() - cpu;
    close_all(sender);
    free(sender);
}
