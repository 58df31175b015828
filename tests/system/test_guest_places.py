#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A place without a node of its own, served by a branch's: staff act for it there, what they record carries its code, and the network counts it as served by that node. It moves to
# another branch's node, and to one of its own, while something that was recorded for it has not been sent yet: nothing is lost, nothing refused.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, run, until  # noqa: E402

GUEST = "RELAIS-X"



def served_by(hub):
    return sorted(found["places"][0] for found in hub("scope", "show")["rows"] if GUEST in found["places"] and found["scope_state"] != "revoked")


def at_guest(node, verb, barcodes, **options):
    operation = node.must("begin", verb=verb, options=options, place=GUEST)["operation"]
    for code in barcodes:
        node.must("scan", operation=operation, barcode=code)
    node.must("close", operation=operation)


def where(hub, barcode):
    """Where the hub's history of a thing ends."""
    hub.folded()
    return hub("history", barcode)["rows"][-1]["after"].get("place")


def body(tap, folder):
    hub = Hub(f"{folder}/hub").start()
    for code in ("BIB-A", "BIB-B"):
        hub.place(code)
    one = Node(f"{folder}/one").start()
    one.enrol(hub, "BIB-A")
    two = Node(f"{folder}/two").start()
    two.enrol(hub, "BIB-B")
    done = hub("place", "add", GUEST, "--kind", "relay", "--namespaces", "bib", "--host", "BIB-A")
    tap.ok(done["ok"] and done["served"] == 1, "a guest place of a branch: its node serves it", done)
    one.sync()
    until(lambda: GUEST in one.must("status")["identity"]["places"], "the node serves the guest place")
    tap.ok(True, "the node learns it by itself")
    tap.equal(two.ask("begin", verb="receive", options={}, place=GUEST).get("ok"), False, "another node can't act for it")

    one.scan("bag-add", ["SAC-1", "SAC-2", "SAC-3"])
    one.scan("dispatch", ["SAC-1", "SAC-2", "SAC-3"], to=GUEST)
    done = run("navette", "--place", GUEST, "--folder", one.folder, "receive", "SAC-1")
    tap.equal(done.returncode, 0, "navette --place at the host's node acts for the guest")
    tap.ok(one.sync().get("ok"), "the host's node is in step")
    tap.equal(where(hub, "SAC-1"), GUEST, "the hub has it at the guest place")
    history = hub("history", "SAC-1")["rows"]
    tap.ok(history[-1]["at"] == GUEST, "the event carries the guest's code", history)
    known = [node for node in hub("nodes")["rows"] if GUEST in node["places"]]
    tap.ok(len(known) == 1 and known[0].get("known_until"), "its frontier is that of the node that serves it", known)
    tap.ok(all(found["place"] != GUEST or not found.get("silent") for found in hub("places")["rows"] if "place" in found), "it is not silent", hub("places"))

    # recorded for the guest and not sent, when it moves
    endpoint = one.must("status")["link"]
    one.stop()
    one.options = ["--offline"]
    one.start()
    at_guest(one, "receive", ["SAC-2"])
    moved = hub("place", "host", GUEST, "BIB-B")
    tap.ok(moved["ok"] and moved["served"] == 1, "the guest moves to another branch", moved)
    leaving = [found for found in hub("scope", "show")["rows"] if found["leaving"] == [GUEST]]
    tap.ok(len(leaving) == 1 and leaving[0]["scope_state"] in ("unconfirmed", "leaving"), "the one it leaves is waited for", hub("scope", "show"))
    until(lambda: GUEST in two.must("status")["identity"]["places"], "the other node serves it")
    two.sync()
    at_guest(two, "receive", ["SAC-3"])
    hub.kill()
    hub.start()
    one.stop()
    one.options = []
    one.start()
    until(lambda: one.sync().get("ok"), "the first node is in step again")
    two.sync()
    until(lambda: not any(found["leaving"] for found in hub("scope", "show")["rows"]), "the place is left")
    tap.ok(True, "the place is left once all that was recorded there has come")
    tap.equal(served_by(hub), ["BIB-B"], "one node serves it")
    aside = hub("aside")["rows"]
    tap.equal(aside, [], "nothing was refused")
    for code in ("SAC-1", "SAC-2", "SAC-3"):
        tap.equal(where(hub, code), GUEST, f"{code} is at the guest place")
    tap.equal(one.ask("begin", verb="receive", options={}, place=GUEST).get("ok"), False, "the first node acts for it no more")
    two.sync()
    hub.folded()
    tap.equal(two.digest(), hub.folded()["state"]["digest"], "the second node has the hub's state")

    # a node of its own
    own = Node(f"{folder}/own").start()
    own.enrol(hub, GUEST)
    tap.equal(served_by(hub), ["BIB-B", GUEST], "with a node of its own it has two, until it is taken from its host")
    done = hub("place", "host", GUEST)
    tap.ok(done["ok"], "taken from its host", done)
    until(lambda: served_by(hub) == [GUEST], "its own node serves it")
    own.sync()
    stock = own.must("find", barcode="SAC-2")
    tap.ok(GUEST in str(stock), "its own node knows what it holds", stock)
    tap.ok(own.sync().get("ok"), "in step")

    many = [f"P-{n:02d}" for n in range(20)]
    for code in many:
        hub.place(code, "relay")
    done = hub("scope", "widen", GUEST, "--places", ",".join(many[:15]))
    tap.ok(done["ok"] and len(done["rows"][0]["places"]) == 16, "sixteen places", done)
    tap.equal(hub("scope", "widen", GUEST, "--places", many[15]).get("error"), "hub-scope-many", "and no more")
    tap.equal(hub("place", "host", "NULLE", "BIB-A").get("error"), "hub-unknown-place", "an unknown place is named")
    text = hub.text("place", "host", many[16], "BIB-A", "--lang", "en").stdout
    tap.ok("navette --place P-16" in text, "what to type at the host's node is said", text)
    hub.place("DESERT")
    text = hub.text("place", "host", many[17], "DESERT", "--lang", "en").stdout
    tap.ok("no node serves DESERT" in text, "a host without a node is said", text)


bench(body)
