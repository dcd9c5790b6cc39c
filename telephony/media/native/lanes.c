/*
 * The two hot loops of the media engine, for packets that need no thought: bare RTP headers, 20 ms of G.711, one
 * locked and connected socket. Whatever is not just so goes back to Python, untouched, which holds the rules.
 *
 * Packets come from strangers. Each is received into a buffer of fixed size, its length is what recv says, and
 * nothing of its content is used as a length, an index or an address.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { FRAME = 160, HEADER = 12, FULL = HEADER + FRAME, PACKET_MAX = 2048 };
enum { EVENTS_MAX = 1024, WHOLE_MAX = 128 };
enum { ASK = 0, CLIP = 1, SILENCE = 2, RELAY = 3 };
enum { TO_ALAW = 1, TO_ULAW = 2 };
enum { RELAY_ENDS = 4, LATE_MAX = 100, AHEAD_MAX = 50, JUMP_MAX = 8000 };
enum { DROPOUT_MAX = 3000, SETTLED = 8000 };
enum { SUM_MASK = 0x1FFFF };

struct reception {
    int64_t base, high, received, reordered, transit, changed_at;
    double jitter;
    int64_t reported_expected, reported_received;
};

struct lane {
    struct reception reception;
    double heard_at;
    struct lane *peer;
    int64_t ssrc_in;
    int32_t plain_head;
    int32_t out_fd;
    const uint8_t *clip;
    uint32_t clip_size, clip_at;
    int64_t packets_out;
    uint32_t ssrc, ts_base, ts_shift, last_timestamp;
    uint16_t seq, seq_shift;
    uint8_t payload_type, mark, alaw, translate, idle_ticks, mode, is_listening;
};

/* A frame for a jitter buffer that lives in Python. */
struct frame {
    int32_t fd;
    uint32_t seq;
    uint8_t payload[FRAME];
};

/* A packet that Python is to read. */
struct whole {
    int32_t fd;
    uint32_t size;
    uint8_t data[PACKET_MAX];
};

struct engine {
    int32_t epoll_fd;
    uint32_t lanes_max;                 /* length of `lanes`, which is indexed by socket */
    struct lane **lanes;
    const uint8_t *to_alaw, *to_ulaw;   /* 256 bytes each */
    uint32_t frames_count, wholes_count, others_count;
    int32_t others[EVENTS_MAX];         /* sockets that Python is to read itself */
    struct frame frames[EVENTS_MAX];
    struct whole wholes[WHOLE_MAX];
    const int16_t *steps[2];            /* by law, of 256 codes: telephony/media/linear.py */
    const uint8_t *codes[2];            /* by law, of SUM_MASK + 1 sums of steps */
};

uint32_t lanes_lane_size(void) { return sizeof(struct lane); }
uint32_t lanes_engine_size(void) { return sizeof(struct engine); }

static uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }
static uint32_t get32(const uint8_t *at) { return get16(at) << 16 | get16(at + 2); }

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* As Reception._out_of_line. */
static void out_of_line(struct reception *r, uint32_t seq) {
    uint32_t ahead = (seq - (uint32_t)r->high) & 0xFFFF;
    if (ahead > 0 && ahead < DROPOUT_MAX) {
        r->high += ahead;
    } else if (ahead >= 0x10000 - LATE_MAX || ahead == 0) {
        r->reordered += ahead != 0;
    } else {
        r->base += (int64_t)seq - 1 - r->high;
        r->high = seq;
    }
}

/* As Reception._wander. */
static void wander(struct reception *r, int64_t transit) {
    uint32_t moved = (uint32_t)(transit - r->transit);
    uint32_t distance = moved < 0u - moved ? moved : 0u - moved;
    double jitter = r->jitter * pow(15.0 / 16.0, (double)(r->received - 1 - r->changed_at));
    if (r->transit >= 0 && distance < SETTLED)
        jitter += (distance - jitter) / 16.0;
    r->jitter = jitter;
    r->changed_at = r->received;
    r->transit = transit;
}

/* As Reception.count. */
static void count(struct reception *r, uint32_t seq, uint32_t timestamp, uint32_t clock) {
    r->received += 1;
    if (seq == ((uint32_t)(r->high + 1) & 0xFFFF))
        r->high += 1;
    else
        out_of_line(r, seq);
    int64_t transit = (uint32_t)(clock - timestamp);
    if (transit != r->transit)
        wander(r, transit);
}

