#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Sticks between real processes: a node that never has a line lives by them and has the network's stock; the hub running or stopped; several sticks, in any order, again and again, with a
# line beside them; damaged, cut, full, pulled out; kill -9 at both ends; refused ones. What people read says what is safe and what is not.
import glob
import json
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, Hub, bench, run, until  # noqa: E402
from node_bench import Post  # noqa: E402


class Usb:
    """A folder that stands for the stick."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)

    def files(self, prefix="navette-"):
        return sorted(glob.glob(f"{self.folder}/{prefix}*"))

    def out(self):
        return [path for path in self.files() if "navette-retour-" not in path]

    def back(self):
        return self.files("navette-retour-")

    def clear(self):
        for path in glob.glob(f"{self.folder}/*"):
            os.remove(path)


def hub_in(hub, *paths):
    done = run("navette-hub", "stick", "in", *paths, "--json", "--folder", hub.folder)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def rounds(hub, post, usb):
    """There and back, once."""
    usb.clear()
    post.must_type("stick", "out", usb.folder)
    code, rows = hub_in(hub, usb.folder)
    if code != 0:
        raise RuntimeError(rows)
    done = post.type("stick", "in", usb.folder, "--json")
    if done.code != 0:
        raise RuntimeError(repr(done))
    return rows[0], done.json


def prepare(folder):
    hub = Hub(f"{folder}/hub").start()
    nodes = {}
    for place, kind in (("A", "branch"), ("B", "branch"), ("R", "relay")):
        hub.place(place, kind)
        nodes[place] = Post(f"{folder}/{place}", *(() if place == "A" else ("--offline",))).start()
        nodes[place].enrol(hub, place)
    return hub, nodes


def life(tap, hub, nodes, usb):
    """B and R have no line for their whole life."""
    a, b, r = nodes["A"], nodes["B"], nodes["R"]
    a.scan("bag-add", [f"S{number}" for number in range(1, 6)])
    text = b.type("stick", "out", usb.folder, lang="fr")
    tap.ok(text.code == 0 and "Rien de nouveau" in text.out, "with nothing recorded a stick asks for news, and says so", repr(text))
    b.register([f"B{number}" for number in range(30)], namespace="bib")
    text = b.type("stick", "out", usb.folder, lang="fr")
    tap.ok("30 événements" in text.out and "pas encore en sûreté" in text.out and "stick in" in text.out, "what is on it counts as safe only with the answer", repr(text))
    usb.clear()
    for number in range(4):
        a.register([f"A{number}-{item}" for item in range(10)], namespace="bib")
        a.scan("pack", [f"A{number}-0", f"A{number}-1"], container=f"S{number + 1}")
        a.scan("dispatch", [f"S{number + 1}"], to="R" if number % 2 else "B")
        a.sync()
        rounds(hub, b, usb)
        rounds(hub, r, usb)
        (r if number % 2 else b).scan("receive", [f"S{number + 1}"])
        b.register([f"B{number}-{item}" for item in range(5)], namespace="bib")
        taken, back = rounds(hub, b, usb)
        tap.ok(taken["whole"] and back["whole"] and back["to_send"] == 0, f"round {number + 1}: all of B's is safe", (taken, back))
        rounds(hub, r, usb)
    a.sync()
    hub.folded()
    for post in (b, r):
        rounds(hub, post, usb)
    wanted = hub("stock")["rows"]
    tap.equal(sorted((row["place"], row["state"], row["material"], row["count"]) for row in b.must("stock")["rows"]),
              sorted((row["place"], row["state"], row["material"], row["count"]) for row in wanted), "the node without a line has the hub's stock")
    until(lambda: a.digest() == b.digest() or (a.sync() and False), "the states of A and B differ", 30)
    tap.equal(a.digest(), b.digest(), "and the same state as the branch with a line")
    tap.ok(any(row["place"] == "R" and row["state"] != "in-transit" and row["count"] for row in wanted), "what the relay did is at the hub", wanted)
    silent = {row["node"]: row for row in hub("nodes")["rows"]}
    tap.ok(all(row.get("known_until") for row in silent.values()), "each stick states how far its node's log goes", silent)
    tap.equal(b.link()["to_send"], 0, "status: nothing left to send")
    tap.equal(hub("verify")["intact"], True, "chains, signatures and state verify")


def orders(tap, hub, nodes, usb):
    """Three sticks on the way at once, the last one first; one in the hub's hand while it is stopped; the line beside them."""
    a, b = nodes["A"], nodes["B"]
    usb.clear()
    before = b.link()["durable"]
    for number in range(3):
        b.register([f"O{number}"], namespace="bib")
        b.must_type("stick", "out", f"{usb.folder}/navette-{2 - number}.nvb")
    code, rows = hub_in(hub, usb.folder)
    tap.ok(code == 0 and sum(row["taken"] for row in rows) == 3, "three sticks, the last written one first", rows)
    code, rows = hub_in(hub, usb.folder)
    tap.ok(code == 0 and sum(row["taken"] for row in rows) == 0 and all(row["held"] == before + 3 for row in rows), "again: nothing new", rows)
    b.register(["O9"], namespace="bib")
    b.must_type("stick", "out", f"{usb.folder}/navette-0.nvb")
    hub.stop()
    code, rows = hub_in(hub, f"{usb.folder}/navette-0.nvb")
    tap.ok(code == 0 and rows[0]["taken"] == 1 and os.path.exists(rows[0]["answer"]), "with the hub stopped, on its folder", rows)
    hub.start()
    done = b.must_type("stick", "in", usb.folder, "--json").json
    tap.equal((done["to_send"], done["whole"]), (0, True), "its answer counts like any")
    text = b.type("stick", "in", usb.folder, lang="fr")
    tap.ok(text.code == 0 and f"{before + 4} événements d'ici sont en sûreté" in text.out, "read again: the same", repr(text))
    a.register(["L1"], namespace="bib")
    done = a.must_type("stick", "out", f"{usb.folder}/a.nvb", "--all", "--json").json
    a.sync()
    code, rows = hub_in(hub, f"{usb.folder}/a.nvb")
    tap.ok(code == 0 and rows[0]["taken"] == 0 and rows[0]["again"] == done["events"], "a node that has a line too: all of it was there", rows)
    a.must_type("stick", "in", rows[0]["answer"])
    a.register(["L2"], namespace="bib")
    tap.ok(a.sync(30).get("ok") and a.link()["in_step"], "its line goes on")


