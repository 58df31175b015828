# SPDX-License-Identifier: Apache-2.0
"""Which events take part: well-formed (event.h, limits.h, WIRE.md), and of a body that is folded. read() gives the event, or None."""
import datetime
import hashlib
import re

import wire
from wire import Malformed

ITEM, BAG, CRATE, PLACE, RULE, NODE, ORDER, SLOT, ROUND = range(1, 10)
OPERATOR = 12
CARRIERS, GOODS = (BAG, CRATE), (ITEM, BAG, CRATE)
FOLDED = (range(15, 16), range(20, 40), range(50, 80), range(90, 110), range(120, 150), range(160, 163), range(174, 178), range(184, 186))     # families, by field number
EVENT_BYTES, ADOPTED_BYTES, PARENTS, THINGS, LIST, PLACES = 16384, 256, 128, 64, 64, 16
NAMESPACE, THING_ID, MATERIAL, CODE, AUTHOR, TITLE = 32, 64, 48, 64, 512, 1024
NUMBERS = {field.name: number for number, field in wire.MESSAGES["Event"].items()}


def read(data):
    try:
        need(len(data) <= EVENT_BYTES, "size of the event")
        event = wire.decode("Event", data)
        check_event(event)
    except Malformed:
        return None
    return event if "body" in event and is_folded(event["body"][0]) else None


def adopted(data):
    """(incarnation, seq, leaf, bytes) of the event that an Adopted stands for; None when this is another event, or not a sound one."""
    try:
        need(len(data) <= EVENT_BYTES + ADOPTED_BYTES, "size of the event")
        event = wire.decode("Event", data)
        check_event(event)
        need("body" in event and event["body"][0] == "adopted", "another body")
        body = event["body"][1]
        ref, salt, inside = body.get("original", {}), body.get("salt", b""), body.get("event", b"")
        need(len(ref.get("incarnation", b"")) == 16 and ref.get("seq", 0) > 0 and len(salt) == 32 and 0 < len(inside) <= EVENT_BYTES, "adopted")
        need(leaf_of(salt, ref["incarnation"], ref["seq"], inside) == ref.get("leaf", 0), "leaf")
    except Malformed:
        return None
    return ref["incarnation"], ref["seq"], ref["leaf"], inside


def leaf_of(salt, incarnation, seq, data):
    leaf = hashlib.blake2b(salt + incarnation + seq.to_bytes(8, "big") + data, digest_size=32).digest()
    return int.from_bytes(leaf[:8], "big")


def is_folded(name):
    return any(NUMBERS[name] in family for family in FOLDED)


# ------------------------------------------------------------------------------------------------------------ single values

def need(condition, what):
    if not condition:
        raise Malformed(what)


