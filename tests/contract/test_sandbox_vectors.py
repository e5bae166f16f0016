"""The known-answer vectors of wecom-protocol section 7, against our own cipher and wechatpy's."""

import hashlib
from dataclasses import dataclass

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from sandbox import crypto, xmldoc

KEY_A = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
KEY_B = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
KEY_C = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CORP_A, CORP_B, CORP_C = "wx5823bf96d3bd56c7", "wx49f0ab532d5d035a", "wxb11529c136998cb6"
HEX = {
    KEY_A: "8d69989bbaabe67328014c194631ad0719b3dca035b64023df292447aab60760",
    KEY_B: "916c4f115d94103cb15a998f74a0b71787603c398ebdf297d471a71140d2d5a4",
    KEY_C: "69b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3d0010831051",
}
V1 = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg"
    "3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+k"
    "DZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6ti"
    "WSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p"
    "8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
V4 = (
    "RgqEoJj5A4EMYlLvWO1F86ioRjZfaex/gePD0gOXTxpsq5Yj4GNglrBb8I2BAJVODGajiFnXBu7mCPatfjsu6IHCrsTyeDXzF6Bv"
    "283dGymzxh6ydJRvZsryDyZbLTE7rhnus50qGPMfp2wASFlzEgMW9z1ef/RD8XzaFYgm7iTdaXpXaG4+BiYyolBug/gYNx410cvk"
    "KR2/nPwBiT+P4hIiOAQqGp/TywZBtDh1yCF2KOd0gpiMZ5jSw3e29mTvmUHzkVQiMS6td7vXUaWOMZnYZlF3So2SjHnwh4jYFxdg"
    "pkHHqIrH/54SNdshoQgWYEvccTKe7FS709/5t6NMxuGhcUGAPOQipvWTT4dShyqio7mlsl5noTrb++x6En749zCpQVhDpbV6GDnT"
    "bcX2e8K9QaNWHp91eBdCRxthuL0="
)
V5 = (
    "9s4gMv99m88kKTh/H8IdkOiMg6bisoy3ypwy9H4hvSPe9nsGaqyw5hhSjdYbcrKk+j3nba4HMOTzHrluLBYqxgNcBqGsL8GqxlhZ"
    "gURnAtObvesEl5nZ+uBE8bviY0LWke8Zy9V/QYKxNV2FqllNXcfmstttyIkMKCCmVbCFM2JTF5wY0nFhHZSjPUL2Q1qvSUCUld+/"
    "WIXrx0oyKQmpB6o8NRrrNrsDf03oxI1p9FxUgMnwKKZeOA/uu+2IEvEBtb7muXsVbwbgX05UPPJvFurDXafG0RQyPR+mf1nDnAtQ"
    "mmNOuiR5MIkdQ39xn1vWwi1O5oazPoQJz0nTYjxxEE8kv3kFxtAGVRe3ypD3WeK2XeFYFMNMpatF9XiKzHo3"
)
V5_PLAIN = """<xml>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[test]]></Content>
<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>
<ToUserName><![CDATA[messense]]></ToUserName>
<AgentID>1</AgentID>
<CreateTime>1411525903</CreateTime>
</xml>"""
V6_PLAIN = "我是中文abcd123"
V6 = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
V7_PLAIN = (
    "<xml><ToUserName><![CDATA[oia2Tj我是中文jewbmiOUlr6X-1crbLOvLw]]></ToUserName><FromUserName><![CDATA[gh_"
    "7f083739789a]]></FromUserName><CreateTime>1407743423</CreateTime><MsgType><![CDATA[video]]></MsgType"
    "><Video><MediaId><![CDATA[eYJ1MbwPRJtOvIEabaxHs7TX2D-HV71s79GUxqdUkjm6Gs2Ed1KF3ulAOA9H1xG0]]></Media"
    "Id><Title><![CDATA[testCallBackReplyVideo]]></Title><Description><![CDATA[testCallBackReplyVideo]]><"
    "/Description></Video></xml>"
)
V7 = (
    "jn1L23DB+6ELqJ+6bruv23M2GmYfkv0xBh2h+XTBOKVKcgDFHle6gqcZ1cZrk3e1qjPQ1F4RsLWzQRG9udbKWesxlkupqcEcW7ZQ"
    "weImX9+wLMa0GaUzpkycA8+IamDBxn5loLgZpnS7fVAbExOkK5DYHBmv5tptA9tklE/fTIILHR8HLXa5nQvFb3tYPKAlHF3rtTea"
    "yNf0QuM+UW/wM9enGIDIJHF7CLHiDNAYxr+r+OrJCmPQyTy8cVWlu9iSvOHPT/77bZqJucQHQ04sq7KZI27OcqpQNSto2OdHCoTc"
    "cjggX5Z9Mma0nMJBU+jLKJ38YB1fBIz+vBzsYjrTmFQ44YfeEuZ+xRTQwr92vhA9OxchWVINGC50qE/6lmkwWTwGX9wtQpsJKhP+"
    "oS7rvTY8+VdzETdfakjkwQ5/Xka042OlUb1/slTwo4RscuQ+RdxSGvDahxAJ6+EAjLt9d8igHngxIbf6YyqqROxuxqIeIch3CssH"
    "/LqRs+iAcILvApYZckqmA7FNERspKA5f8GoJ9sv8xmGvZ9Yrf57cExWtnX8aCMMaBropU/1k+hKP5LVdzbWCG0hGwx/dQudYR/eX"
    "p3P0XxjlFiy+9DMlaFExWUZQDajPkdPrEeOwofJb"
)


