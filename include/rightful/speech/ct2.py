"""CTranslate2's Whisper weights in openai-whisper's form: ``{dims, model_state_dict}``.

Both hold the same tensors under other names; CTranslate2 lays the projections of query, key and value on top of each
other, and key and value of the attention from decoder to encoder. So one set of weights serves both engines.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

from rightful.errors import Malformed

if TYPE_CHECKING:
    import numpy as np

Tensors: TypeAlias = "dict[str, np.ndarray[Any, Any]]"

DTYPES: Final = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
"""Element types in ``model.bin``, binary version 6. int8 weights carry scales, and bfloat16 no numpy type: not read."""
VERSION: Final = 6
MAX_TENSORS: Final = 100_000
ATTENTION_PARTS: Final = ("query", "key", "value")


def read(path: Path) -> Tensors:
    """All tensors of a ``model.bin`` of a Whisper model by their CTranslate2 names, aliases included.

    Raises :class:`Malformed` for a file that is not whole, not Whisper's or in a form not known here.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        (version,) = _unpack(file, "<I")
        if version != VERSION:
            raise Malformed(
                f"{path}: binary version {version}, {VERSION} is known here", remedy="convert the model anew"
            )
        kind = _string(file)
        if kind != "WhisperSpec":
            raise Malformed(f"{path} holds a {kind[:40]!r}, not a Whisper model", remedy="name another model")
        _unpack(file, "<I")  # the revision of the layout
        tensors = dict(_tensor(file, size) for _ in range(_count(file)))
        for _ in range(_count(file)):
            alias, name = _string(file), _string(file)
            if name not in tensors:
                raise Malformed(f"{path}: {alias[:60]} stands for {name[:60]}, which is not there")
            tensors[alias] = tensors[name]
        return tensors


def _unpack(file: BinaryIO, form: str) -> tuple[Any, ...]:
    raw = file.read(struct.calcsize(form))
    if len(raw) != struct.calcsize(form):
        raise Malformed(f"{file.name} ends too early", remedy="fetch the model anew")
    return struct.unpack(form, raw)


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "<H")
    raw = file.read(length)
    if len(raw) != length:
        raise Malformed(f"{file.name} ends too early", remedy="fetch the model anew")
    return raw.rstrip(b"\0").decode("utf-8", "replace")


def _count(file: BinaryIO) -> int:
    (count,) = _unpack(file, "<I")
    if count > MAX_TENSORS:
        raise Malformed(f"{file.name} announces {count} tensors")
    return int(count)


def _tensor(file: BinaryIO, size: int) -> tuple[str, np.ndarray[Any, Any]]:
    import numpy as np

    name = _string(file)
    (rank,) = _unpack(file, "<B")
    shape = _unpack(file, f"<{rank}I")
    (kind,) = _unpack(file, "<B")
    (length,) = _unpack(file, "<I")
    if kind not in DTYPES:
        raise Malformed(
            f"{file.name}: {name[:60]} has element type {kind}", remedy="convert the model to float16 or float32"
        )
    if length > size - file.tell():
        raise Malformed(f"{file.name} ends inside {name[:60]}", remedy="fetch the model anew")
    flat = np.frombuffer(file.read(length), dtype=DTYPES[kind])
    if flat.size != int(np.prod(shape, dtype=np.int64)):
        raise Malformed(f"{file.name}: {name[:60]} has {flat.size} elements, not {shape}")
    return name, flat.reshape(shape)


