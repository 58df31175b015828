#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The golden frames through the second reader (reader.py). Prints TAP."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import reader  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden", "v1")
SCHEMA = reader.Schema(os.path.join(ROOT, "proto", "navette.proto"))
SAMPLE_SEED = b"\x01" * 32


def golden(name):
    with open(os.path.join(GOLDEN, name + ".bin"), "rb") as file:
        return file.read()


def code_of(data):
    try:
        reader.read_frame(SCHEMA, data)
        return "ok"
    except reader.WireError as error:
        return error.code


def check_crc():
    assert reader.crc32c(b"123456789") == 0xE3069283
    assert reader.crc32c(bytes(32)) == 0x8A9136AA


def check_ed25519():
    # RFC 8032, 7.1, tests 1 and 2.
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = reader.public_key(seed)
    assert key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = bytes.fromhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
    assert reader.verify(key, b"", signature)
    assert not reader.verify(key, b"x", signature)


def check_types():
    names = {name for name, _ in reader.TYPES.values()}
    files = {name[:-4] for name in os.listdir(GOLDEN) if name.endswith(".bin")}
    assert files == names | {"PUSH-zstd"}, files ^ names
    for name in names:
        found, message = reader.read_frame(SCHEMA, golden(name))
        assert found == name, (found, name)
        assert message and "?" not in message, name


def check_written_again():
    for name, _ in reader.TYPES.values():
        data = golden(name)
        assert reader.write_frame(SCHEMA, name, reader.read_frame(SCHEMA, data)[1]) == data, name


def check_prefixes():
    for name, _ in reader.TYPES.values():
        data = golden(name)
        for size in range(len(data)) if len(data) < 2000 else range(0, len(data), 97):
            assert code_of(data[:size]) == "truncated", (name, size)
        assert code_of(data + b"\0") == "invalid", name


def check_flips():
    for name, _ in reader.TYPES.values():
        data = bytearray(golden(name))
        for at in range(len(data)) if len(data) < 500 else range(0, len(data), 211):
            data[at] ^= 4
            code = code_of(bytes(data))
            data[at] ^= 4
            if at < 4:
                assert code == "invalid", (name, at, code)
            elif 8 <= at < 16:
                assert code in ("truncated", "invalid", "too-large", "checksum"), (name, at, code)
            else:
                assert code == "checksum", (name, at, code)


def check_push():
    batch = reader.read_frame(SCHEMA, golden("PUSH"))[1]["batch"]
    key = reader.public_key(SAMPLE_SEED)
    assert len(reader.check_batch(batch, key)) == len(batch["events"])
    assert batch["first_seq"] == 1 and batch["previous"] == bytes(32)


def expect(code, batch, key):
    try:
        reader.check_batch(batch, key)
    except reader.WireError as error:
        assert error.code == code, (error.code, code)
        return
    raise AssertionError("not noticed: " + code)


def check_push_changed():
    batch = reader.read_frame(SCHEMA, golden("PUSH"))[1]["batch"]
    key = reader.public_key(SAMPLE_SEED)
    for name in ("incarnation", "salt", "previous", "head", "root"):
        expect("chain", dict(batch, **{name: bytes([batch[name][0] ^ 1]) + batch[name][1:]}), key)
    expect("chain", dict(batch, events=batch["events"][1:] + batch["events"][:1]), key)
    expect("chain", dict(batch, events=batch["events"][:-1]), key)
    expect("chain", dict(batch, first_seq=2), key)
    expect("signature", dict(batch, signature=batch["signature"][:63] + bytes([batch["signature"][63] ^ 8])), key)
    expect("signature", batch, reader.public_key(bytes(32)))
    expect("invalid", dict(batch, events=[]), key)
    expect("invalid", dict(batch, salt=batch["salt"][:31]), key)


