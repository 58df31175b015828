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
from hub_bench import BIN, Hub, answer, bench, in_step, run, until  # noqa: E402
from node_bench import Post  # noqa: E402


def network(folder):
    hub = Hub(folder + "/hub").start()
    for place in ("BIB-A", "BIB-B", "BIB-C"):
        hub.place(place)
    posts = [Post(f"{folder}/{name}").start() for name in "abc"]
    for post, place in zip(posts, ("BIB-A", "BIB-B", "BIB-C")):
        post.enrol(hub, place)
    return hub, posts


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
    until(lambda: len(hub("places")["rows"]) > 3, "what was declared since is not back")
    tap.equal([place["code"] for place in hub("places")["rows"]], ["BIB-A", "BIB-B", "BIB-C", "BIB-D"], "the place that was declared since is there")
    d.start()
    same_everywhere(tap, hub, [a, b, d], "hub and nodes hold the same")
    tap.equal(hub("find", "33049")["thing"]["place"], "BIB-C", "what a node that is gone had pushed came back from the others")
    tap.equal(hub("find", "31001")["thing"]["place"], "BIB-B", "and what was received meanwhile")
    tap.ok(hub("verify")["intact"], "the restored hub verifies")
    tap.equal(hub("stock", "--by-home")["rows"], before, "and its stock is what it was before it was lost")
    return hub, a, b, d


def same_backup_again(tap, folder, hub, posts):
    """Positions that were read are passed by others before who read them comes back; the same backup a second time: what was written in between belongs to no journal."""
    a, b, d = posts
    a.register(["40000"])
    b.stop()
    hub.place("BIB-E")
    in_step(a, d)
    hub.stop()
    done = restore(hub, folder + "/backup", folder + "/hub3")
    tap.ok(done["ok"], "the same backup again, into another folder", done)
    hub.start()
    for turn in range(30):
        hub.place(f"BIB-F{turn}")
    until(lambda: all(row["back"] for row in hub("nodes")["rows"] if row["places"] in (["BIB-A"], ["BIB-D"])), "the nodes are not back")
    a.register([f"41{n:03}" for n in range(40)])
    in_step(a, d)
    b.start()
    same_everywhere(tap, hub, [a, b, d], "who comes back after its positions were passed misses nothing")
    tap.ok({"BIB-D", "BIB-E", "BIB-F29"} <= {place["code"] for place in hub("places")["rows"]}, "decisions of both lives of the hub are there")
    tap.equal(hub("find", "40000")["thing"]["place"], "BIB-A", "and events of both")
    tap.ok(hub("verify")["intact"], "it verifies")
    a.stop()
    rebuilt = Post(a.folder, "--rebuild").start()
    same_everywhere(tap, hub, [rebuilt, b, d], "a state made anew from a node's journal is the same")
    rebuilt.stop()
    a.start()


def told(tap, folder, hub):
    fr = subprocess.run([os.path.join(BIN, "navette-hub"), "nodes", "--lang", "fr", "--folder", hub.folder], capture_output=True, text=True)
    tap.ok("remis depuis une sauvegarde" in fr.stdout and "revenu" in fr.stdout, "nodes says who has not come back since, in French", fr.stdout)
    text = run("navette-hub", "status", "--lang", "en", "--folder", hub.folder).stdout
    tap.ok("put back" in text and "backup" in text, "status says when it was put back and which backup is the last", text)


