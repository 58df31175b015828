#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Of two copies of one disk the one that changes the keys first goes on; that there is another one, which wrote beside it, people are told at both ends, by line and by stick, and it goes on as another node with all that it
# had. A hub put back from before a change of keys does not call the node's stick forged.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, run, until  # noqa: E402
from node_bench import Post  # noqa: E402


def away(node, line=False):
    node.stop()
    if line:
        node.options.remove("--offline")
    else:
        node.options.append("--offline")
    node.start()


def rekey(node):
    until(lambda: node.ask("rekey").get("ok"), "no new keys")
    until(lambda: not node.must("status")["keys"]["changing"] and node.link()["link"] == "streaming", "the keys do not change over")


def everywhere(tap, hub, nodes, codes, what):
    for node in nodes:
        tap.ok(node.sync().get("ok"), f"{what}: in step", node.must("status")["note"])
    hub.folded()
    tap.equal([code for code in codes if not hub("find", code).get("ok")], [], f"{what}: all of it is at the hub")
    tap.ok(hub("verify")["intact"] and hub("refused")["rows"] == [], f"{what}: it verifies, nothing is refused")
    until(lambda: all(node.digest() == hub.folded()["state"]["digest"] for node in nodes), f"{what}: other states")


def copies(tap, folder, hub, a):
    a.register(["1001"], namespace="bib")
    a.sync()
    a.stop()
    shutil.copytree(a.folder, folder + "/copy", ignore=shutil.ignore_patterns("control"))
    copy = Post(folder + "/copy").start()
    copy.streaming()
    copy.register(["2001"], namespace="bib")
    copy.sync()
    rekey(copy)
    copy.register(["2002", "2003"], namespace="bib")
    copy.sync()
    tap.ok(hub("clones").get("parted", []) == [] and all(row.get("parted") is None for row in hub("nodes")["rows"]), "nobody is told anything yet")
    a.options.append("--offline")
    a.start()
    a.register(["3001", "3002", "3003"], namespace="bib")
    a.must_type("stick", "out", folder + "/old.nvb", "--all")
    away(a, line=True)
    until(lambda: a.link()["link"] == "old-keys", "the other copy is let in")
    note = a.must("status")["note"]
    tap.ok("copy of its disk" in note["text"] and "--anew" in note["next"] and "--again" in note["next"], "it names both causes, and what to do", note)
    tap.ok(hub("clones").get("parted"), "the hub has seen it", hub("clones"))
    for view in ("nodes", "clones"):
        text = run("navette-hub", view, "--lang", "en", "--folder", hub.folder).stdout
        tap.ok("BIB-A: a machine showed old keys" in text and "--anew" in text, f"{view} tells people", text)
    row = hub.stick_in(folder + "/old.nvb", "--lang", "en")
    tap.ok("old keys" in row["text"] and "--anew" in row["next"] and not row["whole"], "so does the answer to its stick, which is no fork", row)
    code = hub("enrol", "BIB-A")
    done = a.ask("enrol", code=code["code"], hub=code["enrol"], anew=True)
    tap.ok(done["ok"], "it becomes another node", done)
    everywhere(tap, hub, (a, copy), ["1001", "2001", "2002", "2003", "3001", "3002", "3003"], "both copies")
    copy.stop()
    return a


def put_back(tap, folder, hub, a):
    """The node that was only put back from a backup has nothing that the hub has not: no alarm."""
    a.streaming()
    a.sync()
    a.stop()
    shutil.copytree(a.folder, folder + "/backup", ignore=shutil.ignore_patterns("control"))
    a.start()
    a.streaming()
    rekey(a)
    a.register(["4001"], namespace="bib")
    a.sync()
    a.stop()
    before = hub("clones").get("parted")
    again = Post(folder + "/backup").start()
    until(lambda: again.link()["link"] == "old-keys", "the backup is let in")
    tap.equal(hub("clones").get("parted"), before, "a node that was put back alone is no copy")
    again.stop()
    a.start()
    a.streaming()


def restored(tap, folder, hub, a):
    tap.ok(hub("backup", folder + "/hub-backup").get("ok"), "a backup of the hub")
    until(lambda: a.ask("sync", wait=0) and a.link()["backed_up"] == a.link()["durable"] > 0, "the node is not told of the backup")
    rekey(a)
    away(a)
    a.register(["5001"], namespace="bib")
    a.must_type("stick", "out", folder + "/new.nvb")
    hub = hub.restored(folder + "/hub-backup", folder + "/again").start()
    for lang, words in (("en", "put back from a backup"), ("fr", "remis depuis une sauvegarde")):
        row = hub.stick_in(folder + "/new.nvb", "--lang", lang)
        tap.ok(row["error"] == "hub-stick-newer-keys" and words in row["next"], f"a restored hub calls no stick forged ({lang})", row)
    away(a, line=True)
    a.streaming()
    everywhere(tap, hub, (a,), ["4001", "5001"], "linked once")
    row = hub.stick_in(folder + "/new.nvb", "--lang", "en")
    tap.ok(row["ok"] and row["whole"], "then the stick is read", row)
    return hub


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-A")
    a = Post(folder + "/a").start()
    a.enrol(hub, "BIB-A")
    a = copies(tap, folder, hub, a)
    put_back(tap, folder, hub, a)
    hub = restored(tap, folder, hub, a)
    for one in (a, hub):
        one.stop()


bench(main)
