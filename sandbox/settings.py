"""Settings of the sandbox, read from the environment once at the start."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A variable is missing or malformed; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the sandbox is: one corporation with one application and the contact-sync assistant."""

    host: str
    port: int
    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    contact_secret: str
    callback_url: str
    roster: Path
    var: Path
    signin_domains: frozenset[str]
    telegram_token: str = ""

    @property
    def base_url(self) -> str:
        """Where this server is reached, without a trailing slash."""
        return f"http://{self.host}:{self.port}"


def required(env: Mapping[str, str], name: str, pattern: str) -> str:
    """The variable `name`; raises SettingsError unless it is there and matches `pattern`."""
    value = env.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is not set")
    if not re.fullmatch(pattern, value):
        raise SettingsError(f"{name} must match {pattern}")
    return value


def port_number(env: Mapping[str, str], name: str, default: int) -> int:
    """The port in variable `name`; raises SettingsError when it is no port number."""
    value = env.get(name, "").strip() or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingsError(f"{name} must be a port number")
    return int(value)


def inside_checkout(value: str) -> Path:
    """A path as given, relative ones counted from the checkout."""
    return CHECKOUT / value


def load(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings (the callback triple follows section 1.1); raises SettingsError."""
    console = port_number(env, "CONSOLE_PORT", 8081)
    bot = port_number(env, "BOT_PORT", 8080)
    domains = env.get("SANDBOX_SIGNIN_DOMAINS") or f"127.0.0.1:{console},localhost:{console}"
    return Settings(
        host=env.get("SANDBOX_HOST") or "127.0.0.1",
        port=port_number(env, "SANDBOX_PORT", 8090),
        corp_id=required(env, "CHENGYAO_WECOM_CORP_ID", r"\S+"),
        agent_id=int(required(env, "CHENGYAO_WECOM_AGENT_ID", r"\d+")),
        secret=required(env, "CHENGYAO_WECOM_SECRET", r"\S+"),
        token=required(env, "CHENGYAO_WECOM_TOKEN", r"[A-Za-z0-9]{1,32}"),
        aes_key=required(env, "CHENGYAO_WECOM_AES_KEY", r"[A-Za-z0-9]{43}"),
        contact_secret=env.get("SANDBOX_CONTACT_SECRET") or secrets.token_urlsafe(32),
        callback_url=env.get("SANDBOX_CALLBACK_URL", f"http://127.0.0.1:{bot}/wecom/callback"),
        roster=inside_checkout(env.get("SANDBOX_ROSTER") or "orgs/demo/roster.csv"),
        var=inside_checkout(env.get("SANDBOX_VAR") or "var/sandbox"),
        signin_domains=frozenset(domain.strip() for domain in domains.split(",") if domain.strip()),
        telegram_token=env.get("CHENGYAO_TELEGRAM_TOKEN", "").strip(),
    )
