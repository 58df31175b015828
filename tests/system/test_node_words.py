#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# What people read: histories, explanations, the ledger of bags and statuses in both languages, with no empty column, no space at the end of a line,
# and a relay that says it only follows its own places.
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import BIN, Hub, bench, run  # noqa: E402
from node_bench import Post  # noqa: E402


def tidy(tap, name, text):
    wrong = [line for line in text.splitlines() if line != line.rstrip() or not line.strip() or re.search(r"[a-zé];", line)]
    tap.ok(not wrong, f"{name}: no empty line, no space at an end, French punctuation", wrong)


def past(tap, post):
    said = post.must_type("explain", "SAC-1").out
    tidy(tap, "explain", said)
    tap.ok(re.search(r" 1\. .*  sac mis en service  BIB-CENTRE  ->  BIB-CENTRE\n    référence \S+ \(journal \w{8}, n° \d+\)\n", said),
           "explain: a step, where it leaves the bag, its reference", said)
    tap.ok("pas (encore) connu" not in said, "nothing is missing where nothing is expected", said)
    tap.ok("contenu ajouté  BIB-CENTRE  ->  30001\n    après 1\n" in said, "what went into the bag, after what", said)
    tap.equal(said.count("source de temps"), 1 if "Aucune de ces heures" in said else 0, "an unchecked clock is said once")
    said = post.must_type("explain", "30001").out
    tap.ok("La suite est celle de SAC-1 : navette explain SAC-1\n" in said, "what is in a bag goes where the bag goes", said)
    said = post.must_type("history", "SAC-1", lang="en").out
    tap.ok(re.match(r"time +event +place +result\n", said) and re.search(r"put inside +BIB-CENTRE +30001\n", said), "history, no empty column", said)
    tidy(tap, "history", said.replace(";", ","))
    number = post.must_type("seen", "30002", "--json").lines[0]["seq"]
    said = post.must_type("retract", number).out
    tap.ok(said.startswith("OK   annulé : vu sur place  (n° "), "what was retracted is said", said)
    tap.ok("annulé" in post.must_type("history", "30002").out, "and stays in the history")


def views(tap, post):
    said = post.must_type("bags").out
    tidy(tap, "bags", said)
    tap.ok(said.startswith("lieu ") and "perdu" not in said and "rempli" in said.splitlines()[0], "only the columns that hold something", said)
    tap.ok("ne suit que" not in said, "a branch follows the network")
    tap.equal(post.must_type("aside").out, "Rien à montrer.\n", "an empty list has no heading")
    tap.equal(post.must_type("aside", lang="en").out, "Nothing to show.\n", "in English either")
    tap.ok(post.must_type("status").out.startswith("Lieu   : BIB-CENTRE\n"), "one place")
    tap.ok(post.must_type("status", lang="en").out.startswith("Place  : BIB-CENTRE\n"), "in English")
    done = post.type("stock", "--place", "BIB-CNETRE")
    tap.ok(done.code == 1 and "BIB-CNETRE" in done.err and "navette places" in done.err, "a mistyped place is not an empty one", done)
    done = post.type("stock", "--state", "rayon")
    tap.ok(done.code == 2 and "in-transit" in done.err and "at-relay" in done.err, "states are listed in full", done)


def helped(tap, post):
    """What the help says may be typed, in both languages; a hub's placeholders are its own."""
    for words, french, english in ((("receive",), "[CODE...]", "[CODE...]"), (("find",), "CODE", "CODE"), (("enrol",), "[CODE]", "[CODE]"),
                                   (("operator", "pin"), "CODE", "CODE"), (("operator", "add"), "[CODE]", "[CODE]"),
                                   (("erase", "order"), "ID", "ID"), (("erase", "person"), "CARTE", "CARD"),
                                   (("stick", "out"), "DOSSIER|FICHIER", "FOLDER|FILE"), (("phone", "here"), "[CODE...]", "[CODE...]"),
                                   (("phone",), "LIEU", "PLACE"), (("seal",), "SAC SCELLÉ", "BAG SEAL")):
        for lang, arguments in (("fr", french), ("en", english)):
            said = post.must_type("help", *words, lang=lang).out
            tap.equal(said.splitlines()[0], f"navette {' '.join(words)} {arguments}", f"help of {' '.join(words)}, {lang}")
    for lang, lines in (("fr", ("place add LIEU ", "enrol LIEU[,LIEU...] ", "erase order COMMANDE", "find CODE ", "replace POSTE ", "settle ÉCART ")),
                        ("en", ("place add PLACE ", "enrol PLACE[,PLACE...] ", "erase order ORDER", "find BARCODE ", "replace NODE ",
                                "settle DISCREPANCY "))):
        said = run("navette-hub", "--help", "--lang", lang).stdout
        for line in lines:
            tap.ok(f"\n{line}" in said, f"navette-hub --help, {lang}: {line}", said)


