"""Users' own metrics: what is right is read as Prometheus reads it, the rest is refused."""

import itertools
import math
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest
from prometheus_client.parser import text_string_to_metric_families as oracle

from monitor.clock import SystemClock
from monitor.collectors.textfile_format import ParsedFamily, parse

WHOLE = """\
# HELP backup_seconds How long it \\\\ took,\\nin seconds
# TYPE backup_seconds gauge
backup_seconds{host="a",path="C:\\\\DIR\\\\",say="\\"hi\\"\\n{},=#"} 12.5
backup_seconds { host = "b" , } -Inf
\t backup_seconds\t{}\t NaN\t
# A remark, and one without words:
#
# TYPE jobs_total counter
jobs_total 1027

no_type{empty=""} +1.5e-09
# TYPE size histogram
# HELP size Sizes
size_bucket{le="1"} 3
size_bucket{le="+Inf"} 7
size_sum 21.5
size_count 7
# TYPE wait summary
wait{quantile="0.5"} 4
wait_sum 9
wait_count 2
"""


def samples(families: list[ParsedFamily]) -> Iterator[tuple[str, dict[str, str], float]]:
    for family in families:
        for name, labels, value in family.samples:
            yield name, dict(labels), float(value)


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def check(text: str) -> None:
    """That Prometheus' own parser for Python finds the same."""
    found = list(samples(parse(text)))
    wanted = [
        (sample.name, sample.labels, sample.value)
        for family in oracle(text)
        for sample in family.samples
    ]
    assert len(found) == len(wanted)
    for (name, labels, value), (name_2, labels_2, value_2) in zip(found, wanted, strict=True):
        assert (name, labels) == (name_2, labels_2)
        assert same(value, value_2)


def test_everything_that_the_format_has_is_read() -> None:
    found = {family.name: family for family in parse(WHOLE)}
    assert {name: family.type for name, family in found.items()} == {
        "backup_seconds": "gauge",
        "jobs_total": "counter",
        "no_type": "untyped",
        "size": "histogram",
        "wait": "summary",
    }
    assert found["backup_seconds"].help == "How long it \\ took,\nin seconds"
    assert found["jobs_total"].help is None
    assert found["backup_seconds"].samples == [
        (
            "backup_seconds",
            (("host", "a"), ("path", "C:\\DIR\\"), ("say", '"hi"\n{},=#')),
            "12.5",
        ),
        ("backup_seconds", (("host", "b"),), "-Inf"),
        ("backup_seconds", (), "NaN"),
    ]
    assert [name for name, _, _ in found["size"].samples] == [
        "size_bucket",
        "size_bucket",
        "size_sum",
        "size_count",
    ]
    assert found["size"].names == {"size", "size_bucket", "size_sum", "size_count"}
    assert found["wait"].names == {"wait", "wait_sum", "wait_count"}


def test_prometheus_own_parser_finds_the_same() -> None:
    check(WHOLE.replace("\t backup_seconds\t{}\t NaN\t", "backup_seconds{} NaN"))


def test_what_prometheus_own_library_writes_is_read() -> None:
    registry = CollectorRegistry()
    Gauge("temperature", 'In "°C"\\', ["room"], registry=registry).labels('a"b\\c\nd').set(21.5)
    Counter("doors", "Opened", registry=registry).inc(3)
    Summary("wait", "Waits", ["who"], registry=registry).labels("x").observe(2)
    Histogram("size", "Sizes", ["of"], registry=registry).labels("y").observe(7)
    text = generate_latest(registry).decode()
    check(text)
    found = {family.name: family.type for family in parse(text)}
    assert found == {
        "temperature": "gauge",
        "doors_total": "counter",
        "doors_created": "gauge",
        "wait": "summary",
        "wait_created": "gauge",
        "size": "histogram",
        "size_created": "gauge",
    }


PIECES = ["a", "_x:y", "{", "}", 'l="v"', ",", " ", "\t", "1", "-2.5e3", "NaN", '"', "\\", "#", "é"]


def test_no_line_is_read_otherwise_than_prometheus_reads_it() -> None:
    """All lines of five pieces that both take are the same to both; the oracle takes more."""
    taken = 0
    for pieces in itertools.product(PIECES, repeat=5):
        line = "".join(pieces)
        try:
            found = list(samples(parse(f"{line}\n")))
        except ValueError:
            continue
        wanted = [s for family in oracle(f"{line}\n") for s in family.samples]
        assert [(n, labels) for n, labels, _ in found] == [(s.name, s.labels) for s in wanted], line
        assert all(same(f[2], s.value) for f, s in zip(found, wanted, strict=True)), line
        taken += bool(found)
    assert taken > 100


