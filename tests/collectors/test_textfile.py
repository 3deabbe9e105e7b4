"""The directory of users' own metrics: a broken file is told of, and harms nothing."""

import os
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as oracle

from monitor.collectors import textfile, textfile_format
from monitor.collectors.textfile import TextfileResult, Textfiles, read_textfiles
from monitor.collectors.textfile_format import ParsedFamily
from tests.collectors.sources import on_linux
from tests.prometheus.servers import eventually, fetch, node_exporter, with_node_exporter

GOOD = "# HELP good It is good\n# TYPE good gauge\ngood 1\n"


def write(at: Path, **files: str) -> Path:
    for name, text in files.items():
        (at / f"{name}.prom").write_text(text, encoding="utf-8")
    return at


def values(result: TextfileResult) -> dict[str, str]:
    """What is there, by name and labels."""
    return {
        name + "".join(f" {k}={v}" for k, v in labels): value
        for family in result.families
        for name, labels, value in family.samples
    }


def faults(result: TextfileResult) -> dict[str, str]:
    """Why a file was complained of, by the last part of its name."""
    assert len({path for path, _ in result.errors}) == len(result.errors)
    return {os.path.basename(path): why for path, why in result.errors}


def test_the_metrics_of_all_files_are_there(tmp_path: Path) -> None:
    result = read_textfiles(write(tmp_path, a=GOOD, b='plain{x="y"} 2\n'), ())
    assert values(result) == {"good": "1", "plain x=y": "2"}
    assert not result.errors
    told = {str(tmp_path / f"{n}.prom"): (tmp_path / f"{n}.prom").stat().st_mtime for n in "ab"}
    assert result.mtimes == told


def test_each_says_what_it_is_or_where_it_is_from(tmp_path: Path) -> None:
    result = read_textfiles(write(tmp_path, a=GOOD, b="plain 2\n", c='plain{x="y"} 3\n'), ())
    helps = {family.name: family.help for family in result.families}
    assert helps == {
        "good": "It is good",
        "plain": f"Metric read from {tmp_path}/b.prom, {tmp_path}/c.prom",
    }


def test_only_files_of_that_name_are_read(tmp_path: Path) -> None:
    for name in ("a.prom.tmp", "a.txt", "prom", "a.PROM"):
        (tmp_path / name).write_text(GOOD)
    assert read_textfiles(tmp_path, ()) == TextfileResult()


@pytest.mark.parametrize("broken", ["good", "good 1 1763850000\n", "x" * 100, "good {} {} 1\n"])
def test_a_broken_file_harms_no_other(tmp_path: Path, broken: str) -> None:
    result = read_textfiles(write(tmp_path, a=broken, b=GOOD, c=broken), ())
    assert values(result) == {"good": "1"}
    assert faults(result).keys() == {"a.prom", "c.prom"}
    assert result.mtimes.keys() == {str(tmp_path / "b.prom")}


def test_bytes_that_are_no_text_are_told_of_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a.prom").write_bytes(b'a 1\nb{c="\xff"} 1\n')
    assert faults(read_textfiles(tmp_path, ())) == {"a.prom": "line 2: it is not UTF-8"}


def test_names_of_files_are_whatever_they_are(tmp_path: Path) -> None:
    names = [b"__proto__.prom", b"a\xff\n\x1b[2J.prom", b"<img>.prom"]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(f"m{number} 1\n")
    result = read_textfiles(tmp_path, ())
    assert values(result) == {"m0": "1", "m1": "1", "m2": "1"}


def test_the_program_s_own_names_are_not_to_be_had(tmp_path: Path) -> None:
    write(tmp_path, a="node_load1 99\nmine 1\n", b="node_textfile_scrape_error 0\n")
    write(tmp_path, c='# TYPE node histogram\nnode_bucket{le="1"} 1\nnode_sum 1\nnode_count 1\n')
    result = read_textfiles(tmp_path, {"node_load1", "node_count"})
    assert values(result) == {"mine": "1"}
    assert faults(result) == {
        "a.prom": "node_load1 is a metric of this program",
        "b.prom": "node_textfile_scrape_error is a metric of this program",
        "c.prom": "node_count is a metric of this program",
    }


