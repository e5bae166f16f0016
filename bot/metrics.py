"""What the operator can count: states, turns, sends, durations. Never a person, never a topic."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 12.0, 30.0)


class Metrics:
    """Prometheus metrics of one gateway, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.rows = Gauge("chengyao_rows", "Messages by state.", ("state",), registry=self._registry)
        self.callbacks = self._counter("callbacks", "Requests by outcome.", "channel", "outcome")
        self.turns = self._counter("turns", "Turns by outcome.", "outcome")
        self.sends = self._counter("sends", "Sends by outcome.", "channel", "outcome", "reason")
        self.turn_seconds = self._histogram("turn", "Time of a turn at Rasa.")
        self.answer_seconds = self._histogram("answer", "From receiving a message to queuing its answer.")
        self.send_seconds = self._histogram("send", "Time of a send at the platform.")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"chengyao_{name}", text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(f"chengyao_{name}_seconds", text, buckets=_SECONDS, registry=self._registry)

    def text(self, counts: dict[str, int]) -> bytes:
        """The exposition, with the present number of rows by state."""
        self.rows.clear()
        for state, number in counts.items():
            self.rows.labels(state).set(number)
        return generate_latest(self._registry)
