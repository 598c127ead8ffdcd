"""Frames: whole or not at all."""

from __future__ import annotations

import io
import os
import pickle
import struct

import pytest

from nowprint.errors import CoreDied, MessageTooLong, UserError
from nowprint.events import AnswerText, Progress, Started
from nowprint.records import Message
from nowprint.service import protocol as p
from nowprint.settings import Settings

MESSAGE = Message(1, 2, "user", "猫 \x00 <|im_end|> \ufffd", 3.5, "complete", "", (4, 5), None)
FRAMES: tuple[p.Frame, ...] = (
    p.Call(1, p.Send(7, "Hello, 猫")),
    p.Call(2, p.ChangeSettings(Settings(model="/a b/ü.gguf"))),
    p.StopAnswer(),
    p.Reply(1, (MESSAGE,)),
    p.Reply(3, None),
    p.Emitted(1, Started(MESSAGE, MESSAGE)),
    p.Emitted(1, AnswerText("x" * 100_000, 1, 2.5, 3)),
    p.Announced(Progress("Loading", None)),
)


def raw(*frames: p.Frame) -> bytes:
    pipe = io.BytesIO()
    for frame in frames:
        p.write_frame(pipe, frame)
    return pipe.getvalue()


def test_frames_arrive_as_they_were_sent_and_in_order() -> None:
    pipe = io.BytesIO(raw(*FRAMES))
    assert [p.read_frame(pipe) for _ in FRAMES] == list(FRAMES)
    assert p.read_frame(pipe) is None
    assert p.read_frame(pipe) is None


def test_a_frame_is_its_length_and_a_pickle() -> None:
    data = raw(FRAMES[0])
    assert struct.unpack(">Q", data[:8]) == (len(data) - 8,)
    assert pickle.loads(data[8:]) == FRAMES[0]  # noqa: S301


def test_a_frame_that_is_cut_anywhere_is_the_end() -> None:
    """The other process may die in the middle of writing."""
    data = raw(FRAMES[0])
    for length in range(len(data)):
        assert p.read_frame(io.BytesIO(data[:length])) is None
        pipe = io.BytesIO(raw(FRAMES[2]) + data[:length])
        assert p.read_frame(pipe) == FRAMES[2]
        assert p.read_frame(pipe) is None


@pytest.mark.parametrize(
    "fault", [UserError("All is lost: give up."), MessageTooLong("Too long."), CoreDied("It died.")]
)
def test_faults_arrive_with_their_kind_and_their_sentence(fault: UserError) -> None:
    frame = p.read_frame(io.BytesIO(raw(p.Failure(1, fault))))
    assert isinstance(frame, p.Failure)
    assert type(frame.error) is type(fault)
    assert str(frame.error) == str(fault)


def test_frames_through_a_real_pipe_whose_writer_goes() -> None:
    receiving, sending = os.pipe()
    with open(receiving, "rb") as pipe:
        with open(sending, "wb") as other:
            p.write_frame(other, FRAMES[0])
            other.write(raw(FRAMES[1])[:-1])
        assert p.read_frame(pipe) == FRAMES[0]
        assert p.read_frame(pipe) is None


def test_writing_to_a_pipe_whose_reader_is_gone_is_an_oserror() -> None:
    receiving, sending = os.pipe()
    os.close(receiving)
    pipe = open(sending, "wb", buffering=0)  # noqa: SIM115
    with pytest.raises(OSError, match="pipe"):
        p.write_frame(pipe, FRAMES[0])
    pipe.close()