@dataclass(frozen=True)
class Vector:
    """One row: `prefix` None where it is no ASCII; `digest` is the plaintext's SHA-256."""

    name: str
    token: str
    key: str
    receiver: str
    timestamp: str
    nonce: str
    signature: str
    encrypted: str
    prefix: bytes | None
    plain: str | None = None
    digest: str = ""


VECTORS = [
    Vector(
        "V1",
        "QDG6eK",
        KEY_A,
        CORP_A,
        "1409659813",
        "1372623149",
        "477715d11cdb4164915debcba66cb864d751f3e6",
        V1,
        b"0960688932c47ef1",
        None,
        "62f23e2db9188b2883215b599af3d8ffcaa3fae68770c8f84529cfc560683f32",
    ),
    Vector(
        "V2",
        "QDG6eK",
        KEY_A,
        CORP_A,
        "1409659589",
        "263014780",
        "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
        b"c41b64491c2468d0",
        "1616140317555161061",
    ),
    Vector(
        "V3",
        "123456",
        KEY_B,
        CORP_B,
        "1411443780",
        "437374425",
        "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96",
        "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==",
        b"2304fc2fe146f1f8",
        "5927782489442352469",
    ),
    Vector(
        "V4",
        "123456",
        KEY_B,
        CORP_B,
        "1411525903",
        "461056294",
        "74d92dfeb87ba7c714f89d98870ae5eb62dff26d",
        V4,
        b"ec90b1530358d4d3",
        None,
        "34c99671cfe71447c7e7f8b6d8d581d5960b956ddcb8ce6a603f546fd6172a97",
    ),
    Vector(
        "V5",
        "123456",
        KEY_B,
        CORP_B,
        "1411525903",
        "461056294",
        "407518b7649e86ef23978113f92d27afa9296533",
        V5,
        b"1234567890123456",
        V5_PLAIN,
        "7f20d27e011198f76267946466a9c7bb024a7f6b6e74f288225b65f7e60fd220",
    ),
    Vector(
        "V6",
        "pamtest",
        KEY_C,
        CORP_C,
        "1409304348",
        "xxxxxx",
        "82c962d39941aa48552f90ef55aa323dc620cc10",
        V6,
        b"aaaabbbbccccdddd",
        V6_PLAIN,
    ),
    Vector(
        "V7",
        "pamtest",
        KEY_C,
        CORP_C,
        "1409304348",
        "xxxxxx",
        "ea88b765074e41eb8c7a75b449db34fa2fd560d5",
        V7,
        b"aaaabbbbccccdddd",
        V7_PLAIN,
        "cb24bd0d8e4a76cb2c3f2f0c1efd56a35aa975f06f014ab3f478283388669737",
    ),
    Vector(
        "V8a",
        "1372623149",
        KEY_A,
        CORP_A,
        "1629824456",
        "bqe3yfbqfc7",
        "6a27598fb5b01ee02684379a339fef6de65c83c2",
        "22vyvcBQ1xafTSJuhMGQuFyOAh00m2enIATgo4R6SGHY/YhofNmfwCksP3OP0Gxnq+cqnJcuvUQtjSbEu60IUA==",
        None,
        "ECHO",
    ),
    Vector(
        "V8b",
        "1372623149",
        KEY_A,
        CORP_A,
        "1629822102",
        "oduw1lq7iwp",
        "e225d26d3bb4d06b4656f6b674e2143d4d35e81e",
        "teMozE0aNgDd2iKay6VOldGRKQXJbHsFqFc10Y4dYBE/Mu+34X0Vd+KP6GoxWXGqYOC9bg4eSNw7d3d6awhm+A==",
        None,
        "ECHO",
    ),
    Vector(
        "V8c",
        "1372623149",
        KEY_A,
        CORP_A,
        "1629824247",
        "s8a61euba6m",
        "c2273fb8ef29b1427a88b76b56036b76128c46d0",
        "fSW+704DFd+eE1SrOhMQ1kiV+t/5V7+cs8QIt6qD9xR44PgSlym1NtMvQYw5S+RKhQxdy3RNheLNHJuU+HGjHQ==",
        None,
        "ECHO",
    ),
]
PADDING = [
    (0, 26, "ZTf9a//tmPI9WVNY3aaWQNi9FoieOxde/u/M4I9h7ZlAm5y4lTHjlLjYvvFum8BNPVG05M/nfjYXUhL7ezLS0g=="),
    (25, 1, "ZTf9a//tmPI9WVNY3aaWQBgRL/gTCHjJIqGXs6WZeO/YWKegUC/lfnsamzLlSrssLnCIWzIPm6u3Vm7bUQmFHg=="),
    (
        26,
        32,
        "ZTf9a//tmPI9WVNY3aaWQCXiMdSntVcCt9Qc2h6VzArJOK0cVOBD7u/6yxM2vbkwdsVppndxasau2E9wfYHGuoutTWsffg5N"
        "HaLj/odLC8BYAUwdN6WabOZB7lWhAgd6",
    ),
    (
        27,
        31,
        "ZTf9a//tmPI9WVNY3aaWQPUe3W/9Ih1r1N2LxHqdaJx22r/p495SNuXNH/PTQNXF69cAf+aaOAggdX08LAiD7VEcq+fG+vtd"
        "b5alA0+6HkSJLcx+KZPoBRnsGs/6Kyx7",
    ),
]

every = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


@every
def test_key_signature_and_decryption(vector: Vector) -> None:
    key = crypto.aes_key(vector.key)
    assert key.hex() == HEX[vector.key]
    crypto.verify(vector.signature, vector.token, vector.timestamp, vector.nonce, vector.encrypted)
    plain = crypto.decrypt(key, vector.encrypted, vector.receiver)
    if vector.plain is not None:
        assert plain.decode() == vector.plain
    if vector.digest:
        assert hashlib.sha256(plain).hexdigest() == vector.digest


@pytest.mark.parametrize("vector", [row for row in VECTORS if row.prefix], ids=lambda vector: vector.name)
def test_encryption_is_byte_exact(vector: Vector) -> None:
    key = crypto.aes_key(vector.key)
    plain = crypto.decrypt(key, vector.encrypted, vector.receiver)
    assert crypto.encrypt(key, plain, vector.receiver, vector.prefix) == vector.encrypted


@every
def test_wechatpy_agrees(vector: Vector) -> None:
    other = WeChatCrypto(vector.token, vector.key, vector.receiver)
    plain = other.check_signature(vector.signature, vector.timestamp, vector.nonce, vector.encrypted)
    assert plain.encode() == crypto.decrypt(crypto.aes_key(vector.key), vector.encrypted, vector.receiver)


def test_decoded_messages() -> None:
    first = xmldoc.parse(crypto.decrypt(crypto.aes_key(KEY_A), V1, CORP_A).decode())
    expected = {
        "MsgType": "text",
        "FromUserName": "mycreate",
        "CreateTime": "1409659813",
        "Content": "hello",
        "MsgId": "4561255354251345929",
        "AgentID": "218",
    }
    assert {name: first.findtext(name) for name in expected} == expected
    fourth = xmldoc.parse(crypto.decrypt(crypto.aes_key(KEY_B), V4, CORP_B).decode())
    assert (fourth.findtext("Content"), fourth.findtext("MsgId")) == ("test", "4363689963896700987")


@pytest.mark.parametrize(("length", "padding", "encrypted"), PADDING)
def test_padding_boundaries(length: int, padding: int, encrypted: str) -> None:
    key, message = crypto.aes_key(KEY_A), b"m" * length
    assert crypto.encrypt(key, message, CORP_A, b"A" * 16) == encrypted
    assert crypto.decrypt(key, encrypted, CORP_A) == message
    assert crypto.pad(bytes(20 + length + len(CORP_A)))[-1] == padding


def test_negative_signature() -> None:
    row = next(vector for vector in VECTORS if vector.name == "V3")
    with pytest.raises(crypto.CryptoError):
        crypto.verify(row.signature, row.token, row.timestamp, "437374424", row.encrypted)


@pytest.mark.parametrize(("timestamp", "nonce"), [("1372623149", "1409659813"), ("", "13726231491409659813")])
def test_ambiguous_signatures_fit_the_plain_algorithm(timestamp: str, nonce: str) -> None:
    """Why an app must also look at the timestamp: the faults `swapped` and `empty_timestamp` rest on this."""
    assert crypto.signature("QDG6eK", timestamp, nonce, V1) == VECTORS[0].signature


def test_jssdk_signature() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    text = (
        f"jsapi_ticket={ticket}&noncestr=Wm3WZYTPz0wzccnW&timestamp=1414587457&url=http://mp.weixin.qq.com?params=value"
    )
    assert hashlib.sha1(text.encode()).hexdigest() == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