/* One packet out under the lane's own name; a peer that isn't there is no error. */
static void speak(struct lane *lane, uint32_t seq, uint32_t timestamp, const uint8_t *payload, const uint8_t *table) {
    uint8_t packet[FULL];
    packet[0] = 0x80;
    packet[1] = lane->payload_type | lane->mark;
    put16(packet + 2, seq);
    put32(packet + 4, timestamp);
    put32(packet + 8, lane->ssrc);
    if (table == NULL)
        memcpy(packet + HEADER, payload, FRAME);
    else
        for (int n = 0; n < FRAME; n++)
            packet[HEADER + n] = table[payload[n]];
    if (send(lane->out_fd, packet, FULL, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return;
    lane->packets_out += 1;
    lane->mark = 0;
}

/* Whether the packet can be passed on as Outbound.pass_on would without a new beginning. */
static int is_in_line(const struct lane *to, uint32_t seq, uint32_t timestamp) {
    if (to->mode != RELAY || to->idle_ticks >= RELAY_ENDS || to->out_fd < 0)
        return 0;
    uint32_t ahead = (seq + to->seq_shift - to->seq) & 0xFFFF;
    uint32_t later = timestamp + to->ts_shift - to->last_timestamp;
    return ahead > 0xFFFF - LATE_MAX || (ahead >= 1 && ahead <= AHEAD_MAX && later >= 1 && later <= JUMP_MAX);
}

static void pass_on(const struct engine *engine, struct lane *to, uint32_t seq, uint32_t timestamp,
                    const uint8_t *payload) {
    uint32_t number = (seq + to->seq_shift) & 0xFFFF;
    uint32_t stamp = timestamp + to->ts_shift;
    to->idle_ticks = 0;
    if (((number - to->seq) & 0xFFFF) <= AHEAD_MAX) {
        to->seq = (uint16_t)number;
        to->last_timestamp = stamp;
    }
    const uint8_t *table =
        to->translate == TO_ALAW ? engine->to_alaw : to->translate == TO_ULAW ? engine->to_ulaw : NULL;
    speak(to, number, stamp, payload, table);
}

/* Whether a received packet was plain and is done with. */
static int take(struct engine *engine, int32_t fd, struct lane *lane, const uint8_t *data, double now, uint32_t clock) {
    if (lane->plain_head < 0 || get16(data) != (uint32_t)lane->plain_head || (int64_t)get32(data + 8) != lane->ssrc_in)
        return 0;
    uint32_t seq = get16(data + 2), timestamp = get32(data + 4);
    struct lane *to = lane->peer;
    if (to != NULL && !is_in_line(to, seq, timestamp))
        return 0;
    lane->heard_at = now;
    count(&lane->reception, seq, timestamp, clock);
    if (to != NULL)
        pass_on(engine, to, seq, timestamp, data + HEADER);
    if (lane->is_listening) {
        struct frame *frame = &engine->frames[engine->frames_count++];
        frame->fd = fd;
        frame->seq = seq;
        memcpy(frame->payload, data + HEADER, FRAME);
    }
    return 1;
}

/*
 * One packet of every readable socket, at most. Returns how many were readable, 0 for none; what is left to
 * Python stands in `frames`, `wholes` and `others`, each socket in one of them at most.
 */
int32_t lanes_drain(struct engine *engine, double now, uint32_t clock) {
    struct epoll_event events[EVENTS_MAX];
    int ready = epoll_wait(engine->epoll_fd, events, EVENTS_MAX, 0);
    engine->frames_count = engine->wholes_count = engine->others_count = 0;
    for (int n = 0; n < ready; n++) {
        int32_t fd = events[n].data.fd;
        struct lane *lane = fd >= 0 && (uint32_t)fd < engine->lanes_max ? engine->lanes[fd] : NULL;
        if (lane == NULL || engine->wholes_count == WHOLE_MAX) {
            engine->others[engine->others_count++] = fd;
            continue;
        }
        struct whole *whole = &engine->wholes[engine->wholes_count];
        ssize_t size = recv(fd, whole->data, PACKET_MAX, MSG_DONTWAIT);
        if (size < 0 || (size == FULL && take(engine, fd, lane, whole->data, now, clock)))
            continue;
        whole->fd = fd;
        whole->size = (uint32_t)size;
        engine->wholes_count += 1;
    }
    return ready < 0 ? 0 : ready;
}

/*
 * This tick's packet of every lane. Returns how many lanes Python is to see to; `asks`, as long as `lanes`, says
 * which.
 */
uint32_t lanes_say(const struct engine *engine, struct lane *const *lanes, uint32_t lanes_count, uint32_t clock,
                   uint32_t *asks) {
    static const uint8_t silence[2] = {0xFF, 0xD5};
    uint8_t frame[FRAME];
    uint32_t asked = 0;
    for (uint32_t n = 0; n < lanes_count; n++) {
        struct lane *lane = lanes[n];
        const uint8_t *payload = frame, *table = NULL;
        if (lane->mode == RELAY && lane->idle_ticks + 1 < RELAY_ENDS) {
            lane->idle_ticks += 1;
            continue;
        }
        if (lane->mode == CLIP && lane->clip_size >= FRAME && lane->clip_at <= lane->clip_size - FRAME) {
            payload = lane->clip + lane->clip_at;
            lane->clip_at += FRAME;
            table = lane->alaw ? engine->to_alaw : NULL;
        } else if (lane->mode == SILENCE) {
            memset(frame, silence[lane->alaw != 0], FRAME);
        } else {
            asks[asked++] = n;
            continue;
        }
        lane->seq += 1;
        lane->last_timestamp = lane->ts_base + clock;
        speak(lane, lane->seq, lane->last_timestamp, payload, table);
    }
    return asked;
}

/*
 * A frame for each of `ears`, into `mixed`: the sum of the speakers that `plan` names for it (its law, how many, which).
 * `frames` are those of all speakers, `laws` says of each whether it is A-law.
 */
void lanes_mix(const struct engine *engine, const uint8_t *frames, const uint8_t *laws, const uint16_t *plan,
               uint32_t ears, uint8_t *mixed) {
    for (uint32_t ear = 0; ear < ears; ear++) {
        int32_t sums[FRAME] = {0};
        const uint8_t *codes = engine->codes[*plan++ != 0];
        for (uint32_t count = *plan++; count > 0; count--) {
            uint32_t speaker = *plan++;
            const uint8_t *frame = frames + (size_t)speaker * FRAME;
            const int16_t *steps = engine->steps[laws[speaker] != 0];
            for (int n = 0; n < FRAME; n++)
                sums[n] += steps[frame[n]];
        }
        for (int n = 0; n < FRAME; n++)
            *mixed++ = codes[(uint32_t)sums[n] & SUM_MASK];
    }
}