def is_clean(value, most, least=0):
    """UTF-8 without control characters."""
    try:
        return least <= len(value) <= most and not any(ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 for c in value.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def is_place(value):
    return re.fullmatch(rb"[A-Z0-9_-]{1,32}", value) is not None


def is_thing(value, kinds):
    kind, space, name = value.get("kind", 0), value.get("namespace", b""), value.get("id", b"")
    return (kind in kinds and is_clean(space, NAMESPACE) and is_clean(name, THING_ID, 1) and (kind in (ITEM, OPERATOR) or space == b"")
            and (kind != PLACE or is_place(name)) and (kind != OPERATOR or is_place(space)))


def is_reference(value):
    return len(value.get("incarnation", b"")) in (0, 16) and value.get("seq", 0) > 0


def is_date(value):
    if not re.fullmatch(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        return bool(datetime.date.fromisoformat(value.decode()))
    except ValueError:
        return False


def is_sealed(value):
    return len(value.get("key_id", b"")) == 16 and len(value.get("nonce", b"")) == 24 and len(value.get("ciphertext", b"")) >= 16


def enums_are_known(name, message):
    for field in wire.MESSAGES[name].values():
        value = message["body"][1] if field.oneof and message.get("body", ("",))[0] == field.name else message.get(field.name)
        if field.kind == "enum" and value is not None:
            need(value in wire.ENUMS[field.target].values(), "value of " + field.name)
        if field.kind == "message" and value is not None:
            for one in value if field.repeated else [value]:
                enums_are_known(field.target, one)


# ------------------------------------------------------------------------------------------- rules: each takes (event, body)

def text(name, most=CODE):
    return lambda event, body: need(is_clean(body.get(name, b""), most), name)


def place(name, needed=True):
    return lambda event, body: need(not needed and not body.get(name) or is_place(body.get(name, b"")), name)


def destination(event, body):
    need(is_place(body.get("to", b"")) and body["to"] != event.get("place", b""), "to")


def date(name):
    return lambda event, body: need(not body.get(name) or is_date(body[name]), name)


def thing(name, *kinds, needed=True):
    return lambda event, body: need(not needed if name not in body else is_thing(body[name], kinds), name)


def things(name, kinds, least=1):
    return lambda event, body: need(least <= len(body.get(name, [])) <= THINGS and all(is_thing(x, kinds) for x in body.get(name, [])), name)


def reference(name, needed=True):
    return lambda event, body: need(not needed if name not in body else is_reference(body[name]), name)


def sealed(name):
    return lambda event, body: need(name not in body or is_sealed(body[name]), name)


def sized(name, size, needed=True):
    return lambda event, body: need(len(body.get(name, b"")) == size or not needed and not body.get(name), name)


def each(name, good, most=LIST):
    return lambda event, body: need(len(body.get(name, [])) <= most and all(good(x) for x in body.get(name, [])), name)


def frontier(event, body):
    value = body.get("frontier", {})
    need(len(value.get("incarnation", b"")) == 16 and len(value.get("signature", b"")) == 64, "frontier")


def something(event, body):
    need(body.get("things") or body.get("pools"), "neither things nor pools")


def is_extra(entry):
    return is_clean(entry.get("key", b""), CODE, 1) and is_clean(entry.get("value", b""), TITLE)


def is_line(line):
    return ("event" in line and is_reference(line["event"]) and is_thing(line.get("item", {}), (ITEM,)) and line.get("act") in (1, 2)
            and ("back" not in line or is_reference(line["back"])))


def lines(event, body):
    need(1 <= len(body.get("lines", [])) <= LIST and all(is_line(x) for x in body["lines"]), "lines")


def surprise(event, body):
    need(all(is_clean(body.get("surprise", {}).get(name, b""), CODE) for name in ("theme", "age")), "surprise")


def key_ids(most):
    def rule(event, body):
        need(1 <= len(body.get("keys", [])) <= most and all(len(key) == 16 for key in body["keys"]), "keys")
    return rule


def once(event, body):
    places = [at.get("place", b"") for at in body.get("at", [])]
    need(len(set(places)) == len(places), "at")


EXTRA = each("extra", is_extra)
POOLS = [each("pools", lambda pool: is_clean(pool.get("kind", b""), CODE, 1)), something]
DOCUMENT = [thing("item", ITEM), text("title", TITLE), text("author", AUTHOR), text("call_number"), text("material", MATERIAL), place("home"), EXTRA]
MOVED, DISPATCH, ON_ROUND = things("things", GOODS), reference("dispatch", needed=False), thing("round", ROUND, needed=False)
MOVED_OR_POOLS = [things("things", GOODS, 0)] + POOLS
THE_ORDER, IN_SLOT = thing("order", ORDER), thing("slot", SLOT, needed=False)
WANTED = [things("items", (ITEM,), 0), place("pickup", False), IN_SLOT, sealed("note")]
FOR_ORDER, MEMBER = thing("order", ORDER, needed=False), thing("node", NODE)

RULES = {
    "operation_closed": [DISPATCH, text("slip"), ON_ROUND, place("peer", False), thing("container", *CARRIERS, needed=False)],
    "item_registered": DOCUMENT + [place("at", needed=False)],
    "item_changed": DOCUMENT,
    "item_withdrawn": [thing("item", ITEM)],
    "bag_commissioned": [thing("bag", *CARRIERS), text("kind", MATERIAL), text("size"), place("owner")],
    "bag_retired": [thing("bag", *CARRIERS)],
    "place_declared": [thing("place", PLACE), text("name", TITLE), text("isil"), text("tz"), place("host", needed=False),
                       each("zones", lambda zone: is_clean(zone.get("code", b""), CODE, 1)), each("namespaces", lambda x: is_clean(x, NAMESPACE, 1))],
    "rule_decided": [thing("rule", RULE), text("material", MATERIAL), place("place", needed=False), text("zone"), place("to", needed=False)],
    "order_placed": [THE_ORDER, surprise, sealed("person")] + WANTED,
    "order_changed": [THE_ORDER] + WANTED,
    "order_prepared": [THE_ORDER, things("bags", CARRIERS, 0)],
    "order_staged": [THE_ORDER, text("zone")],
    "order_handed_over": [THE_ORDER, things("bags", CARRIERS, 0), sealed("proof")],
    "order_cancelled": [THE_ORDER],
    "order_no_show": [THE_ORDER],
    "order_unmet": [THE_ORDER, things("items", (ITEM,), 0)],
    "item_packed": [thing("container", *CARRIERS), things("items", (ITEM,)), FOR_ORDER],
    "item_unpacked": [thing("container", *CARRIERS), things("items", (ITEM,))],
    "bag_sealed": [thing("bag", *CARRIERS), text("seal")],
    "bag_opened": [thing("bag", *CARRIERS), text("seal")],
    "crate_loaded": [thing("crate", CRATE), things("bags", (BAG,))],
    "crate_unloaded": [thing("crate", CRATE), things("bags", (BAG,))],
    "sealed_deposit": [thing("container", *CARRIERS), text("seal")],
    "dispatched": MOVED_OR_POOLS + [destination, text("carrier"), ON_ROUND, text("slip"), date("departed"), text("seal")],
    "handover_counted": [ON_ROUND, text("slip"), POOLS[0], place("peer", needed=False), DISPATCH],
    "received": MOVED_OR_POOLS + [DISPATCH, text("slip"), place("from", False), ON_ROUND],
    "seen_on_reception": [MOVED, DISPATCH, text("slip"), ON_ROUND],
    "refused": [MOVED, DISPATCH, place("from", False), text("slip"), ON_ROUND],
    "transit_cancelled": [MOVED, DISPATCH, place("to", False), text("slip")],
    "delivered": MOVED_OR_POOLS + [FOR_ORDER, sealed("proof")],
    "delivery_failed": [MOVED, FOR_ORDER, sealed("note")],
    "returned": MOVED_OR_POOLS,
    "collected": MOVED_OR_POOLS + [destination, text("carrier"), ON_ROUND, text("slip")],
    "dropped": [MOVED],
    "seen_at": [MOVED, text("zone")],
    "count_line": [MOVED, text("zone"), sized("count", 16)],
    "count_closed": [things("missing", GOODS, 0), sized("count", 16)],
    "declared_lost": [MOVED],
    "found": [MOVED],
    "count_opened": [sized("count", 16), text("zone"), text("material", MATERIAL), text("call_from"), text("call_to")],
    "pool_commissioned": [lambda event, body: need(is_clean(body.get("kind", b""), CODE, 1), "kind"),
                          lambda event, body: need(0 < abs(body.get("count", 0)) < 2 ** 31, "count")],
    "phone_report": [place("reporter"), text("speaker")],
    "phone_said": [place("reporter"), MOVED, text("speaker")],
    "phone_counted": [place("reporter"), text("speaker"), ON_ROUND, text("slip"), DISPATCH, POOLS[0]],
    "retracted": [reference("target"), reference("replacement", needed=False)],
    "clock_corrected": [],
    "node_enrolled": [MEMBER, sized("curve_key", 32), sized("sign_key", 32), each("places", is_place, PLACES)],
    "rights_granted": [MEMBER, each("places", is_place, PLACES), each("at", lambda at: is_place(at.get("place", b"")), PLACES), once],
    "node_revoked": [MEMBER],
    "node_rekeyed": [MEMBER, sized("curve_key", 32), sized("sign_key", 32), sized("incarnation", 16), sized("previous", 32), sized("signature", 64), sized("proof", 64)],
    "event_refused": [reference("target")],
    "event_admitted": [reference("refusal")],
    "event_parked": [reference("target")],
    "frontier_noted": [MEMBER, frontier],
    "discrepancy_settled": [sized("discrepancy", 32)],
    "lease_granted": [thing("slot", SLOT), sized("lease", 16), MEMBER],
    "ils_exported": [lambda event, body: need(is_date(body.get("day", b"")), "day"), text("file"), lines],
    "ils_answered": [lines],
    "swap_confirmed": [sized("shortage", 32), sized("overage", 32)],
    "swap_rejected": [sized("shortage", 32), sized("overage", 32)],
    "handover_paired": [reference("count"), reference("with", needed=False), text("slip"), ON_ROUND],
    "key_erased": [thing("subject", ORDER), key_ids(16)],
    "key_gone": [key_ids(64)],
    "recovery_key_changed": [sized("key", 32)],
    "operator_decided": [thing("operator", OPERATOR), lambda event, body: need(body["operator"].get("namespace", b"") == event.get("place", b""), "place")],
    "operator_rule_decided": [thing("rule", RULE), place("place")],
    "clone_found": [MEMBER],
    "clone_chosen": [MEMBER, sized("claimant", 16)],
    "incarnation_started": [MEMBER, sized("incarnation", 16), sized("parent", 16, needed=False)],
}


def check_event(event):
    """Bodies that are not folded take no part either way: their rules are not here."""
    need(event.get("hlc", 0) > 0, "hlc")
    need(not event.get("place") or is_place(event["place"]), "place")
    need(is_clean(event.get("operator", b""), CODE), "operator")
    need(len(event.get("parents", [])) <= PARENTS and all(is_reference(x) for x in event.get("parents", [])), "parents")
    if "body" in event and is_folded(event["body"][0]):
        enums_are_known("Event", event)
        name, body = event["body"]
        for rule in RULES[name]:
            rule(event, body)
