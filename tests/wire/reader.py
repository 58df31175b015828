# SPDX-License-Identifier: Apache-2.0
"""A second reader of the wire, from proto/WIRE.md and proto/navette.proto alone: it shares no code with the C one.

Standard library only. Frames, CRC32C, protobuf (the schema is read from the .proto file), leaves, chain, Merkle root, Ed25519.
zstd through the system's libzstd when there is one.
"""
import ctypes
import ctypes.util
import hashlib
import re
import struct

HEADER = struct.Struct(">4sBBHIII")
LIMIT_FRAME = 524288
LIMIT_EVENT = 16384 + 256      # an event, or one adopted with what stands around it
LIMIT_BATCH = 262144
LIMIT_BATCH_EVENTS = 1024
EVENT_OVERHEAD = 4
ZSTD = 1
TYPES = {
    1: ("HELLO", "Hello"), 2: ("WELCOME", "Welcome"), 3: ("PUSH", "Push"), 4: ("ACK", "Ack"), 5: ("NACK", "Nack"),
    6: ("CREDIT", "Credit"), 7: ("PULL", "Pull"), 8: ("DELTA", "Delta"), 9: ("SNAPSHOT", "SnapshotChunk"),
    10: ("DIGEST", "Digest"), 11: ("PING", "Ping"), 12: ("PONG", "Pong"), 13: ("REKEY", "Rekey"), 14: ("BYE", "Bye"),
    15: ("ENROL_REQUEST", "EnrolRequest"), 16: ("ENROL_REPLY", "EnrolReply"),
    22: ("WRAPS", "Wraps"), 23: ("WRAPPED", "Wrapped"), 24: ("HUB_KEYS", "HubKeys"), 25: ("HUB_KEYS_HELD", "HubKeysHeld"), 26: ("FETCH", "Fetch"), 27: ("FETCHED", "Fetched"),
}


class WireError(Exception):
    """`code` is one word: truncated, invalid, too-large, checksum, version, chain, signature."""

    def __init__(self, code, text=""):
        super().__init__(code + (": " + text if text else ""))
        self.code = code


# ------------------------------------------------------------------------------------------------------------- CRC32C

def _table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC = _table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


# --------------------------------------------------------------------------------------------------------------- zstd

def _libzstd():
    name = ctypes.util.find_library("zstd")
    if not name:
        return None
    library = ctypes.CDLL(name)
    library.ZSTD_decompress.restype = ctypes.c_size_t
    library.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    return library


def can_decompress():
    return _libzstd() is not None


def decompress(body, size):
    out = ctypes.create_string_buffer(size or 1)
    made = _libzstd().ZSTD_decompress(out, size, body, len(body))
    if made != size:
        raise WireError("invalid", "zstd")
    return out.raw[:size]


# ------------------------------------------------------------------------------------------------------------- schema

SCALARS = {"bytes", "string", "uint32", "uint64", "sint64", "fixed64", "bool"}


class Field:
    def __init__(self, name, number, kind, repeated, oneof):
        self.name, self.number, self.kind, self.repeated, self.oneof = name, number, kind, repeated, oneof


