"""Takes the text out of one PDF in a process of its own, for PDFium is native code and a PDF is somebody else's file.

The file comes on standard input; its pages' texts go to standard output as JSON. Arguments: seconds of processor time
and bytes of address space. Exit status 3: no PDF that can be opened; the reason is on standard error.
"""

from __future__ import annotations

import json
import os
import resource
import sys

MOST_PAGES = 20_000
MOST_CHARACTERS = 64_000_000


def main() -> int:
    """Read one file."""
    cpu, memory = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError as error:
        print(error, file=sys.stderr)
        return 3
    if len(document) > MOST_PAGES:
        print(f"{len(document):,} pages, more than {MOST_PAGES:,}", file=sys.stderr)
        return 3
    texts: list[str] = []
    size = 0
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage().get_text_bounded()
        page.close()  # or the pages of a long book are all held
        size += len(text)
        if size > MOST_CHARACTERS:
            print(f"more than {MOST_CHARACTERS:,} characters", file=sys.stderr)
            return 3
        texts.append(text)
    target.write(json.dumps(texts).encode())
    target.flush()
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # PDFium's own clean-up of a hostile file is not waited for
