"""The wire to the platform: wechatpy's client with the guards it lacks (wecom-protocol 6.4, 6.6)."""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote

import requests
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import WeChatClientException

from bot.channels import wecom_errors
from bot.channels.base import Media
from bot.channels.wecom_errors import PAUSES, Pauses
from bot.channels.wecom_token import Brake, Keeper, Token
from core.errors import ChannelError, Rejected, TemporaryFailure

logger = logging.getLogger("chengyao.wecom")
_MOST_MEDIA = 20 << 20
_TOKEN_ENDPOINT = "gettoken"
Answer = TypeVar("Answer")
_BAD_JSON = "Warning: wrong json format"


@dataclass(frozen=True)
class Account:
    """The app as the settings give it. `api_base` is an origin; `timeouts` are connect and read, seconds."""

    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    api_base: str = "https://qyapi.weixin.qq.com"
    timeouts: tuple[float, float] = (3.05, 10.0)


class _Http(WeChatClient):  # type: ignore[misc]
    """wechatpy's client: our address and token, no retry of its own, a time-out on every call, no foreign proxy."""

    def __init__(self, account: Account) -> None:
        self.API_BASE_URL = f"{account.api_base}/cgi-bin/"
        super().__init__(account.corp_id, account.secret, timeout=account.timeouts, auto_retry=False)
        self._http.trust_env = False

    def fetch_access_token(self) -> Mapping[str, Any]:
        """The stock version has a fixed address and no time-out. Parameters as a list: no token is added to them."""
        answer = self.get(_TOKEN_ENDPOINT, params=[("corpid", self.corp_id), ("corpsecret", self.secret)])
        return answer if isinstance(answer, dict) else {}

    def raw(self, endpoint: str, params: Mapping[str, str]) -> requests.Response:
        """A response with its body unread."""
        url = self.API_BASE_URL + endpoint
        response: requests.Response = self._http.get(
            url, params=params, timeout=self.timeout, stream=True, allow_redirects=False
        )
        return response


