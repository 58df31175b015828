#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Bad input at the desk: each is refused with a code, a sentence in each language and what to do next; nothing is recorded and nothing lost.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import bench  # noqa: E402
from node_bench import stocked  # noqa: E402


def refused(tap, post, error, words, scan=None, saying=()):
    """Types it in JSON, French and English; the log must not have grown by anything but the end of an operation."""
    scans = [scan] if scan is not None else None
    before = post.link()["head"]
    done = post.type(*words, "--json", scans=scans)
    lines = [line for line in done.lines if line.get("ok") is False]
    tap.equal(lines[0]["error"] if lines else done.out, error, f"{error}: navette {' '.join(words)} {scan or ''}")
    french, english = post.type(*words, scans=scans), post.type(*words, scans=scans, lang="en")
    text, other = french.out + french.err, english.out + english.err
    tap.ok(done.code in (1, 4) and french.code == english.code == done.code, "  exit code", (done, french, english))
    tap.ok(">" in text and ">" in other and text != other and all(word in text and word in other for word in saying),
           f"  says what is wrong, and what to do next, twice{': ' if saying else ''}{', '.join(saying)}", (french, english))
    tap.equal(post.link()["head"], before, "  records nothing")


def scans(tap, post):
    refused(tap, post, "unknown-barcode", ("seen",), "99999", ("99999", "--unknown"))
    refused(tap, post, "malformed-line", ("seen",), "x" * 65, ("x" * 65,))
    refused(tap, post, "malformed-line", ("seen",), "30\t001")
    refused(tap, post, "malformed-line", ("seen",), "***")
    done = post.type("seen", "--json", scans=b"\xff\xfe30001\n30001\n")
    tap.equal([line.get("error", line.get("result")) for line in done.lines][:2], ["malformed-line", "recorded"],
              "bytes that are no text are refused, the next scan is not")
    done = post.type("seen", "--json", scans="3" * 9000 + "\n30002\n")
    tap.equal([line.get("error", line.get("result")) for line in done.lines][:2], ["malformed-line", "recorded"], "a line without end is cut off")
    done = post.type("seen", "--unknown", "99998", "--json").lines[0]
    tap.equal((done["result"], done["notes"][0]["code"]), ("recorded", "note-unknown"), "--unknown records what nobody registered")
    post.must_type("item", "add", "77", "--namespace", "koha")
    post.must_type("item", "add", "77", "--namespace", "orphee")
    post.must_type("init", "--place", "BIB-CENTRE", "--namespace", "koha", "--namespace", "orphee")
    refused(tap, post, "ambiguous-barcode", ("seen",), "77", ("koha", "orphee", "--namespace"))
    tap.equal(post.type("seen", "77", "--namespace", "koha").code, 0, "  and recorded once the source is said")


def bags(tap, post):
    refused(tap, post, "unknown-container", ("pack", "SAC-9"), "30001", ("SAC-9", "navette bag add"))
    refused(tap, post, "wrong-kind", ("pack", "30001"), "30002", ("30001",))
    refused(tap, post, "container-other", ("pack", "SAC-1"), "SAC-2", ("navette pack SAC-2",))
    refused(tap, post, "wrong-kind", ("load", "SAC-1"), "SAC-2", ("SAC-1",))
    refused(tap, post, "container-here", ("pack", "SAC-1"), "SAC-1", ("SAC-1",))
    refused(tap, post, "wrong-kind", ("load", "CAISSE-1"), "30001", ("30001",))
    post.must_type("pack", "SAC-1", "30001")
    refused(tap, post, "already-in-this-bag", ("pack", "SAC-1"), "30001", ("30001", "SAC-1"))
    refused(tap, post, "already-in-other-bag", ("pack", "SAC-2"), "30001", ("30001", "SAC-1", "navette unpack"))
    refused(tap, post, "not-in-this-bag", ("unpack", "SAC-1"), "30002", ("30002", "navette explain"))
    refused(tap, post, "in-a-container", ("dispatch", "--to", "BIB-NORD"), "30001", ("SAC-1",))
    post.must_type("seal", "SAC-1", "0412")
    refused(tap, post, "bag-sealed", ("pack", "SAC-1"), "30002", ("0412", "navette open SAC-1"))
    refused(tap, post, "bag-not-sealed", ("open", "SAC-2"))
    post.must_type("dispatch", "--to", "BIB-NORD", "SAC-1")
    refused(tap, post, "bag-not-here", ("pack", "SAC-1"), "30002", ("BIB-NORD", "navette seen SAC-1"))
    refused(tap, post, "bag-not-here", ("unpack", "SAC-1"), "30001", ("BIB-NORD",))
    refused(tap, post, "bag-not-here", ("seal", "SAC-1", "0413"))
    refused(tap, post, "already-in-transit", ("dispatch", "--to", "BIB-SUD"), "SAC-1", ("BIB-NORD", "navette cancel"))
    refused(tap, post, "already-in-service", ("bag", "add"), "SAC-1")


