"""Logging: one line per event, never content, never a URL with a token."""

import logging
import sys

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_NOISY = (
    "httpx", "httpcore", "telegram", "urllib3", "requests", "apscheduler", "jieba", "bm25s", "rasa_sdk", "wechatpy",
)  # fmt: skip


def configure(process: str, level: str = "INFO") -> logging.Logger:
    """Log to stderr and mute clients that log addresses. Returns the process's logger."""
    logging.basicConfig(stream=sys.stderr, level=level, format=_FORMAT, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
    return logging.getLogger(f"chengyao.{process}")
