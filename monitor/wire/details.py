"""The details of a process, made fit to be sent: its texts are anybody's."""

from typing import Any

from monitor.wire.text import clean

# The details are four deep; what lies deeper is not of ours.
MAX_DEPTH = 8


def cleaned(document: Any, depth: int = MAX_DEPTH) -> Any:
    """The same, with every text and every key cleaned; tuples become lists, as in JSON.

    Raises TypeError for what JSON does not have, and ValueError where it is nested too deep.
    """
    if isinstance(document, str):
        return clean(document)
    if document is None or isinstance(document, bool | int | float):
        return document
    if depth <= 0:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(document, dict):
        return {clean(_key(key)): cleaned(value, depth - 1) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [cleaned(value, depth - 1) for value in document]
    raise TypeError(f"a {type(document).__name__} in a document")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key that is a {type(key).__name__}")
    return key
