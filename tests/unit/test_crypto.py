"""Encryption at rest: bound to its column, opened by old keys, refused to wrong ones."""

import pytest

from core import settings
from core.crypto import Cipher, derive, new_key
from core.errors import DecryptionFailed, SettingError
from core.testing import KEY, OTHER_KEY


def test_what_is_sealed_opens_again() -> None:
    cipher = Cipher((KEY,))
    sealed = cipher.seal_json({"text": "体检"}, "inbox")
    assert "体检".encode() not in sealed
    assert cipher.open_json(sealed, "inbox") == {"text": "体检"}
    assert cipher.seal(b"same", "a") != cipher.seal(b"same", "a")


def test_a_value_does_not_open_in_another_column() -> None:
    cipher = Cipher((KEY,))
    with pytest.raises(DecryptionFailed):
        cipher.open(cipher.seal(b"x", "inbox"), "outbox")


def test_the_newest_key_seals_and_older_ones_open() -> None:
    old, rotated = Cipher((KEY,)), Cipher((OTHER_KEY, KEY))
    assert rotated.open(old.seal(b"x", "c"), "c") == b"x"
    assert Cipher((OTHER_KEY,)).open(rotated.seal(b"y", "c"), "c") == b"y"
    assert rotated.current_id != old.current_id


def test_a_wrong_key_opens_nothing() -> None:
    with pytest.raises(DecryptionFailed):
        Cipher((OTHER_KEY,)).open(Cipher((KEY,)).seal(b"x", "c"), "c")


@pytest.mark.parametrize("at", [0, 4, 20])
def test_a_changed_byte_shows(at: int) -> None:
    sealed = bytearray(Cipher((KEY,)).seal(b"content", "c"))
    sealed[at] ^= 1
    with pytest.raises(DecryptionFailed):
        Cipher((KEY,)).open(bytes(sealed), "c")


@pytest.mark.parametrize("length", [0, 3, 4, 15, 16, 20])
def test_a_cut_value_is_refused_as_undecipherable(length: int) -> None:
    with pytest.raises(DecryptionFailed):
        Cipher((KEY,)).open(Cipher((KEY,)).seal(b"content", "c")[:length], "c")


def test_purposes_get_keys_of_their_own() -> None:
    assert len({KEY, derive(KEY, "rasa tracker"), derive(KEY, "chengyao data"), derive(OTHER_KEY, "rasa tracker")}) == 4


def test_a_fresh_key_is_a_usable_setting() -> None:
    keys = settings.Settings(data_keys=f"{new_key()}, {new_key()}").keys()
    assert [len(key) for key in keys] == [32, 32]


@pytest.mark.parametrize("value", ["", "abc", "!!!!", new_key() + "," + "c2hvcnQ"])
def test_an_unusable_key_names_its_setting(value: str) -> None:
    with pytest.raises(SettingError) as caught:
        settings.Settings(data_keys=value).keys()
    assert caught.value.setting == "CHENGYAO_DATA_KEYS"
    assert "c2hvcnQ" not in str(caught.value)
