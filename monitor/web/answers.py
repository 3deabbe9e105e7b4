"""What good answers of the API look like: JSON Schema, of the dialect of OpenAPI 3.1."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TIME: Schema = {"type": "number", "description": "Unix seconds"}
_FIGURES: Schema = {
    "type": "array",
    "items": {"type": ["number", "null"]},
    "description": "One for each of `times`; null where nothing was",
}


def obj(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object of these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def array(items: Schema) -> Schema:
    """Any number of them."""
    return {"type": "array", "items": items}


def nullable(kind: str, description: str) -> Schema:
    """That, or null where it is not known."""
    return {"type": [kind, "null"], "description": description}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}

QUERY = obj(
    {
        "from": TIME,
        "to": TIME,
        "step": {**NUMBER, "description": "Seconds that a point stands for; 0 is as recorded"},
        "times": array(TIME),
        "series": array(
            obj(
                {
                    "metric": TEXT,
                    "key": {**TEXT, "description": "What it is of; empty where it is of all"},
                    "unit": nullable("string", "As in docs/METRICS.md"),
                    "average": _FIGURES,
                },
                {"least": _FIGURES, "greatest": _FIGURES},
            )
        ),
    }
)
MOMENT = obj(
    {
        "time": TIME,
        "step": {**NUMBER, "description": "Seconds that it stands for; 0 is as recorded"},
        "data": {
            "type": "object",
            "description": "Figures by family and field, or by family, key and field",
            "additionalProperties": {"type": "object"},
        },
    }
)
PROCESSES = obj(
    {
        "time": TIME,
        "step": {**NUMBER, "description": "Seconds that it stands for"},
        "processes": {
            "type": "object",
            "description": "By PID; the fields are those of the topic `processes`",
            "additionalProperties": {"type": "object"},
        },
    }
)
METRICS = obj(
    {
        "metrics": array(
            obj(
                {
                    "name": TEXT,
                    "unit": nullable("string", "Null where this version does not have the metric"),
                    "kind": nullable("string", "gauge, rate, share or info"),
                    "help": nullable("string", "What it is"),
                    "keys": array(TEXT),
                },
                {"topic": TEXT},
            )
        )
    }
)
_PARTS = array(
    obj(
        {
            "step": NUMBER,
            "from": nullable("number", "Unix time of the oldest"),
            "bytes": {"type": "integer"},
            "keeps": {**NUMBER, "description": "Seconds until it is too old"},
            "fits": nullable("number", "Seconds for which the size suffices on this machine"),
        }
    )
)
HISTORY = obj(
    {
        "state": {"type": "string", "enum": ["ok", "degraded", "off"]},
        "reason": nullable("string", "Why it is not ok"),
        "lost": {"type": "integer", "description": "Ticks that could not be kept"},
        "limit": {"type": "integer", "description": "Bytes that it takes at most"},
    },
    {
        "from": nullable("number", "Unix time of the oldest"),
        "until": nullable("number", "Unix time of the newest"),
        "bytes": {"type": "integer"},
        "tiers": _PARTS,
        "processes": _PARTS,
    },
)
PROBLEM = obj(
    {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": {**TEXT, "description": "What is the matter, in one sentence"},
    },
    {"parameter": {**TEXT, "description": "The parameter that it is about"}},
)
