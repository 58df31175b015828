#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Loans and returns for the library system: each line once, on any node of the place and after any crash; lines that can't be told stay, with why; cards stand in clear on no disk of node or hub.
# The .koc is read back by a parser of its own, after Koha's process_koc.pl.
import glob
import os
import random
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, Hub, bench, until  # noqa: E402
from node_bench import Post  # noqa: E402

CARD, NAME = "20099887766554", "Mme Quidamme"
SEED = int(os.environ.get("SEED", "1"))


def read_koc(path):
    """[(command, arguments)] of a file; what Koha would not read fails."""
    with open(path, encoding="utf-8", newline="") as file:
        lines = file.read().split("\n")
    assert lines.pop() == "", "the last line ends"
    header = dict(field.split("=") for field in lines.pop(0).split("\t"))
    assert header["Version"] == "1.0" and header["Generator"], header
    rows = []
    for line in lines:
        moment, command, *arguments = line.split("\t")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \d{3}", moment), moment
        assert len(arguments) == {"issue": 2, "return": 1}[command], line
        rows.append((command, *arguments))
    return rows


def export(post, folder, *options):
    """The rows of the file that an export wrote; None when there was nothing to write."""
    done = post.must_type("ils", "export", "--out", folder + "/out.koc", "--json", *options)
    return read_koc(folder + "/out.koc") if done.json["file"] else None


def lines(post):
    return [(line["act"], line["barcode"], line["status"]) for line in post.must_type("ils", "--json").json["rows"]]


