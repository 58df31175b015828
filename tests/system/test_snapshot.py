#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A node that is new to a large journal is given a snapshot: over a thin line that is cut, with kill -9 of both ends, it goes on at the chunk where it was, and people record meanwhile. A relay
# is given its own. One that folds to something else than it says is refused, and the node reads on event by event; one that is damaged on the hub's disk is made anew.
import ctypes
import glob
import hashlib
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, until  # noqa: E402
from node_bench import Post  # noqa: E402
from thin_line import ThinLine  # noqa: E402

EVENTS = int(os.environ.get("EVENTS", "4000"))
SEED = int(os.environ.get("SEED", "1"))
BITS = int(os.environ.get("BITS", "300000"))
DEADLINE_S = 90 + EVENTS // 100


def catalogue(post, place, first, count):
    rows = [{"barcode": f"{first + i:014}", "title": f"Les aventures de {(first + i) * 104729 % 1000003}", "material": "Livre", "home": place} for i in range(count)]
    for at in range(0, len(rows), 1000):
        post.must("item-add", items=rows[at:at + 1000])


def whole(post, other, tap, name):
    until(lambda: post.link()["in_step"], f"not in step: {post.link()}\n{post.logged()[-2000:]}", DEADLINE_S)
    until(lambda: post.must("status")["store"]["folded"] == post.must("status")["store"]["entries"], "not folded", DEADLINE_S)
    other.sync()
    return tap.equal(post.digest(), other.digest(), name)


def files(hub, kind):
    return sorted(glob.glob(os.path.join(hub.folder, "snapshots", "*." + kind)))


class Behind(Hub):
    """Nodes reach it through a line: what it tells them is not where it listens."""

    line = None

    def start(self):
        kept = self.listen
        super().start()
        if self.line:
            self.listen = kept
        return self


