#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A node's folder put back from a copy made earlier: what was recorded after the copy comes back from the hub, recording goes on meanwhile, open operations are as they
# were, figures are right in the end; people are told in both languages. The same copy twice, and a copy older than what is put back from it.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, in_step, until  # noqa: E402
from node_bench import Post  # noqa: E402


def network(folder):
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-A")
    hub.place("BIB-B")
    a, b = Post(folder + "/a").start(), Post(folder + "/b").start()
    a.enrol(hub, "BIB-A")
    b.enrol(hub, "BIB-B")
    return hub, a, b


def copy(post, to):
    """As a person does it: the node is stopped, its folder is copied."""
    post.stop()
    shutil.copytree(post.folder, to, ignore=shutil.ignore_patterns("control"))
    post.start()


def put_back(post, saved):
    post.kill()
    shutil.rmtree(post.folder)
    shutil.copytree(saved, post.folder)
    post.start()


def same_everywhere(tap, hub, posts, name):
    in_step(*posts)
    hub.folded()
    wanted = hub("status")["state"]["digest"]
    tap.equal([post.digest() for post in posts], [wanted] * len(posts), name)


def restored(tap, folder, hub, a, b):
    a.register([f"30{n:03}" for n in range(20)])
    opened = a.must("begin", verb="seen", options={})["operation"]
    a.must("scan", operation=opened, barcode="30000")
    in_step(a, b)
    copy(a, folder + "/saved")
    a.register([f"31{n:03}" for n in range(300)])
    a.scan("dispatch", ["31001", "31002"], to="BIB-B")
    in_step(a, b)
    b.scan("receive", ["31001"])
    in_step(a, b)
    before = a.stock()
    old = a.must("status")["identity"]["incarnation"]
    hub.stop()
    put_back(a, folder + "/saved")
    tap.equal(a.type("find", "31001", "--json").code != 0, True, "the copy knows nothing of what came after it")
    tap.equal(a.must("status")["operations"], [opened], "the operation that was open is offered again")
    hub.start()
    until(lambda: a.must("status")["identity"]["incarnation"] != old, "no child incarnation")
    in_step(a, b)
    tap.equal(a.stock(), before, "after a while its stock is as it was before")
    tap.equal(a.find("31001")["place"], "BIB-B", "and what others did meanwhile is there too")
    a.register(["32000"])
    a.must("scan", operation=opened, barcode="30001")
    a.must("close", operation=opened)
    same_everywhere(tap, hub, [a, b], "hub and nodes have the same digest")
    tap.equal(b.find("32000")["place"], "BIB-A", "what was recorded since goes up")
    tap.ok(a.must_type("check", "--json").json["own_entries"] >= 24, "the chains of all its logs hold")
    tap.ok("node-restored" in hub.logged() or "reset" in hub.logged(), "the hub's log says so")
    tap.equal(hub("verify")["intact"], True, "the hub verifies")


def told(tap, folder, hub, a):
    """Seen while it lasts: the hub is killed as soon as the first of them have come, again until some were still missing then."""
    for part in range(16):
        a.register([f"33{part:02}{n:03}" for n in range(500)])
    in_step(a)
    awaited = 0
    for _ in range(10):
        put_back(a, folder + "/saved")
        until(lambda: a.link()["to_take_back"] > 0 or a.link()["in_step"], "nothing comes back")
        hub.kill()
        awaited = a.link()["to_take_back"]
        if awaited > 0:
            break
        hub.start()
    tap.ok(awaited > 0, "the hub is gone before everything has come back")
    tap.ok("viennent d'une sauvegarde" in a.type("status", lang="fr").out, "status says so in French")
    tap.ok("come from a backup" in a.type("status", lang="en").out, "and in English")
    a.register(["34000"])
    tap.equal(a.find("34000")["place"], "BIB-A", "recording goes on")
    hub.start()
    in_step(a)
    tap.equal([a.link()["to_take_back"], a.find("3315499")["place"]], [0, "BIB-A"], "the rest comes when the hub is there again")
    tap.ok("viennent d'une sauvegarde" not in a.type("status", lang="fr").out, "and status says no more of it")


def again(tap, folder, hub, a, b):
    for turn in range(3):
        a.register([f"35{turn}{n:02}" for n in range(10)])
        in_step(a)
        put_back(a, folder + "/saved")
        in_step(a, b)
        same_everywhere(tap, hub, [a, b], f"the same copy put back again ({turn + 1}): same digest")
        tap.equal(a.find(f"35{turn}09")["place"], "BIB-A", "and everything is there")
    copy(a, folder + "/later")
    a.register(["36000"])
    in_step(a)
    put_back(a, folder + "/later")
    same_everywhere(tap, hub, [a, b], "a copy made after it was put back works as well")
    tap.equal(a.find("36000")["place"], "BIB-A", "nothing is missing")


def forked(tap, folder, hub, a, b):
    copy(a, folder + "/before")
    a.register([f"40{n:03}" for n in range(30)])
    in_step(a)
    hub.stop()
    put_back(a, folder + "/before")
    for part in range(3):
        a.register([f"41{part * 500 + n:03}" for n in range(500)])
    a.must_type("bag", "add", "SAC-F")
    a.scan("pack", ["41001", "41002"], container="SAC-F")
    sent = a.must_type("dispatch", "SAC-F", "--to", "BIB-B", "--json").lines[-2]
    reference = a.must_type("explain", "SAC-F", "--json").json["rows"][-1]["ref"]
    old = a.must("status")["identity"]["incarnation"]
    hub.start()
    until(lambda: a.must("status")["identity"]["incarnation"] != old, "no child incarnation")
    same_everywhere(tap, hub, [a, b], "after a fork hub and nodes have the same digest")
    tap.equal([a.find("40029")["place"], a.find("41499")["place"]], ["BIB-A", "BIB-A"], "both branches are at the node")
    tap.equal([b.find("40029")["place"], b.find("41499")["place"]], ["BIB-A", "BIB-A"], "and at the other one")
    tap.equal(b.must_type("explain", "SAC-F", "--json").json["rows"][-1]["ref"], reference, "the slip's reference is what the other node shows")
    tap.equal(b.scan("receive", ["SAC-F"]), 1, "the bag that was sent then is received")
    tap.ok("deux suites" in a.type("status", lang="fr").out, "status says so in French")
    tap.ok("two ends" in a.type("status", lang="en").out, "and in English")
    tap.ok("fork" in hub.logged(), "the hub's log says so")
    tap.ok(a.must_type("retract", reference, "--json").json["ok"], "the event can be taken back by its reference")
    same_everywhere(tap, hub, [a, b], "and everybody agrees")
    tap.equal(hub("verify")["intact"], True, "the hub verifies")
    tap.ok(a.must_type("check", "--json").json["ok"], "the node's logs verify")
    a.stop()
    rebuilt = Post(a.folder, "--rebuild").start()
    same_everywhere(tap, hub, [rebuilt, b], "a state made anew from the node's journal is the same")
    rebuilt.stop()
    a.start()
    del sent


def body(tap, folder):
    hub, a, b = network(folder)
    restored(tap, folder, hub, a, b)
    told(tap, folder, hub, a)
    again(tap, folder, hub, a, b)
    forked(tap, folder, hub, a, b)


if __name__ == "__main__":
    bench(body)