def damaged(tap, hub, nodes, usb, folder):
    b = nodes["B"]
    usb.clear()
    before = b.link()["head"]
    rows = [{"barcode": f"D{number}", "title": os.urandom(110).hex(), "material": "Livre"} for number in range(4000)]
    for first in range(0, 4000, 1000):
        b.must("item-add", items=rows[first:first + 1000], namespace="bib")
    b.must_type("stick", "out", usb.folder)
    path = usb.out()[0]
    with open(path, "rb") as file:
        whole = file.read()
    tap.ok(len(whole) > 3 * 60000, "a stick of several parts", len(whole))
    hurt = bytearray(whole)
    hurt[len(hurt) // 2] ^= 0x40
    with open(path, "wb") as file:
        file.write(hurt)
    code, rows = hub_in(hub, path)
    missing = rows[0]["missing"]
    tap.ok(code == 7 and len(missing) == 1 and before < missing[0]["from"] <= missing[0]["to"] < before + 4000, "a flipped bit in the middle: the hub says what is missing", rows)
    held = rows[0]["held"]
    tap.equal(held, missing[0]["from"] - 1, "and has taken all before it")
    text = run("navette-hub", "stick", "in", path, "--folder", hub.folder, "--lang", "fr")
    tap.ok(f"{missing[0]['from']}-{missing[0]['to']} de B manquent" in text.stdout and "Demandez une nouvelle clé à B" in text.stdout, "in French, and what to do", text.stdout + text.stderr)
    b.must_type("stick", "in", usb.folder)
    tap.equal(b.link()["durable"], held, "the receipt says how far it came")
    with open(path, "wb") as file:
        file.write(whole[:len(whole) // 3])
    code, rows = hub_in(hub, path)
    tap.ok(code == 7 and rows[0]["missing"], "cut: said too", rows)
    with open(path, "wb") as file:
        file.write(whole)
    code, rows = hub_in(hub, path)
    tap.ok(code == 0 and rows[0]["held"] == before + 4000 and rows[0]["whole"], "whole again: all is there", rows)
    b.must_type("stick", "in", usb.folder)
    tap.equal(b.link()["to_send"], 0, "and safe")
    for content, error in ((b"", "stick-not-one"), (b"NVBH" + bytes(200), "stick-damaged"), (b"text", "stick-not-one")):
        with open(path, "wb") as file:
            file.write(content)
        code, rows = hub_in(hub, path)
        tap.equal((code, rows[0]["error"]), (7, error), f"{content[:4]!r}: {error}")
    tap.equal(hub_in(hub, f"{folder}/nothing.nvb")[1][0]["error"], "stick-no-file", "no file")
    os.mkdir(f"{folder}/empty")
    tap.equal(hub_in(hub, f"{folder}/empty")[1][0]["error"], "stick-no-file", "an empty stick")
    done = b.type("stick", "in", f"{folder}/empty", "--json")
    tap.ok(done.code == 1 and done.json["error"] == "stick-no-file", "at the node too", repr(done))


def strangers(tap, hub, nodes, usb, folder):
    a, b, r = nodes["A"], nodes["B"], nodes["R"]
    usb.clear()
    other = Hub(f"{folder}/other").start()
    b.must_type("stick", "out", usb.folder)
    path = usb.out()[0]
    tap.equal([row["error"] for row in hub_in(other, path)[1]], ["stick-not-for-us"], "another hub can't read it")
    _, rows = hub_in(hub, path)
    done = r.type("stick", "in", rows[0]["answer"], "--json")
    tap.ok(done.code != 0 and done.json["error"] == "stick-not-for-us", "another node can't read the answer", repr(done))
    done = a.type("stick", "in", path, "--json")
    tap.ok(done.code != 0 and done.json["error"] == "stick-not-for-us", "nor a node what is for the hub", repr(done))
    other.stop()
    done = Post(f"{folder}/new").start().type("stick", "out", usb.folder, "--json")
    tap.ok(done.code == 1 and done.json["error"] == "not-enrolled", "a node that no hub knows writes none", repr(done))


def full(tap, nodes, folder):
    b = nodes["B"]
    disk = f"{folder}/disk"
    os.mkdir(disk)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode != 0:
        tap.ok(True, "a full stick # SKIP needs root and mount")
        return
    try:
        b.register(["F1"], namespace="bib")
        b.must_type("stick", "out", f"{disk}/f.nvb")
        with open(f"{disk}/f.nvb", "rb") as file:
            old = file.read()
        done = b.type("stick", "out", f"{disk}/f.nvb", "--all", "--json")
        tap.ok(done.code == 5 and done.json["error"] == "stick-full", "a full stick: said", repr(done))
        with open(f"{disk}/f.nvb", "rb") as file:
            tap.equal(file.read(), old, "the file of before stays")
        tap.equal(os.listdir(disk), ["f.nvb"], "and nothing else is left")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        done = b.type("stick", "out", f"{disk}/f.nvb", lang="fr")
        tap.ok(done.code == 5 and "protégée contre l'écriture" in done.err, "a protected stick: said", repr(done))
    finally:
        subprocess.run(["umount", disk])


def killed(tap, hub, nodes, usb):
    """The command, the node and the hub end at once, in the middle."""
    b = nodes["B"]
    usb.clear()
    environment = dict(os.environ, NAVETTE_FOLDER=b.folder)
    for who in ("command", "node"):
        writing = subprocess.Popen([f"{BIN}/navette", "stick", "out", usb.folder, "--all"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: usb.files() or writing.poll() is not None, "nothing is written")
        if who == "command":
            writing.send_signal(signal.SIGKILL)
        else:
            b.kill()
        writing.wait()
        for path in usb.out():
            if path.endswith(".nvb"):
                tap.ok(hub_in(hub, path)[0] == 0, "a file under its name is whole", path)
        if who == "node":
            b.start()
    rows = [{"barcode": f"K{number}", "title": os.urandom(110).hex(), "material": "Livre"} for number in range(3000)]
    for first in range(0, 3000, 1000):
        b.must("item-add", items=rows[first:first + 1000], namespace="bib")
    b.must_type("stick", "out", usb.folder)
    tap.ok(all(path.endswith(".nvb") for path in usb.out()), "what was left half written is gone", usb.files())
    path = usb.out()[0]
    tail = hub("status")["journal"]["tail"]
    reading = subprocess.Popen([f"{BIN}/navette-hub", "stick", "in", path, "--folder", hub.folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: hub("status")["journal"]["tail"] > tail or reading.poll() is not None, "the hub takes nothing")
    hub.kill()
    reading.wait()
    hub.start()
    tap.ok(hub("verify")["intact"], "the hub, killed while it reads, is whole")
    code, rows = hub_in(hub, path)
    tap.ok(code == 0 and rows[0]["held"] == rows[0]["claimed"], "and takes the stick again", rows)
    b.must_type("stick", "in", usb.folder)
    b.kill()
    b.start()
    tap.equal(b.link()["to_send"], 0, "a receipt that was told is there after a kill")


def put_back(tap, hub, nodes, usb, folder):
    """B's folder is put back from a copy, and written on; then it is revoked."""
    b = nodes["B"]
    b.stop()
    shutil.copytree(b.folder, f"{folder}/copy", ignore=shutil.ignore_patterns("control"))
    b.start()
    b.register(["P1", "P2"], namespace="bib")
    rounds(hub, b, usb)
    b.stop()
    shutil.rmtree(b.folder)
    shutil.copytree(f"{folder}/copy", b.folder)
    b.start()
    b.register(["P3"], namespace="bib")
    usb.clear()
    b.must_type("stick", "out", usb.folder)
    code, rows = hub_in(hub, usb.folder)
    tap.ok(code == 7 and rows[0]["verdict"] == "fork", "put back from a copy and written on: the hub says so", rows)
    done = b.type("stick", "in", usb.folder, "--json")
    tap.equal(done.json["receipt"], "forked", "and the node sets its own aside")
    b.stop()
    b.options = [option for option in b.options if option != "--offline"]
    b.start()
    until(lambda: not b.link()["adopting"], "what was put aside enters the new log")
    until(lambda: b.sync(30).get("ok") and b.link()["in_step"], "in step")
    hub.folded()
    tap.equal([bool(b.find(code)) for code in ("P1", "P2", "P3")], [True] * 3, "both ends are there")
    tap.ok(hub("verify")["intact"], "and at the hub, intact")
    usb.clear()
    b.register(["P4"], namespace="bib")
    b.must_type("stick", "out", usb.folder)
    hub("revoke", "B", "--reason", "key-lost")
    code, rows = hub_in(hub, usb.folder)
    tap.ok(code == 1 and rows[0]["error"] == "hub-stick-revoked" and not usb.back(), "a revoked node's stick is refused", rows)


def invited(tap, hub, usb, folder):
    """A node that no line ever reaches is enrolled by file: the invitation on the stick, the code by word of mouth."""
    hub.place("N")
    usb.clear()
    path = f"{usb.folder}/invitation"
    tap.equal(hub("enrol", "N", "--hours", "300").get("error"), "hub-invalid-value", "a code for the line lives a day at most")
    code = hub("enrol", "N", "--file", path, "--hours", "300")["code"]
    with open(path, encoding="ascii") as file:
        lines = dict(line.strip().split(" = ") for line in file)
    with open(path, "w", encoding="ascii") as file:
        file.write(f"hub = tcp://127.0.0.1:1\ngrant = {lines['grant']}\n")
    first, second = (Post(f"{folder}/N{number}", "--offline").start() for number in (1, 2))
    done = first.type("enrol", "0000-0000-0000-0000", "--file", path, "--json")
    tap.ok(done.code != 0 and done.json["error"] == "enrol-not-the-hub", "another code does not open the invitation", repr(done))
    done = first.type("enrol", code, "--file", path, lang="fr")
    tap.ok(done.code == 0 and "première clé" in done.out, "enrolled by file: the first stick presents it", repr(done))
    first.scan("bag-add", ["N1"])
    second.must_type("enrol", code, "--file", path)
    taken, back = rounds(hub, first, usb)
    tap.ok(taken["place"] == "N" and taken["taken"] >= 1 and back["to_send"] == 0, "the hub knows it by its stick", (taken, back))
    again, _ = rounds(hub, first, usb)
    tap.equal(again["verdict"], "in-step", "and from then on as any node")
    usb.clear()
    second.must_type("stick", "out", usb.folder)
    exit_code, rows = hub_in(hub, usb.folder)
    tap.ok(exit_code == 1 and rows[0]["error"] == "hub-stick-unknown", "the code serves one node, once", rows)


def body(tap, folder):
    usb = Usb(f"{folder}/usb")
    hub, nodes = prepare(folder)
    life(tap, hub, nodes, usb)
    orders(tap, hub, nodes, usb)
    damaged(tap, hub, nodes, usb, folder)
    strangers(tap, hub, nodes, usb, folder)
    full(tap, nodes, folder)
    killed(tap, hub, nodes, usb)
    invited(tap, hub, usb, folder)
    put_back(tap, hub, nodes, usb, folder)


bench(body)
