"""format=flowed (RFC 3676): lines that end in a blank go on in the next one."""

from __future__ import annotations

_SIGNATURE = "-- "


def unflowed(text: str, *, delete_space: bool = False) -> str:
    """`text` with its soft line breaks removed; quotations keep their depth, and signatures their separator."""
    lines: list[str] = []
    paragraph: list[str] = []  # the pieces of the line that goes on
    paragraph_depth = 0

    def end_paragraph() -> None:
        if paragraph:
            lines.append(_quoted("".join(paragraph), paragraph_depth))
            paragraph.clear()

    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")  # space-stuffed
        if depth != paragraph_depth or words == _SIGNATURE:
            end_paragraph()
        paragraph_depth = depth
        goes_on = words.endswith(" ") and words != _SIGNATURE
        paragraph.append(words[:-1] if goes_on and delete_space else words)
        if not goes_on:
            end_paragraph()
    end_paragraph()
    return "\n".join(lines)


def _quoted(words: str, depth: int) -> str:
    return f"{'>' * depth} {words}" if depth else words
