# SPDX-License-Identifier: Apache-2.0
"""Protocol Buffers for the oracle: reads proto/navette.proto itself, decodes and encodes messages as dictionaries.

Nothing here comes from protobuf or from core/: a mistake in the C codec can't agree with itself. Strings stay bytes; a field that
is absent is absent from the dictionary; repeated fields are lists; a oneof's body is ("name", {...}) under "body".
"""
import os
import re

PROTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto", "navette.proto")
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
WIRE_TYPES = {"uint32": VARINT, "uint64": VARINT, "sint64": VARINT, "bool": VARINT, "enum": VARINT,
              "fixed64": FIXED64, "string": BYTES, "bytes": BYTES, "message": BYTES}


class Malformed(Exception):
    """The bytes are no message, or the message breaks a rule of the format."""


class Field:
    def __init__(self, number, name, kind, target, repeated, oneof):
        self.number, self.name, self.kind, self.target = number, name, kind, target
        self.repeated, self.oneof = repeated, oneof


def load(path=PROTO):
    """{message name: {field number: Field}}, {enum name: {value name: number}}"""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"//[^\n]*", "", file.read())
    enums, raw = {}, {}
    for word, name, block in blocks(text):
        if word == "enum":
            enums[name] = {key: int(value) for key, value in re.findall(r"(\w+)\s*=\s*(\d+)\s*;", block)}
        else:
            raw[name] = block
    messages = {name: fields_of(block, enums) for name, block in raw.items()}
    for fields in list(messages.values()):
        for field in fields.values():
            if field.target == "map":
                messages["map"] = {1: Field(1, "key", "string", None, False, False),
                                   2: Field(2, "value", "string", None, False, False)}
    return messages, enums


def blocks(text):
    for match in re.finditer(r"\b(message|enum)\s+(\w+)\s*\{", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield match.group(1), match.group(2), text[match.end():end - 1]


def fields_of(block, enums):
    inside = re.search(r"oneof\s+\w+\s*\{(.*?)\}", block, re.S)
    chosen = set(re.findall(r"=\s*(\d+)\s*;", inside.group(1))) if inside else set()
    fields = {}
    for repeated, kind, name, number in re.findall(r"(repeated\s+)?(map<string, string>|\w+)\s+(\w+)\s*=\s*(\d+)\s*;", block):
        target = None
        if kind.startswith("map"):
            kind, target, repeated = "message", "map", True
        elif kind in enums:
            kind, target = "enum", kind
        elif kind not in WIRE_TYPES:
            kind, target = "message", kind
        fields[int(number)] = Field(int(number), name, kind, target, bool(repeated), number in chosen)
    return fields


MESSAGES, ENUMS = load()


# ---------------------------------------------------------------------------------------------------------------- reading

def read_varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("varint")
        byte = data[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            break
    if value >= 2 ** 64:
        raise Malformed("varint")
    return value, at


def raw_fields(data):
    """Yields (number, wire type, value as int or bytes)."""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0 or tag >= 2 ** 32:
            raise Malformed("field number")
        if wire == VARINT:
            value, at = read_varint(data, at)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
            if at + size > len(data):
                raise Malformed("fixed")
            value, at = int.from_bytes(data[at:at + size], "little"), at + size
        elif wire == BYTES:
            size, at = read_varint(data, at)
            if at + size > len(data):
                raise Malformed("length")
            value, at = data[at:at + size], at + size
        else:
            raise Malformed("wire type")
        yield number, wire, value


def decode(name, data):
    """Refuses what two readers could take differently: NUL in a string, a field given twice, two bodies, a number too wide."""
    message = {}
    for number, wire, value in raw_fields(data):
        field = MESSAGES[name].get(number)
        if field is None:
            continue
        if wire != WIRE_TYPES[field.kind]:
            raise Malformed("wire type of " + field.name)
        value = value_of(field, value)
        key = "body" if field.oneof else field.name
        if field.repeated:
            message.setdefault(key, []).append(value)
        elif key in message:
            raise Malformed(key + " twice")
        else:
            message[key] = (field.name, value) if field.oneof else value
    return message


def value_of(field, value):
    if field.kind == "message":
        return decode(field.target, value)
    if field.kind in ("uint32", "enum") and value >= 2 ** 32 or field.kind == "bool" and value > 1:
        raise Malformed("number in " + field.name)
    if field.kind == "sint64":
        return (value >> 1) ^ -(value & 1)
    if field.kind == "string" and 0 in value:
        raise Malformed("NUL in " + field.name)
    return value


# ---------------------------------------------------------------------------------------------------------------- writing

def varint(value):
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_field(field, value):
    wire = WIRE_TYPES[field.kind]
    tag = varint(field.number << 3 | wire)
    if field.kind == "message":
        value = encode(field.target, value)
    if field.kind == "sint64":
        value = value * 2 if value >= 0 else -value * 2 - 1
    if wire == BYTES:
        return tag + varint(len(value)) + value
    return tag + (value.to_bytes(8, "little") if wire == FIXED64 else varint(value))


def encode(name, message):
    """Fields in the order of their numbers; zeros and empty strings are left out, as proto3 does."""
    out = b""
    body, content = message.get("body", (None, None))
    for number in sorted(MESSAGES[name]):
        field = MESSAGES[name][number]
        if field.oneof:
            if field.name == body:
                out += encode_field(field, content)
        elif field.repeated:
            for value in message.get(field.name, []):
                out += encode_field(field, value)
        elif message.get(field.name) is not None and (field.kind == "message" or message[field.name]):
            out += encode_field(field, message[field.name])
    return out
