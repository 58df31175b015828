#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# A key that was stolen: its live session ends at once, the door refuses it, what it signed since a moment is refused event by event and shown with its reason, what stood before stays;
# a hub killed in the middle of that goes on when it starts again.
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Hub, Node, bench, until  # noqa: E402


def stock(hub):
    hub.folded()
    return sum(row["count"] for row in hub("stock")["rows"])


def now_text():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time()))


def next_second(hub):
    """Waits for the hub's clock to pass a second, by asking: moments are typed to the second."""
    began = now_text()
    until(lambda: now_text() != began and hub("status")["ok"], "the clock stands still")


def live_session(tap, hub, node):
    node.register(["1001", "1002"])
    tap.ok(node.sync().get("ok"), "two documents are at the hub")
    done = hub("revoke", "BIB-A")
    tap.ok(done["ok"] and done["since"] is None, "revoked while its session lives", done)
    until(lambda: node.link()["link"] == "key-refused", "the node is not told")
    tap.ok("key was revoked" in hub.logged(), "the hub's log says so", hub.logged()[-500:])
    tap.ok("BIB-A-" in [line for line in hub.logged().splitlines() if "key was revoked" in line][0], "... and who", hub.logged()[-500:])
    status = node.must("status")
    tap.ok("refuses" in status["note"]["text"], "the node says it in words", status["note"])
    tap.ok("nothing is lost" in status["note"]["next"].lower(), "... and that its work is kept", status["note"])
    before = hub("status")["refused_handshakes"]
    node.stop()
    node.start()
    until(lambda: hub("status")["refused_handshakes"] > before, "the door does not refuse it")
    tap.ok(True, "the door refuses its key")
    tap.equal(stock(hub), 2, "what it had sent stays")
    node.register(["1003"])
    fresh = hub("enrol", "BIB-A")
    node.must("enrol", code=fresh["code"], hub=fresh["enrol"], again=True)
    tap.ok(node.sync().get("ok"), "let in again, it brings what it recorded meanwhile")
    tap.equal(stock(hub), 3, "... nothing is lost")


def since(tap, hub, thief, other):
    next_second(hub)
    moment = now_text()
    next_second(hub)
    for part in range(6):
        thief.register([f"2{part}{n:03}" for n in range(250)])
    tap.ok(thief.sync().get("ok"), "1,500 more come under the key")
    tap.equal(stock(hub), 1503, "they count")
    for wrong in ("tomorrow", "2099-01-01"):
        done = hub("revoke", "BIB-A", "--since", wrong)
        tap.equal(done.get("error"), "hub-bad-since", f"--since {wrong} is no moment that was")
    done = hub("revoke", "BIB-A", "--since", moment)
    tap.ok(done["ok"] and done["since"] is not None, "revoked since a moment", done)
    hub.kill()
    hub.start()
    until(lambda: stock(hub) == 3, "what was signed since then still counts")
    tap.ok(True, "what was signed since then is refused, also by a hub that was killed in between; what stood before stays")
    rows = hub("aside")["rows"]
    tap.ok(rows and all(row["reason"] == "key-stolen" for row in rows), "each is shown with its reason", rows[:2])
    for language, label in (("fr", "clés volées"), ("en", "stolen keys")):
        text = hub.text("aside", "--lang", language).stdout
        tap.ok(text.count(label) == len(rows) and "key-stolen" not in text, f"... by its label in a list ({language})", text[:600])
    for language, words in (("fr", ("dites volées", "retry REFERENCE")), ("en", ("keys that the coordinator said were stolen", "retry REFERENCE"))):
        text = hub.text("refused", "--lang", language).stdout
        tap.ok(all(word in text for word in words) and "pas le droit" not in text and "had no right" not in text, f"... in words, and what would let it in ({language})", text[:600])
    tap.ok(other.sync().get("ok"), "a branch hears of it")
    until(lambda: sum(row["count"] for row in other.must("stock")["rows"]) == 3, "the branch still counts them")
    tap.equal(other.digest(), hub.folded()["state"]["digest"], "... and holds the same state")
    tap.ok(hub("verify")["intact"], "the journal is whole")
    done = hub("retry", "--all")
    tap.equal((done["admitted"], stock(hub)), (0, 3), "trying everything again lets nothing in that was signed with a stolen key")
    tap.equal(hub("retry", rows[0]["ref"]).get("admitted"), 1, "... naming the very event does")
    return moment


def main(tap, folder):
    hub = Hub(folder + "/hub").start()
    for place in ("BIB-A", "BIB-B"):
        hub.place(place)
    node, other = Node(folder + "/a").start(), Node(folder + "/b").start()
    node.enrol(hub, "BIB-A")
    other.enrol(hub, "BIB-B")
    live_session(tap, hub, node)
    since(tap, hub, node, other)
    for one in (node, other, hub):
        one.stop()


bench(main)
