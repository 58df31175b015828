#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Search at a node: real titles (made ones where the data is not here), the same answers as a plain scan by Unicode's own tables; filters, lines, refusals."""
import csv
import os
import random
import sys
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import bench  # noqa: E402
from node_bench import Post  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "data")
SEVERAL = {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}


def words_of(text):
    """Not the tables under test: Unicode's decompositions, and the few letters that have none."""
    out = []
    for letter in unicodedata.normalize("NFKD", text.lower()):
        kind = unicodedata.category(letter)
        if kind[0] == "M" or kind == "Cf":
            continue
        out.append(SEVERAL.get(letter, letter) if kind[0] in "LN" and letter not in "ªº" else " ")
    return "".join(out).split()


def real_rows():
    """(barcode, title, author, call number): Evergreen's copies and Sciences Po's records."""
    rows = []
    with open(os.path.join(DATA, "evergreen-concerto", "copies.tsv"), encoding="utf-8") as file:
        rows += [(row["barcode"], row["title"], "", row["call_number"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    for name in ("sciencespo-cotes8.mrc", "sciencespo-cotesD.mrc", "sciencespo-cotesT.mrc"):
        with open(os.path.join(DATA, "unimarc", name), "rb") as file:
            for record in file.read().split(b"\x1d")[:-1]:
                base = int(record[12:17])
                fields = [(record[at:at + 3], record[base + int(record[at + 7:at + 12]):][:int(record[at + 3:at + 7])]) for at in range(24, base - 1, 12)]
                parts = {tag: dict((part[:1], part[1:].rstrip(b"\x1e").decode()) for part in data.split(b"\x1f")[1:]) for tag, data in fields}
                title, author = parts.get(b"200", {}).get(b"a", ""), parts.get(b"200", {}).get(b"f", "")
                for tag, data in fields:
                    item = dict((part[:1], part[1:].rstrip(b"\x1e").decode()) for part in data.split(b"\x1f")[1:]) if tag == b"995" else {}
                    if item.get(b"f"):
                        rows.append((item[b"f"], title, author, item.get(b"k", "")))
    return rows


def made_rows(rng):
    letters = [chr(code) for code in [*range(0xc0, 0x250), *range(0x1e00, 0x1f00)]]
    letters = [letter for letter in letters if len(words_of(f"x{letter}y")) == 1 and words_of(f"x{letter}y")[0].isascii()]
    base = ["le", "petit", "prince", "œuvre", "Été", "Noël", "l'eau", "week-end", "STRASSE", "garçon", "naïve", "e\u0301cole", "ﬁlm", "m²", "№5", "100%"]
    base += [f"x{letter}y" for letter in letters]
    return [(f"M{i:05d}", " ".join(rng.choices(base, k=rng.randint(1, 7))), rng.choice(["", "Saint-Exupéry, A. de", "Brontë"]), f"R {rng.choice(base)[:3]}")
            for i in range(1500)]


def usable(text, most):
    """As an importer cuts and cleans it."""
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cc")
    while len(text.encode()) > most:
        text = text[:-1]
    return text


def load(post, rows):
    for at in range(0, len(rows), 512):
        items = [{"barcode": code, "title": title, "author": author, "call_number": call} for code, title, author, call in rows[at:at + 512]]
        done = post.must("item-add", items=items)
        if done["refused"]:
            raise RuntimeError([row for row in done["results"] if not row["ok"]][:3])


def question(rng, rows):
    _, title, author, call = rng.choice(rows)
    words = (title + " " + author + " " + call).split()
    picked = rng.sample(words, min(len(words), rng.randint(1, 3))) if words else ["x"]
    last = picked[-1]
    picked[-1] = last[:rng.randint(1, len(last))] if rng.random() < 0.5 else last
    text = " ".join(picked)
    return rng.choice([str, str.upper, lambda x: unicodedata.normalize("NFD", x)])(text)


ARTICLES = "le la les l un une des du de d au aux et the a an of and".split()


def plain(indexed, text):
    """Where nothing has all words, articles are left out."""
    asked = words_of(text)
    without = [word for word in asked if word not in ARTICLES]
    return matches(indexed, asked) or (matches(indexed, without) if without else set())


def matches(indexed, asked):
    return {code for code, words in indexed if all(word in words for word in asked[:-1]) and any(word.startswith(asked[-1]) for word in words)}


def against_a_plain_scan(tap, post, rows, rng, name):
    indexed = [(code, set(words_of(title) + words_of(author) + words_of(call))) for code, title, author, call in rows]
    wrong, compared, found, stopped = [], 0, 0, 0
    for _ in range(350):
        text = question(rng, rows)
        if not words_of(text) or len(words_of(text)) > 32 or any(len(word) > 40 for word in words_of(text)):
            continue
        answer = post.must("search", text=text, limit=1000, in_title=True, in_author=True, in_call=True)
        got, wanted = {row["id"] for row in answer["rows"]}, plain(indexed, text)
        compared += 1
        found += len(got)
        stopped += answer["more"]
        if got != wanted if not answer["more"] else not got <= wanted or len(wanted) < len(got):
            wrong.append((text, sorted(got - wanted)[:3], sorted(wanted - got)[:3]))
    tap.ok(not wrong and compared > 300 and found > compared, f"{name}: {compared} questions, {found} matches ({stopped} stopped) as a plain scan finds", wrong[:5])


def at_the_keyboard(tap, post):
    post.must_type("item", "add", "70001", "--title", "Le Château de ma mère", "--author", "Pagnol, Marcel", "--call-number", "R PAG", "--material", "roman-test")
    post.must_type("bag", "add", "SACOCHE-1")
    done = post.type("search", "chateau", "mere", lang="en")
    tap.ok(done.code == 0 and all(word in done.out for word in ("70001", "Le Château de ma mère", "Pagnol, Marcel", "R PAG", "roman-test", "at BIB-CENTRE", "available")),
           "a line says code, title, author, call number, material, where, and whether it can be lent", done)
    for words in (("les", "chateau", "de", "mere"), ("the", "chateau", "mere"), ("chateau", "mere", "des")):
        done = post.type("search", *words, lang="en")
        tap.ok("70001" in done.out and "without the articles" in done.out, f"an article makes no search fail, and that is said: {words}", done)
    post.must_type("pack", "SACOCHE-1", "70001")
    row = post.must_type("search", "70001", "--json").json["rows"][0]
    tap.ok(row["available"] is False and row["container"]["id"] == "SACOCHE-1" and row["state"] == "in-container", "what is in a bag can't be lent", row)
    tap.equal(post.must_type("search", "--available", "--json", "chateau", "mere").json["found"], 0, "--available")
    tap.equal([row["id"] for row in post.must_type("search", "--json", "sacoche-").json["rows"]], ["SACOCHE-1"], "bags by the beginning of their code, in any case")
    tap.equal(post.must_type("search", "--call", "--json", "r pa", "--material", "roman-test").json["rows"][0]["id"], "70001", "a call number's beginning")
    tap.equal(post.must_type("search", "--author", "--json", "chateau").json["found"], 0, "--author")
    tap.equal(post.must_type("search", "--title", "--json", "chateau", "de", "ma").json["found"], 1, "--title")
    tap.equal(post.must_type("search", "--place", "BIB-CENTRE", "--json", "70001").json["found"], 1, "--place, in a bag that is there")
    done = post.type("search", scans="*70001*\r\nchateau mere\n?!\n", lang="en")
    tap.ok(done.code == 0 and done.out.count("70001") == 2 and "Nothing found" in done.out, "questions one a line, as a scanner types", done)
    done = post.type("search", "--json", scans=["a " * 33, "70001", b"\xff".decode("latin-1")])
    tap.ok(done.code == 4 and done.lines[0]["error"] == "too-many-words" and done.lines[1]["found"] == 1, "too many words are told, the next line goes on", done)
    for words, error in ((("--title", "?!"), "nothing-asked"), (("--limit", "1001", "x"), "bad-option"), (("--limit", "0", "x"), "bad-option")):
        done = post.type("search", "--json", *words)
        tap.ok(done.code != 0 and done.json["error"] == error and done.json["next"], f"{error}: {words}", done)
    tap.equal(len(post.must_type("search", "--json", "--limit", "3", "--title", "e").json["rows"]), 3, "--limit")
    tap.equal(post.type("check").code, 0, "counters, digest and the words of every label agree")


def body(tap, folder):
    seed = int(os.environ.get("SEED", "1"))
    print(f"# SEED={seed}")
    rng = random.Random(seed)
    post = Post(os.path.join(folder, "post")).start()
    post.must_type("init", "--place", "BIB-CENTRE")
    made = made_rows(rng)
    load(post, made)
    against_a_plain_scan(tap, post, made, rng, "made titles with every accented letter")
    post.stop()
    post = Post(os.path.join(folder, "real")).start()
    post.must_type("init", "--place", "BIB-CENTRE")
    if os.path.isdir(DATA):
        seen = {}
        for code, title, author, call in real_rows():
            seen.setdefault(code, (code, usable(title, 1024), usable(author, 512), usable(call, 64)))
        rows = list(seen.values())
        load(post, rows)
        against_a_plain_scan(tap, post, rows, rng, f"{len(rows)} real records")
    else:
        load(post, made[:400])
    at_the_keyboard(tap, post)
    post.stop()
    post.options += ["--rebuild"]
    post.start()
    tap.equal(post.must_type("search", "--json", "chateau", "mere").json["found"], 1, "found again in a state made anew from the journal")
    post.stop()


if __name__ == "__main__":
    bench(body)
