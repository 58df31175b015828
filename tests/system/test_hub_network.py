#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A hub with real nodes: enrolment with right, wrong, used and foreign codes; keys nobody knows; what is pushed is in the hub's stock; a relay gets neither packing nor titles;
# branches hold the hub's digest; a revoked node is cut off while it is connected, and at the door.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, Probe, bench, holds, until  # noqa: E402


def enrolment(tap, folder, hub):
    centre = Node(folder + "/centre").start()
    invitation = hub("enrol", "BIB-CENTRE")
    wrong = invitation["code"][:-1] + ("0" if invitation["code"][-1] != "0" else "1")
    tap.equal(centre.ask("enrol", code=wrong, hub=invitation["enrol"]).get("error"), "enrol-refused", "a wrong code is refused")
    tap.equal(hub("nodes")["rows"], [], "and enrols nobody")
    done = centre.ask("enrol", code=invitation["code"].lower().replace("-", " "), hub=invitation["enrol"])
    tap.ok(done.get("ok") and done["places"], "the right code, typed in lower case, enrols", done)
    nodes = hub("nodes")["rows"]
    tap.equal([(row["places"], row["role"], row["scope"]) for row in nodes], [(["BIB-CENTRE"], "branch", "network")], "the hub knows the node")

    other = Node(folder + "/other").start()
    refused = other.ask("enrol", code=invitation["code"], hub=invitation["enrol"])
    tap.equal(refused.get("error"), "enrol-refused", "a code serves once")
    again = centre.ask("enrol", code=invitation["code"], hub=invitation["enrol"], again=True)
    tap.ok(again.get("ok") and len(hub("nodes")["rows"]) == 1, "the same node may ask again: an answer can be lost", again)
    late = hub("enrol", "BIB-SUD", "--hours", "0")
    refused = other.ask("enrol", code=late["code"], hub=late["enrol"])
    tap.ok(refused.get("error") == "enrol-refused" and len(hub("nodes")["rows"]) == 1, "an expired code is refused", refused)
    tap.equal(hub("enrol", "BIB-SUD", "--hours", "25").get("error"), "hub-invalid-value", "no code lives longer than a day")
    refused = other.ask("enrol", code="0123-4567-89AB-CDEF", hub=hub.endpoint)
    tap.ok(not refused.get("ok"), "the main port enrols nobody", refused)
    invitation = hub("enrol", "BIB-SUD")
    hub.kill()
    hub.start()
    done = other.ask("enrol", code=invitation["code"], hub=invitation["enrol"])
    tap.ok(done.get("ok"), "an invitation survives the hub's death", done)
    tap.ok(centre.sync().get("ok") and other.sync().get("ok"), "both are in step")
    return centre, other


def strangers(tap, hub, node):
    server = hub.keys()["curve"][0]
    before = hub("status")["refused_handshakes"]
    stranger = Probe(hub.endpoint, server)
    stranger.send(b"let me in")
    until(lambda: hub("status")["refused_handshakes"] > before, "the stranger was not refused")
    tap.ok(stranger.receive(100) is None, "a key nobody knows is refused at the handshake, and status counts it")
    tap.equal(hub("nodes")["refused_handshakes"], hub("status")["refused_handshakes"], "so does nodes")
    stranger.close()
    node.stop()
    known = Probe(hub.endpoint, server, [bytes.fromhex(part) for part in node.keys()["curve"]])
    known.send(b"not a frame")
    frame = known.receive(20000)
    tap.ok(frame is not None and frame[:4] == b"NVT1" and frame[5] == 5, "with a node's own key the same probe is answered (NACK)", frame)
    known.close()
    node.start()


