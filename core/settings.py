"""Every setting of the product, declared once, read once (environment and `.env`)."""

import base64
import binascii
import re
from functools import lru_cache
from pathlib import Path

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import SettingError

ROOT = Path(__file__).resolve().parent.parent
_DOCUMENT_HEAD = """# Settings

Read once at start, from the environment and from `.env` in the checkout. This page is printed by
`.venv/bin/python -m core.settings`; a test compares. A secret has no default.

| name | default | meaning |
|---|---|---|"""
_PORTS = ("BOT_PORT", "CONSOLE_PORT", "SANDBOX_PORT", "RASA_PORT", "ACTIONS_PORT")


class Settings(BaseSettings):
    """The prefix is `CHENGYAO_`; the five ports carry none. A secret has no default."""

    model_config = SettingsConfigDict(
        env_prefix="CHENGYAO_", env_file=ROOT / ".env", extra="ignore", frozen=True, populate_by_name=True
    )

    var: Path = Field(ROOT / "var", description="Folder for all state: databases, models, logs, media.")
    database_url: str = Field("", description="SQLAlchemy URL of the product database; SQLite under VAR when empty.")
    redis_url: str = Field("", description="Reserved for more than one machine; must be empty today.")
    celery_broker_url: str = Field("", description="Reserved for more than one machine; must be empty today.")
    data_keys: str = Field("", description="Encryption keys, url-safe base64 of 32 bytes each, newest first, by comma.")
    wecom_api_base: str = Field("https://qyapi.weixin.qq.com", description="Origin of the WeChat Work API.")
    wecom_corp_id: str = Field("", description="The corporation's id.")
    wecom_agent_id: int = Field(0, description="The app's AgentId.")
    wecom_secret: str = Field("", description="The app's secret.")
    wecom_token: str = Field("", description="Token of the callback, at most 32 letters and digits.")
    wecom_aes_key: str = Field("", description="EncodingAESKey of the callback, 43 characters.")
    telegram_token: str = Field("", description="Bot token; empty leaves the Telegram channel off.")
    telegram_api_base: str = Field("https://api.telegram.org", description="Origin of the Telegram Bot API.")
    telegram_webhook_secret: str = Field("", description="Secret header of the Telegram webhook.")
    telegram_webhook_url: str = Field(
        "", description="Our public address of the Telegram webhook, registered at start; empty: register it by hand."
    )
    actions_secret: str = Field("", description="Shared secret between Rasa and the action server.")
    rasa_token: str = Field("", description="Token of Rasa's own API; made under VAR by the launcher.")
    model: str = Field("", description="Rasa model file; the newest trained one when empty. Set by the launcher.")
    now: str = Field("", description="Tests only: ISO time at start for every date the product reasons about.")
    now_offset: float = Field(0.0, description="Seconds added to the wall clock; the launcher computes it from NOW.")
    context_minutes: int = Field(30, description="How long a follow-up question may refer to the last answer, minutes.")
    bot_host: str = Field("0.0.0.0", description="Address the channel gateway listens on.")
    console_url: str = Field("", description="Where people reach the console; loopback and CONSOLE_PORT when empty.")
    host: str = Field("127.0.0.1", description="Address every other process listens on.")
    bot_port: int = Field(8080, alias="BOT_PORT", description="Port of the channel gateway.")
    console_port: int = Field(8081, alias="CONSOLE_PORT", description="Port of the console.")
    sandbox_port: int = Field(8090, alias="SANDBOX_PORT", description="Port of the sandbox.")
    rasa_port: int = Field(5005, alias="RASA_PORT", description="Port of Rasa, loopback only.")
    actions_port: int = Field(5055, alias="ACTIONS_PORT", description="Port of the action server, loopback only.")

    @field_validator("wecom_aes_key")
    @classmethod
    def _aes_key(cls, value: str) -> str:
        if value and (len(value) != 43 or not (value.isascii() and value.isalnum())):
            raise ValueError("must be 43 letters and digits")
        return value

    @field_validator("wecom_api_base", "telegram_api_base")
    @classmethod
    def _origin(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must be an origin such as https://host")
        return value.rstrip("/")

    @property
    def database(self) -> str:
        """URL of the product database."""
        return self.database_url or f"sqlite:///{self.var / 'chengyao.db'}"

    @property
    def console_address(self) -> str:
        """Origin of the console as people reach it, without a trailing slash."""
        return self.console_url.rstrip("/") or f"http://127.0.0.1:{self.console_port}"

    def keys(self) -> list[bytes]:
        """Return the data keys, newest first.

        Raises SettingError when one is missing or not 32 bytes of url-safe base64.
        """
        if not self.data_keys:
            raise SettingError("CHENGYAO_DATA_KEYS", "is not set")
        keys = []
        for part in self.data_keys.split(","):
            try:
                key = base64.urlsafe_b64decode(part.strip() + "=" * (-len(part.strip()) % 4))
            except (binascii.Error, ValueError) as error:
                raise SettingError("CHENGYAO_DATA_KEYS", "is not url-safe base64") from error
            if len(key) != 32:
                raise SettingError("CHENGYAO_DATA_KEYS", "every key must be 32 bytes")
            keys.append(key)
        return keys

    def require_production(self) -> None:
        """Stop a start outside the demo when a needed setting is missing. Raises SettingError."""
        self.keys()
        for name in ("wecom_corp_id", "wecom_secret", "wecom_token", "wecom_aes_key", "actions_secret"):
            if not getattr(self, name):
                raise SettingError(f"CHENGYAO_{name.upper()}", "is not set")
        if not self.wecom_agent_id:
            raise SettingError("CHENGYAO_WECOM_AGENT_ID", "is not set")
        if self.telegram_token and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", self.telegram_webhook_secret):
            problem = "16 to 256 letters, digits, _ or - are needed once the Telegram channel is on"
            raise SettingError("CHENGYAO_TELEGRAM_WEBHOOK_SECRET", problem)
        for name in ("redis_url", "celery_broker_url"):
            if getattr(self, name):
                raise SettingError(f"CHENGYAO_{name.upper()}", "is not supported yet; leave it empty")


def environment_name(field: str) -> str:
    """Name of the environment variable behind a settings field."""
    return field.upper() if field.upper() in _PORTS else f"CHENGYAO_{field.upper()}"


def load() -> Settings:
    """Read the settings; raises SettingError naming the first bad one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]).lower() if first["loc"] else "?"
        raise SettingError(environment_name(field), str(first["msg"])) from error


@lru_cache(maxsize=1)
def get() -> Settings:
    """The settings of this process, read at first use."""
    return load()


def documentation() -> str:
    """`docs/settings.md`: every setting with its default, out of the declarations above."""
    rows = [
        f"| `{environment_name(name)}` | {_default(name, field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join((_DOCUMENT_HEAD, *rows, ""))


def _default(name: str, value: object) -> str:
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}`"
    return "" if value == "" or (name.endswith("_id") and not value) else f"`{value}`"


if __name__ == "__main__":
    print(documentation(), end="")
