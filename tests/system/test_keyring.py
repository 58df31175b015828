#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Keys of what is sealed, on real processes: a node that is rekeyed or replaced gets its keys again from others; what nobody else has comes back with the recovery key, and nothing that was erased; a recovery
# key that is another, or copied wrongly, opens nothing; it is changed. No key's bytes stand in any file, and no field of a stored event joins a title to a person. A damaged keyring is told.
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, Hub, bench, holds, in_step, until  # noqa: E402
from node_bench import Post  # noqa: E402

CARD = "20099887766554"


def person(post, order):
    return next((row["person"] for row in post.must("orders", state="all")["rows"] if row["id"] == order), "unheard")


def keys(post):
    return post.must("status")["keyring"]["keys"]


def order(post, name, pickup, item="1001"):
    post.must_type("orders", "add", "--id", name, "--pickup", pickup, "--card", CARD, "--name", "Dupont", item)


def recovery_key(hub, folder, name):
    path = f"{folder}/{name}"
    done = hub("recovery", "new", "--file", path)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return done, path, re.search(r"^key = (\S+)$", text, re.M).group(1)


def wrapped(hub, count):
    until(lambda: hub("recovery", "show").get("wrapped") == count, f"not {count} keys are wrapped to the recovery key: {hub('recovery', 'show')}")


def rekeyed(tap, a, b):
    b.must("rekey")
    until(lambda: not b.must("status")["keys"]["changing"], "keys do not change over")
    b.kill()
    b.start()
    tap.equal(person(b, "C-1"), "here", "a node that changed its keys reads its keyring, also after a kill")
    order(a, "C-2", "BIB-B")
    until(lambda: person(b, "C-2") == "here", "nothing comes under the new keys")
    tap.ok(True, "what is wrapped from then on is for its new keys")


def replaced(tap, hub, a, post, place):
    post.stop()
    shutil.move(post.folder, post.folder + ".dead")
    code = hub("replace", place)
    fresh = Post(post.folder).start()
    fresh.must("init", init_place=place)
    fresh.must("enrol", code=code["code"], hub=code["enrol"])
    in_step(fresh)
    return fresh


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    for code in ("BIB-A", "BIB-B"):
        hub.place(code)
    a, b = (Post(f"{folder}/{name}").start() for name in "ab")
    a.enrol(hub, "BIB-A")
    b.enrol(hub, "BIB-B")
    a.register(["1001"])
    order(a, "C-1", "BIB-B")
    until(lambda: person(b, "C-1") == "here", "the key does not come")
    tap.equal(hub("recovery", "show").get("error"), "hub-recovery-none", "there is no recovery key at first")
    rekeyed(tap, a, b)
    b = replaced(tap, hub, a, b, "BIB-B")
    until(lambda: person(b, "C-1") == "here" and person(b, "C-2") == "here", "a replaced node does not get its keys again")
    tap.ok(True, "a node that was replaced gets its keys again from who has them")

    done, path, secret = recovery_key(hub, folder, "first")
    tap.ok(done["ok"] and os.stat(path).st_mode & 0o777 == 0o600, "a recovery key is made, its page is nobody else's to read", done)
    tap.ok(hub("recovery", "new", "--file", path).get("error") == "hub-recovery-file", "it overwrites nothing")
    for name in ("C-3", "C-4", "C-5"):
        order(a, name, "BIB-A")
    wrapped(hub, 5)
    a.must_type("erase", "order", "C-4")
    until(lambda: any(row["order"] == "C-4" and row["done"] for row in hub("erasures")["rows"]), "C-4 is not erased")
    wrapped(hub, 4)
    a = replaced(tap, hub, b, a, "BIB-A")
    tap.equal([person(a, name) for name in ("C-3", "C-4", "C-5")], ["key-elsewhere", "erased", "key-elsewhere"], "what nobody else has is lost with the disk")
    wrong = f"{folder}/wrong"
    with open(wrong, "w", encoding="utf-8") as file:
        file.write("key = " + secret[:5] + ("0" if secret[5] != "0" else "1") + secret[6:] + "\n")
    tap.equal(a.type("recover", "--key", wrong, "--json").json["error"], "recover-bad-key", "a digit copied wrongly is noticed")
    with open(wrong, "w", encoding="utf-8") as file:
        file.write("C-3\n")
    tap.equal(a.type("recover", "--key", wrong, "--json").json["error"], "recover-no-key", "a file without one too")
    done = a.type("recover", "--key", path, "--json").json
    tap.ok(done["ok"] and done["back"] + done["here"] == 4, "the recovery key gives back what this node had", done)
    tap.equal([person(a, name) for name in ("C-1", "C-3", "C-4", "C-5")], ["here", "here", "erased", "here"], "and nothing that was erased")

    done, second, _ = recovery_key(hub, folder, "second")
    wrapped(hub, 4)
    in_step(a)
    tap.equal(a.type("recover", "--key", path, "--json").json["error"], "recover-other-key", "once it is changed, the one before opens nothing")
    tap.ok(a.type("recover", "--key", second, "--json").json["ok"], "the new one does")
    tap.ok(all(not holds(where, needle) for where in (a.folder, b.folder, hub.folder) for needle in (secret.encode(), CARD.encode(), b"Dupont")),
           "neither card, name nor recovery key stand in any file")
    paths(tap, a)
    more_than_a_frame(tap, hub, b, a, second)
    damaged(tap, b)


def more_than_a_frame(tap, hub, b, a, key):
    """One answer of the hub has 128 keys at most: none of those around the end of one is missing."""
    names = [f"M-{i}" for i in range(130)]
    for name in names:
        order(a, name, "BIB-A")
    wrapped(hub, 134)
    a = replaced(tap, hub, b, a, "BIB-A")
    done = a.type("recover", "--key", key, "--json").json
    tap.ok(done["ok"] and done["back"] + done["here"] == 134, "more keys than one frame holds come back", done)
    tap.equal([name for name in names if person(a, name) != "here"], [], "all of them")


def paths(tap, post):
    """All stored events: titles, items, bags and orders are clear; what names a person is not."""
    seen = [post.must("history", barcode=code) for code in ("1001", "C-1", "C-3")]
    clear = re.sub(r'"(ciphertext|nonce|key_id|ref|event)": ?"[^"]*"', "", str(seen))
    tap.ok("Dupont" not in clear and CARD not in clear, "no event's clear fields name a person")


def damaged(tap, post):
    post.stop()
    with open(post.folder + "/keyring", "r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    done = subprocess.run([os.path.join(BIN, "navette-node"), "--foreground", "--folder", post.folder, "--reserve-mib", "0"], capture_output=True, text=True, timeout=20)
    tap.ok(done.returncode != 0 and "damaged" in done.stderr, "a damaged keyring is told, and left as it is", done.stderr)


if __name__ == "__main__":
    bench(main)