def work(tap, hub, centre, south):
    centre.register([f"3000{n:04}" for n in range(200)], namespace="bib")
    centre.scan("bag-add", ["SAC-1", "SAC-2", "SAC-3"])
    tap.equal(centre.scan("pack", [f"3000{n:04}" for n in range(20)], container="SAC-1"), 20, "twenty documents are packed")
    centre.scan("dispatch", ["SAC-1", "30000100", "30000101"], to="BIB-SUD")
    tap.ok(centre.sync().get("ok"), "the centre has sent everything")
    hub.folded()
    transit = hub("transit")
    tap.equal(transit["total"], 22, "the hub sees twenty-two documents on the road")
    tap.equal([(row["place"], row["state"], row["count"]) for row in hub("stock", "--place", "BIB-CENTRE", "--state", "shelf")["rows"]],
              [("BIB-CENTRE", "shelf", 178)], "and the rest on the centre's shelves")
    csv = hub.text("transit", "--csv").stdout.splitlines()
    tap.ok(csv[0] == "date_transited,item_type,from,to,count" and len(csv) == 2 and csv[1].endswith(",Livre,BIB-CENTRE,BIB-SUD,22"), "also as CSV", csv)
    tap.ok(south.sync().get("ok"), "the south is in step")
    south.scan("receive", ["SAC-1", "30000100"])
    south.sync()
    hub.folded()
    tap.equal(hub("transit")["total"], 1, "received: one document is left on the road")
    found = hub("find", "30000003")["thing"]
    tap.ok(found["custody"] == "container" and found["root"]["place"] == "BIB-SUD", "a packed document is where its bag is", found)
    steps = [row["event"] for row in hub("history", "30000100")["rows"]]
    tap.equal(steps, ["item-registered", "dispatched", "received"], "its history is told")
    explained = hub("explain", "*30000100*")["rows"]
    tap.ok(len(explained) == 3 and explained[2]["explained"] and not explained[2]["conflict"], "and explained", explained)
    bags = hub("bags")["network"]
    tap.equal((bags["owned"], bags["packed"], bags["clean"]), (3, 1, 2), "bags: owned = packed + clean")
    past = hub("transit", "--at", "2020-01-01")
    tap.equal(past["total"], 0, "years ago nothing was on the road")
    tap.equal(hub("stock", "--kind", "bag")["total"], 3, "stock of bags")
    what_was_known(tap, hub, transit["cursor"])


def what_was_known(tap, hub, before):
    """`before`: the journal's position when 22 documents were on the road; 21 have been received since."""
    then = hub("transit", "--known", str(before))
    tap.ok(then["total"] == 22 and then["known"] == before and then["cursor"] > before, "what the hub knew before the receptions came", then)
    tap.equal(hub("find", "30000100", "--known", str(before))["thing"]["custody"], "transit", "and of one document")
    tap.equal(len(hub("history", "30000100", "--known", str(before))["rows"]), 2, "its history was shorter")
    tap.equal(hub("bags", "--known", str(before))["network"]["owned"], 3, "bags by what was known")
    tap.equal(hub("stock", "--known", "2020-01-01")["total"], 0, "years ago it knew of nothing")
    tap.equal(hub("stock", "--known", "99999999")["known"], hub("stock")["known"], "past the end: all that it knows")
    tap.equal(hub("stock", "--known", str(before), "--at", "2020-01-01")["total"], 0, "both questions at once")
    figure = hub("explain", "--stock", "--place", "BIB-SUD")
    tap.ok(figure["total"] == 21 == hub("stock", "--place", "BIB-SUD")["total"] and len(figure["rows"]) == 21, "what makes a figure", figure)
    packed = [row for row in figure["rows"] if row["state"] == "in-container"]
    tap.ok(len(packed) == 20 and all(row["event"] == "item-packed" and row["container_event"]["event"] == "received" for row in packed),
           "what put each there", packed[:1])
    said = hub.text("explain", "--stock", "--place", "BIB-SUD", "--known", str(before)).stdout
    tap.ok("total : 0" in said, "nothing had arrived there by what was known", said)


def relay(tap, folder, hub, centre):
    ccas = Node(folder + "/ccas").start()
    ccas.enrol(hub, "CCAS-NORD")
    row = [row for row in hub("nodes")["rows"] if row["places"] == ["CCAS-NORD"]][0]
    tap.equal((row["role"], row["scope"]), ("relay", "own"), "a relay's node has its own scope")
    centre.scan("pack", ["30000150", "30000151"], container="SAC-2")
    centre.scan("dispatch", ["SAC-2"], to="CCAS-NORD")
    tap.ok(centre.sync().get("ok") and ccas.sync().get("ok"), "a bag is on its way to the relay, both are in step")
    tap.equal(ccas.scan("receive", ["SAC-2"]), 1, "the relay receives it")
    ccas.sync()
    hub.folded()
    tap.equal(hub("bags")["network"]["at_relay"], 1, "the hub sees the bag at the relay")
    history = ccas.must("history", barcode="SAC-2")["rows"]
    tap.ok(not [row for row in history if "pack" in row["event"]], "the relay's own history of the bag has no packing", history)
    tap.ok(not ccas.ask("history", barcode="30000150").get("ok"), "it does not know the documents inside")
    ccas.stop()
    tap.ok(not holds(ccas.folder, b"Titre secret 3000015"), "no title is in its files")
    tap.ok(not holds(ccas.folder, b"30000150"), "nor a barcode of what is in the bag")
    tap.ok(holds(centre.folder, b"Titre secret 30000150"), "while the branch's files, searched alike, hold it")
    ccas.start()
    return ccas


def again(node, *options):
    node.stop()
    node.options = list(options)
    node.start()


