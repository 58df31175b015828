#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A hub put back from a backup that no change of a node's keys is in knows the keys before alone: the node tells it again by itself, nobody else being there to give that back. Until a backup has the change no other one is made; then the
# transport key before is erased. A machine that was replaced does not come back by that door.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, holds, until  # noqa: E402
from node_bench import Post  # noqa: E402


def changed(node):
    return until(lambda: not node.must("status")["keys"]["changing"] and node.streaming(), "the keys do not change over")


def before(node):
    return os.path.exists(node.folder + "/keys.before")


def told_again(tap, hub, a, folder):
    """Nobody but the node itself knows of the change."""
    first = a.keys()
    tap.ok(hub("backup", folder + "/old")["ok"], "a backup of before")
    until(lambda: a.ask("sync", wait=0) and a.link()["backed_up"] == a.link()["durable"] > 0, "the node is not told of the backup")
    tap.ok(a.must("rekey")["ok"], "new keys")
    changed(a)
    tap.ok(a.must("status")["keys"]["backed_up"] is False, "status says that no backup has them", a.must("status")["keys"])
    with open(a.folder + "/keys.before", encoding="ascii") as file:
        kept = file.read()
    tap.equal(os.stat(a.folder + "/keys.before").st_mode & 0o777, 0o600, "the transport key before is kept, for its owner only")
    tap.ok("sign" not in kept and first["sign"][1] not in kept and first["curve"][1] in kept, "... and not the signing key")
    tap.equal(a.ask("rekey").get("error"), "rekey-no-backup", "another change has to wait for a backup")
    for lang, words in (("fr", "aucune sauvegarde"), ("en", "in no backup")):
        tap.ok(words in a.type("rekey", lang=lang).err, f"... and says so in {lang}", a.type("rekey", lang=lang).err)
    a.scan("bag-add", ["S2"])
    a.sync()
    hub = hub.restored(folder + "/old", folder + "/again").start()
    a.streaming()
    changed(a)
    tap.ok(a.sync().get("ok"), "put back from before, the hub is told of the change again, and the node streams")
    tap.ok(hub("verify")["intact"], "every event is there once, under the key that holds for it", hub("verify"))
    a.kill()
    a.start()
    a.streaming()
    tap.ok(before(a), "the key before stays until a backup has the change")
    done = hub("backup", folder + "/new")
    tap.ok(done["ok"], "a backup of after", done)
    until(lambda: a.ask("sync", wait=0) and not before(a), "the key before is not erased")
    tap.ok(a.must("status")["keys"]["backed_up"] and not holds(a.folder + "/store", bytes.fromhex(first["curve"][1])), "once a backup has it the key before is gone")
    tap.ok(a.must("rekey")["ok"], "and keys may change once more")
    changed(a)
    for one in (a, hub):
        tap.ok(not any(secret in one.logged() for secret in (first["curve"][1], a.keys()["curve"][1], a.keys()["sign"][1])), f"no secret in the log of {one.program}")
    return hub


def replaced(tap, hub, a, b, folder):
    """The machine is copied by a thief with its keys.before, and replaced; the hub forgets change and replacement. What the thief says under the key before ends when the replacement is back."""
    tap.ok(hub("backup", folder + "/third")["ok"], "a backup of before the replacement")
    until(lambda: a.ask("sync", wait=0) and not before(a), "the key before is not erased")
    tap.ok(a.must("rekey")["ok"], "new keys that no backup has")
    changed(a)
    a.stop()
    shutil.copytree(a.folder, folder + "/thief", ignore=shutil.ignore_patterns("control"))
    code = hub("replace", "A")
    fresh = Post(folder + "/a2").start()
    fresh.must("enrol", code=code["code"], hub=code["enrol"])
    fresh.streaming()
    fresh.scan("bag-add", ["S7"])
    tap.ok(fresh.sync().get("ok") and b.sync().get("ok"), "another machine is that node, and the other branch knows")
    fresh.stop()
    b.stop()
    hub = hub.restored(folder + "/third", folder + "/fourth").start()
    thief = Post(folder + "/thief").start()
    thief.streaming()
    until(lambda: "new keys" in hub.logged(), "a hub that knows nothing of it does not let the stolen machine in")
    b.start()
    b.streaming()
    until(lambda: thief.ask("sync", wait=0) is not None and thief.link()["link"] != "streaming", "the stolen machine is not sent away once the replacement is back")
    fresh.start()
    fresh.streaming()
    tap.ok(fresh.sync().get("ok") and b.sync().get("ok"), "the machine that took its place goes on")
    tap.ok(thief.link()["link"] != "streaming", "the stolen one stays outside", thief.link())
    tap.ok(hub("verify")["intact"], "and everything verifies", hub("verify"))
    done = hub("backup", folder + "/fifth")
    until(lambda: fresh.ask("sync", wait=0) and fresh.link()["backed_up"] == fresh.link()["durable"] > 0, "the node is not told of the backup")
    tap.ok(done["ok"] and fresh.must("rekey")["ok"], "new keys once more", done)
    changed(fresh)
    kept = before(fresh)
    code = hub("replace", "A")
    fresh.must("enrol", code=code["code"], hub=code["enrol"], again=True)
    fresh.streaming()
    tap.ok(kept and not before(fresh), "a node that is replaced where it is keeps no key before")
    for node in (thief, fresh, b):
        node.stop()
    return hub


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("A")
    a = Post(folder + "/a").start()
    a.enrol(hub, "A")
    a.streaming()
    a.scan("bag-add", ["S1"])
    a.sync()
    hub = told_again(tap, hub, a, folder)
    hub.place("B")
    b = Post(folder + "/b").start()
    b.enrol(hub, "B")
    b.streaming()
    hub = replaced(tap, hub, a, b, folder)
    hub.stop()


bench(main)
