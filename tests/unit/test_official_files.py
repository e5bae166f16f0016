"""The official files themselves, where they lie beside the repository (CHENGYAO_POLICIES_DIR): all text, once."""

import os
from pathlib import Path

import pytest

from knowledge import attach, catalogue, importer

FOLDER = os.environ.get("CHENGYAO_POLICIES_DIR", "")
SHIPPED = {policy.id: policy for policy, _ in catalogue.shipped()}


@pytest.mark.skipif(not FOLDER, reason="CHENGYAO_POLICIES_DIR names no folder of official files")
@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_all_text_of_an_official_file_is_covered_once(name: str) -> None:
    path = Path(FOLDER) / f"{name}.txt"
    document = importer.read(path)
    assert attach.meant(document, SHIPPED) == name
    texts = attach.texts(SHIPPED[name], document, catalogue.text_of(name))
    assert set(texts) == {clause.id for clause in SHIPPED[name].clauses}
    pieces = sum(len("".join(text.split())) for text in texts.values())
    assert pieces == len("".join("".join(entry.text for entry in document.entries).split()))
