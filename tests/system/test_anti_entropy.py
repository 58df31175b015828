#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Anti-entropy on real processes: a byte flipped in the file of a journal or of a state while its process is stopped is found by comparing, mended by what its author signed, told in
# both languages, and kept aside; what is sound nowhere is told, and mended once somebody who has it is compared. A relay compares its own log and the hub's. Others work meanwhile.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, in_step, run, until  # noqa: E402


def places_of(data, text):
    at = data.find(text)
    while at >= 0:
        yield at
        at = data.find(text, at + 1)


def flip(path, text, of_state=False):
    """One bit of this text, in every page that has it: of an event its length is one byte behind a tag, of a state's record two."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    count = 0
    for at in list(places_of(bytes(data), text)):
        if data[at - 1] == len(text) and (data[at - 2] == 0) == of_state:
            data[at + 3] ^= 0x01
            count += 1
    with open(path, "wb") as file:
        file.write(data)
    return count


def damaged(daemon, file, text, of_state=False):
    daemon.stop()
    count = flip(os.path.join(daemon.folder, file), text, of_state)
    daemon.start()
    return count


def linked(node):
    until(lambda: node.link()["link"] == "streaming", f"{node.folder} is not linked")


def compare(node):
    linked(node)
    return node.ask("compare", wait=60)


def french(program, folder, *words):
    return run(program, *words, "--lang", "fr", "--folder", folder).stdout


def body(tap, folder):
    hub = Hub(f"{folder}/hub").start()
    for code, kind in (("BIB-A", "branch"), ("BIB-B", "branch"), ("CCAS", "relay")):
        hub.place(code, kind)
    a, b, relay = (Node(f"{folder}/{name}").start() for name in ("a", "b", "relay"))
    a.enrol(hub, "BIB-A")
    b.enrol(hub, "BIB-B")
    relay.enrol(hub, "CCAS", "--role", "relay", "--scope", "own")
    a.register([f"A{n:04d}" for n in range(300)])
    for code in ("UN", "DEUX"):
        a.must("item-add", items=[{"barcode": code, "title": f"Titre secret {code}", "material": "Livre"}], operator=f"OPERATRICE-{code}")
    b.register([f"B{n:04d}" for n in range(100)])
    a.scan("dispatch", ["A0001", "A0002"], to="CCAS")
    in_step(a, b, relay)
    relay.scan("receive", ["A0001", "A0002"])
    in_step(relay, a, b)

    first = compare(b)
    tap.ok(first["ok"] and first["done"] and first["compared"]["entries"] > 400, "nothing damaged: everything is compared", first)
    tap.equal([first["compared"][name] for name in ("mended", "given", "lost", "state")], [0, 0, 0, "same"], "and is the same, the state too")

    # the hub's journal
    tap.ok(damaged(hub, "journal/data.mdb", b"OPERATRICE-UN") >= 1, "a byte of the hub's journal is flipped")
    tap.ok(not hub("verify")["intact"], "the hub's own verification sees it")
    linked(b)
    b.register(["PENDANT"])
    found = compare(a)
    tap.equal([found["compared"]["given"], found["compared"]["mended"], found["compared"]["lost"]], [1, 0, 0], "its author's comparison mends the hub")
    tap.ok(b.sync()["ok"], "the others are served meanwhile")
    tap.ok(hub("verify")["intact"], "the hub verifies")
    rows = hub("damage")["rows"]
    tap.ok(len(rows) == 1 and rows[0]["kind"] == "entry" and rows[0]["mended"] and b"OPESATRICE-UN" in bytes.fromhex(rows[0]["bytes"]), "what stood there is kept aside", rows)
    tap.ok("ALERTE" in french("navette-hub", hub.folder, "status") and "disque" in french("navette-hub", hub.folder, "damage"),
           "the hub's status says so, in words", french("navette-hub", hub.folder, "status"))
    tap.ok("ALARM" in hub.logged(), "and its log")
    row = [row for row in hub("compare")["rows"] if row["places"] == ["BIB-A"]][0]
    tap.ok(row["given"] == 1 and "ALARM" in run("navette-hub", "compare", "--lang", "en", "--folder", hub.folder).stdout, "and its list of comparisons", row)

    # a node's journal: another's event, then an own one
    tap.ok(damaged(b, "store/data.mdb", b"OPERATRICE-DEUX") >= 1, "a byte of a node's journal is flipped")
    linked(b)
    said = run("navette", "compare", "--lang", "fr", "--folder", b.folder, "--wait", "60")
    tap.ok("ALERTE" in said.stdout and "smartctl" in said.stdout and said.returncode == 0, "it is mended from the hub, and told", said.stdout + said.stderr)
    rows = b.must("damage")["rows"]
    tap.ok([row["kind"] for row in rows] == ["state", "entry"] or [row["kind"] for row in rows] == ["entry", "state"], "kept aside", rows)
    tap.ok("ALERTE" in french("navette", b.folder, "status"), "the status says so", french("navette", b.folder, "status"))
    tap.ok(damaged(a, "store/data.mdb", b"OPERATRICE-DEUX") >= 1, "a byte of a node's own log is flipped")
    tap.equal(compare(a)["compared"]["mended"], 1, "it is mended from the hub, under the node's own key")
    tap.ok(a.must("check").get("ok"), "the node's own check finds nothing", a.ask("check"))

    # sound at neither
    damaged(hub, "journal/data.mdb", b"OPERATRICE-UN")
    a.stop()
    with open(f"{a.folder}/store/data.mdb", "rb") as file:
        data = bytearray(file.read())
    for at in list(places_of(bytes(data), b"OPERATRICE-UN")):
        data[at + 5] ^= 0x02
    with open(f"{a.folder}/store/data.mdb", "wb") as file:
        file.write(data)
    a.start()
    lost = compare(a)
    tap.ok(lost["compared"]["lost"] == 1 and lost["compared"]["mended"] == 0 and "Nothing was invented" in lost["text"], "sound at neither: told, nothing invented", lost)
    linked(b)
    asked = hub("compare", "BIB-B")
    tap.ok(asked["ok"], "the hub asks another node to compare", asked)
    until(lambda: hub("verify")["intact"], "the hub was not mended by another node")
    tap.ok(True, "who has it mends the hub")
    tap.equal([compare(a)["compared"][name] for name in ("mended", "lost")], [1, 0], "and the hub its author")

    # a node's state
    tap.ok(damaged(b, "store/data.mdb", b"Titre secret DEUX", True) >= 1, "a byte of a record of a node's state is flipped")
    found = compare(b)
    tap.equal(found["compared"]["state"], "mended", "the state is made anew")
    in_step(b)
    tap.equal(b.digest(), hub.folded()["state"]["digest"], "and is the hub's")
    tap.ok("Titre secret DEUX" in str(b.ask("find", barcode="DEUX")), "the title is right again", b.ask("find", barcode="DEUX"))

    # a relay
    found = compare(relay)
    tap.ok(found["done"] and found["compared"]["entries"] < 200 and found["compared"]["state"] == "same", "a relay compares its own log and the hub's", found)

    away = Node(f"{folder}/away").start()
    told = away.ask("compare", wait=1)
    tap.equal(told["error"], "not-enrolled", "a node that is not enrolled is told what to do")
    b.stop()
    hub.stop()
    hub.start()
    tap.equal(hub("compare", "BIB-B")["error"], "hub-compare-away", "a node that is away too")
    tap.ok(hub("damage", "--forget")["ok"] and hub("damage")["rows"] == [], "what is mended can be taken off the list")
    tap.ok(hub("verify")["intact"], "all verifies")


if __name__ == "__main__":
    bench(body)
