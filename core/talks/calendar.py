"""The .ics file of a fixed talk (RFC 5545). It says when and where, never why or with whom."""

import datetime as dt

from icalendar import Calendar, Event

from core.clock import UTC

FILE_NAME = "talk.ics"
_SUMMARY = "谈心谈话"
_EPOCH = dt.datetime(2020, 1, 1, tzinfo=UTC)


def ics(ref: str, starts_at: dt.datetime, place: str, stamp: dt.datetime) -> str:
    """One event; the same talk keeps its UID and a later file replaces an earlier one (SEQUENCE grows).

    No end is given: nobody stated one. CLASS is PRIVATE, so that shared calendars show only that the time is taken.
    """
    event = Event()
    event.add("uid", f"{ref}@chengyao")
    event.add("sequence", int((stamp - _EPOCH).total_seconds() // 60))
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(UTC))
    event.add("summary", _SUMMARY)
    event.add("class", "PRIVATE")
    if place:
        event.add("location", place)
    calendar = Calendar()
    calendar.add("prodid", "-//Chengyao//Talks//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content.decode()
