/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "navette/error.h"
#include "navette/ref.h"
#include "navette/span.h"

#define LOG_LINE_BYTES 1024u

/* The namespace of Navette's public ids; changing it would change every id ever printed. */
static const uuid_t public_namespace = {0x8b, 0x1f, 0x0a, 0x52, 0x6d, 0x0e, 0x4c, 0x51, 0x9a, 0x77, 0x3c, 0x2e, 0x5f, 0x90, 0x41, 0xd8};

static atomic_int threshold;

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t system_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t system_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

uint64_t system_boottime_ms(void)
{
    return (uint64_t)clock_ms(CLOCK_BOOTTIME);
}

uint64_t system_boot(void)
{
    char text[UUID_STR_LEN];
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t got = read(file, text, UUID_STR_LEN - 1);
    close(file);
    if (got != UUID_STR_LEN - 1)
        return 0;
    text[UUID_STR_LEN - 1] = '\0';
    uuid_t boot;
    if (uuid_parse(text, boot) != 0)
        return 0;
    return read_u64(boot);
}

int system_clock_synced(void)
{
    struct timex state;
    memset(&state, 0, sizeof state);
    int rc = adjtimex(&state);
    return rc >= 0 && rc != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

void system_random(void *out, size_t len)
{
    randombytes_buf(out, len);
}

void system_public_id(const struct ref *ref, char out[37])
{
    uint8_t name[REF_SIZE];
    ref_encode(ref, name);
    uuid_t id;
    uuid_generate_sha1(id, public_namespace, (const char *)name, sizeof name);
    uuid_unparse_lower(id, out);
}

void system_new_id(uint8_t id[16])
{
    uuid_generate_random(id);
}

void system_keep_secrets(void)
{
    const struct rlimit none = {0, 0};

    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        system_log(1, "system", NULL, "core files could not be turned off: they would hold keys");
}

void system_log_threshold(int level)
{
    atomic_store(&threshold, level);
}

static size_t log_time(char *out, size_t size)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t len = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &parts);
    int more = snprintf(out + len, size - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
    return len + (size_t)more;
}

void system_log(int level, const char *module, const char *peer, const char *format, ...)
{
    if (level < atomic_load(&threshold))
        return;
    static const char *const names[] = {"info", "warning", "error"};
    const char *name = level <= 0 ? names[0] : level == 1 ? names[1] : names[2];

    char line[LOG_LINE_BYTES];
    size_t len = log_time(line, sizeof line);
    int head = snprintf(line + len, sizeof line - len, " %s %s %s ", name, module, peer != NULL ? peer : "-");
    if (head > 0)
        len += (size_t)head < sizeof line - len ? (size_t)head : sizeof line - len - 1;
    va_list arguments;
    va_start(arguments, format);
    int text = vsnprintf(line + len, sizeof line - len, format, arguments);
    va_end(arguments);
    if (text > 0)
        len += (size_t)text < sizeof line - len ? (size_t)text : sizeof line - len - 1;

    /* A peer's bytes may be in the text: they must not begin a line of their own. */
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[len < sizeof line - 1 ? len++ : len - 1] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written;
}

/* Of /proc/SID/stat, the 22nd field: when it began. The second, a name in brackets, may hold anything. 0: it is gone. */
static uint64_t begun(int process)
{
    char path[32], text[1024];
    unsigned long long ticks = 0;
    const char *p;
    FILE *file;
    size_t len;

    (void)snprintf(path, sizeof path, "/proc/%d/stat", process);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    p = strrchr(text, ')');
    for (int field = 2; p != NULL && field < 22; field++)
        p = strchr(p + 1, ' ');
    if (p != NULL)
        ticks = strtoull(p, NULL, 10);
    return ticks;
}

uint64_t system_terminal(int pid)
{
    pid_t terminal = pid > 0 ? getsid(pid) : -1;

    return terminal <= 0 ? 0 : (uint64_t)(uint32_t)terminal << 32 | (begun((int)terminal) & UINT32_MAX);
}

int system_error(int cause)
{
    switch (cause) {
    case EACCES:
    case EPERM:
    case EROFS:
        return NAVETTE_E_REFUSED;
    case ENOSPC:
    case EDQUOT:
        return NAVETTE_E_FULL;
    case ENOENT:
        return NAVETTE_E_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return NAVETTE_E_EXISTS;
    case ENOMEM:
        return NAVETTE_E_MEMORY;
    default:
        return NAVETTE_E_SYSTEM;
    }
}