def clear_bytes(folder):
    """Files under a folder in which the person stands in clear."""
    found = []
    for path in glob.glob(folder + "/**", recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                data = file.read()
            found += [path] * any(text.encode() in data for text in (CARD, NAME))
    return found


def life(tap, post, folder):
    post.must_type("orders", "add", "--id", "C-1", "--card", CARD, "--name", NAME, "30001", "30002")
    post.must_type("orders", "add", "--id", "C-2", "30003")
    tap.equal(lines(post), [], "an order alone lends nothing")
    post.must_type("pack", "SAC-1", "--order", "C-1", "30001", "30002")
    post.must_type("pack", "SAC-2", "--order", "C-2", "30003")
    tap.equal(lines(post), [("issue", "30001", "ready"), ("issue", "30002", "ready"), ("issue", "30003", "no-card")], "packed for a person: on the card")
    tap.equal(export(post, folder), [("issue", CARD, "30001"), ("issue", CARD, "30002")], "the file has the lines that can be told")
    tap.equal(lines(post), [("issue", "30003", "no-card")], "the other one stays, with why")
    tap.equal(export(post, folder), None, "nothing twice")
    tap.equal(export(post, folder, "--again"), [("issue", CARD, "30001"), ("issue", CARD, "30002")], "but when asked")
    post.must_type("unpack", "SAC-1", "30002")
    tap.equal(export(post, folder), [("return", "30002")], "taken out again: taken back")
    post.must_type("deliver", "SAC-1", "--order", "C-1")
    tap.equal(lines(post), [("issue", "30003", "no-card")], "handing over tells nothing more")
    post.must_type("return", "30001")
    post.must_type("drop", "30004")
    tap.equal(export(post, folder), [("return", "30001"), ("return", "30004")], "returns, also of what was lent elsewhere")
    number = post.must_type("return", "30005", "--json").lines[0]["seq"]
    post.must_type("retract", number)
    tap.equal(lines(post), [("issue", "30003", "no-card")], "a retracted return takes its line away")
    number = post.must_type("drop", "30006", "--json").lines[0]["seq"]
    tap.equal(export(post, folder), [("return", "30006")], "told")
    post.must_type("retract", number)
    tap.equal(lines(post), [("issue", "30003", "no-card"), ("issue", "30006", "no-order")], "and retracted then: to be put back by hand")
    post.must_type("ils", "taken", "30006", "30003")
    tap.equal(lines(post), [], "what was typed there by hand waits no more")


def refusals(tap, post, folder):
    post.must_type("orders", "add", "--id", "C-3", "--card", CARD, "30007")
    post.must_type("pack", "SAC-3", "--order", "C-3", "30007")
    export(post, folder)
    tap.ok(post.type("ils", "refused", "30008").code == 4, "nothing was told of that one")
    post.must_type("ils", "refused", "30007", "--reason", "blocked")
    tap.equal(lines(post), [("issue", "30007", "refused")], "refused: it stays visible")
    tap.ok("prêt bloqué" in post.must_type("ils").out, "with its reason")
    tap.equal(export(post, folder), None, "and is not told again by itself")
    for lang, wanted in (("fr", ("Aucune ligne ne peut être donnée", "restent en attente : 1", "    1  refusé", "navette ils export --refused")),
                         ("en", ("No line can be given", "still waiting : 1", "    1  refused", "navette ils taken"))):
        said = post.type("ils", "export", "--out", folder + "/none.koc", lang=lang)
        tap.ok(said.code == 0 and all(text in said.out for text in wanted) and not os.path.exists(folder + "/none.koc"), f"how many wait, why and what to do, in {lang}", said)
    tap.equal(post.must_type("ils", "export", "--json", "--out", folder + "/none.koc").json["waiting_by_status"], {"refused": 1}, "counted for programs")
    tap.equal(export(post, folder, "--refused"), [("issue", CARD, "30007")], "but when asked")
    tap.equal(lines(post), [], "then it is done")
    for words, code in ((("--day", "hier"), 2), (("--format", "xls"), 2), (("--out", folder + "/no/such/x.koc"), 1)):
        post.must_type("drop", "30008")
        done = post.type("ils", "export", *words)
        tap.ok(done.code == code and "  > " in done.err, f"{words}: told what to do", done)
    tap.equal([line[1] for line in lines(post)], ["30008"] * 3, "a file that can't be written takes no line away")
    export(post, folder)


def crashes(tap, post, folder):
    """Between file and record; then kill -9 at random moments of either program."""
    rng = random.Random(SEED)
    print(f"# SEED={SEED}")
    os.makedirs(folder + "/files")
    post.must_type("drop", "30009")
    first = post.must("ils-lines")
    tap.equal([row["barcode"] for row in first["rows"]], ["30009"], "a program that wrote its file and died before it was recorded")
    done = subprocess.run([os.path.join(BIN, "navette"), "ils", "export", "--json", "--folder", post.folder], cwd=folder + "/files", capture_output=True, check=True)
    tap.ok(f'"file":"{first["file"]}.koc"'.encode() in done.stdout, "gives the same lines in a file of the same name", done.stdout)
    told = []
    for turn in range(12):
        for code in rng.sample(range(30000, 30010), 3):
            post.must_type("drop", str(code))
            told.append(str(code))
        process = subprocess.Popen([os.path.join(BIN, "navette"), "ils", "export", "--folder", post.folder], cwd=folder + "/files", stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.random() * 0.03)
        except subprocess.TimeoutExpired:
            pass
        if turn % 3 == 2:
            post.kill()
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not post.alive():
            post.start()
    done = subprocess.run([os.path.join(BIN, "navette"), "ils", "export", "--folder", post.folder], cwd=folder + "/files", capture_output=True)
    tap.equal(done.returncode, 0, "in the end an export goes through")
    tap.equal(lines(post), [], "and nothing is left")
    files = glob.glob(folder + "/files/*.koc")
    given = [row[1] for path in files for row in read_koc(path) if row != ("return", "30009") or not path.endswith(first["file"] + ".koc")]
    tap.equal(sorted(given), sorted(told), f"each line stands in one file of the {len(files)}, once")


def body(tap, folder):
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-CENTRE")
    post = Post(folder + "/centre").start()
    post.enrol(hub, "BIB-CENTRE")
    second = Post(folder + "/guichet").start()
    second.enrol(hub, "BIB-CENTRE")
    post.must_type("item", "add", scans=[f"3000{n};Titre {n};R {n:03};Livre;BIB-CENTRE" for n in range(10)])
    post.must_type("bag", "add", "SAC-1", "SAC-2", "SAC-3")
    life(tap, post, folder)
    refusals(tap, post, folder)
    post.must_type("orders", "add", "--id", "C-9", "--card", CARD, "30000")
    post.must_type("pack", "SAC-3", "--order", "C-9", "30000")
    for one in (post, second):
        one.must_type("sync", "--wait", "60")
    until(lambda: lines(second) == [("issue", "30000", "ready")], "another node of the pick-up place is not given the key")
    tap.ok(True, "another node of the pick-up place is given the key, and could tell the line")
    export(post, folder)
    for one in (post, second):
        one.must_type("sync", "--wait", "60")
    tap.equal(lines(second), [], "what one node told, the other does not tell again")
    second.must_type("return", "30000")
    tap.equal(export(second, folder), [("return", "30000")], "a return needs no key")
    for one in (second, post):
        one.must_type("sync", "--wait", "60")
    tap.equal(lines(post), [], "told by the one, done for the other")
    post.stop()
    post.start()
    tap.equal(lines(post), [], "a restart tells nothing again")
    crashes(tap, post, folder)
    post.must_type("sync", "--wait", "60")
    hub.folded()
    tap.ok(post.must_type("check").code == 0 and hub("verify")["ok"], "state and chains are sound at both")
    tap.equal(clear_bytes(post.folder) + clear_bytes(second.folder) + clear_bytes(hub.folder), [], "no card, no name in any file of nodes and hub")
    with open(folder + "/probe", "wb") as file:
        file.write(b"\0\1" * 3000 + CARD.encode())
    tap.equal(clear_bytes(folder), [folder + "/probe"], "a file that has it is found")
    second.stop()
    post.stop()
    hub.stop()


if __name__ == "__main__":
    bench(body)
