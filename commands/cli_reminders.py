"""`chengyao reminders …`."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="提醒")
event = typer.Typer(no_args_is_help=True, help="人事事项和生活事项")
app.add_typer(event, name="event")
On = Annotated[str, typer.Option("--on", help="日期，如 2026-11-20；默认今天。")]
As = Annotated[str, typer.Option("--as", help="办理人账号，如 wecom:ID")]


@app.command()
def plan(on: On = "") -> None:
    """Write the reminders that fall due up to five weeks after a day; running it twice changes nothing."""
    from commands import reminders

    print(reminders.plan(on))


@app.command()
def due(on: On = "", as_json: Annotated[bool, typer.Option("--json")] = False, account: As = "") -> None:
    """Who has to be reminded of what on a day. Unannounced events only with --as of an HR officer."""
    from commands import reminders

    print(reminders.due(on, as_json, account))


@app.command()
def tick() -> None:
    """Queue now what is due now, as the scheduler does every minute."""
    from commands import reminders

    print(reminders.tick())


@app.command()
def gaps(org: Annotated[str, typer.Option("--org")] = "") -> None:
    """Roster rows without a date that a rule needs."""
    from commands import reminders

    for line in reminders.gaps(org):
        print(line)


@app.command("list")
def list_(account: As) -> None:
    """A member's reminders; for HR also what is left over."""
    from commands import reminders

    for line in reminders.mine(account):
        print(line)


@app.command()
def coverage(account: As) -> None:
    """How many of each kind are done, for an HR officer."""
    from commands import reminders

    for line in reminders.coverage(account):
        print(line)


@app.command()
def done(reminder: int, account: As) -> None:
    """Somebody who was reminded says that it is done."""
    from commands import reminders

    print(reminders.settle("done", str(reminder), account))


@app.command()
def later(reminder: int, account: As, days: int = 1) -> None:
    """Remind again after 1, 3 or 7 days."""
    from commands import reminders

    print(reminders.settle("later", str(reminder), account, days))


@app.command()
def off(kind: str, account: As) -> None:
    """Send a member no more of a kind, where the rule allows it."""
    from commands import reminders

    print(reminders.settle("off", kind, account))


@app.command()
def on(kind: str, account: As) -> None:
    """Send a kind again."""
    from commands import reminders

    print(reminders.settle("on", kind, account))


@app.command("health-batch")
def health_batch(department: str, on: On, place: Annotated[str, typer.Option("--place")], account: As) -> None:
    """Offer a health-check day and place to a department ('' for all)."""
    from commands import reminders

    print(reminders.health_batch(department, on, place, account))


@app.command("not-been")
def not_been(account: As, year: int = 0) -> None:
    """Who is not on record as having been to the health check."""
    from commands import reminders

    for line in reminders.not_been(year, account):
        print(line)


@event.command("add")
def event_add(
    name: str,
    userid: str,
    account: As,
    on: On = "",
    unannounced: Annotated[bool, typer.Option("--unannounced", help="尚未公开：只有组织人事部门能看到。")] = False,
    consent: Annotated[bool, typer.Option("--consent", help="本人同意告知单位（生活事项必填）。")] = False,
) -> None:
    """Enter an event as an HR officer; prints its number."""
    from commands import reminders

    print(reminders.add_event(name, userid, on, not unannounced, account, consent))


@event.command("announce")
def event_announce(number: int, account: As) -> None:
    """The event is public now."""
    from commands import reminders

    reminders.announce(number, account)


@event.command("cancel")
def event_cancel(number: int, account: As) -> None:
    """The event does not happen."""
    from commands import reminders

    reminders.cancel(number, account)