def to_openai(tensors: Tensors) -> tuple[dict[str, int], Tensors]:
    """The dimensions (openai-whisper's ``ModelDimensions``) and the float32 state of the same model.

    Raises :class:`Malformed` for a model that openai-whisper's layout can't hold (quantised, or with a key bias).
    """
    import numpy as np

    todo = dict(tensors)
    state: Tensors = {}

    def take(name: str) -> np.ndarray[Any, Any]:
        if name not in todo:
            raise Malformed(f"the model has no {name}", remedy="is it a Whisper model, in float16 or float32?")
        value = todo.pop(name)
        if value.dtype.kind != "f":
            raise Malformed(f"{name} is quantised", remedy="convert the model to float16 or float32")
        return np.array(value, dtype=np.float32)  # a copy that may be written to, which torch wants

    def linear(source: str, target: str) -> None:
        state[f"{target}.weight"], state[f"{target}.bias"] = take(f"{source}/weight"), take(f"{source}/bias")

    def norm(source: str, target: str) -> None:
        state[f"{target}.weight"], state[f"{target}.bias"] = take(f"{source}/gamma"), take(f"{source}/beta")

    def projections(source: str, target: str, parts: tuple[str, ...]) -> None:
        weight, bias = take(f"{source}/weight"), take(f"{source}/bias")
        if weight.ndim != 2 or weight.shape[0] % len(parts) or bias.shape != weight.shape[:1]:
            raise Malformed(f"{source} is {weight.shape}, which is not {len(parts)} projections")
        for part, w, b in zip(parts, np.split(weight, len(parts)), np.split(bias, len(parts)), strict=True):
            state[f"{target}.{part}.weight"] = np.ascontiguousarray(w)
            if part != "key":
                state[f"{target}.{part}.bias"] = np.ascontiguousarray(b)
            elif b.any():  # openai-whisper's keys have no bias
                raise Malformed(f"{source} has a bias for the keys")

    def block(source: str, target: str, *, crossed: bool) -> None:
        norm(f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
        projections(f"{source}/self_attention/linear_0", f"{target}.attn", ATTENTION_PARTS)
        linear(f"{source}/self_attention/linear_1", f"{target}.attn.out")
        if crossed:
            norm(f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
            projections(f"{source}/attention/linear_0", f"{target}.cross_attn", ATTENTION_PARTS[:1])
            projections(f"{source}/attention/linear_1", f"{target}.cross_attn", ATTENTION_PARTS[1:])
            linear(f"{source}/attention/linear_2", f"{target}.cross_attn.out")
        norm(f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
        linear(f"{source}/ffn/linear_0", f"{target}.mlp.0")
        linear(f"{source}/ffn/linear_1", f"{target}.mlp.2")

    def layers(side: str) -> int:
        numbers = {
            int(name.split("/")[1].removeprefix("layer_"))
            for name in tensors
            if name.startswith(f"{side}/layer_") and name.split("/")[1][6:].isdecimal()
        }
        if numbers != set(range(len(numbers))) or not numbers:
            raise Malformed(f"the layers of the {side} are {sorted(numbers)}")
        return len(numbers)

    heads = {side: int(tensors.get(f"{side}/num_heads", np.int16(0))) for side in ("encoder", "decoder")}
    linear("encoder/conv1", "encoder.conv1")
    linear("encoder/conv2", "encoder.conv2")
    state["encoder.positional_embedding"] = take("encoder/position_encodings/encodings")
    state["decoder.positional_embedding"] = take("decoder/position_encodings/encodings")
    state["decoder.token_embedding.weight"] = take("decoder/embeddings/weight")
    norm("encoder/layer_norm", "encoder.ln_post")
    norm("decoder/layer_norm", "decoder.ln")
    counts = {side: layers(side) for side in ("encoder", "decoder")}
    for side, count in counts.items():
        for number in range(count):
            block(f"{side}/layer_{number}", f"{side}.blocks.{number}", crossed=side == "decoder")
    projection = todo.pop("decoder/projection/weight", None)
    if projection is not None and projection is not tensors["decoder/embeddings/weight"]:
        raise Malformed("the model's output projection is not its embedding, as it is in Whisper")
    unread = sorted(name for name, value in todo.items() if value.ndim and value.dtype.kind == "f")
    if unread:
        raise Malformed(f"the model holds tensors that Whisper has not: {', '.join(unread[:5])}")
    for side, count in heads.items():
        if count < 1 or state[f"{side}.positional_embedding"].shape[1] % count:
            raise Malformed(f"the {side} has {count} heads")
    audio, text = state["encoder.positional_embedding"].shape, state["decoder.positional_embedding"].shape
    dims = {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": audio[0],
        "n_audio_state": audio[1],
        "n_audio_head": heads["encoder"],
        "n_audio_layer": counts["encoder"],
        "n_vocab": state["decoder.token_embedding.weight"].shape[0],
        "n_text_ctx": text[0],
        "n_text_state": text[1],
        "n_text_head": heads["decoder"],
        "n_text_layer": counts["decoder"],
    }
    return dims, state