def whole(tap):
    """--help of each program, in both languages: whole characters, whole words, whole lines."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "node", "settings.c")
    with open(source, encoding="utf-8") as file:
        texts = re.findall(r'0,\s*say\("([^"]+)",\s*"([^"]+)"\)', file.read())
    tap.ok(len(texts) > 10, "the texts of navette-node's options were read", texts)
    for number, lang in enumerate(("fr", "en")):
        for program in ("navette", "navette-node", "navette-hub"):
            name = f"{program} --help, {lang}"
            said = subprocess.run([os.path.join(BIN, program), "--help"], capture_output=True, env={**os.environ, "NAVETTE_LANG": lang}, check=True)
            try:
                lines = said.stdout.decode().splitlines()
                tap.ok(not any("\ufffd" in line for line in lines), f"{name}: valid UTF-8")
            except UnicodeDecodeError as error:
                tap.ok(False, f"{name}: valid UTF-8", error)
                continue
            wrong = [line for line in lines if line.count("[") != line.count("]") or line.count("(") != line.count(")")]
            tap.ok(not wrong, f"{name}: what is opened is closed", wrong)
            if program == "navette-node":
                cut = [text[number] for text in texts if not any(line.endswith("  " + text[number]) for line in lines)]
                tap.ok(not cut, f"{name}: every text is there, in one line", cut)


def hub_says(tap, hub, post, folder):
    """What the hub answers to a coordinator, and what goes on at the desk."""
    def said(*words, lang="en"):
        return run("navette-hub", *words, "--folder", hub.folder, "--lang", lang).stdout

    for lang, nothing in (("fr", "Rien à montrer."), ("en", "Nothing to show.")):
        tap.equal(said("refused", lang=lang), nothing + "\n", f"nothing refused, {lang}")
    tap.ok("dernier contact" in said("scope", "show", lang="fr").splitlines()[0], "scope show has a French heading", said("scope", "show", lang="fr"))
    path = folder + "/invitation"
    text = said("enrol", "RES-LILAS", "--file", path)
    with open(path, encoding="utf-8") as file:
        code = re.search(r"code = (\S+)", file.read()).group(1)
    tap.ok(f"  navette enrol {code} --file {path}\n" in text and "--hub" not in text and 'the line "code"' in text, "an invitation in a file", text)
    tap.ok("--hub tcp://" in said("enrol", "RES-LILAS"), "one that is typed names the hub")
    done = post.type("enrol", code[:-1] + ("2" if code[-1] != "2" else "3"), "--hub", hub.enrol_at, "--again")
    tap.ok(done.code == 1 and "24 h" not in done.err and "jusqu'au moment" in done.err, "a code that is wrong", done)
    run("navette-hub", "operators", "rule", "BIB-CENTRE", "--need", "pin", "--folder", hub.folder)
    post.must_type("sync", "--wait", "60")
    done = post.type("operator", "add", "--lead", "AG-1", scans="", lang="en")
    tap.ok(done.code == 2 and "The PIN or passphrase of AG-1 is missing" in done.err and "navette operator pin AG-1" in done.err, "no PIN was typed", done)
    run("navette-hub", "operators", "rule", "BIB-CENTRE", "--need", "none", "--folder", hub.folder)
    text = said("rekey", "--now")
    tap.ok("goes over to its new keys now" in text and "rekey --now" not in text and "once all nodes" not in text, "rekey --now", text)


def mistyped(tap, post):
    for words, text in ((("seal", "SAC-1"), "SAC SCELLÉ"), (("pack",), "SAC"), (("load",), "CAISSE"), (("phone",), "LIEU"),
                        (("phone", "RES-LILAS"), "--bags"), (("phone", "RES-LILAS", "--bags", "x"), "0, 1, 2"),
                        (("stock", "extra"), "navette help stock"), (("stock", "--bogus"), "navette help stock")):
        done = post.type(*words)
        tap.ok(done.code == 2 and text in done.err, f"navette {' '.join(words)}: {text}", done)
    done = post.type("seal", "SAC-1", lang="en")
    tap.ok("Missing: BAG SEAL" in done.err, "in English", done)
    done = post.type("phone", "NULLE-PART", "--bags", "4")
    tap.ok(done.code == 1 and "NULLE-PART" in done.err, "a relay that nobody declared", done)
    done = post.type("seen", scans="*30003*\r\n30003\r\n\r\n 30004 \n\t\n")
    tap.ok("OK   30003" in done.out and "..   30003" in done.out and "OK   30004" in done.out, "stars, CRLF, empty lines, spaces", done)


def catalogue(tap, post):
    """Files as spreadsheets write them."""
    done = post.type("item", "add", scans=b"\xef\xbb\xbf20001;\xc3\x89t\xc3\xa9;R ETE;roman;BIB-CENTRE\r\n\"20002\";\"Titre; \"\"avec\"\"\";R\r\n\r\n")
    tap.ok(done.code == 0 and done.out.startswith("OK   20001\nOK   20002\n"), "a mark of UTF-8 before the first code, CRLF, quotes", done)
    tap.equal([post.find("20001")["title"], post.find("20002")["title"]], ["Été", 'Titre; "avec"'], "titles are whole")
    for line, text in ((b"20003;L\xe9gende", "iconv"), (b"20003,Titre,R", "points-virgules"), (b'20003;"Titre', "points-virgules"),
                       (b'20003;"Titre"x;R', "points-virgules"), (b"20003;a;b;c;d;e;f", "Ligne 2")):
        done = post.type("item", "add", scans=b"20001;x\n" + line + b"\n")
        tap.ok(done.code == 4 and text in done.err and "20003" not in done.out, f"{line}: {text}", done)
    tap.equal(post.type("find", "20003").code, 1, "none of these was registered")
    tap.ok(" : \n" not in post.must_type("find", "20002").out, "nothing after a colon: not shown")


def relay(tap, post):
    for words in (("stock",), ("transit",), ("bags",), ("find", "SAC-1"), ("history", "SAC-1"), ("explain", "SAC-1")):
        said = post.must_type(*words).out
        tap.ok("Ce poste ne suit que ses lieux (RES-LILAS)" in said, f"a relay says so: {words[0]}", said)
    tap.ok("only follows its own places (RES-LILAS)" in post.must_type("stock", lang="en").out, "in English")
    tap.ok(post.must_type("bags", "--json").json["partial"]["code"] == "partial", "in JSON")
    tap.ok("ne suit que ses lieux" in post.must_type("status").out, "status too")


def body(tap, folder):
    whole(tap)
    hub = Hub(folder + "/hub").start()
    hub.place("BIB-CENTRE")
    hub.place("RES-LILAS", kind="relay")
    post = Post(folder + "/centre").start()
    post.enrol(hub, "BIB-CENTRE")
    lilas = Post(folder + "/lilas").start()
    lilas.enrol(hub, "RES-LILAS")
    post.must_type("item", "add", scans=[f"3000{n};Été {n};R ETE;roman;BIB-CENTRE" for n in range(6)])
    post.must_type("bag", "add", "SAC-1", "SAC-2", "--kind", "cabas")
    post.must_type("pack", "SAC-1", "30001")
    post.must_type("sync", "--wait", "60")
    past(tap, post)
    views(tap, post)
    helped(tap, post)
    mistyped(tap, post)
    catalogue(tap, post)
    post.must_type("dispatch", "--to", "RES-LILAS", "SAC-1")
    post.must_type("sync", "--wait", "60")
    lilas.must_type("sync", "--wait", "60")
    relay(tap, lilas)
    hub_says(tap, hub, post, folder)
    said = run("navette-hub", "find", "SAC-1", "--folder", hub.folder, "--lang", "fr").stdout
    tap.ok("contenu : 1\ncode   titre  type   attache\n30001  Été 1  roman  BIB-CENTRE\n" in said, "the hub lists what a bag holds", said)
    tidy(tap, "find at the hub", said)
    lilas.stop()
    post.stop()
    hub.stop()


if __name__ == "__main__":
    bench(body)