def test_of_what_two_files_claim_the_first_counts(tmp_path: Path) -> None:
    write(tmp_path, a=GOOD, b='# TYPE good gauge\ngood 2\ngood{x="y"} 3\n')
    result = read_textfiles(tmp_path, ())
    assert values(result) == {"good": "1", "good x=y": "3"}
    assert faults(result) == {"b.prom": "another file has good with such labels"}


def test_a_type_is_the_first_file_s(tmp_path: Path) -> None:
    result = read_textfiles(write(tmp_path, a=GOOD, b='# TYPE good counter\ngood{x="y"} 3\n'), ())
    assert values(result) == {"good": "1"}
    assert faults(result) == {"b.prom": "good is a gauge in another file"}


def test_a_word_on_it_is_the_first_file_s(tmp_path: Path) -> None:
    again = GOOD.replace("It is good", "Is it").replace("good 1", 'good{x="y"} 3')
    result = read_textfiles(write(tmp_path, a=GOOD, b=again), ())
    assert values(result) == {"good": "1", "good x=y": "3"}
    assert [family.help for family in result.families] == ["It is good"]
    assert faults(result) == {"b.prom": "another file says what good is"}


def test_a_name_that_is_a_part_of_another_file_s_is_not_to_be_had(tmp_path: Path) -> None:
    summary = "# TYPE wait summary\nwait_sum 1\nwait_count 2\n"
    result = read_textfiles(write(tmp_path, a=summary, b="wait_count 5\nother 1\n"), ())
    assert values(result) == {"wait_sum": "1", "wait_count": "2", "other": "1"}
    assert faults(result) == {"b.prom": "wait_count is a part of wait in another file"}
    (tmp_path / "a.prom").rename(tmp_path / "c.prom")
    result = read_textfiles(tmp_path, ())
    assert values(result) == {"wait_count": "5", "other": "1"}


@pytest.mark.parametrize("kind", ["directory", "pipe", "device", "dangling"])
def test_what_is_no_file_is_told_of_and_holds_nobody_up(tmp_path: Path, kind: str) -> None:
    write(tmp_path, b=GOOD)
    odd = tmp_path / "a.prom"
    if kind == "directory":
        odd.mkdir()
    elif kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to("/dev/zero" if kind == "device" else tmp_path / "nothing")
    result = read_textfiles(tmp_path, ())
    assert values(result) == {"good": "1"}
    assert faults(result).keys() == {"a.prom"}


def test_nor_does_one_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, flags: int) -> int:
        if path.endswith("a.prom"):
            raise PermissionError(13, "Permission denied", path)
        return really(path, flags)

    really = os.open
    with monkeypatch.context() as as_nobody:
        as_nobody.setattr(os, "open", refuse)
        result = read_textfiles(write(tmp_path, a=GOOD, b="b 1\n"), ())
    assert values(result) == {"b": "1"}
    assert faults(result) == {"a.prom": "Permission denied"}


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").write_text(GOOD)
    (tmp_path / "a.prom").symlink_to("real")
    assert values(read_textfiles(tmp_path, ())) == {"good": "1"}


@pytest.mark.parametrize("name", ["nothing", "a file"])
def test_a_directory_that_is_none_is_told_of(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").write_text("x")
    result = read_textfiles(tmp_path / name, ())
    assert [path for path, _ in result.errors] == [str(tmp_path / name)]
    assert not result.families


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, b=GOOD)
    with (tmp_path / "a.prom").open("wb") as file:
        file.truncate(100 << 20)
    result = read_textfiles(tmp_path, ())
    assert values(result) == {"good": "1"}
    assert faults(result) == {"a.prom": "it is larger than 1 MiB"}


@on_linux
def test_nor_is_one_that_turns_out_to_be_huge(tmp_path: Path) -> None:
    """The kernel's list of names says that it is empty, and has some 10 MB."""
    names = Path("/proc/kallsyms")
    if not names.exists() or len(names.read_bytes()) <= textfile.MAX_BYTES:
        pytest.skip("this kernel has no such list")
    (tmp_path / "a.prom").symlink_to(names)
    assert faults(read_textfiles(tmp_path, ())) == {"a.prom": "it is larger than 1 MiB"}


