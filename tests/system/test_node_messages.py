#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The catalogue of messages against the source: every code that node/ and server/ refuse with has its text; every text is there in French and in English, differs, and
# holds the same placeholders; every word shown by name has both.
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from hub_bench import Tap  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
STRING = r'"((?:[^"\\]|\\.)*)"'


def read(*patterns):
    return "\n".join(open(path, encoding="utf-8").read() for pattern in patterns for path in sorted(glob.glob(os.path.join(ROOT, pattern))))


def split_row(body):
    values, current, rest = [], "", body
    while rest:
        found = re.match(r"\s*" + STRING, rest)
        if not found:
            return None
        current += found.group(1)
        rest = rest[found.end():].lstrip()
        if rest.startswith(","):
            values.append(current)
            current, rest = "", rest[1:]
        elif not rest:
            values.append(current)
    return values


def table(text, fields):
    found = []
    for row in re.finditer(r"^    \{(\".*?\")\},$", text, re.M | re.S):
        values = split_row(row.group(1))
        if values and len(values) == fields:
            found.append(values)
    return found


def main():
    tap = Tap()
    texts = table(read("io/message_*.c"), 5)
    words = table(read("io/message_words.c", "io/message_hub.c", "io/message_import.c", "io/message_lending.c", "io/message_handover.c", "io/message_view.c", "io/message_stick.c", "io/message_keys.c",
                        "io/message_admission.c", "io/message_operator.c"), 3)
    tap.ok(len(texts) > 80 and len(words) > 100, f"{len(texts)} texts and {len(words)} words are read")
    codes = [row[0] for row in texts]
    tap.equal(sorted({code for code in codes if codes.count(code) > 1}), [], "codes are unique")
    named = [row[0] for row in words]
    tap.equal(sorted({word for word in named if named.count(word) > 1}), [], "words are unique")

    source = read("node/*.c", "node/cli/*.c")
    used = set(re.findall(r'request_refuse\(\s*&?\w+,\s*"([^"]+)"', source))
    used |= set(re.findall(r'(?:refuse|request_note|session_refuse_code)\(\s*[^,"]+,\s*"([^"]+)"', source))
    used |= set(re.findall(r'note\(request, &notes, "([^"]+)"', source)) | set(re.findall(r'message_(?:text|next)\(\s*[^,"]+,\s*"([^"]+)"', source))
    used |= {code for code in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source) if code in codes}
    used -= {"{1}"}
    tap.equal(sorted(used - set(codes)), [], "every code that is used has its text")

    reasons = set(re.findall(r'\[IMPORT_\w+\] = "([^"]+)"', read("io/import.c"))) - {"fine"}
    tap.ok(len(reasons) > 20 and not {f"import-{reason}" for reason in reasons} - set(codes), "every reason of an import's report has its text",
           sorted(reason for reason in reasons if f"import-{reason}" not in codes))

    wrong = []
    for code, *parts in texts:
        fr, fr_next, en, en_next = parts
        if not fr or not en or bool(fr_next) != bool(en_next) or (fr == en and len(fr) > 12):
            wrong.append((code, "missing or the same"))
        if set(re.findall(r"\{\d\}", fr)) != set(re.findall(r"\{\d\}", en)):
            wrong.append((code, "placeholders"))
        if set(re.findall(r"\{\d\}", fr_next)) != set(re.findall(r"\{\d\}", en_next)):
            wrong.append((code, "placeholders of what to do"))
    tap.equal(wrong, [], "every text is there twice, with the same placeholders")
    tap.equal([row[0] for row in words if not row[1] or not row[2]], [], "every word too")

    shown = set(re.findall(r'session_word\((?:report->)?arguments, "([^"]+)"\)', source)) | set(re.findall(r'message_word\([^,"]+, "([^"]+)"\)', source))
    tap.equal(sorted(shown - set(named)), [], "every word that is shown by name has both languages")
    events = set(re.findall(r'FORM\(\w+, "([a-z-]+)", \w+, 1\)', read("core/log/event_form*.c")))
    tap.ok(len(events) > 30 and not events - set(named), "every event that is folded has its words", sorted(events - set(named)))
    tap.done()


if __name__ == "__main__":
    main()
