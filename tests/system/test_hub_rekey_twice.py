#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A hub put back from a backup of while its second keys were announced, with its third ones put beside the journal afterwards: it goes by these, never by the second ones, which nobody believes any more; once the nodes have given back the
# words that lead to them everything verifies and is backed up again. A second restoration, from after the first change, likewise.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, until  # noqa: E402
from node_bench import Post  # noqa: E402


def changed(hub, a):
    """At once, to other keys."""
    before = hub.keys()
    if hub("rekey", "show")["stage"] != "announced" and not hub("rekey")["ok"]:
        raise RuntimeError("no new keys")
    until(lambda: hub("rekey", "show")["waiting"] == [], "the node does not learn them")
    if not hub("rekey", "--now")["ok"]:
        raise RuntimeError("no end of the overlap")
    until(lambda: hub.keys() != before, "it does not go over")
    a.streaming()


def put_back(hub, backup, folder):
    """Started once, without any node, then the later keys are put beside."""
    newest = folder + "-newest"
    shutil.copy(hub.folder + "/keys", newest)
    again = hub.restored(backup, folder).start()
    again.stop()
    os.remove(folder + "/keys")
    shutil.copy(newest, folder + "/keys")
    return again.start()


def goes_on(tap, hub, a, newest, what):
    tap.ok(hub("rekey", "show")["ahead"] and hub("rekey", "show")["stage"] != "announced", f"{what}, it says that its keys are later than the journal", hub("rekey", "show"))
    tap.ok(hub("verify")["intact"], "meanwhile what it has verifies, under every key that signed it", hub("verify"))
    a.start()
    a.streaming()
    tap.ok(a.sync().get("ok"), "the node knows the third keys, and streams")
    until(lambda: not hub("rekey", "show")["ahead"], "the words that lead to its keys do not come back")
    hub.kill()
    hub.start()
    a.streaming()
    tap.ok(hub.keys() == newest and hub("rekey", "show")["stage"] == "settled" and not hub("rekey", "show")["behind"], "it goes by them still, and by no others", hub("rekey", "show"))
    tap.ok(not any(os.path.exists(f"{hub.folder}/keys.{name}") for name in ("next", "before")), "the second ones, announced and given up, are no more", os.listdir(hub.folder))
    done = hub("backup", hub.folder + "-after")
    tap.ok(done["ok"], "everything verifies, and is backed up", done)


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("A")
    a = Post(folder + "/a").start()
    a.enrol(hub, "A")
    a.streaming()
    tap.ok(hub("rekey")["ok"], "second keys")
    until(lambda: hub("rekey", "show")["waiting"] == [], "the node does not learn them")
    tap.ok(hub("backup", folder + "/announced")["ok"] and os.path.exists(folder + "/announced/keys.next"), "a backup of while they are announced")
    changed(hub, a)
    hub.place("B")
    tap.ok(hub("backup", folder + "/second")["ok"], "a backup of while they are in force")
    changed(hub, a)
    hub.place("C")
    a.sync()
    newest = hub.keys()
    a.stop()
    hub = put_back(hub, folder + "/announced", folder + "/again")
    goes_on(tap, hub, a, newest, "put back from while the second keys were announced, with the third ones beside")
    a.stop()
    hub = put_back(hub, folder + "/second", folder + "/third")
    goes_on(tap, hub, a, newest, "put back from while they were in force")
    hub.folded()
    tap.ok({"B", "C"} <= {row["code"] for row in hub("places")["rows"]}, "what was decided since is back", hub("places"))
    a.stop()
    hub.stop()


bench(main)
