#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# After an erasure the key's own bytes, read from the keyring as its format says, are in no file of node or hub, LMDB's data files included, and no wrap of it is; what the hub kept of keys is in no backup, and comes back from the
# nodes once it is put back: those that wait, and those for the recovery key, but not what was erased.
import ctypes
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, holds, in_step, run, until  # noqa: E402
from node_bench import Post  # noqa: E402

SODIUM = ctypes.CDLL("libsodium.so.23")
HEAD = 16 + 4 + 8


def records(data):
    at = 0
    while at + 5 <= len(data):
        length = int.from_bytes(data[at + 1:at + 5], "big")
        yield data[at], data[at + 5:at + 5 + length]
        at += 5 + length


def keyring(post):
    """{key id: key} of include/navette/keyring.h."""
    keys = post.keys()
    both = bytes.fromhex(keys["curve"][1]) + bytes.fromhex(keys["sign"][1])
    secret = hashlib.blake2b(b"navette keyring", digest_size=32, key=both[:64]).digest()
    with open(post.folder + "/keyring", "rb") as file:
        data = file.read()
    nonce, box = data[HEAD:HEAD + 24], data[HEAD + 24:]
    plain = ctypes.create_string_buffer(len(box))
    if SODIUM.crypto_secretbox_open_easy(plain, box, ctypes.c_ulonglong(len(box)), nonce, secret) != 0:
        raise RuntimeError("the keyring does not open")
    return {body[:16]: body[16:48] for kind, body in records(plain.raw[:len(box) - 16]) if kind == 1}


def boxes(hub, key_id):
    """Wraps of this key, of server/vault.h."""
    try:
        with open(hub.folder + "/vault", "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return []
    return [body[64:184] for kind, body in records(data[16 + 4 + 16:]) if kind in (2, 3) and body[:16] == key_id]


def order(post, name, pickup):
    post.must_type("orders", "add", "--id", name, "--pickup", pickup, "--card", "20099887766554", "--name", "Dupont", "1001")


def person(post, name):
    return next((row["person"] for row in post.must("orders", state="all")["rows"] if row["id"] == name), "unheard")


def wrapped(hub, count):
    until(lambda: hub("recovery", "show").get("wrapped") == count, f"not {count} keys are wrapped to the recovery key: {hub('recovery', 'show')}")


def erased(tap, folder, hub, a, b):
    order(a, "C-1", "BIB-B")
    until(lambda: person(b, "C-1") == "here", "the key does not come")
    key_id, key = next(iter(keyring(a).items()))
    tap.equal(keyring(b), {key_id: key}, "both have the same key, which their files open to")
    until(lambda: boxes(hub, key_id), "the hub keeps no wrap of it")
    wraps = boxes(hub, key_id)
    tap.ok(all(holds(hub.folder, box) for box in wraps), "what is looked for is found while it is there")
    a.must_type("erase", "order", "C-1")
    until(lambda: any(row["order"] == "C-1" and row["done"] for row in hub("erasures")["rows"]), "it is not erased")
    until(lambda: not boxes(hub, key_id), "a wrap of it stays")
    found = [(post.folder, needle[:4].hex()) for post in (a, b, hub) for needle in (key, *wraps) if holds(post.folder, needle)]
    tap.equal(found, [], "neither the key's bytes nor a wrap of it are in any file of node or hub")
    tap.ok(key_id not in keyring(a) and key_id not in keyring(b), "nor inside what is sealed")
    with open(a.folder + "/scratch", "wb") as file:
        file.write(b"x" * 4093 + key)
    tap.ok(holds(a.folder, key), "were it in a file, it would be found")
    os.remove(a.folder + "/scratch")
    return key_id


def vault_back(tap, folder, hub, a, b, gone):
    for n in range(3):
        order(a, f"V-{n}", "BIB-A")
    in_step(a, b)
    b.stop()
    order(a, "W-1", "BIB-B")
    in_step(a)
    wrapped(hub, 4)
    waiting = until(lambda: next((key_id for key_id in keyring(a) if len(boxes(hub, key_id)) == 2), None), "no wrap waits for B")
    before = keyring(a)
    done = hub("backup", folder + "/backup")
    tap.ok(done["ok"] and not os.path.exists(folder + "/backup/vault") and not any(holds(folder + "/backup", box) for key_id in before for box in boxes(hub, key_id)),
           "no backup holds what the hub keeps of keys", done)
    hub.stop()
    again = Hub(folder + "/again")
    again.listen, again.enrol_at = hub.listen, hub.enrol_at
    done = run("navette-hub", "restore", folder + "/backup", "--folder", again.folder)
    tap.equal(done.returncode, 0, "the hub is put back")
    again.start()
    a.ask("sync", wait=5)
    wrapped(again, 4)
    until(lambda: len(boxes(again, waiting)) == 2, "what waited does not wait again")
    tap.equal(boxes(again, gone), [], "the nodes offer everything again, but what was erased")
    b.start()
    until(lambda: person(b, "W-1") == "here", "who was away gets no key")
    tap.equal(keyring(b)[waiting], before[waiting], "and who was away when the hub was lost gets its key")
    return again


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    a, b = Post(folder + "/a").start(), Post(folder + "/b").start()
    for post, place in ((a, "BIB-A"), (b, "BIB-B")):
        hub.place(place)
        post.enrol(hub, place)
    hub("recovery", "new", "--file", folder + "/secours")
    a.register(["1001"])
    gone = erased(tap, folder, hub, a, b)
    hub = vault_back(tap, folder, hub, a, b, gone)
    for one in (a, b, hub):
        one.stop()


bench(main)
