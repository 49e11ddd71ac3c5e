"""Speech to text: engines behind one protocol, clips, checks, resuming. Importing this loads no engine and no model."""

from rightful.speech.clip_store import ClipStore, FolderClips
from rightful.speech.engines.base import Engine, load_engine
from rightful.speech.options import EngineName, MediaError, SpeechOptions, SpeechProgress, Transcript
from rightful.speech.transcribe import transcribe_file

__all__ = [
    "ClipStore",
    "Engine",
    "EngineName",
    "FolderClips",
    "MediaError",
    "SpeechOptions",
    "SpeechProgress",
    "Transcript",
    "load_engine",
    "transcribe_file",
]
