"""CTranslate2's tensors become openai-whisper's, each in its place; what is not whole or not Whisper's is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from rightful.errors import Malformed
from rightful.speech.ct2 import Tensors, read, to_openai

STATE, MELS, VOCABULARY = 4, 3, 7


def model() -> Tensors:
    """A Whisper of one layer on each side, with a number of its own in every place."""
    tensors: Tensors = {}
    counter = 0

    def add(name: str, *shape: int) -> None:
        nonlocal counter
        size = int(np.prod(shape))
        tensors[name] = np.arange(counter, counter + size, dtype=np.float16).reshape(shape)
        counter += size

    def linear(name: str, out: int, into: int) -> None:
        add(f"{name}/weight", out, into)
        add(f"{name}/bias", out)

    def norm(name: str) -> None:
        add(f"{name}/gamma", STATE)
        add(f"{name}/beta", STATE)

    for side in ("encoder", "decoder"):
        tensors[f"{side}/num_heads"] = np.array(2, dtype=np.int16)
        add(f"{side}/position_encodings/encodings", 5, STATE)
        norm(f"{side}/layer_norm")
        layer = f"{side}/layer_0"
        norm(f"{layer}/self_attention/layer_norm")
        linear(f"{layer}/self_attention/linear_0", 3 * STATE, STATE)
        tensors[f"{layer}/self_attention/linear_0/bias"][STATE : 2 * STATE] = 0
        linear(f"{layer}/self_attention/linear_1", STATE, STATE)
        norm(f"{layer}/ffn/layer_norm")
        linear(f"{layer}/ffn/linear_0", 8, STATE)
        linear(f"{layer}/ffn/linear_1", STATE, 8)
    norm("decoder/layer_0/attention/layer_norm")
    linear("decoder/layer_0/attention/linear_0", STATE, STATE)
    linear("decoder/layer_0/attention/linear_1", 2 * STATE, STATE)
    tensors["decoder/layer_0/attention/linear_1/bias"][:STATE] = 0
    linear("decoder/layer_0/attention/linear_2", STATE, STATE)
    add("encoder/conv1/weight", STATE, MELS, 3)
    add("encoder/conv1/bias", STATE)
    add("encoder/conv2/weight", STATE, STATE, 3)
    add("encoder/conv2/bias", STATE)
    add("decoder/embeddings/weight", VOCABULARY, STATE)
    return tensors


TYPES = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}


def write(tensors: Tensors, path: Path, *, kind: str = "WhisperSpec", version: int = 6) -> bytes:
    """The file that CTranslate2 would write, with its one alias."""

    def string(text: str) -> bytes:
        return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"

    out = [struct.pack("<I", version), string(kind), struct.pack("<II", 3, len(tensors))]
    for name, value in tensors.items():
        out.append(string(name) + struct.pack("<B", value.ndim) + struct.pack(f"<{value.ndim}I", *value.shape))
        out.append(struct.pack("<BI", TYPES[value.dtype.name], value.nbytes) + value.tobytes())
    out.append(struct.pack("<I", 1) + string("decoder/projection/weight") + string("decoder/embeddings/weight"))
    path.write_bytes(b"".join(out))
    return path.read_bytes()


def test_every_number_is_found_in_its_place(tmp_path: Path) -> None:
    tensors = model()
    write(tensors, tmp_path / "model.bin")
    dims, state = to_openai(read(tmp_path / "model.bin"))
    assert dims == {
        "n_mels": MELS,
        "n_audio_ctx": 5,
        "n_audio_state": STATE,
        "n_audio_head": 2,
        "n_audio_layer": 1,
        "n_vocab": VOCABULARY,
        "n_text_ctx": 5,
        "n_text_state": STATE,
        "n_text_head": 2,
        "n_text_layer": 1,
    }
    fused = tensors["encoder/layer_0/self_attention/linear_0/weight"]
    crossed = tensors["decoder/layer_0/attention/linear_1/weight"]
    for name, wanted in {
        "encoder.blocks.0.attn.query.weight": fused[:STATE],
        "encoder.blocks.0.attn.key.weight": fused[STATE : 2 * STATE],
        "encoder.blocks.0.attn.value.weight": fused[2 * STATE :],
        "encoder.blocks.0.attn.value.bias": tensors["encoder/layer_0/self_attention/linear_0/bias"][2 * STATE :],
        "decoder.blocks.0.cross_attn.query.weight": tensors["decoder/layer_0/attention/linear_0/weight"],
        "decoder.blocks.0.cross_attn.key.weight": crossed[:STATE],
        "decoder.blocks.0.cross_attn.value.weight": crossed[STATE:],
        "decoder.blocks.0.cross_attn.out.bias": tensors["decoder/layer_0/attention/linear_2/bias"],
        "decoder.blocks.0.mlp.2.weight": tensors["decoder/layer_0/ffn/linear_1/weight"],
        "encoder.ln_post.weight": tensors["encoder/layer_norm/gamma"],
        "decoder.token_embedding.weight": tensors["decoder/embeddings/weight"],
    }.items():
        np.testing.assert_array_equal(state[name], wanted)
        assert state[name].dtype == np.float32
    assert not any("key.bias" in name for name in state)
    # Every number that is not a zero of the keys' bias came over, once.
    assert sum(value.size for value in state.values()) == sum(v.size for v in tensors.values() if v.ndim) - 3 * STATE


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = write(model(), tmp_path / "model.bin")
    for length in [*range(0, len(whole), 97), *range(len(whole) - 60, len(whole))]:
        (tmp_path / "cut.bin").write_bytes(whole[:length])
        with pytest.raises(Malformed):
            read(tmp_path / "cut.bin")


@pytest.mark.parametrize(
    ("kind", "version", "says"), [("TransformerSpec", 6, "not a Whisper"), ("WhisperSpec", 5, "binary version 5")]
)
def test_other_models(tmp_path: Path, kind: str, version: int, says: str) -> None:
    write(model(), tmp_path / "model.bin", kind=kind, version=version)
    with pytest.raises(Malformed, match=says):
        read(tmp_path / "model.bin")


def test_sizes_that_lie_ask_for_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    head = struct.pack("<I", 6) + struct.pack("<H", 12) + b"WhisperSpec\0" + struct.pack("<I", 3)
    path.write_bytes(head + struct.pack("<I", 2**32 - 1))
    with pytest.raises(Malformed, match="announces"):
        read(path)
    path.write_bytes(head + struct.pack("<IH", 1, 2) + b"a\0" + struct.pack("<BIBI", 1, 2**31, 4, 2**32 - 1))
    with pytest.raises(Malformed, match="ends inside"):
        read(path)
    path.write_bytes(head + struct.pack("<IH", 1, 2) + b"a\0" + struct.pack("<BIBI", 1, 9, 4, 4) + b"abcd")
    with pytest.raises(Malformed, match="elements"):
        read(path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("decoder/layer_norm/beta", None, "has no decoder/layer_norm/beta"),
        ("encoder/conv1/weight", np.ones((4, 3, 3), np.int8), "quantised"),
        ("encoder/layer_0/self_attention/linear_0/bias", np.ones(12, np.float16), "bias for the keys"),
        ("encoder/layer_0/self_attention/linear_0/weight", np.ones((11, 4), np.float16), "not 3 projections"),
        ("encoder/adapter/weight", np.ones((2, 2), np.float16), "encoder/adapter/weight"),
        ("decoder/num_heads", None, "0 heads"),
        ("decoder/num_heads", np.array(3, np.int16), "3 heads"),
        ("decoder/projection/weight", np.ones((7, 4), np.float16), "output projection"),
        ("decoder/layer_2/ffn/layer_norm/beta", np.ones(4, np.float16), "layers of the decoder"),
    ],
)
def test_models_that_are_not_whispers(name: str, value: np.ndarray | None, says: str) -> None:
    tensors = model()
    tensors.pop(name, None)
    if value is not None:
        tensors[name] = value
    with pytest.raises(Malformed, match=says):
        to_openai(tensors)