class Client:
    """Calls the platform. For several threads: each has an HTTP session of its own, all share the token."""

    def __init__(self, account: Account, pauses: Pauses = PAUSES) -> None:
        self.account = account
        self._pauses = pauses
        self._local = threading.local()
        self._brake = Brake()
        self._keeper = Keeper(self._fetch)

    @property
    def _http(self) -> _Http:
        if not hasattr(self._local, "http"):
            self._local.http = _Http(self.account)
        http: _Http = self._local.http
        return http

    def _fetch(self) -> Token:
        try:
            answer = self._once(_TOKEN_ENDPOINT, False, self._http.fetch_access_token)
        except Rejected as error:
            # No code of this call is about a message: whatever it is, only a person can put it right.
            raise TemporaryFailure(error.reason, self._pauses.configuration) from None
        value, seconds = answer.get("access_token"), answer.get("expires_in", 7200)
        if not isinstance(value, str) or not value or not isinstance(seconds, int | float):
            raise TemporaryFailure("unreadable token answer")
        return Token(value, float(seconds))

    def get(self, endpoint: str, **params: str | int) -> dict[str, Any]:
        """GET an endpoint below /cgi-bin/. Raises TemporaryFailure or Rejected."""
        return self._call("get", endpoint, params, None, False)

    def post(
        self, endpoint: str, data: Mapping[str, Any], delivers: bool = False, **params: str | int
    ) -> dict[str, Any]:
        """POST JSON. `delivers`: a lost answer leaves open whether it was done, and OutcomeUnknown is raised."""
        return self._call("post", endpoint, params, dict(data), delivers)

    def _call(
        self, method: str, endpoint: str, params: Mapping[str, str | int], data: dict[str, Any] | None, delivers: bool
    ) -> dict[str, Any]:
        self._brake.check(endpoint)

        def request(token: str) -> dict[str, Any]:
            signed = {**params, "access_token": token}
            return self._once(endpoint, delivers, self._request, method, endpoint, signed, data)

        return self._with_token(endpoint, request)

    def _with_token(self, endpoint: str, request: Callable[[str], Answer]) -> Answer:
        """Ask again once with a fresh token when the first is refused (section 3); never loop."""
        for _attempt in range(2):
            token = self._keeper.get()
            try:
                return request(token)
            except _TokenRefused as error:
                self._keeper.invalidate(token)
                errcode = error.errcode
        pause = self._pauses.secret if errcode == wecom_errors.BAD_SECRET else self._pauses.rate
        self._hold(endpoint, errcode, pause)
        raise TemporaryFailure(f"errcode {errcode} twice", pause)

    def _hold(self, endpoint: str, errcode: int, pause: float) -> None:
        logger.error("%s: the platform refuses with errcode %s; no further call for %.0f s", endpoint, errcode, pause)
        self._brake.hold(endpoint, pause)

    def _request(
        self, method: str, endpoint: str, params: dict[str, Any], data: dict[str, Any] | None, files: object = None
    ) -> Any:
        extra: dict[str, Any] = {} if data is None else {"data": data}
        if files is not None:
            extra = {"files": files}
        return getattr(self._http, method)(endpoint, params=params, allow_redirects=False, **extra)

    def _once(self, endpoint: str, delivers: bool, call: Any, *arguments: Any) -> dict[str, Any]:
        """One request, every way it can end mapped to our errors. No original error is kept: they hold the token."""
        problem: ChannelError
        try:
            answer = call(*arguments)
        except requests.RequestException as error:
            problem = wecom_errors.network(error, delivers)
        except WeChatClientException as error:
            problem = self._refused(endpoint, delivers, error)
        except (TypeError, ValueError):  # an errcode that is no number
            problem = wecom_errors.unusable(b"", delivers)
        else:
            if isinstance(answer, dict):
                if _BAD_JSON in str(answer.get("errmsg", "")):
                    logger.error("%s: the platform understood only a part of our JSON", endpoint)
                return answer
            problem = self._not_json(answer, delivers)
        raise problem

    def _not_json(self, answer: object, delivers: bool) -> ChannelError:
        if isinstance(answer, requests.Response) and answer.status_code >= 300:
            return wecom_errors.http_status(answer.status_code, delivers)
        return wecom_errors.unusable(getattr(answer, "content", b""), delivers)

    def _refused(self, endpoint: str, delivers: bool, error: Any) -> ChannelError:
        if error.errcode is None:
            return wecom_errors.http_status(error.response.status_code, delivers)
        errcode = int(error.errcode)
        if errcode in wecom_errors.TOKEN and endpoint != _TOKEN_ENDPOINT:
            return _TokenRefused(errcode)
        pause = self._pauses.after(errcode)
        if pause is not None:
            self._hold(endpoint, errcode, pause)
        return wecom_errors.refusal(errcode, self._pauses)

    def upload(self, name: str, content: bytes) -> str:
        """POST media/upload (5.1): the media id of a file to be sent. Raises TemporaryFailure or Rejected."""
        self._brake.check("media/upload")

        def request(token: str) -> dict[str, Any]:
            params = {"access_token": token, "type": "file"}
            files = {"media": (name, content, "application/octet-stream")}
            return self._once("media/upload", False, self._request, "post", "media/upload", params, None, files)

        media_id = self._with_token("media/upload", request).get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise TemporaryFailure("unreadable upload answer")
        return media_id

    def download(self, media_id: str) -> Media:
        """GET media/get (5.1): a file, or an error as JSON with status 200. Raises TemporaryFailure or Rejected."""
        self._brake.check("media/get")
        return self._with_token("media/get", lambda token: self._download(media_id, token))

    def _download(self, media_id: str, token: str) -> Media:
        try:
            with self._http.raw("media/get", {"access_token": token, "media_id": media_id}) as response:
                if response.status_code >= 300:
                    raise wecom_errors.http_status(response.status_code, False)
                content = _limited(response)
        except requests.RequestException as error:
            raise wecom_errors.network(error, False) from None
        disposition = response.headers.get("Content-Disposition", "")
        if not disposition:
            raise self._no_file(response, content)
        return Media(_file_name(disposition), response.headers.get("Content-Type", "").partition(";")[0], content)

    def _no_file(self, response: requests.Response, content: bytes) -> ChannelError:
        """Without a file name it is an error in JSON; a downloaded .json file has one."""
        found = re.search(rb'"errcode"\s*:\s*"?(-?\d+)', content[:2000])
        if found is None:
            return wecom_errors.unusable(content, False)
        errcode = int(found[1])
        return _TokenRefused(errcode) if errcode in wecom_errors.TOKEN else wecom_errors.refusal(errcode, self._pauses)


class _TokenRefused(ChannelError):
    """The platform does not know this token (any more)."""

    def __init__(self, errcode: int) -> None:
        super().__init__(f"errcode {errcode}")
        self.errcode = errcode


def _limited(response: requests.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(1 << 16):
        size += len(part)
        if size > _MOST_MEDIA:
            raise Rejected("the file is too large")
        parts.append(part)
    return b"".join(parts)


def _file_name(disposition: str) -> str:
    """The sender's file name without any folder; raw UTF-8 arrives as Latin-1 in a header."""
    if found := re.search(r"filename\*=(?:UTF-8|utf-8)''([^;]+)", disposition):
        name = unquote(found[1])
    elif found := re.search(r'filename="?([^";]*)"?', disposition):
        name = found[1].encode("latin-1", "ignore").decode("utf-8", "replace")
    else:
        return ""
    return re.split(r"[/\\]", name)[-1].strip()[:200]