def rights(tap, hub, centre):
    node = [row for row in hub("rights")["rows"] if row["places"] == ["BIB-CENTRE"]][0]["node"]
    tap.equal(hub("aside")["rows"], [], "nothing is set aside so far")
    again(centre, "--offline")
    changed = hub("rights", node[:8], "--role", "reader")
    tap.ok(changed["ok"] and [row["epoch"] for row in changed["rows"] if row["node"] == node] == [1], "the centre's node is made a reader's", changed)
    centre.register(["39990001"])
    again(centre)
    tap.ok(centre.sync().get("ok"), "what it had recorded as a branch's, and not heard better, is taken in all the same")
    hub.folded()
    aside = hub("aside")["rows"]
    tap.ok(len(aside) == 1 and aside[0]["what"] == "refused" and "right" in str(aside[0]["reason"]), "and refused, visibly, with its reason", aside)
    tap.ok("-" in hub.text("aside").stdout, "also in words", hub.text("aside").stdout)
    tap.equal(hub("find", "39990001").get("error"), "hub-nothing-known", "it changes nothing")
    until(lambda: len(centre.must("aside")["rows"]) == 1, "the node does not show what was refused")
    tap.ok(True, "its node shows it too")
    tap.equal(centre.must("status")["identity"]["role"], "reader", "it has learnt what it is")
    hub("rights", node, "--role", "branch")
    until(lambda: centre.must("status")["identity"]["role"] == "branch", "it does not learn that it is a branch's again")
    centre.register(["39990002"])
    centre.sync()
    hub.folded()
    tap.ok(hub("find", "39990002")["ok"], "with its rights back, it is believed again")


def at_rest(tap, hub, branches):
    for node in branches:
        tap.ok(node.sync().get("ok"), "in step")
    digest = hub.folded()["state"]["digest"]
    for node in branches:
        until(lambda at=node: at.digest() == digest, "a branch's digest differs from the hub's", 20)
    tap.ok(True, "branches hold the hub's digest")
    rows = until(lambda: all(row["known_until"] and row["lag"] == 0 for row in hub("nodes")["rows"]) and hub("nodes")["rows"], "a node lags behind at rest")
    tap.ok(all(row["connected"] and row["verdict"] and row["last_heard"] for row in rows), "nodes tells who is connected, heard and known", rows)
    verified = hub("verify")
    tap.ok(verified["intact"] and len(verified["logs"]) == 4, "every log at the hub verifies", verified)


def revocation(tap, folder, hub, south):
    until(lambda: [row for row in hub("nodes")["rows"] if row["places"] == ["BIB-SUD"] and row["connected"]], "the south is not connected")
    tap.equal(hub("revoke", "BIB-SUD", "--reason", "weather").get("error"), "hub-unknown-reason", "a reason is a code")
    done = hub("revoke", "BIB-SUD", "--reason", "key-lost")
    tap.ok(done["ok"], "the south is revoked", done)
    tail = hub("status")["journal"]["tail"]
    south.scan("seen", ["30000100"])
    until(lambda: south.link()["link"] not in ("streaming",), "the revoked node still streams")
    row = [row for row in hub("nodes")["rows"] if row["places"] == ["BIB-SUD"]][0]
    tap.ok(row["revoked"] and not row["connected"], "its live session is closed at its next frame", row)
    tap.equal(hub("status")["journal"]["tail"], tail, "nothing of it was taken in after that")
    before = hub("status")["refused_handshakes"]
    south.kill()
    south.start()
    until(lambda: hub("status")["refused_handshakes"] > before, "the revoked key was let in again")
    until(lambda: south.link()["link"] == "key-refused", "the node does not say that it is refused")
    tap.ok(True, "and its key is refused at the door")
    hub.kill()
    hub.start()
    before = hub("status")["refused_handshakes"]
    until(lambda: hub("status")["refused_handshakes"] > before, "the revoked key was let in after a restart")
    tap.ok(True, "also after a restart")
    tap.ok(south.must("status")["link"]["to_send"] > 0, "the node keeps what it has")
    done = south.enrol(hub, "BIB-SUD", again=True)
    tap.ok(south.sync().get("ok"), "enrolled again, it sends what it kept", south.link())
    hub.folded()
    tap.equal([row["event"] for row in hub("history", "30000100")["rows"]][-1], "seen-at", "and the hub has it")


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    for code, kind in (("BIB-CENTRE", "branch"), ("BIB-SUD", "branch"), ("CCAS-NORD", "relay")):
        hub.place(code, kind)
    hub.endpoint = hub("status")["endpoint"]
    centre, south = enrolment(tap, folder, hub)
    strangers(tap, hub, south)
    work(tap, hub, centre, south)
    relay(tap, folder, hub, centre)
    rights(tap, hub, centre)
    at_rest(tap, hub, [centre, south])
    revocation(tap, folder, hub, south)
    hub.stop()


if __name__ == "__main__":
    bench(body)
