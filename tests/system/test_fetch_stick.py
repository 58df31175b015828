#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A node that has pruned and lost its line: what a late event needs is asked for by stick, and comes back with the answer; a damaged stick says so at both ends; what nobody gives is told with its reason; a state made anew has all of it back.
import glob
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, in_step, until  # noqa: E402
from node_bench import Post  # noqa: E402

ITEMS = [f"D{n:03d}" for n in range(30)]


def pruned(node):
    return node.must("status")["pruned"]


def round_trip(there, back):
    there.scan("dispatch", ITEMS, to="BIB-B")
    in_step(there, back)
    back.scan("receive", ITEMS)
    back.scan("dispatch", ITEMS, to="BIB-A")
    in_step(back, there)
    there.scan("receive", ITEMS)
    in_step(there, back)


def restart(node, option):
    node.stop()
    node.options.append(option)
    node.start()


def flip(path, fraction):
    with open(path, "rb") as file:
        bytes_ = bytearray(file.read())
    bytes_[int(len(bytes_) * fraction)] ^= 0x20
    with open(path, "wb") as file:
        file.write(bytes_)


def body(tap, folder):
    hub = Hub(f"{folder}/hub").start()
    usb = f"{folder}/usb"
    os.mkdir(usb)
    for code in ("BIB-A", "BIB-B", "BIB-C"):
        hub.place(code)
    a = Post(f"{folder}/a", "--prune-after", "1s").start()
    b = Post(f"{folder}/b", "--prune-after", "0").start()
    c = Post(f"{folder}/c", "--prune-after", "0").start()
    for node, code in ((a, "BIB-A"), (b, "BIB-B"), (c, "BIB-C")):
        node.enrol(hub, code)
    a.register(ITEMS)
    in_step(a, b, c)
    restart(c, "--offline")
    c.scan("seen", ["D001", "D002"])
    c.stop()
    round_trip(a, b)
    end = time.monotonic() + 1.4
    until(lambda: a.sync()["ok"] and time.monotonic() > end, "no time passes")
    tap.ok(hub("backup", f"{folder}/backup")["ok"], "the hub is backed up")
    in_step(a, b)
    until(lambda: pruned(a)["entries"] >= 60, "it does not prune by itself")
    restart(a, "--offline")
    c.options.remove("--offline")
    c.start()
    in_step(c, b)
    want = hub.folded()["state"]["digest"]

    # what C saw arrives by stick, and waits
    out = a.type("stick", "out", usb, "--json").json
    tap.equal(out["wants"], 0, "nothing is wanted yet")
    hub.stick_in(usb)
    said = a.type("stick", "in", usb, "--json").json
    tap.ok(said["taken"] >= 2 and said["wants"] >= 4, "what was seen by who was cut off comes by stick, and says what it lacks", said)
    until(lambda: pruned(a)["waiting"] >= 2, "the late events do not wait")
    tap.ok("navette stick out" in a.type("status", lang="fr").out, "the status says what would bring them", a.type("status", lang="fr").out)
    for path in glob.glob(f"{usb}/*"):
        os.remove(path)

    # asked for; damaged on the way to the hub, then on the way back
    out = a.type("stick", "out", usb, "--json").json
    tap.ok(out["wants"] >= 4 and "redemande aussi" in a.type("stick", "out", f"{usb}/again.nvb", lang="fr").out, "the stick asks for them, and says so", out)
    os.remove(f"{usb}/again.nvb")
    path = out["path"]
    with open(path, "rb") as file:
        whole = file.read()
    flip(path, 0.5)
    row = hub.stick_in(path)
    tap.ok(row["wants_read"] < row["wants"] and not row["whole"], "a damaged question: the hub says so", row)
    with open(path, "wb") as file:
        file.write(whole)
    row = hub.stick_in(path)
    tap.ok(row["wants"] == row["wants_read"] == out["wants"] and row["whole"], "a whole one: all is read", row)
    back = row["answer"]
    with open(back, "rb") as file:
        whole = file.read()
    flip(back, 0.6)
    said = a.type("stick", "in", back, "--json").json
    tap.ok(not said["whole"], "a damaged answer: the node says so", said)
    with open(back, "wb") as file:
        file.write(whole)
    said = a.type("stick", "in", back, "--json").json
    tap.ok(said["whole"] and said["wants"] == 0, "a whole one: nothing is asked for any more", said)
    until(lambda: pruned(a)["waiting"] == 0, "something waits for ever")
    again = a.type("stick", "in", back, "--json").json
    tap.ok(again["whole"] and again["came_back"] == 0, "read again: nothing changes", again)
    until(lambda: a.digest() == want, "not the hub's state")
    tap.ok(True, "the late events count: the state is the hub's")

    # made anew, the state lacks all that was given up, and asks for it by stick
    a.stop()
    a.options.append("--rebuild")
    a.start()
    a.options.remove("--rebuild")
    until(lambda: pruned(a)["hollow"], "a state made anew lacks nothing")
    said = a.type("stick", "in", back, "--json").json
    tap.ok(said["whole"] and said["wants"] == pruned(a)["entries"] and "encore attendus" in a.type("stick", "in", back, lang="fr").out, "an answer of before: all of it is awaited still, and it says so", said)
    out = a.type("stick", "out", usb, "--json").json
    tap.equal(out["wants"], said["wants"], "so many does the next stick ask for")
    said = a.type("stick", "in", hub.stick_in(out["path"])["answer"], "--json").json
    tap.ok(said["came_back"] == out["wants"] and said["wants"] == 0, "all of it comes back", said)
    until(lambda: not pruned(a)["hollow"] and a.digest() == want, "the state stays hollow")
    tap.ok(True, "the state made anew is the hub's")


if __name__ == "__main__":
    bench(body)
