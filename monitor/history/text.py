"""Answers of the history as text: JSON, and CSV for spreadsheets. Made in the archive's thread, as
a large one takes longer than the loop may stand still."""

import csv
import io
import json
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from monitor.history.reader import Answer, Instant, Table
from monitor.model.metric import FLAG
from monitor.model.schema import Schema
from monitor.wire.rows import DIGITS, SHORT, figures, listed, stamps


def figures_json(answer: Answer, start: float, end: float, schema: Schema) -> bytes:
    """The document of `/api/v1/query`."""
    head = json.dumps({"from": start, "to": end, "step": answer.step})
    times = ",".join(stamps(answer.times))
    # Encoded one by one: of all of it there are two copies at a time, and not four.
    series = [_series(answer, name, schema) for name in sorted(answer.columns)]
    first = f'{head[:-1]},"times":[{times}],"series":['.encode()
    return b"".join([first, b",".join(series), b"]}"])


def _series(answer: Answer, name: tuple[str, str, str], schema: Schema) -> bytes:
    family, field, key = name
    metric = schema.metrics.get(f"{family}.{field}")
    unit = metric.unit if metric is not None else None
    head = json.dumps({"metric": f"{family}.{field}", "key": key, "unit": unit})
    columns = answer.columns[name]
    told = f'{head[:-1]},"average":[{listed(columns.average)}]'
    if answer.step:
        told += f',"least":[{listed(columns.least)}],"greatest":[{listed(columns.greatest)}]'
    return f"{told}}}".encode()


def figures_csv(answer: Answer) -> bytes:
    """A row for each time, a column for each series; three where a row stands for several."""
    names = sorted(answer.columns)
    columns: list[tuple[str, array[float]]] = []
    for family, field, key in names:
        title = f"{family}.{field}" + (f"[{key}]" if key else "")
        own = answer.columns[family, field, key]
        columns.append((title, own.average))
        if answer.step:
            columns += [(f"{title} least", own.least), (f"{title} greatest", own.greatest)]
    rows = zip(stamps(answer.times), *(figures(values) for _, values in columns), strict=True)
    # Of figures none has to be quoted.
    told = "".join([f"{','.join(row)}\r\n" for row in rows])
    return _csv(["time", *(title for title, _ in columns)]) + told.encode()


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]] = ()) -> bytes:
    """RFC 4180."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def instant_json(instant: Instant, schema: Schema, may: Callable[[str], bool]) -> bytes:
    """The document of `/api/v1/moment`, in the shape of the stream's: of the metrics that whoever
    asks `may` see."""
    names = {f"{family}.{field}" for family, field, _ in instant.values}
    seen = {name for name in names if may(name)}
    data: dict[str, dict[str, Any]] = {}
    for (family, field, key), value in sorted(instant.values.items()):
        if f"{family}.{field}" not in seen:
            continue
        metric = schema.metrics.get(f"{family}.{field}")
        told = value >= 0.5 if metric is not None and metric.unit == FLAG else _short(value)
        place = data.setdefault(family, {})
        if key:
            place = place.setdefault(key, {})
        place[field] = told
    told_whole = {"time": instant.time, "step": instant.step, "data": data}
    return json.dumps(told_whole, separators=(",", ":")).encode()


def _short(value: float) -> float:
    """Without digits that it does not have."""
    if value.is_integer():
        return int(value)
    return float(f"{value:.{DIGITS}g}") if abs(value) < SHORT else value


def table_json(table: Table) -> bytes:
    """The document of `/api/v1/processes`."""
    processes: Mapping[str, Any] = table.document.get("process", {})
    told = {"time": table.time, "step": table.step, "processes": processes}
    return json.dumps(told, separators=(",", ":")).encode()


def table_csv(table: Table, schema: Schema) -> bytes:
    """A row for each process."""
    processes: Mapping[str, Mapping[str, Any]] = table.document.get("process", {})
    fields = [m.field for m in schema.families["process"].metrics] if processes else []
    rows = (
        [pid, *("" if row.get(f) is None else str(row[f]) for f in fields)]
        for pid, row in processes.items()
    )
    return _csv(["pid", *fields], rows)
