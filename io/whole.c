/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/whole.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "navette/error.h"
#include "navette/ref.h"
#include "navette/system.h"

#define READ_BYTES 65536u

static int log_errno(const char *path, const char *what)
{
    int cause = errno;

    system_log(2, "file", NULL, "%s: %s: %s", path, what, strerror(cause));
    return system_error(cause) == NAVETTE_E_FULL ? NAVETTE_E_FULL : NAVETTE_E_SYSTEM;
}

static int sync_folder_of(const char *path)
{
    char copy[PATH_MAX];
    int folder, rc;

    if (strlen(path) >= sizeof copy)
        return NAVETTE_E_INVALID;
    strcpy(copy, path);
    folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return log_errno(path, "open its folder");
    rc = fsync(folder) == 0 ? 0 : log_errno(path, "sync its folder");
    close(folder);
    return rc;
}

static int write_synced(int file, struct span bytes, const char *path)
{
    while (bytes.len > 0) {
        ssize_t done = write(file, bytes.data, bytes.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return log_errno(path, "write");
        bytes.data += done;
        bytes.len -= (size_t)done;
    }
    return fsync(file) == 0 ? 0 : log_errno(path, "sync");
}

#define TOKEN_BYTES 8u

int whole_write(const char *path, struct span bytes, int replace)
{
    char part[PATH_MAX];
    uint8_t token[TOKEN_BYTES];
    char token_text[2 * sizeof token + 1];
    int file, rc;

    system_random(token, sizeof token);
    hex_encode(token, sizeof token, token_text);
    if (snprintf(part, sizeof part, "%s.%s", path, token_text) >= (int)sizeof part)
        return NAVETTE_E_INVALID;
    file = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return log_errno(part, "create");
    rc = write_synced(file, bytes, part);
    close(file);
    if (rc == 0 && renameat2(AT_FDCWD, part, AT_FDCWD, path, replace ? 0 : RENAME_NOREPLACE) != 0)
        rc = errno == EEXIST ? NAVETTE_E_EXISTS : log_errno(path, "rename");
    if (rc == 0)
        return sync_folder_of(path);
    unlink(part);
    return rc;
}

int whole_move(const char *from, const char *to)
{
    if (rename(from, to) != 0)
        return log_errno(to, "rename");
    return sync_folder_of(to);
}

int64_t whole_written_ms(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return 0;
    return (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
}

/* "NAME.HEX", as whole_write() calls them. */
static int is_left_of(const char *entry, const char *name)
{
    size_t len = strlen(name);
    uint8_t token[TOKEN_BYTES];

    return strncmp(entry, name, len) == 0 && entry[len] == '.' && hex_decode(entry + len + 1, token, sizeof token) == 0;
}

void whole_clear(const char *path)
{
    char copy[PATH_MAX];
    char name[PATH_MAX];
    const struct dirent *entry;
    DIR *folder;

    if (strlen(path) >= sizeof copy)
        return;
    strcpy(copy, path);
    strcpy(name, basename(copy));
    strcpy(copy, path);
    folder = opendir(dirname(copy));
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (is_left_of(entry->d_name, name))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder != NULL)
        (void)closedir(folder);
}

/* size: as the folder says, so that secrets are not left behind where memory grew from. */
static int open_file(const char *path, int is_private, int *file, size_t *size)
{
    struct stat status;

    *file = open(path, O_RDONLY | O_CLOEXEC);
    if (*file < 0) {
        int cause = errno;

        if (cause == ENOENT)
            return NAVETTE_E_NOT_FOUND;
        (void)log_errno(path, "open");
        return cause == EACCES ? NAVETTE_E_REFUSED : NAVETTE_E_SYSTEM;
    }
    if (fstat(*file, &status) != 0)
        return log_errno(path, "stat");
    *size = status.st_size > 0 ? (size_t)status.st_size : 0;
    if (!is_private || (status.st_mode & 077) == 0)
        return 0;
    system_log(2, "file", NULL, "%s: readable by others (mode %03o). Type: chmod 600 %s", path, (unsigned)(status.st_mode & 0777), path);
    return NAVETTE_E_REFUSED;
}

int whole_check_folder(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0 || (status.st_mode & 027) == 0)
        return 0;
    system_log(2, "file", NULL, "%s: open to others, or to be written by its group (mode %03o). Type: chmod 700 %s", path,
               (unsigned)(status.st_mode & 0777), path);
    return NAVETTE_E_REFUSED;
}

int whole_read(const char *path, size_t most, int is_private, struct buffer *out)
{
    size_t start = out->len, size = 0;
    int file, rc = open_file(path, is_private, &file, &size);

    if (rc == 0 && size <= most)
        rc = buffer_reserve(out, size + READ_BYTES);
    while (rc == 0) {
        ssize_t got;

        rc = buffer_reserve(out, READ_BYTES);
        if (rc != 0)
            break;
        got = read(file, out->data + out->len, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = log_errno(path, "read");
        if (got <= 0)
            break;
        out->len += (size_t)got;
        if (out->len - start > most)
            rc = NAVETTE_E_TOO_LARGE;
    }
    if (file >= 0)
        close(file);
    return rc;
}
