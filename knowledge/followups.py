"""Follow-up questions: which topic 谁来谈？ or 多久一次？ means after the last answer."""

from core.policies.rules import Policy

_FACETS: dict[str, dict[str, str]] = {
    "tolerance": {
        "who": "tolerance.who_decides", "how": "tolerance.how_to_apply", "when": "tolerance.procedure",
        "result": "tolerance.effect", "conditions": "tolerance.conditions", "deadline": "tolerance.time_limit",
        "scope": "tolerance.meaning",
    },
    "correction": {"deadline": "correction.deadline", "how": "correction.how", "who": "tolerance.who_decides"},
    "clarification": {
        "who": "clarification.who", "how": "clarification.apply", "conditions": "clarification.when",
        "scope": "clarification.when", "result": "clarification.how",
    },
    "false_accusation": {"who": "clarification.who", "result": "false_accusation.penalty"},
    "talk": {"who": "talk.who", "when": "talk.when", "how": "talk.request", "scope": "talk.when"},
    "health_check": {"when": "health_check.frequency", "cost": "health_check.who_pays"},
    "leave": {"result": "leave.unused", "cost": "leave.unused"},
    "rotation": {"result": "rotation.refuse", "when": "rotation.years", "deadline": "rotation.years"},
    "study": {"cost": "study.tuition", "conditions": "study.tuition", "scope": "study.tuition"},
    "assessment": {"result": "assessment.use", "how": "assessment.method", "who": "assessment.daily"},
    "adjust": {"result": "adjust.inaction", "scope": "adjust.who", "conditions": "adjust.who"},
    "hardship": {"how": "hardship.help", "scope": "hardship.help", "conditions": "hardship.help"},
    "selection": {"conditions": "selection.criteria", "how": "selection.procedure"},
}  # fmt: skip
_AFTER: dict[str, dict[str, str]] = {
    "tolerance.reduced_penalty": {"result": "tolerance.influence_period", "deadline": "tolerance.influence_period"},
    "tolerance.effect": {"result": "correction.how"},
    "tolerance.conditions": {"conditions": "tolerance.all_or_part"},
    "tolerance.refused": {"how": "tolerance.appeal"},
    "talk.regular": {"who": "talk.who", "how": "talk.request", "when": "talk.regular"},
    "assessment.bottom": {"who": "adjust.reminder", "result": "adjust.last"},
}


def resolve(last_topic: str, intent: str, policy: Policy) -> str:
    """The topic a follow-up intent means after `last_topic`; the last topic itself when nothing fits better."""
    facet = intent.partition(".")[2]
    for table, key in ((_AFTER, last_topic), (_FACETS, last_topic.partition(".")[0])):
        target = table.get(key, {}).get(facet)
        if target and (target in policy.topics or target in policy.silences):
            return target
    return last_topic
