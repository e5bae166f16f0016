"""Templates: autoescaped, strict about what is missing, with the filters that every page uses."""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from console.words import DONE, FIELD_LABEL, MENU, ROLE_LABEL
from core.cases import labels
from core.cases.decisions import LABEL
from core.cases.rules import HANDLER_LABEL, TYPE_LABEL
from core.clock import SHANGHAI

if TYPE_CHECKING:
    from console.visit import Visit

FOLDER = Path(__file__).resolve().parent


def moment(value: dt.datetime | str | None) -> str:
    """An instant in Shanghai, to the minute."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else "—"


def day(value: dt.date | dt.datetime | None) -> str:
    """A date in Shanghai."""
    if isinstance(value, dt.datetime):
        value = value.astimezone(SHANGHAI).date()
    return value.isoformat() if value else "—"


def size(value: int) -> str:
    """Bytes in words."""
    if value < 1024:
        return f"{value} 字节"
    return f"{value / 1024:.0f} KB" if value < 1 << 20 else f"{value / (1 << 20):.1f} MB"


def pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    """Options of a choice whose values are shown as they are."""
    return [(value, value) for value in values]


def named(values: Iterable[str], words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Options of a choice with their Chinese names; what has none keeps its own."""
    return [(value, words.get(value, value)) for value in values]


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": moment, "day": day, "size": size, "query": urlencode}
    made.globals |= {
        "MENU": MENU, "ROLE": ROLE_LABEL, "FIELD": FIELD_LABEL,
        "STATUS": HANDLER_LABEL, "TYPE": TYPE_LABEL, "MOVE": labels.MOVE_LABEL,
        "OFFICE": labels.OFFICE_LABEL, "DETAIL": labels.ALL_DETAILS | LABEL, "CORRECTION": labels.CORRECTION_STATE,
        "CHECK_STATE": labels.CHECK_STATE, "pairs": pairs, "named": named,
    }  # fmt: skip
    return made


_pages = _environment()


def render(visit: "Visit", template: str, status: int, values: Mapping[str, Any]) -> Response:
    """A page out of a template. The message after a POST comes from a fixed list, never from the address."""
    told = DONE.get(visit.query.get("done", ""), "")
    text = _pages.get_template(template).render(visit=visit, told=told, **values)
    return HTMLResponse(text, status)
