"""Lines break between words, and nowhere else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from scripts.display.wrapping import wrap

WORDS = st.lists(
    st.text(st.sampled_from("ab,.日é"), min_size=1, max_size=12)
    | st.lists(st.text(st.sampled_from("ab-"), min_size=1, max_size=8), min_size=1, max_size=4).map(
        lambda parts: f"`{' '.join(parts)}`"
    ),
    min_size=1,
    max_size=12,
)


@given(words=WORDS, width=st.integers(1, 60))
def test_no_word_and_no_command_is_broken(words: list[str], width: int) -> None:
    """Each line is whole words, at most as wide as the terminal unless it is a single word; none is lost."""
    lines = wrap(Text(" ".join(words)), width).plain.split("\n")
    assert " ".join(words) == " ".join(lines)
    left = list(words)
    for line in lines:
        taken = [left.pop(0)]
        while " ".join(taken) != line:
            taken.append(left.pop(0))
        assert cell_len(line) <= width or 1 == len(taken)
    assert [] == left


@given(words=WORDS, width=st.integers(1, 60), indent=st.integers(0, 20))
def test_further_lines_are_indented(words: list[str], width: int, indent: int) -> None:
    """An indented text is the narrower text, with blanks before all lines but the first."""
    narrow = wrap(Text(" ".join(words)), width).plain
    assert (
        narrow.replace("\n", "\n" + " " * indent) == wrap(Text(" ".join(words)), width + indent, indent).plain
    )


def test_styles_stay_with_their_words() -> None:
    """A coloured word is coloured in the line that it moves to."""
    wrapped = wrap(Text.assemble("one two ", ("three", "red")), 8)
    assert "one two\nthree" == wrapped.plain
    assert [("red", "three")] == [
        (str(span.style), wrapped.plain[span.start : span.end]) for span in wrapped.spans
    ]
