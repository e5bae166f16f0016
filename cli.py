"""`chengyao …`: the command line. Every command exits 0 only on success and prints errors to stderr."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands import cli_cases, cli_console, cli_notice, cli_policy, cli_reminders
from core.errors import ChengyaoError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="撑腰 Chengyao")
roster = typer.Typer(no_args_is_help=True, help="花名册")
audit = typer.Typer(no_args_is_help=True, help="审计")
keys = typer.Typer(no_args_is_help=True, help="密钥")
app.add_typer(roster, name="roster")
app.add_typer(cli_policy.app, name="policy")
app.add_typer(audit, name="audit")
app.add_typer(keys, name="keys")
app.add_typer(cli_cases.app, name="cases")
app.add_typer(cli_console.app, name="console")
app.add_typer(cli_notice.app, name="notice")
app.add_typer(cli_reminders.app, name="reminders")


@app.command()
def run(
    production: Annotated[bool, typer.Option(help="No sandbox, no demo data; configured by .env.")] = False,
    policies: Annotated[Path | None, typer.Option(help="Folder with the shipped policies' official files.")] = None,
) -> None:
    """Start every process under supervisor; Ctrl-C ends all of them."""
    from commands import launch

    raise typer.Exit(launch.run(production, policies))


@app.command()
def serve(process: str) -> None:
    """Become one process: bot, rasa, actions, scheduler, console or sandbox."""
    from commands import processes
    from core.settings import load

    try:
        processes.become(process, load())
    except KeyError:
        raise ChengyaoError(f"没有这个进程：{process}") from None


@app.command()
def train(
    force: bool = False,
    domain: Annotated[bool, typer.Option(help="Only write Rasa's list of intents.")] = False,
    evaluate: Annotated[Path | None, typer.Option(help="Evaluation set; without one the repository's own.")] = None,
    compare: Annotated[bool, typer.Option(help="Switch only if nothing gets worse on the evaluation set.")] = True,
) -> None:
    """Train the language model when its inputs changed, and switch the running assistant to it if nothing got worse."""
    from commands import domain as intents
    from commands import retraining

    if domain:
        intents.write()
        return
    raise typer.Exit(retraining.run(force, evaluate if compare else None, compare))


@app.command()
def ask(question: str, sender: Annotated[str, typer.Option("--as", help="wecom:USERID")]) -> None:
    """Ask one question as a member."""
    from commands import talking

    with talking.door() as door:
        for reply in door.say(sender, question):
            print(reply.get("text", ""))
            for number, button in enumerate(reply.get("custom", {}).get("buttons", []), start=1):
                print(f"  {number}. {button['title']}")


@app.command()
def eval(file: Path) -> None:
    """Ask every question of a JSON-lines file and print right and wrong."""
    from commands import evaluation, talking

    items = evaluation.read(file)
    with talking.door() as door:
        table = evaluation.run(door, items)
    print("\n".join(table.lines()))


@app.command()
def doctor() -> None:
    """Say what is missing or wrong; exits 1 when something is."""
    from commands import doctor as checks
    from core.settings import load

    problems = checks.problems(load())
    print("\n".join(problems) or "没有发现问题。")
    raise typer.Exit(1 if problems else 0)


@roster.command("import")
def roster_import(file: Path) -> None:
    """Load a roster (CSV or XLSX); importing twice changes nothing."""
    from commands import store
    from core.clock import Clock
    from core.db import Database
    from core.people import service
    from core.settings import load

    settings = load()
    store.migrate(settings)
    report = service.import_roster(Database(settings.database), file, "cli", Clock(settings.now_offset).now())
    print(f"新增 {report.added}，变更 {report.changed}，未变 {report.same}，未导入 {len(report.bad)}")
    if report.dropped:
        print("未导入的列：" + "、".join(report.dropped))
    for bad in report.bad:
        print(f"第{bad.line}行：{bad.reason}", file=sys.stderr)
    raise typer.Exit(1 if report.bad else 0)


@audit.command("verify")
def audit_verify() -> None:
    """Check that no audit row was changed or removed."""
    from core import audit as trail
    from core.db import Database
    from core.settings import load

    with Database(load().database).read() as connection:
        verdict = trail.verify(connection)
    if verdict.broken_at is not None:
        raise ChengyaoError(f"审计链在第{verdict.broken_at}行断开")
    print(f"审计链完整，共 {verdict.rows} 行。")


@keys.command("new")
def keys_new() -> None:
    """Print a fresh data key for CHENGYAO_DATA_KEYS."""
    from core.crypto import new_key

    print(new_key())


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal everything stored with the newest data key, so that the older ones can be dropped."""
    from commands import keys as rotation

    raise typer.Exit(rotation.rotate())


def main() -> None:
    """Run a command; an expected error is one line on stderr and exit 1."""
    try:
        app()
    except ChengyaoError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
