"""Other implementations agree: the npm package @wecom/crypto, and wechatpy (wecom-protocol 6.8, 9.5)."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from wechatpy.enterprise.crypto import PrpCrypto

from sandbox import crypto
from sandbox.callback import Envelope, Keys, build_callback
from sandbox.testing import ENV, encrypted_of

VAR = Path(__file__).parents[2] / "var"
KEYS = Keys(ENV["CHENGYAO_WECOM_CORP_ID"], 1000002, ENV["CHENGYAO_WECOM_TOKEN"], ENV["CHENGYAO_WECOM_AES_KEY"])
SCRIPT = """
const { decrypt, encrypt, getSignature } = require("@wecom/crypto");
const rows = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(rows.map((row) => {
  const { message, id, random } = decrypt(row.key, row.encrypted);
  return { message, id, signature: getSignature(row.token, row.timestamp, row.nonce, row.encrypted),
           again: encrypt(row.key, message, id, random) === row.encrypted };
})));
"""


@pytest.fixture(scope="module")
def package() -> Iterator[Path]:
    """A folder under var/ with the package installed; npm's cache keeps it for the next run."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    folder = VAR / f"wecom-crypto-{time.time_ns()}"
    folder.mkdir(parents=True)
    try:
        (folder / "package.json").write_text("{}")
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
        command = ["npm", "install", *options, "@wecom/crypto@1.0.1"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        yield folder
    finally:
        shutil.rmtree(folder)


def test_node_decrypts_and_reproduces_our_callbacks(package: Path) -> None:
    texts = ["<xml/>", "中文😀]]>", *("x" * length for length in range(40)), "长" * 7000]
    rows, signatures = [], []
    for number, text in enumerate(texts):
        wrap = Envelope(str(1_700_000_000 + number), f"n{number}", raw_prefix=number % 2 == 1)
        query, body = build_callback(text, KEYS, envelope=wrap)
        signatures.append(query.pop("msg_signature"))
        rows.append({"token": KEYS.token, "key": KEYS.aes_key, "encrypted": encrypted_of(body), **query})
    given = json.dumps(rows).encode()
    run = subprocess.run(["node", "-e", SCRIPT], cwd=package, input=given, check=True, capture_output=True, timeout=60)
    answers = json.loads(run.stdout)
    assert [answer["message"] for answer in answers] == texts
    assert [answer["signature"] for answer in answers] == signatures
    assert {(answer["id"], answer["again"]) for answer in answers} == {(KEYS.corp_id, True)}


@pytest.mark.parametrize("length", [*range(70), 1000, 20000])
def test_round_trips_with_wechatpy(length: int) -> None:
    key, message = crypto.aes_key(KEYS.aes_key), ("撑腰😀x" * length)[:length]
    other = PrpCrypto(key)
    assert other.decrypt(crypto.encrypt(key, message.encode(), KEYS.corp_id), KEYS.corp_id) == message
    assert crypto.decrypt(key, other.encrypt(message, KEYS.corp_id).decode(), KEYS.corp_id).decode() == message
