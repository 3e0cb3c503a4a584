"""format=flowed (RFC 3676): lines that end in a blank go on in the next one."""

from __future__ import annotations

_SIGNATURE = "-- "


def unflowed(text: str, *, delete_space: bool = False) -> str:
    """`text` with its soft line breaks removed; quotations keep their depth, and signatures their separator."""
    lines: list[str] = []
    paragraph: str | None = None
    paragraph_depth = 0
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")  # space-stuffed
        if paragraph is not None and (depth != paragraph_depth or words == _SIGNATURE):
            lines.append(_quoted(paragraph, paragraph_depth))
            paragraph = None
        whole = (paragraph or "") + words
        if words.endswith(" ") and words != _SIGNATURE:
            paragraph, paragraph_depth = whole[:-1] if delete_space else whole, depth
        else:
            lines.append(_quoted(whole, depth))
            paragraph = None
    if paragraph is not None:
        lines.append(_quoted(paragraph, paragraph_depth))
    return "\n".join(lines)


def _quoted(words: str, depth: int) -> str:
    return f"{'>' * depth} {words}" if depth else words