def over_a_bad_line(tap, hub, line, other, folder):
    """Cuts and kills at random chunks."""
    chance = random.Random(SEED)
    post = Post(folder + "/new").start()
    post.enrol(hub, "BIB-CENTRE")
    line.rate(BITS)
    until(lambda: post.link()["snapshot"] > 0, f"no chunk comes: {post.link()}\n{post.logged()}", DEADLINE_S)
    of = post.link()["snapshot_of"]
    status = post.must("status")
    tap.ok(status["link"]["snapshot_of"] == 0 or status["note"]["error"] == "snapshot-coming", "whoever asks is told that it is being caught up", status["note"])
    catalogue(post, "BIB-CENTRE", 9_000_000, 1)
    tap.equal(post.find(f"{9_000_000:014}")["place"], "BIB-CENTRE", "people record meanwhile")
    seen, kills = [post.link()["snapshot"]], []
    for turn in range(3):
        mark = seen[-1] + chance.randint(1, max(1, of // 8))
        until(lambda: post.link()["snapshot"] >= mark or post.link()["snapshot_of"] == 0, "no more chunks come", DEADLINE_S)
        if post.link()["snapshot_of"] == 0:
            break
        what = ("node", "hub", "line")[turn]
        if what == "line":
            line.cut()
        else:
            victim = post if what == "node" else hub
            victim.kill()
            victim.start()
        kills.append((what, mark))
        seen.append(post.link()["snapshot"])
        tap.ok(seen[-1] >= seen[-2] or post.link()["snapshot_of"] == 0, f"after {what} was cut off, it goes on at chunk {seen[-1]} of {of}", seen)
    line.rate(100_000_000)
    whole(post, other, tap, "and holds what the others hold")
    print(f"# {of} chunks, cut off: {kills}, seed {SEED}")
    tap.equal(post.logged().count("a snapshot is taken"), 1, "one snapshot was enough")
    tap.ok("the snapshot folds to what the hub says" in post.logged(), "shown once it folds to what the hub says")
    tap.ok(not os.path.exists(os.path.join(post.folder, "store", "stage")), "nothing is left beside its store")
    tap.equal(post.find(f"{9_000_000:014}")["place"], "BIB-CENTRE", "what was recorded meanwhile is there")
    tap.equal(post.find(f"{5_000_000:014}")["place"], "BIB-NORD", "and what the network recorded")
    return post


def relay(tap, hub, line, other, folder):
    post = Post(folder + "/relay").start()
    line.rate(BITS // 5)
    post.enrol(hub, "CCAS", "--role", "relay", "--scope", "own")
    until(lambda: post.type("find", f"{5_000_001:014}").code == 0, f"what is on its way here is not known: {post.link()}\n{post.logged()}", DEADLINE_S)
    line.rate(100_000_000)
    until(lambda: post.link()["in_step"], f"not in step: {post.link()}", DEADLINE_S)
    tap.ok("folds to what the hub says" in post.logged(), "a relay's scope too is folded at the hub, and compared", post.logged())
    post.scan("receive", [f"{5_000_001:014}"])
    tap.ok(post.sync()["ok"], "and it goes on working")


def refused(tap, hub, other, folder, name, spoil, reason):
    """spoil() does something to the hub's files while it is down; the node refuses, says why, and reads on event by event."""
    hub.stop()
    spoil()
    hub.start()
    post = Post(f"{folder}/{name}").start()
    post.enrol(hub, "BIB-SUD")
    whole(post, other, tap, f"{name}: it holds what the others hold, all the same")
    tap.ok(reason in post.logged(), f"{name}: refused with its reason", post.logged())
    tap.ok("goes on from there" not in post.logged(), f"{name}: nothing of it was shown")
    post.stop()
    return post


def mended(tap, hub, other, folder):
    """A bit of a chunk flips on the hub's disk: it is not sent, and another snapshot is made."""
    flip_chunk(hub)
    post = Post(folder + "/mended").start()
    post.enrol(hub, "BIB-SUD")
    whole(post, other, tap, "a bit flips on the hub's disk: the node holds what the others hold")
    tap.ok("does not stand in its file" in hub.logged(), "the hub says so", hub.logged())
    tap.ok(post.logged().count("a snapshot is taken") == 2 and "goes on from there" in post.logged(), "and makes another", post.logged())
    post.stop()


def flip_chunk(hub):
    with open(files(hub, "chunks")[0], "r+b") as chunks:
        chunks.seek(-40, os.SEEK_END)
        byte = chunks.read(1)
        chunks.seek(-41 + 1, os.SEEK_END)
        chunks.write(bytes([byte[0] ^ 1]))


def rewrite(hub, digest, secret):
    """Another digest in the manifest, signed with the hub's own key: a fold that differs."""
    (path,), sodium = files(hub, "manifest"), ctypes.CDLL("libsodium.so.23")
    with open(path, "rb") as file:
        manifest = bytearray(file.read()[64:])
    at = manifest.index(b"\x3a\x20" + digest)
    manifest[at + 2] ^= 1
    name = hashlib.blake2b(bytes(manifest), digest_size=32).digest()
    signature = ctypes.create_string_buffer(64)
    message = b"navette snaps v1" + name
    sodium.crypto_sign_detached(signature, None, message, ctypes.c_ulonglong(len(message)), secret)
    chunks = path.replace(".manifest", ".chunks")
    os.rename(chunks, os.path.join(hub.folder, "snapshots", name.hex() + ".chunks"))
    os.unlink(path)
    with open(os.path.join(hub.folder, "snapshots", name.hex() + ".manifest"), "wb") as file:
        file.write(signature.raw + bytes(manifest))
    os.chmod(os.path.join(hub.folder, "snapshots", name.hex() + ".manifest"), 0o600)


def digest_of(hub):
    """As the manifest has it: field 7, 32 bytes."""
    with open(files(hub, "manifest")[0], "rb") as file:
        manifest = file.read()[64:]
    at = manifest.index(b"\x3a\x20", 18)
    return manifest[at + 2:at + 34]


def body(tap, folder):
    hub = Behind(folder + "/hub", "--snapshot-rows", "500").start()
    for code in ("BIB-CENTRE", "BIB-NORD", "BIB-SUD"):
        hub.place(code)
    hub.place("CCAS", "relay")
    other = Post(folder + "/other").start()
    other.enrol(hub, "BIB-NORD")
    catalogue(other, "BIB-NORD", 5_000_000, EVENTS)
    other.scan("dispatch", [f"{5_000_001:014}"], to="CCAS")
    tap.ok(other.sync()["ok"], "everything is at the hub")
    hub.folded()
    line = ThinLine(hub.listen, bits=100_000_000, seed=SEED)
    hub.stop()
    hub.line = line
    hub.options += ["--public", line.endpoint]
    hub.start()
    over_a_bad_line(tap, hub, line, other, folder)
    tap.equal(len(files(hub, "manifest")), 1, "the hub keeps it for the next")
    relay(tap, hub, line, other, folder)
    hub.folded()
    for path in files(hub, "manifest"):
        with open(path, "rb") as file:
            if b"CCAS" in file.read():
                os.unlink(path)
    digest = digest_of(hub)
    secret = bytes.fromhex(hub.keys()["sign"][1])
    refused(tap, hub, other, folder, "another-fold", lambda: rewrite(hub, digest, secret), "does not fold to what the hub says")
    mended(tap, hub, other, folder)


bench(body)