def test_all_files_together_are_bounded(tmp_path: Path) -> None:
    line = "# " + "x" * 997 + "\n"
    text = line * 500
    write(tmp_path, a=f"{text}a 1\n", b=f"{text}b 1\n", c=f"{text}c 1\n", d="d 1\n")
    result = read_textfiles(tmp_path, ())
    assert values(result) == {"a": "1", "b": "1", "d": "1"}
    assert faults(result) == {"c.prom": "all files together are larger than 1 MiB"}


def test_so_are_their_samples(tmp_path: Path) -> None:
    def lines(name: str, count: int) -> str:
        return "".join(f'{name}{{n="{n}"}} 1\n' for n in range(count))

    most = textfile.MAX_SAMPLES
    write(
        tmp_path, a=lines("a", most - 5), b=lines("b", 6), c=lines("c", 5), d=lines("d", most + 1)
    )
    result = read_textfiles(tmp_path, ())
    assert {family.name: len(family.samples) for family in result.families} == {
        "a": most - 5,
        "c": 5,
    }
    assert faults(result) == {
        "b.prom": f"all files together have more than {most} samples",
        "d.prom": f"line {most + 1}: it has more than {most} samples",
    }


def test_so_is_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textfile, "MAX_FILES", 2)
    result = read_textfiles(write(tmp_path, a="a 1\n", b="b 1\n", c="c 1\n"), ())
    assert values(result) == {"a": "1", "b": "1"}
    assert [path for path, _ in result.errors] == [str(tmp_path)]


def test_a_file_that_has_not_changed_is_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def note(text: str, most: int) -> list[ParsedFamily]:
        parsed.append(text)
        return textfile_format.parse(text, most)

    monkeypatch.setattr(textfile, "parse", note)
    more = '# TYPE good gauge\ngood{x="y"} 2\n'
    files = Textfiles(write(tmp_path, a=GOOD, b="broken", c=more))
    first = files.read(())
    assert values(files.read(())) == values(first) == {"good": "1", "good x=y": "2"}
    assert files.read(()) is first, "nothing is put together again"
    assert len(parsed) == 3
    write(tmp_path, b="mended 1\n")
    assert values(files.read(()))["mended"] == "1"
    (tmp_path / "a.prom").unlink()
    assert "good" not in values(files.read(()))


@on_linux
@with_node_exporter
def test_node_exporter_finds_the_same(tmp_path: Path) -> None:
    write(tmp_path, a=GOOD, b='plain{x="y",z="a\\\\b\\"c\\nd"} 2.5\nplain{x=""} NaN\n', c="broken")
    write(tmp_path, d='# TYPE w summary\nw{quantile="0.5"} 1\nw_sum 2\nw_count 3\n')
    write(tmp_path, e="late 1 1763850000000\n", f='# TYPE j_total counter\nj_total{q="1"} 1e3\n')
    flags = ("--collector.disable-defaults", "--collector.textfile")
    where = f"--collector.textfile.directory={tmp_path}"
    with node_exporter(tmp_path, "--web.disable-exporter-metrics", *flags, where) as address:
        page = eventually(lambda: fetch(address), address)
    wanted = {
        (sample.name, frozenset(pair for pair in sample.labels.items() if pair[1])): sample.value
        for family in oracle(page)
        for sample in family.samples
        if not sample.name.startswith(("node_exporter_", "node_scrape_", "promhttp_"))
    }
    result = read_textfiles(tmp_path, ())
    found = {
        (name, frozenset(pair for pair in labels if pair[1])): float(value)
        for family in result.families
        for name, labels, value in family.samples
    }
    mtimes = {
        (textfile.MTIME, frozenset({("file", path)})): int(mtime)
        for path, mtime in result.mtimes.items()
    }
    errors = {(textfile.SCRAPE_ERROR, frozenset[tuple[str, str]]()): float(bool(result.errors))}
    assert found | mtimes | errors == pytest.approx(wanted, nan_ok=True)
    types = {family.name: f"# TYPE {family.name} {family.type}\n" for family in result.families}
    assert all(line in page for line in types.values())
    assert faults(result).keys() == {"c.prom", "e.prom"}
