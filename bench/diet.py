"""DIET, Rasa's own classifier, trained and asked from outside: `rasa train nlu`, then `/model/parse`."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from commands import training
from commands.talking import free_port

START_SECONDS = 120
# Rare n-grams are left out and batches are large: with n-grams to 4, all of them, and the stock batches six epochs took
# more than ten minutes on two cores.
_CONFIG = """recipe: default.v1
language: zh
pipeline:
  - name: JiebaTokenizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 3
    min_df: 3
  - name: DIETClassifier
    epochs: {epochs}
    batch_size: 256
    entity_recognition: false
    ranking_length: 0
    constrain_similarities: true
    model_confidence: softmax
    random_seed: 42
"""


def measure(folder: Path, questions: Sequence[str], epochs: int, limit: float) -> dict[str, Any]:
    """Train for at most `limit` seconds and rank the questions; the same fields as a result of bench/models.py.

    Raises subprocess.TimeoutExpired beyond the limit and subprocess.CalledProcessError when Rasa can't train.
    """
    config = folder / "diet.yml"
    config.write_text(_CONFIG.format(epochs=epochs), encoding="utf-8")
    command = training.rasa(
        "train", "nlu", "--nlu", str(training.NLU / "data"), "--config", str(config), "--out", str(folder),
        "--fixed-model-name", "diet",
    )  # fmt: skip
    started = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env=training.rasa_environment(), capture_output=True, check=True, timeout=limit
    )
    seconds = time.perf_counter() - started
    with _server(folder / "diet.tar.gz") as client:
        rank(client, questions[0])  # the first prediction builds TensorFlow's graph
        started = time.perf_counter()
        rankings = [rank(client, question) for question in questions]
        each = (time.perf_counter() - started) * 1000 / len(questions)
    name = f"DIET, characters + words, {epochs} epochs"
    return {"name": name, "seconds": seconds, "each": each, "rankings": rankings}


def rank(client: httpx.Client, text: str) -> dict[str, float]:
    """Every intent's probability."""
    answer = client.post("/model/parse", json={"text": text})
    answer.raise_for_status()
    return {item["name"]: float(item["confidence"]) for item in answer.json()["intent_ranking"]}


@contextmanager
def _server(model: Path) -> Iterator[httpx.Client]:
    port = free_port()
    command = training.rasa(
        "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port), "--model", str(model)
    )
    process = subprocess.Popen(
        command, cwd=model.parent, env=training.rasa_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            _await_model(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await_model(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/status").status_code == 200:
                return
        except httpx.HTTPError:
            pass  # not listening yet; the deadline decides
        time.sleep(0.5)
    raise TimeoutError("Rasa did not load the DIET model")
