# SPDX-License-Identifier: Apache-2.0
"""ISO 2709 records and library encodings, written by hand: the import's tests share no code with what they test."""
import unicodedata

# the accents of each encoding stand before their letter (ISO 5426:1983; ANSEL, Z39.47)
ISO5426_MARKS = {0x300: 0xc1, 0x301: 0xc2, 0x302: 0xc3, 0x303: 0xc4, 0x308: 0xc8, 0x327: 0xd0, 0x30c: 0xcf}
ISO5426_SIGNS = {"Œ": 0xea, "œ": 0xfa, "Æ": 0xe1, "æ": 0xf1, "«": 0xab, "»": 0xbb, "£": 0xa3, "ø": 0xf9, "ß": 0xfb}
MARC8_MARKS = {0x300: 0xe1, 0x301: 0xe2, 0x302: 0xe3, 0x303: 0xe4, 0x308: 0xe8, 0x327: 0xf0, 0x30c: 0xe9}
MARC8_SIGNS = {"Œ": 0xa6, "œ": 0xb6, "Æ": 0xa5, "æ": 0xb5, "°": 0xc0, "£": 0xb9, "ø": 0xb2, "ß": 0xc7}


def old_encoding(text, marks, signs):
    out = bytearray()
    for letter in text:
        decomposed = unicodedata.normalize("NFD", letter)
        if letter in signs:
            out.append(signs[letter])
        elif len(decomposed) == 2:
            out += bytes((marks[ord(decomposed[1])], ord(decomposed[0])))
        else:
            out += letter.encode("ascii")
    return bytes(out)


def iso5426(text):
    return old_encoding(text, ISO5426_MARKS, ISO5426_SIGNS)


def marc8(text):
    return old_encoding(text, MARC8_MARKS, MARC8_SIGNS)


def utf8(text):
    return text.encode()


def windows1252(text):
    return text.encode("cp1252")


def record(fields, encode=utf8, leader9=b" "):
    """fields: (tag, text) of control fields, (tag, [(code, text or bytes)...]) of others."""
    directory, data = b"", b""
    for tag, content in fields:
        if isinstance(content, list):
            content = b"  " + b"".join(b"\x1f" + code.encode() + (text if isinstance(text, bytes) else encode(text)) for code, text in content)
        else:
            content = content if isinstance(content, bytes) else encode(content)
        content += b"\x1e"
        directory += b"%s%04d%05d" % (tag.encode(), len(content), len(data))
        data += content
    base = 24 + len(directory) + 1
    return b"%05dnam %s22%05d   4500" % (base + len(data) + 1, leader9, base) + directory + b"\x1e" + data + b"\x1d"


def unimarc(number, items, title="Titre", author=("Dupont", "Jean"), label="50", encode=utf8):
    """A record with 995 fields: dicts of subfield code -> text."""
    fields = [("001", f"{number:09}"), ("100", [("a", f"20200101d2019    m  y0frey{label:<4}    ba")]), ("200", [("a", title)])]
    fields.append(("700", [("a", author[0]), ("b", author[1])]))
    return record(fields + [("995", list(item.items())) for item in items], encode)


def marc21(number, tag, items, title="Title", author="Doe, Jane.", encode=utf8, leader9=b"a"):
    """A record with item fields: lists of (code, text)."""
    fields = [("001", f"{number}"), ("100", [("a", author)]), ("245", [("a", title)])]
    return record(fields + [(tag, item) for item in items], encode, leader9)
