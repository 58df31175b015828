#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The hub's keys change by themselves once every node knows them; then the hub is put back from a backup of before: nobody is locked out, who knows what is told, and the later keys can be put beside the old
# journal, afterwards or before the first start: what was decided under either keys comes back. A backup of the middle has both. Old keys beside a newer journal are no hub, and words say so.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, in_step, until  # noqa: E402
from node_bench import Post  # noqa: E402


def old_beside_newer(tap, hub, newest):
    hub.stop()
    os.rename(hub.folder + "/keys.before", hub.folder + "/keys")
    hub.launch()
    tap.ok(hub.process.wait(30) != 0 and "older than the journal" in hub.logged(), "old keys beside a newer journal are no hub", hub.logged()[-300:])
    tap.ok("ne vont pas avec le journal" in hub.logged() and "fichier keys" in hub.logged(), "... and words of their own say what to put back", hub.logged()[-600:])
    os.remove(hub.folder + "/keys")
    shutil.copy(newest, hub.folder + "/keys")
    hub.start()


def later_keys_first(tap, hub, posts, before, newest, folder):
    """The later keys are put beside the journal before it is ever opened."""
    again = hub.restored(before, folder)
    tap.ok(os.path.exists(folder + "/keys"), "put back once more")
    first = folder + "-keys"
    shutil.move(folder + "/keys", first)
    shutil.copy(newest, folder + "/keys")
    for post in posts:
        post.stop()
    again.start()
    tap.ok("later than the journal" in again.logged() and again("rekey", "show")["ahead"], "later keys put beside it before its first start are this hub's, and it says so", again("rekey", "show"))
    for lang, words in (("fr", "plus récentes que le journal"), ("en", "later than the journal")):
        tap.ok(words in again.text("status", "--lang", lang).stdout, f"status says so in {lang}", again.text("status", "--lang", lang).stdout)
    tap.ok(again("backup", folder + "-backup")["ok"], "it makes backups meanwhile")
    again.place("W")
    again.stop()
    os.remove(folder + "/keys")
    shutil.copy(first, folder + "/keys")
    again.launch()
    tap.ok(again.process.wait(30) != 0 and "not those that the journal was signed with" in again.logged() and "ne vont pas avec le journal" in again.logged(), "the ones before, once the later ones have signed, are refused in words", again.logged()[-600:])
    os.remove(folder + "/keys")
    shutil.copy(newest, folder + "/keys")
    again.start()
    for post in posts:
        post.start()
        post.streaming()
        tap.ok(post.sync().get("ok"), "a node comes, and gives back")
    until(lambda: not again("rekey", "show")["ahead"], "the words that lead to its keys do not come back")
    until(lambda: {"W", "Y", "Z"} <= {row["code"] for row in again("places")["rows"]}, "what was decided is not back")
    tap.ok({"W", "Y", "Z"} <= {row["code"] for row in again("places")["rows"]}, "what was decided under the keys before is back, and what was under the later ones", again("places"))
    tap.ok(again("verify")["intact"], "everything verifies, under the key that signed it", again("verify"))
    in_step(*posts)
    in_step(*posts)
    tap.equal({post.digest() for post in posts}, {again.folded()["state"]["digest"]}, "and everybody holds the same")
    tap.ok(again("backup", folder + "-backup-2")["ok"], "and its backups are whole")
    return again


