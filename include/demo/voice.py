"""Speaks text aloud into an MP3 file: the demo's podcast is made of known words, so that a transcript can be judged.

The voice is eSpeak NG, as a library from a Python package; nothing is fetched and no program is started.
"""

from __future__ import annotations

import ctypes
import io
import tempfile
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PCM = npt.NDArray[np.int16]

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples go to the callback, and espeak_Synth returns when all are there
_CHARACTER = 1  # POS_CHARACTER
_UTF8 = 1  # espeakCHARS_UTF8
_RATE, _GAP = 1, 7  # parameters: words a minute, pause between words
_LONGEST_PATH = 150
"""The library keeps the path of its data in 160 bytes."""

_speaking = threading.Lock()
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@lru_cache(maxsize=1)
def _library() -> tuple[Any, int]:
    """The library, ready, and its samples a second."""
    import espeakng_loader  # type: ignore[import-untyped]  # here: only who speaks needs it

    data = Path(espeakng_loader.get_data_path())
    if len(str(data)) > _LONGEST_PATH:
        link = Path(tempfile.mkdtemp(prefix="voice-")) / "data"
        link.symlink_to(data)
        data = link
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode(), 0)
    if rate <= 0:
        raise RuntimeError(f"the speech synthesiser can't read its data in {data}")
    return library, rate


@lru_cache(maxsize=64)
def spoken(text: str, voice: str = "en-us") -> tuple[PCM, int]:
    """``text`` as mono samples, and how many of them make a second."""
    with _speaking:
        library, rate = _library()
        pieces: list[PCM] = []

        def collect(samples: Any, count: int, events: Any) -> int:
            del events
            if samples and count > 0:
                pieces.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
            return 0

        keep = _Callback(collect)  # the library holds no reference of its own
        library.espeak_SetSynthCallback(keep)
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"the speech synthesiser has no voice `{voice}`")
        library.espeak_SetParameter(_RATE, 150, 0)
        library.espeak_SetParameter(_GAP, 1, 0)
        data = text.encode() + b"\0"
        if library.espeak_Synth(data, len(data), 0, _CHARACTER, 0, _UTF8, None, None) != 0:
            raise RuntimeError("the speech synthesiser failed")
        library.espeak_Synchronize()
    return (np.concatenate(pieces) if pieces else np.zeros(0, np.int16)), rate


@lru_cache(maxsize=64)
def mp3(text: str, voice: str = "en-us") -> tuple[bytes, float]:
    """``text`` spoken, as MP3, and its length in seconds."""
    import av

    samples, rate = spoken(text, voice)
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=rate, layout="mono")
        stream.bit_rate = 48_000
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=rate, frame_size=1152)
        for part in resampler.resample(frame) + resampler.resample(None):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue(), len(samples) / rate