def places(tap, post):
    refused(tap, post, "to-self", ("dispatch", "--to", "BIB-CENTRE"), "30003", ("BIB-CENTRE",))
    refused(tap, post, "no-such-place", ("dispatch", "--to", "pas un lieu"), "30003", ("pas un lieu",))
    for words, lists, lacks in ((("fail", "30003", "--reason", "worn"), "absent (personne à la porte)", "worn ("), (("lost", "30003", "--reason", "absent"), "long-missing (", "absent ("),
                                (("retract", "1", "--reason", "gel"), "did-not-occur (n'a pas eu lieu)", "gel ("), (("ils", "refused", "30003", "--reason", "heat"), "card-unknown (", "heat (")):
        done = post.type(*words, lang="fr")
        tap.ok(done.code == 2 and lists in done.err and lacks not in done.err, f"{' '.join(words)}: only the reasons of that command", done)
    done = post.type("fail", "30003", "--reason", "worn", lang="en")
    tap.ok("absent (nobody at the door)" in done.err, "in English too", done)
    refused(tap, post, "place-not-served", ("seen", "--place", "BIB-SUD"), "30003", ("BIB-SUD", "BIB-CENTRE"))
    post.must_type("item", "add", "50001", "--home", "BIB-CENTRE", "--now-at", "BIB-NORD")
    refused(tap, post, "item-not-here", ("dispatch", "--to", "BIB-SUD"), "50001", ("BIB-NORD", "navette seen 50001"))
    refused(tap, post, "item-not-here", ("deliver",), "50001")
    refused(tap, post, "item-not-here", ("pack", "SAC-2"), "50001")
    refused(tap, post, "not-in-transit-here", ("refuse",), "30003", ("30003",))
    refused(tap, post, "not-in-transit-from-here", ("cancel",), "30003", ("30003",))


def conditions(tap, post):
    post.must_type("item", "withdraw", "30004")
    refused(tap, post, "withdrawn", ("dispatch", "--to", "BIB-NORD"), "30004", ("navette item add",))
    refused(tap, post, "withdrawn", ("lost",), "30004")
    done = post.must_type("seen", "30004", "--json").lines[0]
    tap.equal(done["notes"][0]["code"], "note-withdrawn", "seeing it is recorded, with a note")
    post.must_type("lost", "30005")
    refused(tap, post, "lost", ("pack", "SAC-2"), "30005", ("navette found 30005",))
    refused(tap, post, "already-lost", ("lost",), "30005")
    post.must_type("deliver", "30006")
    refused(tap, post, "with-person", ("pack", "SAC-2"), "30006", ("navette return 30006",))
    tap.equal(post.type("item", "add", "30004").code, 0, "what was withdrawn can come back")
    post.must_type("bag", "add", "SAC-77")
    post.must_type("bag", "retire", "SAC-77")
    refused(tap, post, "retired", ("pack", "SAC-77"), "30003", ("navette bag add SAC-77",))


def repeated(tap, post):
    before = post.link()["head"]
    done = post.type("seen", "--json", scans=["30007", "*30007*", "30007"])
    tap.equal([line.get("result") for line in done.lines], ["recorded", "already-read", "already-read", None], "read twice in one operation: told")
    tap.equal((done.code, post.link()["head"] - before), (0, 2), "and recorded once (one scan, one end of operation)")


def formats(tap, post):
    done = post.type("seal", "SAC-2", "x" * 65)
    tap.ok(done.code == 1 and "BagSealed.seal" in done.err, "a field over its limit is refused, and named", done)
    done = post.type("item", "add", "50002", "--title", "t" * 1025)
    tap.ok(done.code == 4 and "title" in done.out, "so is a title", done)
    done = post.type("seen", "--operator", "o" * 65, "30001")
    tap.ok(done.code == 1 and "operator" in done.err, "and an operator's code", done)
    done = post.type("dispatch", "--to", "BIB-NORD", "--departed", "2020-02-30", "30008")
    tap.ok(done.code == 2 and "2020-02-30" in done.err, "a day that does not exist is refused", done)


def body(tap, folder):
    post = stocked(folder + "/centre")
    scans(tap, post)
    bags(tap, post)
    places(tap, post)
    conditions(tap, post)
    repeated(tap, post)
    formats(tap, post)
    tap.equal(post.type("check").code, 0, "the state is whole")
    tap.equal(post.must_type("operations", "--json").json["rows"], [], "no operation was left open")


if __name__ == "__main__":
    bench(body)
