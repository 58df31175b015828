#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A machine that was replaced, and its sticks: what one brings that the hub did not have is kept and refused with its reason, also after `revoke --since` and at a hub put back from a backup; the
# desk lets in what was honestly on its way, event by event; what had entered already as adopted goes on counting.
import json
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, until  # noqa: E402
from node_bench import Post  # noqa: E402


def counts(hub, code):
    hub.folded()
    return hub("find", code).get("ok", False)


def replace(hub, machine, name="BIB-A"):
    code = hub("replace", name)
    machine.must("enrol", code=code["code"], hub=code["enrol"], again=True)
    until(lambda: machine.sync().get("ok"), "the new machine is not in step")


def stick_of(machine, path):
    machine.must_type("stick", "out", path)
    return path


def stolen(tap, folder, hub, old, other):
    """The disk goes on in other hands after its machine was replaced."""
    old.register(["1001"], namespace="bib")
    old.sync()
    old.stop()
    shutil.copytree(old.folder, folder + "/thief", ignore=shutil.ignore_patterns("control"))
    new = Post(folder + "/new").start()
    replace(hub, new)
    thief = Post(folder + "/thief", "--offline").start()
    thief.register(["1666"], namespace="bib")
    thief.scan("dispatch", ["1001"], to="BIB-B")
    row = hub.stick_in(stick_of(thief, folder + "/stolen.nvb"))
    tap.ok(row["ok"] and row["taken"] == row.get("refused") >= 2, "what a replaced machine brings by stick is kept and refused", row)
    tap.ok("replaced" in row["text"] or "remplacée" in row["text"], "... said in words", row)
    tap.ok(not counts(hub, "1666"), "nothing of it counts: no document of the thief's")
    tap.equal(hub("find", "1001")["thing"]["state"], "shelf", "... and no dispatch")
    other.sync()
    tap.equal([other.ask("find", barcode="1001")["thing"]["state"], other.digest()], ["shelf", hub.folded()["state"]["digest"]], "... nor at another node")
    refused = hub("refused")["rows"]
    tap.equal({line["reason"] for line in refused}, {"key-stolen"}, "people see it, with its reason")
    tap.ok(hub("verify")["intact"], "every log verifies")
    for part in range(2):
        thief.register([f"167{part}"], namespace="bib")
        row = hub.stick_in(stick_of(thief, f"{folder}/stolen{part}.nvb"))
        tap.ok(row.get("refused") == row["taken"] == 1 and not counts(hub, f"167{part}"), "nor does what a later stick brings", row)
    thief.stop()
    return new


def honest(tap, folder, hub, new):
    """A stick was on its way when the machine was replaced, and it is all that there is of it."""
    new.options.append("--offline")
    new.stop()
    new.start()
    new.register(["2001", "2002"], namespace="bib")
    path = stick_of(new, folder + "/late.nvb")
    new.stop()
    last = Post(folder + "/last").start()
    replace(hub, last)
    row = hub.stick_in(path)
    tap.ok(row.get("refused") == 2 and not counts(hub, "2001"), "a stick that was on its way is kept too", row)
    again = hub.stick_in(path)
    tap.ok(again["taken"] == 0 and again["again"] == 2, "once", again)
    for line in [line for line in hub("refused")["rows"] if "200" in json.dumps(line)]:
        tap.ok(hub("retry", line["ref"])["ok"], "the desk lets it in", line)
    tap.ok(counts(hub, "2001") and counts(hub, "2002"), "then it counts")
    return last


def adopted(tap, folder, hub, machine):
    """The same machine takes new keys: what it never sent enters, and then comes its stick of before."""
    machine.options.append("--offline")
    machine.stop()
    machine.start()
    machine.register(["3001"], namespace="bib")
    path = stick_of(machine, folder + "/before.nvb")
    machine.options.remove("--offline")
    hub.stop()
    machine.stop()
    machine.start()
    hub.start()
    replace(hub, machine)
    tap.ok(counts(hub, "3001"), "the same machine with other keys brings what it never sent")
    row = hub.stick_in(path)
    tap.ok(row["ok"] and row.get("refused") == 0 and counts(hub, "3001"), "its stick of before takes nothing of that away", row)
    tap.ok(machine.sync().get("ok") and machine.digest() == hub.folded()["state"]["digest"], "the same state at both")