def from_meanwhile(tap, hub, posts, backup, folder):
    """A backup that was made before what leads to its keys had come back."""
    again = hub.restored(backup, folder).start()
    for post in posts:
        post.streaming()
        tap.ok(post.sync().get("ok"), "a node gives back to the hub that was put back from what it was meanwhile")
    until(lambda: not again("rekey", "show")["ahead"], "the words that lead to its keys do not come back a second time")
    until(lambda: {"W", "Y", "Z"} <= {row["code"] for row in again("places")["rows"]}, "what was decided is not back")
    tap.ok({"W", "Y", "Z"} <= {row["code"] for row in again("places")["rows"]}, "what was decided under any keys is back once more", again("places"))
    in_step(*posts)
    in_step(*posts)
    tap.equal({post.digest() for post in posts}, {again.folded()["state"]["digest"]}, "and everybody holds the same")
    tap.ok(again("verify")["intact"], "and everything verifies", again("verify"))
    return again


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    a, b = Post(folder + "/A").start(), Post(folder + "/B").start()
    for node, place in ((a, "A"), (b, "B")):
        hub.place(place)
        node.enrol(hub, place)
        node.streaming()
    a.scan("bag-add", ["S1"])
    a.sync()
    before, middle = folder + "/before", folder + "/middle"
    tap.ok(hub("backup", before)["ok"], "a backup of before")
    first = hub.keys()
    hub.place("Y")
    b.stop()
    tap.ok(hub("rekey")["ok"], "new keys")
    until(lambda: [row["place"] for row in hub("rekey", "show")["waiting"]] == ["B"], "A does not learn them")
    b.start()
    b.streaming()
    until(lambda: hub("rekey", "show")["waiting"] == [], "B does not learn them")
    shown = hub("rekey", "show")
    tap.ok(shown["stage"] == "announced" and shown["backup_due"] and "attend une sauvegarde" in hub.text("rekey", "show", "--lang", "fr").stdout, "where backups are made it waits for one that has them", shown)
    done = hub("backup", middle)
    tap.ok(done["ok"] and os.path.exists(middle + "/keys.next"), "a backup of the middle has both", done)
    tap.ok(hub("backup", middle, "--verify")["ok"], "... and is whole")
    until(lambda: hub.keys() != first and hub("rekey", "show")["stage"] == "over", "it does not go over once all know")
    a.streaming()
    b.streaming()
    hub.place("Z")
    b.scan("bag-add", ["S2"])
    tap.ok(b.sync().get("ok") and a.sync().get("ok"), "both have gone over, and stream")
    tap.ok(a.must("status")["hub_keys"]["before_until"] is not None, "and still accept the ones before, until a day that is said", a.must("status")["hub_keys"])
    newest = folder + "/newest"
    shutil.copy(hub.folder + "/keys", newest)
    old_beside_newer(tap, hub, newest)

    hub = hub.restored(before, folder + "/again").start()
    tap.equal(hub.keys()["sign"], first["sign"], "put back from before, the hub has its first keys")
    a.streaming()
    b.streaming()
    tap.ok(a.sync().get("ok") and b.sync().get("ok"), "nobody is locked out, and what it lost is given back")
    until(lambda: hub("rekey", "show")["behind"], "the hub does not notice")
    text = hub.text("status", "--lang", "fr").stdout
    tap.ok("sauvegarde antérieure à un changement de clés" in text and folder + "/again" in text, "status says what happened and what to do", text)
    tap.equal(hub("rekey").get("error"), "hub-rekey-behind", "it announces no others: a key has one successor")
    tap.ok(hub("verify")["intact"], "what came back verifies, under keys that are not here", hub("verify"))
    hub.stop()
    os.remove(hub.folder + "/keys")
    shutil.copy(newest, hub.folder + "/keys")
    hub.start()
    a.streaming()
    b.streaming()
    tap.ok(not hub("rekey", "show")["behind"], "with the later keys beside the journal all is well", hub("rekey", "show"))
    tap.ok(a.sync().get("ok") and hub("verify")["intact"], "and everything verifies")

    hub = hub.restored(middle, folder + "/third").start()
    a.streaming()
    b.streaming()
    until(lambda: hub("rekey", "show")["stage"] == "over", "from a backup of the middle it does not go over again")
    a.streaming()
    tap.ok(a.sync().get("ok") and b.sync().get("ok") and not hub("rekey", "show")["behind"], "put back from the middle it goes over again, with the same keys")
    hub = later_keys_first(tap, hub, (a, b), before, newest, folder + "/fourth")
    hub = from_meanwhile(tap, hub, (a, b), folder + "/fourth-backup", folder + "/fifth")

    for node in (a, b):
        node.stop()


bench(main)
