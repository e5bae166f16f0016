"""Dialogue policy: every intent leads to its topic's action, then the assistant listens. Nothing is learnt."""

from typing import Any, Dict, List, Optional, Text

from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

DEFAULT_ACTION = "action_answer"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class IntentPolicy(Policy):
    """Maps the understood intent to one action; `actions` in the configuration lists what is not action_answer."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Defaults: no exceptions."""
        return {"priority": 6, "actions": {}, "max_history": 1}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: Any = None,
    ) -> None:
        """Index the mapping by intent."""
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self._actions = {
            intent: action for action, intents in self.config["actions"].items() for intent in intents
        }

    def train(self, training_trackers: List[Any], domain: Domain, **kwargs: Any) -> Resource:
        """Nothing to train."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Certain of the mapped action right after a message, certain of listening otherwise."""
        action = ACTION_LISTEN_NAME
        if tracker.latest_action_name == ACTION_LISTEN_NAME and tracker.latest_message is not None:
            intent = (tracker.latest_message.intent or {}).get("name") or ""
            action = self._actions.get(intent, DEFAULT_ACTION)
        return self._prediction(self._certain(action, domain))

    @staticmethod
    def _certain(action: Text, domain: Domain) -> List[float]:
        result = [0.0] * domain.num_actions
        result[domain.index_for_action(action)] = 1.0
        return result

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "IntentPolicy":
        """Nothing is stored."""
        return cls(config, model_storage, resource, execution_context)
