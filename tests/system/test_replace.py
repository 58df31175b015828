#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A node whose keys are gone or doubted: a machine with other keys becomes the same node, goes on in a log that continues the old one, gets back what was acknowledged; what was recorded and never
# sent enters again; the old keys open nothing.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402


def documents(one):
    return sum(row["count"] for row in one["rows"])


def whole(tap, hub, node, other, count, what):
    tap.ok(node.sync().get("ok"), f"{what}: in step", node.must("status")["note"])
    until(lambda: hub.folded() and documents(hub("stock")) == count, f"{what}: the hub does not count {count}: {hub('stock')}")
    until(lambda: documents(node.must("stock")) == count, f"{what}: the node does not count {count}: {node.must('stock')}")
    tap.ok(True, f"{what}: all {count} documents are at both ends")
    tap.ok(hub("verify")["intact"], f"{what}: every log verifies", hub("verify"))
    tap.ok(node.must("check")["ok"], f"{what}: the node checks its own")
    tap.ok(other.sync().get("ok") and other.digest() == hub.folded()["state"]["digest"] == node.digest(), f"{what}: the same state everywhere")


def dead_disk(tap, folder, hub, node, other):
    node.register(["1001", "1002", "1003"])
    tap.ok(node.sync().get("ok"), "three documents are at the hub")
    name = node.must("status")["identity"]["node"]
    old = node.keys()
    node.stop()
    shutil.move(node.folder, node.folder + ".dead")
    code = hub("replace", "BIB-A")
    tap.ok(code["ok"] and code["node"] == name, "replace prints a code", code)
    fresh = Node(node.folder).start()
    fresh.register(["1004"], place="BIB-A") if fresh.ask("init", init_place="BIB-A").get("ok") else None
    fresh.must("enrol", code=code["code"], hub=code["enrol"])
    status = fresh.must("status")
    tap.equal(status["identity"]["node"], name, "the new machine is the same node")
    tap.ok(fresh.keys()["node"][0] == name and fresh.keys()["sign"] != old["sign"], "its keys are its own")
    whole(tap, hub, fresh, other, 4, "after a dead disk")
    again = fresh.ask("enrol", code=code["code"], hub=code["enrol"], again=True)
    tap.ok(again.get("ok") or again["error"] == "enrol-refused", "the code serves nobody else", again)
    before = hub("status")["refused_handshakes"]
    thief = Node(node.folder + ".dead").start()
    until(lambda: hub("status")["refused_handshakes"] > before, "the old keys are let in")
    tap.ok(True, "the old keys open nothing")
    done = thief.ask("enrol", code=code["code"], hub=code["enrol"], again=True)
    tap.equal(done.get("error"), "enrol-refused", "nor does the code open for them")
    thief.stop()
    return fresh


def doubted(tap, hub, node, other):
    """The machine lives, but its keys were seen by somebody: it has work that was never sent."""
    before = node.keys()
    hub.stop()
    until(lambda: node.link()["link"] != "streaming", "the node does not notice")
    node.register(["2001", "2002"])
    hub.start()
    code = hub("replace", "BIB-A")
    node.must("enrol", code=code["code"], hub=code["enrol"], again=True)
    tap.ok(node.keys()["sign"] != before["sign"] and node.keys()["node"] == before["node"], "doubted keys are replaced by new ones, the name stays")
    tap.ok(not os.path.exists(node.folder + "/keys.next"), "nothing else is left")
    whole(tap, hub, node, other, 6, "doubted")


def lost_file(tap, hub, node, other):
    node.register(["3001"])
    node.kill()
    os.remove(node.folder + "/keys")
    node.start()
    tap.ok("is gone" in node.logged(), "a node without its keys says so", node.logged()[-300:])
    node.register(["3002"])
    code = hub("replace", "BIB-A")
    node.must("enrol", code=code["code"], hub=code["enrol"], again=True)
    whole(tap, hub, node, other, 8, "keys file lost")
    node.kill()
    node.start()
    node.register(["3003"])
    whole(tap, hub, node, other, 9, "and after a kill")
    until(lambda: node.ask("rekey").get("ok"), "no new keys")
    until(lambda: not node.must("status")["keys"]["changing"], "the keys do not change over")
    node.register(["3004"])
    whole(tap, hub, node, other, 10, "changed after a replacement")


def left_behind(tap, folder, hub, node, other):
    """Another machine took its place while it had work that was never sent: it goes on as another node."""
    node.options.append("--offline")
    node.stop()
    node.start()
    node.register(["4001", "4002"])
    code = hub("replace", "BIB-A")
    fresh = Node(folder + "/fresh").start()
    fresh.must("enrol", code=code["code"], hub=code["enrol"])
    fresh.register(["4003"])
    whole(tap, hub, fresh, other, 11, "its new machine")
    node.options.remove("--offline")
    node.stop()
    node.start()
    until(lambda: node.link()["link"] == "key-refused", "the replaced machine is let in")
    note = node.must("status")["note"]["next"]
    tap.ok("--again" in note and "--anew" in note, "the replaced one names what to type", note)
    code = hub("enrol", "BIB-A")
    for flag in ({}, {"again": True}):
        done = node.ask("enrol", code=code["code"], hub=code["enrol"], **flag)
        tap.ok(not done["ok"] and "--anew" in done["next"] and done["error"] == ("enrol-known" if flag else "already-enrolled"), f"with {flag} it is told to use --anew", done)
    done = node.ask("enrol", code=code["code"], hub=code["enrol"], anew=True)
    tap.ok(done["ok"] and done["adopting"] == 2, "then the same code makes it another node", done)
    whole(tap, hub, node, other, 13, "what the replaced machine had never sent")
    tap.ok(fresh.sync().get("ok") and fresh.digest() == hub.folded()["state"]["digest"], "its new machine has it too")
    tap.equal(hub("refused")["rows"], [], "nothing is refused")
    code = hub("enrol", "BIB-A")
    tap.equal(node.ask("enrol", code=code["code"], hub=code["enrol"], anew=True).get("error"), "not-cloned", "who is linked has nothing to become")
    hub("revoke", node.must("status")["identity"]["node"])
    until(lambda: node.link()["link"] == "key-refused", "the node is not told")
    name = node.must("status")["identity"]["node"]
    node.register(["4004"])
    node.must("enrol", code=code["code"], hub=code["enrol"], anew=True)
    tap.equal(node.must("status")["identity"]["node"], name, "who was only revoked stays who it is")
    whole(tap, hub, node, other, 14, "and what it recorded meanwhile is in")
    fresh.stop()


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    for place in ("BIB-A", "BIB-B"):
        hub.place(place)
    node, other = Node(folder + "/a").start(), Node(folder + "/b").start()
    node.enrol(hub, "BIB-A")
    other.enrol(hub, "BIB-B")
    node = dead_disk(tap, folder, hub, node, other)
    doubted(tap, hub, node, other)
    lost_file(tap, hub, node, other)
    left_behind(tap, folder, hub, node, other)
    tap.equal(hub("replace", "NOBODY").get("error"), "hub-unknown-node", "a node that nobody knows is not replaced")
    for one in (node, other, hub):
        one.stop()


bench(main)