class Schema:
    """Messages and enums of one .proto file: only the forms that navette.proto uses."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"//[^\n]*", "", file.read())
        self.enums, self.messages = {}, {}
        for name, body in re.findall(r"\benum (\w+) \{([^}]*)\}", text):
            self.enums[name] = {int(number): value for value, number in re.findall(r"(\w+) = (\d+);", body)}
        for name, body in re.findall(r"\bmessage (\w+) \{((?:[^{}]|\{[^{}]*\})*)\}", text):
            self.messages[name] = self._fields(name, body)

    def _fields(self, message, body):
        fields = {}
        oneof = re.search(r"oneof \w+ \{([^}]*)\}", body)
        inner = oneof.group(1) if oneof else ""
        for part, is_oneof in ((body.replace(inner, "") if oneof else body, False), (inner, True)):
            for label, kind, name, number in re.findall(r"(repeated )?(map<string, string>|\w+) (\w+) = (\d+);", part):
                if kind.startswith("map"):
                    entry = message + ".Entry." + name
                    self.messages[entry] = {1: Field("key", 1, "string", False, False), 2: Field("value", 2, "string", False, False)}
                    fields[int(number)] = Field(name, int(number), entry, True, False)
                else:
                    fields[int(number)] = Field(name, int(number), kind, bool(label), is_oneof)
        return fields

    def wire_type(self, field):
        if field.kind == "fixed64":
            return 1
        if field.kind in ("bytes", "string") or field.kind in self.messages:
            return 2
        return 0


# ----------------------------------------------------------------------------------------------------------- protobuf

def _varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise WireError("invalid", "varint")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    if value >> 64:
        raise WireError("invalid", "varint over 64 bits")
    return value, at


def _scalar(schema, kind, raw):
    if kind == "string":
        if b"\0" in raw:
            raise WireError("invalid", "NUL in a string")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise WireError("invalid", "UTF-8") from None
    if kind == "bytes":
        return bytes(raw)
    if kind == "sint64":
        return raw >> 1 ^ -(raw & 1)
    if kind == "bool":
        if raw > 1:
            raise WireError("invalid", "flag")
        return bool(raw)
    if (kind == "uint32" or kind in schema.enums) and raw >> 32:
        raise WireError("invalid", "number too wide")
    return raw


def _packed(data):
    """Numbers of a repeated field, one behind the other."""
    at, numbers = 0, []
    while at < len(data):
        number, at = _varint(data, at)
        numbers.append(number)
    return numbers


def decode(schema, message, data):
    """A dict by field name; absent scalars are absent. '?' lists unknown fields, '' names the body of the oneof."""
    fields, out, at = schema.messages[message], {}, 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        start = at
        if wire == 0:
            raw, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            raw = int.from_bytes(data[at:at + size], "little")
            at += size
        elif wire == 2:
            size, at = _varint(data, at)
            raw = data[at:at + size]
            at += size
        else:
            raise WireError("invalid", "wire type")
        if at > len(data) or number == 0:
            raise WireError("invalid", "past the end")
        field = fields.get(number)
        if field is None:
            out.setdefault("?", []).append((tag, bytes(data[start:at])))
            continue
        if field.repeated and wire == 2 and schema.wire_type(field) == 0:
            out.setdefault(field.name, []).extend(_scalar(schema, field.kind, item) for item in _packed(raw))
            continue
        if wire != schema.wire_type(field):
            raise WireError("invalid", field.name)
        value = decode(schema, field.kind, raw) if field.kind in schema.messages else _scalar(schema, field.kind, raw)
        if field.repeated:
            out.setdefault(field.name, []).append(value)
            continue
        if field.name in out or (field.oneof and "" in out):
            raise WireError("invalid", field.name + " twice")
        out[field.name] = value
        if field.oneof:
            out[""] = field.name
    return out


def _put_varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(schema, message, value):
    """In order of field numbers, scalars that are zero or empty left out: as the C side writes."""
    out = bytearray()
    for number, field in sorted(schema.messages[message].items()):
        if field.name not in value:
            continue
        wire = schema.wire_type(field)
        if field.repeated and wire == 0:
            raw = b"".join(_put_varint(int(item)) for item in value[field.name])
            out += _put_varint(number << 3 | 2) + _put_varint(len(raw)) + raw
            continue
        for item in value[field.name] if field.repeated else [value[field.name]]:
            is_message = field.kind in schema.messages
            if not item and not field.repeated and not is_message:
                continue
            out += _put_varint(number << 3 | wire)
            if wire == 1:
                out += item.to_bytes(8, "little")
            elif wire == 0:
                out += _put_varint((item << 1 ^ item >> 63) & (2 ** 64 - 1) if field.kind == "sint64" else int(item))
            else:
                raw = encode(schema, field.kind, item) if is_message else item.encode() if field.kind == "string" else item
                out += _put_varint(len(raw)) + raw
    return bytes(out)


# -------------------------------------------------------------------------------------------------------------- frames

def read_frame(schema, data):
    """(type name, message) of one whole frame."""
    if len(data) < HEADER.size:
        raise WireError("truncated")
    magic, version, kind, flags, size, unpacked, crc = HEADER.unpack_from(data)
    if magic != b"NVT1":
        raise WireError("invalid", "magic")
    if size > LIMIT_FRAME - HEADER.size or unpacked > LIMIT_FRAME - HEADER.size:
        raise WireError("too-large")
    body = data[HEADER.size:]
    if len(body) < size:
        raise WireError("truncated")
    if len(body) > size:
        raise WireError("invalid", "bytes after the body")
    if crc32c(data[:16] + body) != crc:
        raise WireError("checksum")
    if version != 1:
        raise WireError("version")
    if kind not in TYPES or flags & ~ZSTD or (not flags and size != unpacked):
        raise WireError("invalid", "header")
    if flags & ZSTD:
        body = decompress(bytes(body), unpacked)
    name, message = TYPES[kind]
    return name, decode(schema, message, body)


def write_frame(schema, name, value):
    kind, message = next((number, pair[1]) for number, pair in TYPES.items() if pair[0] == name)
    body = encode(schema, message, value)
    head = HEADER.pack(b"NVT1", 1, kind, 0, len(body), len(body), 0)[:16]
    return head + struct.pack(">I", crc32c(head + body)) + body


# ------------------------------------------------------------------------------------------------- leaves, chain, root

def blake2b(data, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


def be64(value):
    return struct.pack(">Q", value)


def leaf(salt, incarnation, seq, event):
    return blake2b(blake2b(be64(seq), key=salt) + incarnation + be64(seq) + event)


def merkle_root(leaves):
    level = list(leaves)
    while len(level) > 1:
        pairs = [blake2b(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + (level[-1:] if len(level) % 2 else [])
    return level[0]


def check_batch(batch, sign_key=None):
    """Recomputes a Batch. Returns the 8-byte prefixes of its leaves as integers."""
    events = batch.get("events", [])
    sizes = {"incarnation": 16, "salt": 32, "previous": 32, "head": 32, "root": 32, "signature": 64}
    if any(len(batch.get(name, b"")) != size for name, size in sizes.items()) or not events or not batch.get("first_seq"):
        raise WireError("invalid", "batch")
    if len(events) > LIMIT_BATCH_EVENTS or any(len(event) > LIMIT_EVENT for event in events):
        raise WireError("too-large")
    if sum(len(event) + EVENT_OVERHEAD for event in events) > LIMIT_BATCH:
        raise WireError("too-large")
    head, leaves = batch["previous"], []
    for index, event in enumerate(events):
        leaves.append(leaf(batch["salt"], batch["incarnation"], batch["first_seq"] + index, event))
        head = blake2b(head + leaves[-1])
    if head != batch["head"] or merkle_root(leaves) != batch["root"]:
        raise WireError("chain")
    if sign_key is not None:
        signed = (b"navette batch v1" + batch["incarnation"] + be64(batch["first_seq"]) + struct.pack(">I", len(events)) + batch["salt"]
                  + batch["previous"] + batch["head"] + batch["root"])
        if not verify(sign_key, signed, batch["signature"]):
            raise WireError("signature")
    return [int.from_bytes(value[:8], "big") for value in leaves]


def frontier_signed(frontier):
    return (b"navette front v1" + frontier["incarnation"] + be64(frontier.get("seq", 0)) + be64(frontier.get("hub_cursor", 0))
            + be64(frontier.get("hub_time_ms", 0) & (2 ** 64 - 1)))


# ------------------------------------------------------------------------------------------- Ed25519 (RFC 8032, 5.1)

P = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _recover(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _add(a, b):
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar, point):
    out = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            out = _add(out, point)
        point = _add(point, point)
        scalar >>= 1
    return out


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = _recover(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def _point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2 ** 255 - 1)
    x = _recover(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def _bytes(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def public_key(seed):
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    return _bytes(_times(int.from_bytes(digest, "little"), BASE))


def verify(key, message, signature):
    a, r, s = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return _bytes(_times(s, BASE)) == _bytes(_add(r, _times(k, a)))
