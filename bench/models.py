"""Trains classifiers side by side and prints their rankings; runs in Rasa's environment (bench/nlu.py starts it)."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from components.classifier import Model, normalise, pinyin, words
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.svm import LinearSVC

_SHARPNESS = 12.0
_SEED = 42


def _tfidf(**options: Any) -> TfidfVectorizer:
    return TfidfVectorizer(sublinear_tf=True, min_df=2, **options)


def _features(*names: str) -> FeatureUnion:
    made = {
        "char": _tfidf(analyzer="char", ngram_range=(1, 4), preprocessor=normalise),
        "word": _tfidf(analyzer=words),
        "pinyin": _tfidf(tokenizer=pinyin, token_pattern=None, ngram_range=(1, 2)),
    }
    return FeatureUnion([(name, made[name]) for name in names])


class _Pipeline:
    """A scikit-learn classifier over some of the features, with the shipped model's two methods."""

    def __init__(self, classifier: Any, *names: str) -> None:
        self._fitted = make_pipeline(_features(*names), classifier)
        self.intents: list[str] = []

    def fit(self, texts: list[str], intents: list[str]) -> None:
        """Train on examples."""
        self._fitted.fit(texts, intents)
        self.intents = [str(name) for name in self._fitted.classes_]

    def probabilities(self, texts: list[str]) -> Any:
        """One row per text; margins become probabilities as in the shipped model."""
        if hasattr(self._fitted, "predict_proba"):
            return self._fitted.predict_proba(texts)
        return softmax(_SHARPNESS * self._fitted.decision_function(texts), axis=1)


def _svm() -> LinearSVC:
    return LinearSVC(C=0.3, random_state=_SEED)


def _logistic() -> LogisticRegression:
    # One against the rest: all intents in one problem took 7 GB and more than ten minutes.
    return LogisticRegression(C=20.0, solver="liblinear", tol=1e-2, random_state=_SEED)


_ROWS: list[tuple[str, Callable[[], Any]]] = [
    ("linear SVM, words", lambda: _Pipeline(_svm(), "word")),
    ("linear SVM, characters 1-4", lambda: _Pipeline(_svm(), "char")),
    ("linear SVM, pinyin 1-2", lambda: _Pipeline(_svm(), "pinyin")),
    ("linear SVM, characters + words", lambda: _Pipeline(_svm(), "char", "word")),
    ("linear SVM, characters + words + pinyin (shipped)", lambda: Model(0.3, _SHARPNESS, _SEED)),
    ("logistic regression, characters + words", lambda: _Pipeline(_logistic(), "char", "word")),
]


def run(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One result for each model: name, seconds of training, milliseconds a question, a ranking for each question."""
    texts, intents = [text for text, _ in job["examples"]], [intent for _, intent in job["examples"]]
    words(texts[0])  # loads the dictionary, which is nobody's training time
    for name, build in _ROWS:
        if job["only"] and not any(part in name for part in job["only"]):
            continue
        model = build()
        started = time.perf_counter()
        model.fit(texts, intents)
        trained = time.perf_counter()
        rows = [model.probabilities([question])[0] for question in job["questions"]]
        each = (time.perf_counter() - trained) * 1000 / max(1, len(rows))
        rankings = [_by_name(model.intents, row) for row in rows]
        yield {"name": name, "seconds": trained - started, "each": each, "rankings": rankings}


def _by_name(intents: list[str], row: Any) -> dict[str, float]:
    return {name: round(float(value), 5) for name, value in zip(intents, row, strict=True)}


def main() -> None:
    """Read the job from standard input, write one line of JSON for each model."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # libraries that print must not spoil the answers
    for result in run(json.load(sys.stdin)):
        print(json.dumps(result, ensure_ascii=False), file=answers, flush=True)


if __name__ == "__main__":
    main()
