#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Who may do what, on real processes: what a node had no right to is taken in, refused with its reason and shown at both ends; the right is granted, the event tried again, and then it counts everywhere, as if
# it had never been refused: at the hub, at its author, at another branch, at a relay (with the titles of what is sent there), after a rebuild, after kill -9 at each step.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, run, until  # noqa: E402


def network(folder, hub):
    for code, kind in (("BIB-A", "branch"), ("BIB-B", "branch"), ("CCAS", "relay"), ("BIB-R", "branch")):
        hub.place(code, kind)
    nodes = {}
    for name, places, options in (("a", "BIB-A", ()), ("b", "BIB-B", ()), ("relay", "CCAS", ()), ("reader", "BIB-R", ("--role", "reader"))):
        nodes[name] = Node(f"{folder}/{name}").start()
        nodes[name].enrol(hub, places, *options)
    return nodes


def told_at_the_desk(tap, hub, nodes):
    relay, reader = nodes["relay"], nodes["reader"]
    relay.sync()
    refused = relay.ask("begin", verb="dispatch", options={"to": "BIB-A"})
    tap.ok(refused.get("error") == "no-right" and "rights grant PLACE dispatch" in refused["next"], "a relay that means to dispatch is told so, and who can change it", refused)
    tap.ok(relay.ask("begin", verb="receive", options={}).get("ok"), "it may receive")
    tap.equal(reader.ask("begin", verb="seen", options={}).get("error"), "no-right", "a reader records nothing")


def away(node, hub, *words):
    """The node is not there while the hub decides: what it records next is recorded by what it knew."""
    node.stop()
    done = hub(*words)
    node.options = ["--offline"]
    node.start()
    return done


def back(node):
    node.stop()
    node.options = []
    node.start()
    return node.sync()


def a_right_withdrawn(tap, hub, nodes):
    a, b = nodes["a"], nodes["b"]
    a.register(["30000001", "30000002", "30000003"])
    a.sync()
    shown = away(a, hub, "rights", "withdraw", "BIB-A", "dispatch")
    tap.ok(shown["ok"] and shown["rows"][0]["at"][0]["withdrawn"] == ["dispatch"] and "dispatch" not in shown["rows"][0]["at"][0]["may"], "the right is withdrawn", shown)
    tap.equal(shown["rows"][0]["epoch"], 0, "which changes nothing of what the node follows")
    tap.equal(a.scan("dispatch", ["30000001", "30000002"], to="BIB-B"), 2, "offline the node dispatches all the same: it does not know yet")
    tap.ok(back(a).get("ok"), "all of it is taken in and acknowledged")
    hub.folded()
    rows = hub("refused")["rows"]
    tap.equal([(row["what"], row["cause"], row["right"], row["place"], row["event"], row["reason"]) for row in rows],
              [("refused", "role", "dispatch", "BIB-A", "dispatched", "no-right")] * 2, "refused at the hub, with what it takes")
    tap.ok(all("rights grant BIB-A dispatch" in row["next"] for row in rows), "and what to do", rows)
    tap.equal(hub("stock", "--place", "BIB-A")["total"], 3, "nothing has left by the hub's stock")
    until(lambda: a.must("status")["refused"] == 2, "the author does not show what was refused")
    status = a.must("status")
    tap.ok(status["refused"] == 2 and "refused" in status["refused_note"]["next"], "its author says how many, and where to look", status["refused_note"])
    mine = a.must("refused")
    tap.ok(mine["refused"] == 2 and all("right" in row["text"] for row in mine["rows"]), "and lists them with why", mine)
    tap.equal(b.must("refused")["rows"], [], "another node has none of its own")
    until(lambda: len(b.must("refused", all=True)["rows"]) == 2, "another branch does not know")
    tap.ok(True, "but can list all")
    tap.equal([row["refused"] for row in hub("nodes")["rows"] if row["places"] == ["BIB-A"]], [2], "nodes counts them")
    tap.equal(hub("status")["aside"], {"refused": 2, "parked": 0}, "so does status")
    said = hub.text("refused", "--lang", "en").stdout
    tap.ok("no such right" in said and "rights grant" in said, "in words at the hub", said)
    said = run("navette", "refused", "--folder", a.folder, "--lang", "fr").stdout
    tap.ok("n'a pas ce droit" in said and "  > " in said, "in words at the node", said)
    return rows


