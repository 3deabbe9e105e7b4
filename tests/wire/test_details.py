"""Whatever stands in the details of a process, what is sent of it can be encoded and read."""

import json
from typing import Any

import pytest

from monitor.wire.details import MAX_DEPTH, cleaned


def test_every_text_and_every_key_is_cleaned_however_deep() -> None:
    rude = "\udcff\x1b[2J\n"
    told = cleaned({rude: [rude, {"a": [{rude: rude}]}], "n": (1, 2.5, None, True)})
    fit = "\\xff\\x1b[2J\\x0a"
    assert told == {fit: [fit, {"a": [{fit: fit}]}], "n": [1, 2.5, None, True]}
    json.dumps(told, ensure_ascii=False).encode()


def test_what_is_fit_stays_as_it_is() -> None:
    document = {"name": "<img onerror=x>", "__proto__": "=1+1", "of": {"pid": 1}, "none": None}
    assert cleaned(document) == document
    assert cleaned(document) is not document


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else "x"


def test_what_is_nested_too_deep_is_refused_and_what_is_just_deep_is_not() -> None:
    assert cleaned(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(ValueError, match="deeper"):
        cleaned(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("odd", [b"bytes", {1: "x"}, {"x": {1}}, object()])
def test_what_json_does_not_have_is_refused(odd: object) -> None:
    with pytest.raises(TypeError):
        cleaned(odd)
