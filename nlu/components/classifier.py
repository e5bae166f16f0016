"""Intent classifier for short Chinese messages: characters, words and pinyin into linear margins."""

import re
from typing import Any, Dict, List, Text

import jieba
import joblib
import numpy as np
from pypinyin import lazy_pinyin
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

SEGMENTS = "segments"
_NOT_WORD = re.compile(r"[^\w\u4e00-\u9fff]+")
_DIGITS = re.compile(r"\d+")
_CUT = re.compile(r"[，,。．；;？?！!\n]+|还有就是|还有，|另外|顺便|以及")
_MIN_SEGMENT = 4
_MAX_CLASSIFIED = 400
# Whose rule is meant is decided from the text elsewhere; here a name would only blur the topic.
_ORGANISATION = re.compile(
    r"安徽中澳(?:科技职业)?(?:学院)?|中澳(?:学院)?|鲁东(?:大学)?|鲁大|上海电机(?:学院)?|电机学院|云南省?|宁强县?"
)

jieba.setLogLevel(60)


def normalise(text: Text) -> Text:
    """Lower case, half width, no punctuation, numbers as one sign."""
    half = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    plain = _ORGANISATION.sub(" ", half.lower())
    return _DIGITS.sub("0", _NOT_WORD.sub(" ", plain)).strip()[:_MAX_CLASSIFIED]


def words(text: Text) -> List[Text]:
    """Words by jieba, single characters included."""
    return [word for word in jieba.lcut(normalise(text)) if word.strip()]


def pinyin(text: Text) -> List[Text]:
    """Toneless syllables with blurred initials and finals, so that homophones and dialect spellings meet."""
    blurred = []
    for syllable in lazy_pinyin(normalise(text).replace(" ", "")):
        for one, other in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an")):
            syllable = syllable.replace(one, other)
        blurred.append(syllable)
    return blurred


def segments(text: Text) -> List[Text]:
    """The parts of a message that may be questions of their own; empty when there is only one."""
    parts = [part.strip() for part in _CUT.split(text[:_MAX_CLASSIFIED]) if len(part.strip()) >= _MIN_SEGMENT]
    return parts[:6] if len(parts) > 1 else []


class Model:
    """Linear support vectors, one per intent, over characters, words and pinyin; margins become probabilities."""

    def __init__(self, regularisation: float, sharpness: float, seed: int) -> None:
        """`sharpness` is the softmax's inverse temperature over the margins."""
        self._features = FeatureUnion(
            [
                ("char", _tfidf(analyzer="char", ngram_range=(1, 3), preprocessor=normalise)),
                ("word", _tfidf(analyzer=words)),
                ("pinyin", _tfidf(tokenizer=pinyin, token_pattern=None, ngram_range=(1, 2))),
            ],
            transformer_weights={"char": 1.0, "word": 0.7, "pinyin": 0.7},
        )
        self._margins = LinearSVC(C=regularisation, random_state=seed)
        self._sharpness = sharpness

    def fit(self, texts: List[Text], intents: List[Text]) -> None:
        """Train on examples."""
        self._margins.fit(self._features.fit_transform(texts), intents)
        self.intents = [str(name) for name in self._margins.classes_]

    def probabilities(self, texts: List[Text]) -> Any:
        """One row per text, one column per intent; rows sum to 1."""
        scaled = self._sharpness * self._margins.decision_function(self._features.transform(texts))
        grown = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return grown / grown.sum(axis=1, keepdims=True)


def _tfidf(**options: Any) -> TfidfVectorizer:
    return TfidfVectorizer(sublinear_tf=True, min_df=2, dtype=np.float32, **options)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(IntentClassifier, GraphComponent):
    """Ranks every intent for the message, and for each part of a message with several parts."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`C`: inverse regularisation; `sharpness`: inverse temperature; `segment_ranking`: intents kept for a part."""
        return {"C": 0.3, "sharpness": 12.0, "random_state": 42, "segment_ranking": 8}

    def __init__(
        self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, model: Any = None
    ) -> None:
        """Keep what training and prediction need."""
        self.config = config
        self._storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TopicClassifier":
        """A new, untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every intent example and store the model."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        model = Model(self.config["C"], self.config["sharpness"], self.config["random_state"])
        model.fit([example.get(TEXT) for example in examples], [example.get(INTENT) for example in examples])
        self._model = model
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(model, folder / "model.joblib")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent, full ranking and the parts' rankings."""
        for message in messages:
            text = message.get(TEXT)
            if not text or self._model is None:
                continue
            parts = segments(text)
            rankings = self._rank([text, *parts])
            message.set(INTENT, rankings[0][0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, rankings[0], add_to_output=True)
            kept = self.config["segment_ranking"]
            found = [{"text": part, "ranking": ranking[:kept]} for part, ranking in zip(parts, rankings[1:])]
            message.set(SEGMENTS, found, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing downstream needs predictions on the training data."""
        return training_data

    def _rank(self, texts: List[Text]) -> List[List[Dict[Text, Any]]]:
        names = self._model.intents
        ranked = []
        for row in self._model.probabilities(texts):
            order = row.argsort()[::-1]
            ranked.append([{"name": str(names[i]), "confidence": round(float(row[i]), 5)} for i in order])
        return ranked

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "TopicClassifier":
        """Load the stored model."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, joblib.load(folder / "model.joblib"))