@pytest.mark.parametrize("text", ["", "\n", "# only words\n", "# HELP a b\n# TYPE a gauge\n"])
def test_a_text_without_samples_has_none(text: str) -> None:
    assert parse(text) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+Inf", "+Inf"),
        ("inf", "+Inf"),
        ("-Infinity", "-Inf"),
        ("nan", "NaN"),
        ("18446744073709551616", "18446744073709551616"),
        ("1.", "1."),
        (".5", ".5"),
        ("1E3", "1E3"),
        ("-0", "-0"),
    ],
)
def test_a_number_stays_as_it_was_written(value: str, shown: str) -> None:
    assert parse(f"a {value}\n")[0].samples == [("a", (), shown)]


WRONG = {
    "half written": ("a 1\nb 2", "last line does not end"),
    "half a line": ('a{b="c', "last line does not end"),
    "timestamp": ("a 1 1763850000000\n", "timestamp"),
    "no value": ("a\n", "no sample"),
    "no number": ("a one\n", "no number"),
    "hexadecimal": ("a 0x10\n", "no number"),
    "underscores": ("a 1_000\n", "no number"),
    "other digits": ("a \u0661\n", "no number"),
    "too large": ("a 1e999\n", "too large"),
    "windows": ("a 1\r\n", "no number"),
    "more words": ("a 1 2 3\n", "no sample"),
    "name": ("1a 1\n", "no sample"),
    "name of bytes": ("a\udcff 1\n", "no sample"),
    "quoted name": ('{"a.b"} 1\n', "no sample"),
    "open braces": ('a{b="c" 1\n', "no sample"),
    "open quotes": ('a{b="c} 1\n', "no sample"),
    "no quotes": ("a{b=c} 1\n", "no label"),
    "no comma": ('a{b="c"d="e"} 1\n', "no label"),
    "two commas": ('a{b="c",,d="e"} 1\n', "no label"),
    "only a comma": ("a{,} 1\n", "no label"),
    "escape": ('a{b="\\x"} 1\n', "no label"),
    "label": ('a{1b="c"} 1\n', "no label"),
    "label with a colon": ('a{b:c="d"} 1\n', "no label"),
    "label twice": ('a{b="c",b="d"} 1\n', "two labels"),
    "its own name": ('a{__name__="c"} 1\n', "__name__"),
    "sample twice": ('a{b="c",d="e"} 1\na{d="e",b="c"} 1\n', "twice with the same labels"),
    "twice, with no label": ('a 1\na{b=""} 1\n', "twice with the same labels"),
    "type": ("# TYPE a number\na 1\n", "no type"),
    "no type": ("# TYPE a\na 1\n", "no type"),
    "type twice": ("# TYPE a gauge\n# TYPE a gauge\na 1\n", "come first, and once"),
    "type late": ("a 1\n# TYPE a gauge\n", "come first, and once"),
    "help twice": ("# HELP a b\n# HELP a b\n", "says twice"),
    "help of no name": ("# HELP 1a b\n", "no name"),
    "histogram": ("# TYPE a histogram\na 1\n", "no place in a histogram"),
    "bucket": ('# TYPE a histogram\na_bucket{lt="1"} 1\n', "no place in a histogram"),
    "summary": ("# TYPE a summary\na 1\n", "no place in a summary"),
}


@pytest.mark.parametrize(("text", "why"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(f"ok 1\n{text}")


def test_the_reason_names_the_line_and_is_short() -> None:
    with pytest.raises(ValueError, match=r"^line 3: ") as refused:
        parse("a 1\n# fine\nb " + "\x1b[2J\n"[:-1] * 100_000 + "\n")
    assert len(str(refused.value)) < 400
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "line",
    ['a{b="' + "\\" * 200_001, "a{" + 'b="c",' * 50_000, "a{" + "{" * 200_000, '"' * 200_001],
    ids=["backslashes", "labels", "braces", "quotes"],
)
def test_a_line_that_is_made_to_be_hard_takes_no_longer(line: str) -> None:
    clock = SystemClock()
    began = clock.monotonic()
    with pytest.raises(ValueError, match="line 1"):
        parse(f"{line}\n")
    assert clock.monotonic() - began < 5
