#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# New keys of the hub itself: announced, known by the nodes, gone over to; killed at each stage; a node that was away the whole time comes back by itself; a stick of before; what each key signed verifies.
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, bench, holds, in_step, run, until  # noqa: E402
from node_bench import Post  # noqa: E402


def keys_of(path):
    with open(path, encoding="ascii") as file:
        return dict((line.split()[0], line.split()[1:]) for line in file if " " in line)


def stage(hub):
    return hub("rekey", "show")["stage"]


def waiting(hub):
    return sorted(row["place"] for row in hub("rekey", "show")["waiting"])


def unannounced(tap, hub):
    """Killed behind the writing of the next keys, before anything was said of them."""
    hub.kill()
    shutil.copy(hub.folder + "/keys", hub.folder + "/keys.next")
    hub.start()
    tap.ok(not os.path.exists(hub.folder + "/keys.next") and stage(hub) == "settled", "keys that were never announced are dropped")


def announced(tap, hub, a, b):
    first = hub.keys()
    done = hub("rekey")
    tap.ok(done["ok"] and done["stage"] == "announced", "new keys are announced", done)
    tap.equal(hub.keys(), first, "the port keeps its key")
    for name in ("keys", "keys.next"):
        tap.equal(os.stat(f"{hub.folder}/{name}").st_mode & 0o777, 0o600, f"{name} for its owner only")
    until(lambda: waiting(hub) == ["C", "D"], "A and B do not learn them")
    tap.ok(a.must("status")["hub_keys"] == {"changes": 1, "waiting": True, "rival": False, "before_until": None}, "a node knows them, and waits", a.must("status")["hub_keys"])
    text = hub.text("status", "--lang", "fr").stdout
    tap.ok("annoncées le" in text and "C ne les connaît pas encore" in text and "sauvegarde" in text, "status says who does not know them, in French", text)
    text = hub.text("rekey", "show", "--lang", "en").stdout
    tap.ok("It goes over" in text and "C does not know them yet" in text, "... and in English", text)
    tap.equal(hub("rekey").get("error"), "hub-rekey-under-way", "one change at a time")
    hub.kill()
    hub.start()
    tap.equal((stage(hub), waiting(hub)), ("announced", ["C", "D"]), "killed there, it goes on from there, and knows who knows")
    # killed between the copy of the present keys and their replacement
    hub.kill()
    shutil.copy(hub.folder + "/keys", hub.folder + "/keys.before")
    hub.start()
    tap.ok(stage(hub) == "announced" and not os.path.exists(hub.folder + "/keys.before"), "killed half-way through the files it is where it was")
    a.scan("bag-add", ["S2"])
    a.streaming()
    b.streaming()
    tap.ok(hub("verify")["intact"], "what the next key has signed verifies", hub("verify"))
    return first


def over(tap, hub, a, b, first):
    done = hub("rekey", "--now")
    tap.ok(done["ok"], "the overlap is ended", done)
    until(lambda: hub.keys() != first, "the keys do not change over")
    hub.kill()
    hub.start()
    tap.equal(stage(hub), "over", "killed as soon as the files have changed, the port goes by the new ones")
    tap.equal(keys_of(hub.folder + "/keys.before")["sign"][0], first["sign"][0], "those of before are kept for sticks")
    tap.equal(os.stat(hub.folder + "/keys.before").st_mode & 0o777, 0o600, "... for their owner only")
    for node, bag in ((a, "S3"), (b, "S4")):
        node.streaming()
        node.scan("bag-add", [bag])
    told = until(lambda: a.must("status")["hub_keys"]["waiting"] is False and a.must("status")["hub_keys"], "A does not notice")
    tap.ok(told["changes"] == 1 and told["before_until"] is None, "the node has gone over, and believes the ones before no more", told)


def away(tap, hub, c, usb):
    """C has not heard of any of it; a stick of its from before is on the way."""
    code = run("navette-hub", "stick", "in", usb, "--json", "--folder", hub.folder)
    tap.ok(code.returncode == 0 and '"taken":' in code.stdout, "a stick sealed to the keys before is opened", code.stdout + code.stderr)
    c.start()
    c.streaming()
    told = until(lambda: not c.must("status")["hub_keys"]["waiting"] and c.must("status")["hub_keys"], "C does not go over")
    tap.equal(told["changes"], 1, "the node that was away has learnt them by itself, at the enrolment port")
    until(lambda: waiting(hub) == [], "the hub does not hear of it")