def killed_while_backing_up(tap, folder, hub):
    """kill -9 at each stage: what bears the name of a backup is one, the rest is cleared by the next."""
    for number, stage in enumerate(("", "/journal/data.mdb", "/keys", "/manifest.json")):
        path = f"{folder}/cut{number}"
        command = subprocess.Popen([os.path.join(BIN, "navette-hub"), "backup", path, "--folder", hub.folder], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while not os.path.exists(path + ".part" + stage) and not os.path.exists(path) and command.poll() is None:
            pass
        hub.kill()
        command.wait()
        whole = not os.path.exists(path) or run("navette-hub", "backup", path, "--verify", "--lang", "en").returncode == 0
        tap.ok(whole, f"killed at {stage or 'the folder'}: what bears the name is whole")
        hub.start()
        made = hub("backup", path + "b" if os.path.exists(path) else path)
        tap.ok(made["ok"] and not os.path.exists(made["path"] + ".part"), "and the next one is made", made)
    # Cut in the middle of a file that is written beside its name.
    os.makedirs(f"{folder}/cut.part/journal")
    for name in ("keys.00112233445566ff", "manifest.json.8899aabbccddeeff", "journal/data.mdb"):
        open(f"{folder}/cut.part/{name}", "w", encoding="ascii").close()
    made = hub("backup", f"{folder}/cut")
    tap.ok(made["ok"] and sorted(os.listdir(f"{folder}/cut")) == ["journal", "keys", "manifest.json"], "half a file beside its name is taken away", made)


def killed_while_restoring(tap, folder):
    for number, stage in enumerate(("restoring", "journal", "journal/data.mdb", "keys", "journal/lock")):
        new = f"{folder}/new{number}"
        command = subprocess.Popen([os.path.join(BIN, "navette-hub"), "restore", folder + "/backup", "--folder", new],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(os.path.join(new, stage)) and command.poll() is None:
            pass
        command.send_signal(signal.SIGKILL)
        ended = command.wait() == 0
        half = Hub(new)
        if os.path.exists(os.path.join(new, "restoring")):
            half.launch()
            tap.ok(half.process.wait() != 0 and "restore" in half.logged(), f"killed at {stage}: no hub starts on half of it, and it says what to do")
        else:
            tap.ok(ended or not os.path.exists(new) or os.path.exists(os.path.join(new, "keys")), f"killed at {stage}: too late, or nothing begun")
        again = answer(run("navette-hub", "restore", folder + "/backup", "--folder", new, "--json"))
        tap.ok(again["ok"] or again.get("error") == "hub-restore-exists", "and it is run again", again)
        half.start()
        tap.ok(half("verify")["intact"], "the hub that comes of it verifies")
        half.stop()


def copy_of(folder, name):
    shutil.rmtree(folder + "/broken", ignore_errors=True)
    shutil.copytree(folder + "/backup", folder + "/broken")
    return os.path.join(folder, "broken", name)


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


def refused(tap, folder, error, code, name, what):
    for lang in ("fr", "en"):
        done = run("navette-hub", "restore", folder + "/broken", "--folder", folder + "/never", "--lang", lang)
        tap.ok(done.returncode == code and name in done.stderr and "->" in done.stderr, f"{what}: refused, told what is wrong ({lang})", done)
    done = answer(run("navette-hub", "backup", folder + "/broken", "--verify", "--json"))
    tap.equal([done.get("error"), done["exit"]], [error, code], f"{what}: verification says the same")
    tap.ok(not os.path.exists(folder + "/never"), f"{what}: nothing was made of it")


def damaged(tap, folder):
    fr = run("navette-hub", "backup", folder + "/backup", "--verify", "--lang", "fr")
    tap.ok(fr.returncode == 0 and "est entière" in fr.stdout, "a good one is told to be whole", fr)
    size = os.path.getsize(folder + "/backup/journal/data.mdb")
    for at in (16, size // 2, size - 1):
        flip(copy_of(folder, "journal/data.mdb"), at)
        refused(tap, folder, "hub-backup-differs", 7, "data.mdb", f"a bit flipped at {at}")
    with open(copy_of(folder, "journal/data.mdb"), "r+b") as file:
        file.truncate(size - 4096)
    refused(tap, folder, "hub-backup-differs", 7, "data.mdb", "cut short")
    os.unlink(copy_of(folder, "journal/data.mdb"))
    refused(tap, folder, "hub-backup-missing", 7, "data.mdb", "without its journal")
    os.unlink(copy_of(folder, "keys"))
    refused(tap, folder, "hub-backup-missing", 7, "keys", "without its keys")
    os.chmod(copy_of(folder, "keys"), 0o644)
    refused(tap, folder, "hub-backup-open", 1, "keys", "keys that all can read")
    manifest = copy_of(folder, "manifest.json")
    with open(manifest, encoding="utf-8") as file:
        text = file.read()
    with open(manifest, "w", encoding="utf-8") as file:
        file.write(text.replace('"position": ', '"position": 1'))
    refused(tap, folder, "hub-backup-manifest", 7, "broken", "a manifest that somebody changed")
    os.unlink(copy_of(folder, "manifest.json"))
    refused(tap, folder, "hub-backup-none", 1, "broken", "no backup at all")


def where_it_goes(tap, folder, hub):
    os.mkdir(folder + "/daily", 0o700)
    first = hub("backup", folder + "/daily")
    tap.ok(first["ok"] and os.path.dirname(first["path"]) == folder + "/daily", "in a folder of backups it is named by the moment", first)
    again = hub("backup", folder + "/backup")
    tap.equal([again.get("error"), again["exit"]], ["hub-backup-exists", 1], "an older one is never written over")
    nowhere = hub("backup", folder + "/no/such/folder")
    tap.equal([nowhere.get("error"), nowhere["exit"]], ["hub-backup-refused", 1], "no folder above: told")
    over = answer(run("navette-hub", "restore", folder + "/backup", "--folder", hub.folder, "--json"))
    tap.equal([over.get("error"), over["exit"]], ["hub-restore-exists", 1], "a hub is never restored over another")
    hub.stop()
    still = hub("backup", folder + "/stopped")
    tap.ok(still["ok"] and still["position"] > 0, "with no hub running the folder is backed up too", still)
    hub.start()
    tap.equal(hub("status")["backup"]["path"], folder + "/stopped", "and counts")


def full_disk(tap, folder, hub):
    small = folder + "/small"
    os.mkdir(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True).returncode != 0:
        tap.ok(True, "a full disk: # SKIP mounting is not allowed here")
        return
    try:
        before = hub("status")["backup"]
        done = hub("backup", small + "/backup")
        tap.equal([done.get("error"), done["exit"]], ["hub-backup-full", 5], "a full disk is told")
        tap.equal(os.listdir(small), [], "nothing of it is left")
        tap.equal(hub("status")["backup"]["path"], before["path"], "the watermark stays where it was")
        tap.ok(hub("place", "add", "BIB-Z", "--kind", "branch")["ok"], "and the hub goes on")
    finally:
        subprocess.run(["umount", small], check=True)


def body(tap, folder):
    hub, a, b, d = lost_and_found(tap, folder)
    same_backup_again(tap, folder, hub, (a, b, d))
    told(tap, folder, hub)
    where_it_goes(tap, folder, hub)
    full_disk(tap, folder, hub)
    killed_while_backing_up(tap, folder, hub)
    damaged(tap, folder)
    killed_while_restoring(tap, folder)


if __name__ == "__main__":
    bench(body)