def retried(tap, hub, nodes, rows):
    a, b = nodes["a"], nodes["b"]
    still = hub("retry", rows[0]["ref"])
    tap.ok(still.get("error") == "hub-still-refused" and "rights grant" in still["next"], "tried again without the right: it stays refused, and says why", still)
    tap.equal(hub("retry").get("error"), "hub-retry-which", "retry asks what")
    tap.equal(hub("retry", "12345678").get("error"), "hub-not-refused", "nothing stands there")
    tap.equal(hub("rights", "grant", "BIB-A", "fly").get("error"), "hub-unknown-right", "an unknown right")
    tap.equal(hub("rights", "grant", "BIB-A", "settle").get("error"), "hub-right-network", "what concerns the network goes with its role")
    tap.equal(hub("rights", "grant", "BIB-A", "dispatch", "--place", "BIB-B").get("error"), "hub-place-not-served", "not elsewhere")
    granted = hub("rights", "grant", "BIB-A", "dispatch", "--lang", "en")
    tap.ok(granted["ok"] and granted["refused"] == 2 and "retry --node BIB-A" in granted["next"], "granted, and told what waits for it", granted)
    hub.kill()
    hub.start()
    one = hub("retry", rows[0]["ref"])
    tap.ok(one["ok"] and one["admitted"] == 1, "after kill -9 of the hub, one is tried again", one)
    hub.kill()
    hub.start()
    rest = hub("retry", "--node", "BIB-A")
    tap.equal((rest["admitted"], rest["still_refused"], rest["more"]), (1, 0, False), "after another, the rest")
    tap.equal(hub("retry", "--all")["admitted"], 0, "again: nothing is left to admit")
    hub.folded()
    tap.equal(hub("refused")["rows"], [], "nothing is refused any more")
    tap.equal((hub("stock", "--place", "BIB-A", "--state", "shelf")["total"], hub("transit")["total"]), (1, 2), "the hub's stock is right")
    a.sync()
    until(lambda: a.must("status")["refused"] == 0, "the author still shows them as refused")
    tap.equal(a.must("refused")["rows"], [], "so it is at its author")
    b.sync()
    tap.equal(b.must("transit")["total"], 2, "the other branch sees them come")
    tap.equal(b.scan("receive", ["30000001"]), 1, "and receives one")
    b.sync()
    hub.folded()
    tap.ok(hub("explain", "30000001")["rows"][-1]["explained"], "which is explained by the dispatch that was refused once")


def to_a_relay(tap, hub, nodes):
    a, relay = nodes["a"], nodes["relay"]
    away(a, hub, "rights", "withdraw", "BIB-A", "dispatch")
    a.scan("dispatch", ["30000003"], to="CCAS")
    back(a)
    relay.sync()
    tap.ok(not relay.ask("find", barcode="30000003", namespace="bib").get("ok"), "a dispatch that is refused brings the relay no title")
    hub("rights", "grant", "BIB-A", "branch")
    hub.folded()
    done = hub("retry", "--all")
    tap.equal(done["admitted"], 1, "admitted")
    found = until(lambda: (lambda x: x if x.get("ok") else None)(relay.ask("find", barcode="30000003", namespace="bib")), "the relay does not hear of it")
    tap.ok("Titre secret 30000003" in str(found), "with the admission comes the title", found)
    tap.equal(relay.scan("receive", ["30000003"]), 1, "and the relay receives it")
    relay.sync()


def other_places(tap, hub, nodes, ref):
    """A node whose places were changed while it was away; a retraction of what another place recorded."""
    b, reader = nodes["b"], nodes["reader"]
    b.sync()
    done = b.ask("retract", target=ref, reason="did-not-occur")
    tap.equal(done.get("error"), "not-yours", "a retraction of another place's event is told at the desk")
    away(reader, hub, "rights", "BIB-R", "--role", "branch")
    tap.ok(back(reader).get("ok"), "a reader becomes a branch")
    until(lambda: reader.must("status")["identity"]["role"] == "branch", "the node does not know of its new role")
    reader.register(["39000001"])
    away(reader, hub, "rights", "BIB-R", "--role", "reader")
    reader.register(["39000002"])
    back(reader)
    hub.folded()
    rows = [row for row in hub("refused")["rows"] if row["cause"] == "role"]
    tap.equal([row["things"][0]["id"] for row in rows], ["39000002"], "what it pushed as a branch stands, what came after its role was taken is refused")


def rebuilt(tap, hub, nodes):
    before = hub.folded()["state"]["digest"]
    refused = [(row["ref"], row["cause"]) for row in hub("refused")["rows"]]
    again = hub("rebuild")
    tap.equal(again["digest"], before, "a state made anew is the same")
    tap.equal([(row["ref"], row["cause"]) for row in hub("refused")["rows"]], refused, "with the same refused")
    tap.ok(hub("verify")["intact"], "all verifies")
    for name in ("a", "b"):
        nodes[name].sync()
    digests = {name: nodes[name].must("status")["store"]["digest"] for name in ("a", "b")}
    tap.equal(set(digests.values()), {before}, "the branches hold the hub's state")
    nodes["a"].stop()
    nodes["a"].options = ["--rebuild"]
    nodes["a"].start()
    until(lambda: nodes["a"].must("status")["store"]["digest"] == before, "a node's state made anew differs")
    tap.ok(True, "a node's state made anew too")


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    nodes = network(folder, hub)
    told_at_the_desk(tap, hub, nodes)
    rows = a_right_withdrawn(tap, hub, nodes)
    retried(tap, hub, nodes, rows)
    to_a_relay(tap, hub, nodes)
    other_places(tap, hub, nodes, rows[1]["ref"])
    rebuilt(tap, hub, nodes)
    for node in nodes.values():
        node.stop()
    hub.stop()


if __name__ == "__main__":
    bench(main)