def by_stick(tap, hub, d, usb, folder):
    """D never has a line: the answer to its stick tells it, and is signed by keys that it does not know yet."""
    done = d.type("stick", "in", usb, "--json")
    tap.ok(done.code == 0 and done.json["whole"], "an answer under the new keys is believed: it says how they came", repr(done))
    tap.equal(d.must("status")["hub_keys"]["changes"], 1, "... and they are known")
    os.mkdir(usb + "-next")
    d.must_type("stick", "out", usb + "-next")
    run("navette-hub", "stick", "in", usb + "-next", "--json", "--folder", hub.folder)
    until(lambda: waiting(hub) == ["C"], "its next stick does not say so")
    path = f"{folder}/keys.txt"
    tap.ok(hub("rekey", "show", "--file", path)["ok"], "a file for who has no network")
    tap.equal(d.type("hub-keys", path, "--json").json["changed"], False, "it names nothing that D does not know")
    with open(path, "w", encoding="ascii") as file:
        file.write("keys = bm90IGtleXM=\n")
    tap.equal(d.type("hub-keys", path, "--json").json["error"], "hub-keys-wrong", "another file is refused")


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    posts = {}
    for place in "ABCD":
        hub.place(place)
        posts[place] = Post(f"{folder}/{place}", *(["--offline"] if place == "D" else [])).start()
        posts[place].enrol(hub, place)
    a, b, c, d = (posts[place] for place in "ABCD")
    for node in (a, b, c):
        node.streaming()
    c.scan("bag-add", ["S1"])
    usb, usb_d = f"{folder}/usb", f"{folder}/usb-d"
    for path in (usb, usb_d):
        os.mkdir(path)
    c.must_type("stick", "out", usb, "--all")
    c.stop()
    d.scan("bag-add", ["S9"])
    d.must_type("stick", "out", usb_d)
    # D is heard of by its stick alone
    run("navette-hub", "stick", "in", usb_d, "--json", "--folder", hub.folder)
    d.must_type("stick", "in", usb_d)
    for name in os.listdir(usb_d):
        os.remove(f"{usb_d}/{name}")
    d.scan("bag-add", ["S8"])
    d.must_type("stick", "out", usb_d)
    hub.place("E")
    invited = hub("enrol", "E")
    unannounced(tap, hub)
    a.streaming()
    b.streaming()
    first = announced(tap, hub, a, b)
    over(tap, hub, a, b, first)
    code = run("navette-hub", "stick", "in", usb_d, "--json", "--folder", hub.folder)
    tap.ok(code.returncode == 0, "a stick of a node without a line, sealed before", code.stdout + code.stderr)
    by_stick(tap, hub, d, usb_d, folder)
    e = Post(f"{folder}/E").start()
    e.must("enrol", code=invited["code"], hub=invited["enrol"])
    e.streaming()
    tap.equal(e.must("status")["hub_keys"]["changes"], 0, "a code of before enrols a node, under the keys of now")
    e.stop()
    away(tap, hub, c, usb)
    hub.stop()
    os.remove(hub.folder + "/keys.before")
    hub.start()
    code = run("navette-hub", "stick", "in", usb, "--json", "--folder", hub.folder)
    tap.ok(code.returncode == 1 and "hub-rekey-old" in code.stdout, "once the keys before are gone, a stick sealed to them is told so", code.stdout)
    for node in (a, b, c):
        node.streaming()
    done = hub("verify")
    tap.ok(done["intact"], "everything verifies, under the key that signed it", done)
    for node in (a, b, c):
        tap.ok(node.sync().get("ok"), "in step")
    in_step(a, b, c)
    tap.equal(len({node.digest() for node in (a, b, c)} | {hub.folded()["state"]["digest"]}), 1, "and everybody holds the same")
    secret = hub.keys()["sign"][1]
    tap.ok(secret not in hub.logged() and not holds(hub.folder + "/journal", bytes.fromhex(secret)[:32]), "no secret in a log, or in the journal")
    for node in (a, b, c, d, hub):
        node.stop()


bench(main)
