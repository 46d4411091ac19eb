"""The manager interface's wire format: whole, byte by byte, and what would smuggle something in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_engine.core.ami import MAX_MESSAGE_BYTES, Decoder, Message, challenge_key, encode_action
from voice_engine.core.errors import ProtocolError

BANNER = b"Asterisk Call Manager/11.0.0\r\n"

type Feed = Callable[[Decoder, bytes], list[Message]]


def at_once(decoder: Decoder, data: bytes) -> list[Message]:
    return decoder.receive_data(data)


def byte_by_byte(decoder: Decoder, data: bytes) -> list[Message]:
    return [message for byte in data for message in decoder.receive_data(bytes([byte]))]


@pytest.fixture(params=[at_once, byte_by_byte])
def feed(request: pytest.FixtureRequest) -> Feed:
    """Every way in which the same bytes may arrive."""
    way: Feed = request.param
    return way


def test_a_login_as_asterisk_answers_it(feed: Feed) -> None:
    """Banner, responses and events, as captured from Asterisk 22."""
    decoder = Decoder()
    wire = (
        BANNER
        + b"Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
        + b"Event: Hangup\r\nPrivilege: call,all\r\nUniqueid: 17.4\r\nAccountCode: \r\nCause-txt: User busy\r\n\r\n"
    )

    response, event = feed(decoder, wire)

    assert decoder.version == "11.0.0"
    assert (response.event, response.succeeded, response.get("actionid")) == ("", True, "1")
    assert (event.event, event.succeeded, event.get("Cause-Txt")) == ("Hangup", False, "User busy")
    assert (event.get("AccountCode"), event.get("Channel"), event.get_all("Channel")) == ("", "", [])


def test_names_may_repeat_and_values_hold_colons_and_lines(feed: Feed) -> None:
    """Lists come as repeated names; a value may even have several lines."""
    wire = (
        BANNER
        + b"Response: Success\r\nOutput: one\r\nOutput: a: b\r\nChanVariable(SIP/1): X=1\r\nOutput:three\r\n"
        + b"Text: first\r\n  and second: too\r\nthird\r\n\r\n"
    )

    (message,) = feed(Decoder(), wire)

    assert message.get_all("Output") == ["one", "a: b", "three"]
    assert message.get("ChanVariable(SIP/1)") == "X=1"
    assert message.get("Text") == "first\n  and second: too\nthird"


def test_empty_lines_between_messages_mean_nothing(feed: Feed) -> None:
    messages = feed(Decoder(), BANNER + b"\r\n\r\nEvent: A\r\n\r\n\r\n\r\nEvent: B\r\n\r\n")
    assert [message.event for message in messages] == ["A", "B"]


def test_bytes_that_are_no_text_do_no_harm(feed: Feed) -> None:
    (message,) = feed(Decoder(), BANNER + b"Event: Newchannel\r\nCallerIDName: Jos\xe9\r\n\r\n")
    assert message.get("CallerIDName") == "Jos\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("wire", "complaint"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "banner"),
        (b"Asterisk Call Centre/1\r\n", "banner"),
        (b"Asterisk Call Manager/" + b"1" * 2000, "banner does not end"),
        (BANNER + b"no header\r\n\r\n", "no header"),
        (BANNER + b"Event: X\r\nData: " + b"x" * MAX_MESSAGE_BYTES + b"\r\n\r\n", "more than"),
        (BANNER + b"Event: X\r\nData: " + b"x" * (MAX_MESSAGE_BYTES + 100), "more than"),
    ],
)
def test_what_is_not_the_manager_interface_ends_the_decoder(feed: Feed, wire: bytes, complaint: str) -> None:
    """And nothing grows without bound."""
    decoder = Decoder()
    with pytest.raises(ProtocolError, match=complaint):
        feed(decoder, wire)
    with pytest.raises(ProtocolError, match=complaint):
        decoder.receive_data(b"Event: X\r\n\r\n")


def test_an_action_on_the_wire() -> None:
    action = encode_action("Originate", [("ActionID", "7"), ("Channel", "PJSIP/501"), ("CallerID", '"Portão" <1>')])
    assert action == (
        'Action: Originate\r\nActionID: 7\r\nChannel: PJSIP/501\r\nCallerID: "Portão" <1>\r\n\r\n'.encode()
    )


@pytest.mark.parametrize("smuggled", ["\r\nAction: Originate", "\n", "\r", "x\0y", "\r\n\r\n"])
def test_no_value_or_name_adds_a_line(smuggled: str) -> None:
    """Asterisk would run what follows as an action of its own."""
    for action, header in [
        ("Ping" + smuggled, ("ActionID", "1")),
        ("Ping", ("Action" + smuggled, "1")),
        ("Ping", ("ActionID", "1" + smuggled)),
    ]:
        with pytest.raises(ProtocolError) as caught:
            encode_action(action, [header])
        assert caught.value.code == "protocol_error"


@pytest.mark.parametrize(("name", "value"), [("", "1"), ("Chan: nel", "1"), ("Channel", "x" * 1024)])
def test_what_asterisk_would_misread_is_not_sent(name: str, value: str) -> None:
    with pytest.raises(ProtocolError):
        encode_action("Ping", [(name, value)])


def test_the_answer_to_a_challenge() -> None:
    """MD5 of both, as Asterisk computes it."""
    assert challenge_key("840415273", "mysecret") == "72ee2809cbf69e9bdb27bdd924cda8e3"


_TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=60)
_NAME = st.text("abcdefghijklmnopqrstuvwxyzABC-()/123", min_size=1, max_size=20)


@given(
    actions=st.lists(st.lists(st.tuples(_NAME, _TEXT), max_size=6), max_size=5),
    data=st.data(),
)
def test_what_one_end_encodes_the_other_decodes(actions: list[list[tuple[str, str]]], data: st.DataObject) -> None:
    """Actions and messages share one form, so both ends can be joined, however the bytes are cut."""
    wire = BANNER + b"".join(encode_action("Test", headers) for headers in actions)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    decoder = Decoder()

    messages = [
        message
        for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True)
        for message in decoder.receive_data(wire[start:end])
    ]

    assert [message.headers for message in messages] == [(("Action", "Test"), *headers) for headers in actions]


@given(noise=st.binary(max_size=500))
def test_noise_is_decoded_or_refused(noise: bytes) -> None:
    """And the same byte by byte."""

    def outcome(feed: Feed) -> list[Message] | str:
        decoder = Decoder()
        decoder.receive_data(BANNER)
        try:
            return feed(decoder, noise)
        except ProtocolError as error:
            return str(error)

    assert outcome(at_once) == outcome(byte_by_byte)
