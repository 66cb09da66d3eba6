"""Bodies are JSON in a strict form."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from user_auth.foundation.errors import MalformedBodyError
from user_auth.web import parser

DEEPEST = b'{"a":' * 8 + b"1" + b"}" * 8

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=5
)


@given(st.dictionaries(texts, leaves | st.lists(leaves) | st.dictionaries(texts, leaves)))
def test_what_json_writes_is_read_back(value: dict[str, object]) -> None:
    """Any object of JSON's types comes through unchanged, escaped or not."""
    assert parser.parse(json.dumps(value).encode()) == value
    assert parser.parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_bytes_are_an_object_or_malformed(raw: bytes) -> None:
    """Whatever comes, the parser answers with an object or with its one refusal."""
    with suppress(MalformedBodyError):
        assert isinstance(parser.parse(raw), dict)


@pytest.mark.asvs("1.4.2", "1.5.3", "15.3.7")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"nonsense",
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b"true",
        b'{"a":1',
        b'{"a":1}x',
        b'{"a":1}{"a":1}',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":-1e999}',
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'{"b":[{"a":1,"a":1}]}',
        b'{"a":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":["\\u0000"]}',
        b'{"a":{"b":"x\\u0000"}}',
        b'{"a":"\x00"}',
        b'{"a":"\n"}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":["\\ude00\\ud83d"]}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b'{"a":"\xc0\x80"}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32"),
        b'{"a":9223372036854775808}',
        b'{"a":-9223372036854775809}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' * 9 + b"1" + b"}" * 9,
        b'{"a":' + b"[" * 8 + b"]" * 8 + b"}",
        b"[" * 16000,
        b'{"a":' * 3000,
        b'{"a":"\\',
        b'{"a":"\\u12',
    ],
)
def test_a_body_in_another_form_is_malformed(raw: bytes) -> None:
    """Not JSON, not an object, not plain: all one refusal, and none of it a crash."""
    with pytest.raises(MalformedBodyError):
        parser.parse(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (DEEPEST, json.loads(DEEPEST)),
        (b'{"a":"' + b"[{" * 50 + b'"}', {"a": "[{" * 50}),
        (b'{"a":"\\"' + b"[" * 50 + b'"}', {"a": '"' + "[" * 50}),
        (b'{"a":"\\\\","b":[[[[[[[]]]]]]]}', {"a": "\\", "b": [[[[[[[]]]]]]]}),
        (b'{"a":[[],[],[],[],[],[],[],[],[],[]]}', {"a": [[]] * 10}),
        (b' {"a" : 1 }\r\n', {"a": 1}),
        (b'{"a":9223372036854775807,"b":-9223372036854775808}', {"a": 2**63 - 1, "b": -(2**63)}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b"{}", {}),
    ],
)
def test_what_only_looks_wrong_is_read(raw: bytes, value: dict[str, object]) -> None:
    """Eight levels, brackets inside strings, the last integers of 64 bits, a pair of surrogates."""
    assert parser.parse(raw) == value
