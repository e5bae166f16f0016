"""Six documents in six house styles, read back clause by clause, and the five shipped policies' ids."""

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge import importer
from knowledge.documents.numerals import squeeze
from tests.data.documents import make, samples
from tests.data.documents.make import Sample


def _opinion(path: Path, sample: Sample) -> None:
    make.write_docx(path, sample.lines, automatic=True, header="云溪县委办公室")


def _write(path: Path, sample: Sample) -> None:
    writers: dict[str, Callable[[], object]] = {
        samples.WRAPPED_RULES.name: lambda: make.write_text(path, sample.lines, "gb18030"),
        samples.OPINION.name: lambda: _opinion(path, sample),
        samples.RULES.name: lambda: make.write_pdf(path, sample.lines, "青禾集团管理制度"),
        samples.NOTICE.name: lambda: make.write_pdf(path, sample.lines, "江岸区人民医院", title_lines=1),
        samples.MINUTES.name: lambda: make.write_docx(path, sample.lines),
        samples.DETAILED.name: lambda: make.write_text(path, sample.lines, "utf-8-sig", wrap=38),
    }
    writers[sample.name]()


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.name)
def test_a_document_is_read_clause_by_clause(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / sample.name
    _write(path, sample)
    document = importer.read(path)
    assert [(entry.id, entry.kind) for entry in document.entries] == [(name, kind) for name, kind, _ in sample.pieces]
    for entry, (_, _, lines) in zip(document.entries, sample.pieces, strict=True):
        words = "".join("".join(line) if isinstance(line, tuple) else line for line in lines)
        assert squeeze(entry.text) == squeeze(words), entry.id
    found = {
        name: getattr(document, name)
        for name in ("title", "document_number", "issuer", "issued_on", "recipients", "attachments")
    }
    assert found == sample.head
    parts = dict(part for entry in document.entries for part in entry.parts)
    assert set(parts) == set(sample.parts)
    assert not [name for name, start in sample.parts.items() if not parts[name].startswith(start)]
    assert all(part in entry.text for entry in document.entries for _, part in entry.parts)
