"""Last of all: Ctrl-C ends everything, and nothing that was asked can be found afterwards."""

import json
import re
import signal
from pathlib import Path

from tests.phones import until
from tests.running import PORTS, ROOT, Assistant, listening, processes_of


def test_no_row_ties_a_question_to_a_person(assistant: Assistant) -> None:
    """Even with the key: what was typed is in no row once it is answered."""
    assistant.settle()
    stored = json.dumps(assistant.stored(), ensure_ascii=False, default=str)
    assert [text for text in typed(assistant) if text in stored] == []


def test_ctrl_c_leaves_nothing_behind(assistant: Assistant) -> None:
    assert len(processes_of(assistant.var)) >= 6
    assistant.process.send_signal(signal.SIGINT)
    assert assistant.process.wait(40) == 0
    until(lambda: not processes_of(assistant.var), 5, "an end of all processes")
    assert not any(listening(int(assistant.env[name])) for name in PORTS)


def test_no_file_holds_what_was_asked(assistant: Assistant) -> None:
    """Databases, logs, whatever was written under var/: no words, no token, in no spelling."""
    secrets = [value for name, value in assistant.secrets.items() if "AGENT_ID" not in name and "CORP_ID" not in name]
    found = []
    for path in files(assistant.var):
        content = path.read_bytes()
        said = typed(assistant, filed=True)
        words = [text for text in said if any(spelling in content for spelling in spellings(text))]
        tokens = [value for value in secrets if value.encode() in content]
        if words or tokens:
            found.append((path.name, words, len(tokens)))
    assert found == []


def typed(assistant: Assistant, filed: bool = False) -> list[str]:
    """Sentences that were typed; numbers, button titles and names of commands are known to us anyway."""
    texts = (*assistant.typed, *assistant.filed) if filed else assistant.typed
    # The roster holds the names of departments in the clear, and in its rows the post follows without a gap.
    roster = (ROOT / "orgs" / "demo" / "roster.csv").read_text("utf-8")
    known = roster + roster.replace(",", "")
    texts = [text for text in texts if text not in known]
    return sorted({text[:60] for text in texts if len(re.findall("[\u4e00-\u9fff]", text[:60])) >= 7})


def spellings(text: str) -> list[bytes]:
    """The text as UTF-8, as escaped JSON, as UTF-16."""
    return [text.encode(), json.dumps(text)[1:-1].encode(), text.encode("utf-16-le")]


def files(var: Path) -> list[Path]:
    """What the assistant wrote; its secrets, the model and the platform's own media are not meant."""
    skipped = ("demo.env", "models", "sandbox")
    paths = [path for path in var.rglob("*") if path.is_file() and path.relative_to(var).parts[0] not in skipped]
    assert {"chengyao.db", "rasa.db", "bot.log"} <= {path.name for path in paths}
    assert any(
        "容错".encode() in path.read_bytes() for path in paths
    )  # the policies are in clear: the search does find
    return paths
