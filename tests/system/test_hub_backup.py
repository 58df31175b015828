#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The hub put back from a backup: what it lost comes back from the nodes, its own decisions and the events of nodes that are gone included, and everybody has the same set in the
# end; cursors of a journal that is no more never hide anything; kills in the middle of backup and restoration; damage told; people told in both languages.
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, Hub, answer, bench, run, until  # noqa: E402
from node_bench import Post  # noqa: E402


def network(folder):
    hub = Hub(folder + "/hub").start()
    for place in ("BIB-A", "BIB-B", "BIB-C"):
        hub.place(place)
    posts = [Post(f"{folder}/{name}").start() for name in "abc"]
    for post, place in zip(posts, ("BIB-A", "BIB-B", "BIB-C")):
        post.enrol(hub, place)
    return hub, posts


def in_step(*posts):
    for post in posts:
        done = post.sync()
        if not done.get("ok"):
            raise RuntimeError(done)


def same_everywhere(tap, hub, posts, name):
    in_step(*posts)
    in_step(*posts)
    hub.folded()
    wanted = hub("status")["state"]["digest"]
    return tap.equal([post.digest() for post in posts], [wanted] * len(posts), name)


def restore(hub, backup, folder):
    """As the administrator does it: the old folder is no more, the new one takes its ports."""
    hub.kill()
    done = answer(run("navette-hub", "restore", backup, "--folder", folder, "--json"))
    hub.folder = folder
    hub.log = folder + ".log"
    return done


def lost_and_found(tap, folder):
    hub, (a, b, c) = network(folder)
    a.register([f"30{n:03}" for n in range(20)])
    in_step(a, b, c)
    made = hub("backup", folder + "/backup")
    tap.ok(made["ok"] and made["entries"] == made["position"] > 20, "a backup beside the working hub", made)
    tap.equal(oct(os.stat(folder + "/backup").st_mode & 0o777), "0o700", "nobody else may look into it")
    tap.equal(oct(os.stat(folder + "/backup/keys").st_mode & 0o777), "0o600", "nor read the keys")
    status = hub("status")
    tap.equal([status["backup"]["position"], status["backup"]["path"]], [made["position"], folder + "/backup"], "status shows the watermark")
    until(lambda: in_step(a) or a.link()["backed_up"] == a.link()["durable"] > 0, "the node is not told of the backup")
    tap.ok("sauvegarde du" in a.type("status", lang="fr").out, "the node's status says so in French")
    tap.ok("in its backup of" in a.type("status", lang="en").out, "and in English")

    # after the backup: events of all, decisions of the hub, a node that is gone for good
    a.register([f"31{n:03}" for n in range(50)])
    b.register([f"32{n:03}" for n in range(50)])
    c.register([f"33{n:03}" for n in range(50)])
    hub.place("BIB-D")
    hub("rule", "add", "late", "--days", "3", "--place", "BIB-A", "--destination", "BIB-B")
    d = Post(folder + "/d").start()
    d.enrol(hub, "BIB-D")
    d.register(["34000", "34001"])
    in_step(a, b, c, d)
    a.scan("dispatch", ["31001", "31002"], to="BIB-B")
    in_step(a, b, c, d)
    b.scan("receive", ["31001"])
    in_step(b, a)
    revoked = hub("revoke", "BIB-C", "--reason", "other")
    tap.ok(revoked["ok"], "a node is revoked after the backup", revoked)
    in_step(a, b, d)
    hub.folded()
    before = hub("stock", "--by-home")["rows"]
    c.kill()
    shutil.rmtree(c.folder)
    d.stop()

    done = restore(hub, folder + "/backup", folder + "/hub2")
    tap.ok(done["ok"] and done["position"] == made["position"], "the backup is put back into a new folder", done)
    hub.start()
    until(lambda: all(row["back"] for row in hub("nodes")["rows"] if row["places"] in (["BIB-A"], ["BIB-B"])), "the nodes are not back")
    rows = {row["places"][0]: row for row in hub("nodes")["rows"]}
    tap.equal([rows["BIB-C"]["back"], rows["BIB-C"]["revoked"]], [False, True], "the revocation that was lost is in force again")
    tap.ok("BIB-D" in rows, "the node that was enrolled since is known again")
    tap.equal([place["code"] for place in hub("places")["rows"]], ["BIB-A", "BIB-B", "BIB-C", "BIB-D"], "the place that was declared since is there")
    d.start()
    same_everywhere(tap, hub, [a, b, d], "hub and nodes hold the same")
    tap.equal(hub("find", "33049")["thing"]["place"], "BIB-C", "what a node that is gone had pushed came back from the others")
    tap.equal(hub("find", "31001")["thing"]["place"], "BIB-B", "and what was received meanwhile")
    tap.ok(hub("verify")["intact"], "the restored hub verifies")
    tap.equal(hub("stock", "--by-home")["rows"], before, "and its stock is what it was before it was lost")
    return hub, a, b, d


def body(tap, folder):
    hub, a, b, d = lost_and_found(tap, folder)


if __name__ == "__main__":
    bench(body)