def check_frontier():
    key = reader.public_key(SAMPLE_SEED)
    for name in ("PUSH", "HELLO", "PING"):
        frontier = reader.read_frame(SCHEMA, golden(name))[1]["frontier"]
        assert reader.verify(key, reader.frontier_signed(frontier), frontier["signature"]), name
        assert not reader.verify(key, reader.frontier_signed(dict(frontier, seq=43)), frontier["signature"])


# The golden frames are of the first version: what came since.
LATER = {"incarnation_started": {"why"}, "node_revoked": {"since_ms"}}
LAST_BODY = 128


def check_events():
    batch = reader.read_frame(SCHEMA, golden("PUSH"))[1]["batch"]
    bodies = {field.name: number for number, field in SCHEMA.messages["Event"].items() if field.oneof}
    seen = []
    for data in batch["events"]:
        event = reader.decode(SCHEMA, "Event", data)
        assert "?" not in event and event["place"] == "BIB-0001" and event["operator"] == "AG0007"
        assert event["hlc"] >> 16 == 1587117600000 + bodies[event[""]]
        assert event["clock"] == 1 and len(event["parents"]) == 1 and event["boot"] == 0xB007
        assert reader.encode(SCHEMA, "Event", event) == data, event[""]
        # A sample sets every field of its body.
        body = SCHEMA.messages["Event"][bodies[event[""]]].kind
        wanted = {field.name for field in SCHEMA.messages[body].values()}
        wanted -= LATER.get(event[""], set())
        assert set(event[event[""]]) == wanted, (event[""], wanted ^ set(event[event[""]]))
        seen.append(bodies[event[""]])
    assert seen == sorted(number for number in bodies.values() if number <= LAST_BODY)


def check_strict():
    found = bytes.fromhex("f2050a0a08080112016b1a0131")
    base = reader.encode(SCHEMA, "Event", {"hlc": 1, "place": "A"})
    assert reader.decode(SCHEMA, "Event", base + found)["found"]["things"][0]["id"] == "1"
    bad = {
        "two bodies": found + bytes.fromhex("d20500"), "place twice": bytes.fromhex("120141") + found,
        "NUL in an id": bytes.fromhex("f2050b0a09080112016b1a023100"), "a body as a number": bytes.fromhex("f00501"),
        "kind too wide": bytes.fromhex("f2050e0a0c08818080801012016b1a0131"), "a group": bytes.fromhex("e312e412"), "field 0": bytes.fromhex("0200"),
    }
    for name, data in bad.items():
        try:
            reader.decode(SCHEMA, "Event", base + data)
        except reader.WireError as error:
            assert error.code == "invalid", name
            continue
        raise AssertionError(name)


def check_compressed():
    if not reader.can_decompress():
        return "no libzstd"
    assert reader.read_frame(SCHEMA, golden("PUSH-zstd")) == reader.read_frame(SCHEMA, golden("PUSH"))
    return None


CHECKS = [
    ("CRC32C as RFC 3720 has it", check_crc),
    ("Ed25519 as RFC 8032 has it", check_ed25519),
    ("a golden frame of every type is read, nothing in it unknown", check_types),
    ("what is read is written again byte for byte", check_written_again),
    ("every prefix is truncated, a byte more is refused", check_prefixes),
    ("a flipped bit is noticed", check_flips),
    ("PUSH: leaves, chain, Merkle root and signature", check_push),
    ("PUSH: a change of any part is noticed", check_push_changed),
    ("frontiers are signed as WIRE.md says", check_frontier),
    ("an event of every body, every field set", check_events),
    ("what could be read in two ways is refused", check_strict),
    ("the compressed PUSH is the plain one", check_compressed),
]


def main():
    failed = 0
    for number, (name, check) in enumerate(CHECKS, 1):
        try:
            skip = check()
        except (AssertionError, reader.WireError) as error:
            failed += 1
            print("not ok %d - %s\n# %r" % (number, name, error))
        else:
            print("ok %d - %s%s" % (number, name, " # SKIP " + skip if skip else ""))
    print("1..%d" % len(CHECKS))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
