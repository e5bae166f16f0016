"""Delivers callbacks to the app: verification, time-out, retries, faults (wecom-protocol 1.2, 1.7, 9.3)."""

import asyncio
import logging
import secrets
from dataclasses import dataclass, field, replace

import httpx

from sandbox import passive
from sandbox.callback import Envelope, Keys, build_callback, build_verification, fresh, resigned
from sandbox.faults import Fault
from sandbox.world import World

LOG = logging.getLogger("sandbox")
VERIFY_ATTEMPTS = 3
VERIFY_PAUSE = 0.5
Request = tuple[dict[str, str], bytes]


@dataclass(slots=True)
class Delivery:
    """What became of a callback: `status` of the last answer (None without one), one line per attempt."""

    delivered: bool = False
    status: int | None = None
    msgid: str | None = None
    attempts: list[str] = field(default_factory=list)
    reply: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One callback to deliver: the plaintext, who acted, and the event's name (None for a message)."""

    plaintext: str
    userid: str
    event: str | None = None
    msgid: str | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One attempt's result: status None when no answer came."""

    status: int | None
    body: bytes
    note: str


class Engine:
    """The platform's side of the callback, with one HTTP client."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._client = httpx.AsyncClient(trust_env=False, timeout=None)
        self._saving = asyncio.Lock()

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._client.aclose()

    def keys(self) -> Keys:
        """The app's callback triple."""
        settings = self.world.settings
        return Keys(settings.corp_id, settings.agent_id, settings.token, settings.aes_key)

    async def save_config(self) -> str | None:
        """Verify the callback address unless that is done; the reason for a refusal, or None."""
        async with self._saving:
            problem = None
            for attempt in range(VERIFY_ATTEMPTS):
                if self.world.callback.saved:
                    return None
                await asyncio.sleep(VERIFY_PAUSE if attempt else 0)
                problem = await self._verify()
                self.world.callback.saved = problem is None
            return problem

    async def _verify(self) -> str | None:
        """One verification GET; the body must be exactly the decrypted echostr, within the time limit."""
        config = self.world.callback
        echo = str(1_000_000_000_000_000_000 + secrets.randbelow(8_000_000_000_000_000_000))
        query = build_verification(echo, self.keys())
        try:
            async with asyncio.timeout(config.verify_timeout):
                answer = await self._client.get(config.url, params=query)
        except (httpx.HTTPError, TimeoutError, httpx.InvalidURL) as error:
            return f"40057 no answer from {config.url}: {type(error).__name__}"
        if answer.status_code != 200 or answer.content != echo.encode():
            detail = f"HTTP {answer.status_code} with {len(answer.content)} bytes, not the echostr"
            self.world.violation("verification", detail)
            return f"40057 {detail}"
        return None

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Deliver one callback with retries; faults on `callback` strike here."""
        result = Delivery(msgid=outgoing.msgid)
        result.error = await self.save_config()
        if result.error:
            return result
        faults = self.world.faults.take("callback")
        await asyncio.sleep(sum(fault.seconds for fault in faults if fault.kind == "delay"))
        if any(fault.kind == "lost" for fault in faults):
            result.error = "lost on purpose"
            return result
        bending = next((fault for fault in faults if not fault.kind.startswith(("duplicate", "delay"))), None)
        sent = await self._attempt_all(outgoing, result, bending)
        for fault in faults:
            if fault.kind.startswith("duplicate"):
                await self._duplicate(outgoing, result, fault, sent)
        return result

    def _envelope(self) -> Envelope:
        config = self.world.callback
        return replace(fresh(), raw_prefix=config.raw_prefix, agent_first=config.agent_first, cdata=config.cdata)

    def _request(self, outgoing: Outgoing, envelope: Envelope, fault: Fault | None) -> Request:
        if fault is None:
            return build_callback(outgoing.plaintext, self.keys(), envelope=envelope)
        seconds = fault.seconds or 3600
        moved = None if fault.kind in ("stale", "future") else envelope
        return build_callback(outgoing.plaintext, self.keys(), fault=fault.kind, seconds=seconds, envelope=moved)

    async def _attempt_all(self, outgoing: Outgoing, result: Delivery, fault: Fault | None) -> Request:
        """First attempt and up to `retries` more; identical bytes unless `resign`. Answers what was sent last."""
        config = self.world.callback
        envelope = self._envelope()
        query, body = self._request(outgoing, envelope, fault)
        for attempt in range(1 + config.retries):
            if attempt:
                await asyncio.sleep(config.retry_delay)
                if config.resign:
                    query, body = self._request(outgoing, resigned(envelope), fault)
            shot = await self._shoot(query, body)
            result.status = shot.status
            result.attempts.append(shot.note)
            if shot.status == 200:
                result.delivered = True
                result.reply = passive.accept(self.world, self.keys(), outgoing.userid, outgoing.event, shot.body)
                break
            if shot.status is not None and not config.retry_non_200:
                break
        return query, body

    async def _duplicate(self, outgoing: Outgoing, result: Delivery, fault: Fault, sent: Request) -> None:
        """Send once more what has been delivered: the same bytes, or the same message signed anew."""
        for _ in range(fault.copies):
            if fault.kind == "duplicate_resigned":
                sent = self._request(outgoing, self._envelope(), None)
            shot = await self._shoot(*sent)
            result.attempts.append(f"{fault.kind}: {shot.note}")

    async def _shoot(self, query: dict[str, str], body: bytes) -> Shot:
        """One POST, cut off after the time limit."""
        config = self.world.callback
        try:
            async with asyncio.timeout(config.timeout):
                headers = {"content-type": "text/xml"}
                answer = await self._client.post(config.url, params=query, content=body, headers=headers)
        except (httpx.HTTPError, TimeoutError, httpx.InvalidURL) as error:
            LOG.info("callback not answered: %s", type(error).__name__)
            return Shot(None, b"", type(error).__name__)
        return Shot(answer.status_code, answer.content, f"HTTP {answer.status_code}")
