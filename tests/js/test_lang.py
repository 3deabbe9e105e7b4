"""Every text of the page is in every language; and every text is one that can be translated."""

import json
import re
from pathlib import Path

import pytest

from tests.support import words

ROOT = Path(__file__).parents[2]
LANGUAGES = ("de", "zh")
PLACE = re.compile(r"\{\w+\}")
# Where the words are told apart from their keys.
SELF = "lang.js"
# A text for people: a capital letter and more, or words with blanks between them.
TEXT = re.compile(r"^[^\w]*[A-Z][a-z]{2,}|[a-z]{2,} [a-z]{2,} [a-z]{2,}|[a-z]{3,} [a-z]+[.:]")
# What looks like one and is none: names of keys, of headers, and of what the code speaks to.
_KEYS = ("End", "Enter", "Escape", "Home", "PageDown", "PageUp", "Tab")
NAMES = frozenset(["Accept", *_KEYS, *(f"Arrow{way}" for way in ("Down", "Left", "Right", "Up"))])
# Names of languages are in that language; the others are for who writes, or keys of a keyboard.
UNTRANSLATED = {
    "settings/dialog.js": {"English", "Deutsch"},
    "dom.js": {"the page has no #"},
    "help.js": {"↑ ↓ Enter"},
    "stream.js": {"monitor: a message that is not JSON"},
    "settings/kiosk.js": {"another protocol"},
    "chart_paint.js": {"size of figures"},
}


def keys() -> set[str]:
    found = {key for name, each in words.scripts(ROOT).items() for key in each.keys if name != SELF}
    for path in (ROOT / "templates").glob("*.html"):
        # Who has not signed in has no script.
        if path.name != "login.html":
            found |= words.template(path.read_text(encoding="utf-8"))
    return found


def language(name: str) -> dict[str, str]:
    text = (ROOT / "static" / "lang" / f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


@pytest.mark.parametrize("name", LANGUAGES)
def test_no_language_lacks_a_text_or_has_one_too_many(name: str) -> None:
    known, wanted = language(name), keys()
    lacking = dict.fromkeys(sorted(wanted - known.keys()), "")
    assert not lacking, f"static/lang/{name}.json lacks {json.dumps(lacking, ensure_ascii=False)}"
    assert not sorted(known.keys() - wanted), "nobody says these any more"
    assert list(known) == sorted(known), "in order, so that each is found"


@pytest.mark.parametrize("name", LANGUAGES)
def test_each_text_has_the_places_that_it_has_in_english(name: str) -> None:
    for key, text in language(name).items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(key)), key
        assert text.strip(), key


def test_english_has_no_file_and_others_are_of_use() -> None:
    files = sorted(path.stem for path in (ROOT / "static" / "lang").iterdir())
    assert files == sorted(LANGUAGES)
    choice = (ROOT / "static" / "js" / "settings" / "choice.js").read_text(encoding="utf-8")
    assert 'language: ["system", "en", "de", "zh"]' in choice
    for name in LANGUAGES:
        same = [key for key, text in language(name).items() if key == text]
        assert len(same) < len(language(name)) / 5, same


def test_every_key_is_seen() -> None:
    unseen = {
        name: each.unseen
        for name, each in words.scripts(ROOT).items()
        if each.unseen and name != SELF
    }
    assert not unseen, "t() and plural() take their texts as they stand, or nobody can collect them"


def test_no_text_for_people_is_left_in_english() -> None:
    left = [
        f"static/js/{name}:{line}: {text!r}"
        for name, each in words.scripts(ROOT).items()
        for line, text in each.literals
        if TEXT.search(text) and text not in NAMES and text not in UNTRANSLATED.get(name, ())
    ]
    assert not left, "these should be t(…)"


SOURCES = {
    'x = t("One");': ({"One"}, [], []),
    'x = t("One " + "two {n}", { n: a(1, 2) });': ({"One two {n}"}, [], []),
    'plural(f(a, [b, 1]), "one", "{n} of them", { n });': ({"one", "{n} of them"}, [], []),
    "t(name); object.t(\"Not one\"); // t('Nor this')": (set(), [1], ["Not one"]),
    'a = `${t("In")} ${b ? `${t("Deep")}` : "Bare"}`; /t("no")/.test(a);': (
        {"In", "Deep"},
        [],
        [" ", "", "", "Bare", "", ""],
    ),
    'import { a } from "./Path.js"; c = a / 2 / 3; d = t("After");': ({"After"}, [], []),
    't(a ? "One" : "Two");': (set(), [1], ["One", "Two"]),
}


@pytest.mark.parametrize("source", SOURCES)
def test_what_a_script_says_is_found(source: str) -> None:
    found = words.said(source)
    wanted, unseen, literals = SOURCES[source]
    assert (found.keys, found.unseen) == (wanted, unseen)
    assert sorted(text for _, text in found.literals) == sorted(literals)


def test_what_a_template_says_is_found() -> None:
    page = (
        '<main title="A title"><p>uses <b data-figure="x">Data</b> of a\n core{# no #}</p>'
        "<noscript><p>Not this</p></noscript>{% if a %}<p>And {{ this }}that</p>{% endif %}</main>"
    )
    assert words.template(page) == {"A title", "uses {1} of a core", "And that"}


@pytest.mark.parametrize("text", ["Nothing was read", "no process answers", "Close", "⚠ Stopped"])
def test_a_text_for_people_is_known_by_its_looks(text: str) -> None:
    assert TEXT.search(text) and text not in NAMES


@pytest.mark.parametrize("text", ["panel drawer", "process-row", "bytes/s", "E", "aria-label", "B"])
def test_other_strings_are_not_taken_for_one(text: str) -> None:
    assert not TEXT.search(text)