def now_text():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time()))


def since(tap, folder, hub, machine):
    """Revoked since a moment, then replaced by its place: the moment holds for what a stick brings afterwards."""
    machine.register(["4001"], namespace="bib")
    machine.sync()
    machine.stop()
    thief = Post(machine.folder, "--offline").start()
    thief.register(["4666"], namespace="bib")
    path = stick_of(thief, folder + "/since.nvb")
    began = now_text()
    until(lambda: now_text() != began and hub("status")["ok"], "the clock stands still")
    moment = now_text()
    tap.ok(hub("revoke", "BIB-A", "--since", moment).get("ok"), "revoked since a moment")
    tap.equal(hub.stick_in(path).get("error"), "hub-stick-revoked", "its stick is refused whole")
    new = Post(folder + "/since").start()
    replace(hub, new)
    tap.ok(hub("backup", folder + "/backup").get("ok"), "a backup")
    row = hub.stick_in(path)
    tap.ok(row.get("refused") == 1 and not counts(hub, "4666"), "replaced, by its place, its stick brings nothing that counts", row)
    thief.stop()
    return new, path


def restored(tap, folder, hub, machine, path):
    """A hub of before the stick came, which knows the replacement, decides the same of it."""
    hub = hub.restored(folder + "/backup", folder + "/again").start()
    row = hub.stick_in(path)
    tap.ok(row["taken"] == row.get("refused") == 1 and not counts(hub, "4666"), "so does a hub that was put back", row)
    until(lambda: machine.sync().get("ok") and machine.digest() == hub.folded()["state"]["digest"], "not in step with the restored hub")
    tap.ok(not counts(hub, "4666") and counts(hub, "4001") and hub("verify")["intact"], "and when what was lost is back")
    return hub


def given_back(tap, folder, hub, machine, path):
    """Nobody reads the stick again: nodes give back what it brought, and what the hub decided of it."""
    tap.ok(hub("backup", folder + "/later").get("ok"), "another backup")
    thief = Post(folder + "/thief", "--offline").start()
    thief.register([f"5{number:03}" for number in range(300)], namespace="bib")
    row = hub.stick_in(stick_of(thief, path))
    thief.stop()
    tap.ok(row.get("refused") == 300, "three hundred more from the first machine", row)
    until(lambda: machine.sync().get("ok") and machine.digest() == hub.folded()["state"]["digest"], "not in step")
    before = len(hub("refused")["rows"])
    hub = hub.restored(folder + "/later", folder + "/third").start()
    until(lambda: machine.sync().get("ok") and len(hub("refused")["rows"]) == before, "what was lost is not given back")
    tap.ok(not counts(hub, "5000") and not counts(hub, "5299"), "given back, it still counts for nothing")
    until(lambda: machine.digest() == hub.folded()["state"]["digest"], "other states")
    tap.ok(hub("verify")["intact"], "every log verifies at the restored hub")
    return hub


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    for place in ("BIB-A", "BIB-B"):
        hub.place(place)
    old, other = Post(folder + "/a").start(), Post(folder + "/b").start()
    old.enrol(hub, "BIB-A")
    other.enrol(hub, "BIB-B")
    new = stolen(tap, folder, hub, old, other)
    last = honest(tap, folder, hub, new)
    adopted(tap, folder, hub, last)
    last, path = since(tap, folder, hub, last)
    hub = restored(tap, folder, hub, last, path)
    hub = given_back(tap, folder, hub, last, folder + "/more.nvb")
    for one in (last, other, hub):
        one.stop()


bench(main)
