"""`chengyao cases …`: one command for each move of the transition table, and what reads cases."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cases.labels import ALL_DETAILS, MOVE_LABEL
from core.cases.rules import TRANSITIONS, Role

app = typer.Typer(no_args_is_help=True, help="申请：查看、办理、导出卷宗")
_DECISION = (
    "outcome", "body", "date", "reference", "reason", "clause", "procedure_reference", "scope", "form", "wording",
    "agreed_on", "explanation", "correction_reason", "correction_demand", "correction_due", "influence_until",
)  # fmt: skip
_MORE = {
    "accept": ("time", "place"),
    "propose": ("time", "place"),
    "counter": ("time",),
    "transfer": ("office",),
    "decide": _DECISION,
    "answer": ("text",),
    "supplement": ("text",),
}
_HALVES = {"enter": _DECISION, "confirm": (), "reject": ("reason",)}
_HELP = MOVE_LABEL | {
    "decide": "录入认定并由第二人确认",
    "enter": "录入认定，等待第二人确认",
    "confirm": "第二人确认认定",
    "reject": "第二人退回认定",
}
_As = Annotated[str, typer.Option("--as", help="办理人的账号（USERID）")]
_Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]
_Person = Annotated[str, typer.Option("--person", help="只看这个人的，如 wecom:USERID")]


@app.command("list")
def list_(person: _Person = "", as_json: _Json = False) -> None:
    """所有申请：编号、类型、状态；不含草稿。"""
    from commands import cases, ground

    with ground.desk() as desk:
        found = cases.listing(desk, person)
    print(json.dumps(found, ensure_ascii=False, indent=1) if as_json else "\n".join(map(cases.row_line, found)))


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="编号；只给 --person 时为其最近一件")] = "",
    person: _Person = "",
    userid: Annotated[str, typer.Option("--as", help="以某名承办人的身份查看")] = "",
    as_json: _Json = False,
) -> None:
    """一件申请的全部内容。"""
    from commands import cases, ground

    with ground.desk() as desk:
        found = cases.shown(desk, number, person, userid)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    print("\n".join(cases.printable(line) for line in cases.lines(found)))


@app.command()
def export(
    number: str,
    userid: _As,
    reason: Annotated[str, typer.Option(help="导出理由，记入办理过程")] = "",
    to: Annotated[Path, typer.Option(help="放卷宗的文件夹")] = Path(),
) -> None:
    """导出卷宗：PDF、证据材料、带指纹的清单；放在 DIR/编号 里。"""
    from commands import cases_export, ground

    with ground.desk() as desk:
        print(cases_export.export(desk, number, userid, reason, to))


@app.command("verify-export")
def verify_export(folder: Path) -> None:
    """重新计算卷宗的指纹，与清单核对。"""
    from commands import cases_export

    print(cases_export.verify(folder))


def _details_of(move: str) -> list[str]:
    """What the table asks for, what may be said besides, and a reason at all events."""
    needs = [name for row in TRANSITIONS if row.move == move for name in row.needs]
    return list(dict.fromkeys([*needs, *_MORE.get(move, ()), *_HALVES.get(move, ()), "reason"]))


def _command(move: str) -> Callable[..., None]:
    """A command whose options are the details of the move."""

    def run(number: str, userid: str, as_json: bool = False, **details: str) -> None:
        from commands import cases, ground

        with ground.desk() as desk:
            case = cases.move(desk, move, number, userid, details)
        row = {"number": case.number, "type": case.type.value, "status": case.status.value}
        print(json.dumps(row, ensure_ascii=False) if as_json else cases.row_line(row))

    fixed: dict[str, tuple[Any, Any]] = {
        "number": (str, inspect.Parameter.empty), "userid": (_As, inspect.Parameter.empty), "as_json": (_Json, False),
    }  # fmt: skip
    for name in _details_of(move):
        fixed[name] = (Annotated[str, typer.Option(help=ALL_DETAILS.get(name, name))], "")
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    run.__annotations__ = {name: hint for name, (hint, _) in fixed.items()} | {"return": None}
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind, default=default, annotation=hint) for name, (hint, default) in fixed.items()]
    )
    run.__doc__ = _HELP.get(move, move)
    return run


for _move in dict.fromkeys((*(row.move for row in TRANSITIONS if Role.SYSTEM not in row.roles), *_HALVES)):
    app.command(_move.replace("_", "-"))(_command(_move))
