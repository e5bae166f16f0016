"""Logging: one line per event, never content, never a URL with a token."""

import logging
import sys

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_NOISY = (
    "httpx", "httpcore", "urllib3", "requests", "apscheduler", "jieba", "bm25s", "rasa_sdk", "wechatpy",
)  # fmt: skip
_SILENT = ("telegram",)
"""Logs answers that it cannot read, and they repeat what was sent; its addresses hold the token."""


def configure(process: str, level: str = "INFO") -> logging.Logger:
    """Log to stderr and mute clients that log addresses. Returns the process's logger."""
    logging.basicConfig(stream=sys.stderr, level=level, format=_FORMAT, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return logging.getLogger(f"chengyao.{process}")
