"""Whatever somebody named a process, a mount or a device, it can be shown, sent and logged."""

import json
import tracemalloc
import unicodedata

import pytest

from monitor.wire.text import clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("eth0", "eth0"),
        ("Straße Ελλάδα 日本 🙂", "Straße Ελλάδα 日本 🙂"),
        ("\udcff\udcfe", "\\xff\\xfe"),  # bytes that are not UTF-8, as Python hands them over
        ("\udc80", "\\x80"),
        ("\ud800", "\\ud800"),
        ("\udc00\udfff", "\\udc00\\udfff"),
        ("\ud83d\ude00", "\\ud83d\\ude00"),  # two lone surrogates do not make one character
        ("\x1b[2J\x1b]0;root\x07", "\\x1b[2J\\x1b]0;root\\x07"),
        ("ok\n2026-01-01 ERROR all is lost", "ok\\x0a2026-01-01 ERROR all is lost"),
        ("a\r\nb\tc\0", "a\\x0d\\x0ab\\x09c\\x00"),
        ("\x7f\x80\x85\x9f", "\\x7f\\x80\\x85\\x9f"),
        ("a\u2028b\u2029c", "a\\u2028b\\u2029c"),
        ("\u202egpj.exe\u202c", "\\u202egpj.exe\\u202c"),
        ("\u2066x\u2069\u200e\u200f\u061c", "\\u2066x\\u2069\\u200e\\u200f\\u061c"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),  # data, not markup
        ("__proto__", "__proto__"),
        ("a) b (c", "a) b (c"),
        ("\xa0", "\xa0"),
    ],
    ids=ascii,
)
def test_what_cannot_be_shown_as_itself_is_escaped(text: str, shown: str) -> None:
    assert clean(text) == shown


ENOUGH_BYTES = 500_000

# Unicode's property Bidi_Control, which `unicodedata` does not know (PropList.txt).
BIDI_CONTROLS = [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


def test_no_character_at_all_gets_through_that_moves_breaks_or_cannot_be_encoded() -> None:
    unfit = {"Cc", "Cs", "Zl", "Zp"}
    for code in range(0x110000):
        character = chr(code)
        shown = clean(character)
        if unicodedata.category(character) in unfit or code in BIDI_CONTROLS:
            assert shown.isascii(), hex(code)
            assert shown.isprintable(), hex(code)
            assert shown.startswith("\\"), hex(code)
        else:
            assert shown == character, hex(code)


def test_what_is_clean_stays_as_it_is_and_can_be_sent() -> None:
    text = clean("".join(map(chr, [*range(0x300), *range(0xD800, 0xE000), 0x202E, 0x2028])))
    assert clean(text) == text
    assert json.loads(json.dumps(text, ensure_ascii=False).encode()) == text
    assert len(text.splitlines()) == 1


def test_nobody_can_fill_the_memory_with_texts() -> None:
    tracemalloc.start()
    try:
        for n in range(100):
            clean("x" * 60_000 + str(n))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < ENOUGH_BYTES
