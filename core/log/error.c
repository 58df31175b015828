/* SPDX-License-Identifier: Apache-2.0 */
#include "navette/error.h"

const char *error_text(int code)
{
    switch (code) {
    case NAVETTE_OK:
        return "no error";
    case NAVETTE_E_NOT_FOUND:
        return "not found";
    case NAVETTE_E_INVALID:
        return "invalid";
    case NAVETTE_E_TOO_LARGE:
        return "over a limit";
    case NAVETTE_E_TRUNCATED:
        return "truncated";
    case NAVETTE_E_CHECKSUM:
        return "checksum differs";
    case NAVETTE_E_CHAIN:
        return "hash chain differs";
    case NAVETTE_E_SIGNATURE:
        return "signature does not verify";
    case NAVETTE_E_GAP:
        return "sequence number missing";
    case NAVETTE_E_EXISTS:
        return "already there";
    case NAVETTE_E_UNKNOWN:
        return "type unknown to this version";
    case NAVETTE_E_REFUSED:
        return "not allowed";
    case NAVETTE_E_BUSY:
        return "busy";
    case NAVETTE_E_VERSION:
        return "version not spoken here";
    case NAVETTE_E_FULL:
        return "store or disk full";
    case NAVETTE_E_SYSTEM:
        return "system call failed";
    case NAVETTE_E_CLOSED:
        return "closed by the other side";
    case NAVETTE_E_AMBIGUOUS:
        return "ambiguous";
    case NAVETTE_E_PRUNED:
        return "pruned here, the hub has it";
    case NAVETTE_E_MEMORY:
        return "out of memory";
    case NAVETTE_E_STORE:
        return "store failed or damaged";
    case NAVETTE_E_INTERNAL:
        return "internal error";
    default:
        return "unknown error";
    }
}
