"""What is kept of a password."""

import pytest

from monitor.auth import password

WORD = "correct horse"


def test_a_hash_is_of_one_password_and_survives_the_file() -> None:
    made = password.of(WORD)
    kept = password.parse(made.text)
    assert kept == made and WORD not in made.text
    assert kept.fits(WORD)
    for other in ("", "correct hors", "correct horse ", "Correct horse", "\ud800"):
        assert not kept.fits(other)


def test_two_hashes_of_one_password_have_nothing_in_common() -> None:
    first, second = password.of(WORD), password.of(WORD)
    assert first.salt != second.salt and first.digest != second.digest


def test_it_takes_what_owasp_asks_for() -> None:
    # Password Storage Cheat Sheet: N = 2**14, r = 8, p = 5 is one of its choices.
    made = password.of(WORD)
    assert (made.log_n, made.r, made.p) == (14, 8, 5)
    assert len(made.salt) == 16 and len(made.digest) == 32


def test_how_a_keyboard_makes_a_letter_does_not_matter() -> None:
    assert password.of("caf\u00e9 noir").fits("cafe\u0301 noir")


def test_nobodys_hash_costs_the_same_and_fits_nothing() -> None:
    nobody, made = password.of_nobody(), password.of(WORD)
    assert (nobody.log_n, nobody.r, nobody.p) == (made.log_n, made.r, made.p)
    assert not nobody.fits("") and not nobody.fits(WORD)


def test_a_hash_is_not_shown() -> None:
    made = password.of(WORD)
    assert repr(made.digest) not in repr(made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        WORD,
        "$scrypt$ln=14,r=8,p=5$$",
        "$scrypt$ln=14,r=8,p=5$a$b",
        "$scrypt$ln=40,r=8,p=5$AAAA$AAAA",
        "$scrypt$ln=14,r=99,p=5$AAAA$AAAA",
        "$scrypt$ln=0,r=8,p=5$AAAA$AAAA",
        "$argon2id$v=19$m=65536,t=3,p=4$AAAA$AAAA",
    ],
)
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hash"):
        password.parse(text)
