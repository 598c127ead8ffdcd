"""Recognises lines that a program wrote or reads: code, configuration, logs, diffs, data.

Markdown tells fenced and indented code; here are the lines that people paste as they are. A line counts if
it has a form that prose never has, whatever the words in it are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nowprint.language.own_words.lines import Line, covering, paragraphs
from nowprint.language.sentences import Span

_CODE = re.compile(
    r"""^\s*(?:
    (?:(?:export|const|let|var|val|final|static|public|private|protected|local|auto|int|[Ss]tring|bool)\s+)*
        [$@]?[A-Za-z_][\w.$\[\]'"]*(?:\s*:\s*[\w\[\], |.<>]+)?\s*(?:[-+*/|&%:]|\?\?|//)?=(?!=)
        \s*(?:["'`\[{(].*|\S+(?:\s\S+){0,3})
    | import\s+[\w.*{}@/"']+(?:\s*,\s*[\w.]+|\s+as\s+\w+|\s+from\s+\S+)*;? | from\s+[\w.]+\s+import\s+.+
    | (?:using|package|use|require|namespace)\s+[\w.:\\'"]+;
    | \#\s*(?:include|define|ifn?def|endif|pragma)\b.* | \#!.* | @[a-z]\w*(?:\.\w+)*\(.*\)
    | (?:(?:async|public|private|protected|static|export|default|pub|abstract)\s+)*
        (?:def|class|function|func|fn|interface|struct|enum|impl|trait|module)\s+[\w$.]+\s*(?:[(<{:].*|extends\s.*)
    | (?:if|elif|while|with|unless)\b.*[=<>()\[\]].*: | for\s.+\sin\s.+:
    | (?:if|for|while|switch|catch|foreach)\s*\(.*\)\s*(?:\{.*|.*;)? | .*\)\s*(?:=>\s*)?\{
    | (?:else|try|finally|do|begin|then)\s*[:{] | [}\])]+[;,)]* | (?:end|fi|done|esac);?
    | (?![-*•\d])(?=.*[=(){}\[\]"<>]).*; | (?:return|throw|break|continue)\b.*;
    | [a-z_][\w.$]*\((?!\d+\))[^\s)]*\)(?:\.\w+\([^)]*\))*;? | [\w.$]+\(.*\)\)+;?
    | (?:return|yield|raise|await)\s+[\w.$\[\]"'(]+(?:\s*[-+*/]\s*.+)? | (?:print|echo|puts)\s*["'(].*
    | (?://|/\*|\*/)\s?.* | \#\s*[\w./-]+\.(?:ya?ml|py|js|ts|sh|conf|ini|toml|json|env)\b.*
    | [.\#]?[\w-]+(?:[ ,>+~]+[.\#]?[\w-]+)*\s*\{[^{}]*:[^{}]*\}
    | \\(?:begin|end|section|documentclass|usepackage|item)\b.*
    )$""",
    re.VERBOSE,
)
_SQL = re.compile(
    r"^\s*(?:SELECT\s.+\sFROM\b|SELECT\s[\w*,.() ]+$|INSERT\s+INTO\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b"
    r"|(?:CREATE|ALTER|DROP)\s+(?:TABLE|VIEW|INDEX|DATABASE|TRIGGER)\b"
    r"|(?:WHERE|GROUP BY|ORDER BY|(?:LEFT |INNER )?JOIN|VALUES|HAVING|LIMIT)\s*[\w(].*[=(;,].*"
    r"|\(.+\)[,;]$)",
    re.IGNORECASE,
)
_SHELL = re.compile(
    r"^\s*(?:[$%]\s+\w|[\w.-]+@[\w.-]+[:~ ].*[#$]\s|>>>\s|PS [A-Z]:\\"
    r"|(?:sudo|apt|apt-get|pip3?|npm|npx|yarn|git|docker|kubectl|curl|wget|chmod|ssh|cargo|make|brew)\s+"
    r"(?:-|[\w./:-]+(?:\s+-|$|\s+[\w.@/:-]+$))|(?:npm|yarn) (?:ERR!|WARN))"
)
_LOG = re.compile(
    r"^\s*(?:\[?\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d:\d\d|\[?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    r"|\[\d\d:\d\d(?::\d\d)?\]"
    r"|\d\d:\d\d:\d\d[.,]?\d*\s|\[?(?:INFO|DEBUG|WARN|WARNING|ERROR|FATAL|TRACE|CRITICAL)\]?[:\s]"
    r"|\[?\d{1,2}[./]\d{1,2}[./]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?: [AP]M)?\]?(?: -)? [^:]{1,40}:)"
    r"|\s(?:INFO|DEBUG|WARN|WARNING|ERROR|FATAL|TRACE)\s|\b[a-z_]+=\S+\s+(?:\S+\s+)*?[a-z_]+=\S+"
    r"|^(?:\d{1,3}\.){3}\d{1,3} \S+ \S+ \["
)
_TRACE = re.compile(
    r"^\s*(?:Traceback \(most recent|File \".+\", line \d+|at [\w.$<>/]+\s?\(.*\)|Exception in thread"
    r"|Caused by:|(?:[\w$]+\.)*[\w$]*(?:Error|Exception|Warning)(?:\b\s?\(\w+\))?:|panic:|goroutine \d+"
    r"|thread '.+' panicked"
    r"|(?:error|warning)(?:\[\w+\])?: .*|Segmentation fault|\s*\^[~^]*$)"
)
_DIFF = re.compile(
    r"^(?:diff --git |index [0-9a-f]{6,}|--- (?:a/|/dev)|\+\+\+ (?:b/|/dev)|@@ -\d|commit [0-9a-f]{7,}"
    r"|(?:Author|Commit|AuthorDate|CommitDate|Merge):\s+\S|Date:\s+\w{3} \w{3} \d)"
)
_DATA = re.compile(
    r"^\s*(?:[{\[]\s*\"|\"[^\"]+\"\s*:\s|[\[{]\s*$|[}\]]+[,;]?\s*$|'[^']+'\s*:\s|BEGIN:\w|END:\w|[A-Z-]+(?:;[^:]+)*:\S+$)"
)
_MARKUP = re.compile(r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|<!DOCTYPE|<!--|-->|&(?:nbsp|amp|lt|gt);")
_SETTING = re.compile(
    r"^\s*(?:- )?[a-z_][\w.-]*:(?:\s+\S.*)?$|^\s*\[[\w.\s-]+\]$|^\s*[\w.-]+\s*=\s*\S.*$"
)
_NESTED = re.compile(r"^\s+[a-z_][\w.-]*:|^\[[\w.\s-]+\]$|^[a-z]+[_.-][\w.-]+\s*[:=]")
_COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*|--|;|<!--|\"\"\"|''')")
_JSON = re.compile(r"[{\[][^{}\[\]]*\"[\w .-]+\"\s*:", re.DOTALL)
_SENTENCE = re.compile(r"^[^\W\d_].*\s.*\s.*[.!?…]$")

_ALONE = (_CODE, _SQL, _SHELL, _LOG, _TRACE, _DIFF, _DATA, _MARKUP)


def code(listed: Sequence[Line]) -> list[Span]:
    """The runs of lines that are a program's."""
    found: list[Span] = []
    for paragraph in paragraphs(listed):
        marks = [any(form.search(line.text) for form in _ALONE) for line in paragraph]
        marks = [m or s for m, s in zip(marks, _settings(paragraph), strict=True)]
        if not any(marks):
            continue
        if any(_DIFF.match(line.text) for line in paragraph):
            marks = [m or line.text[:1] in "+-@ " for m, line in zip(marks, paragraph, strict=True)]
        for n, line in enumerate(
            paragraph
        ):  # what belongs to the line before it, and gaps of one line
            if n and marks[n - 1] and not marks[n]:
                marks[n] = bool(line.text[:1].isspace() or _COMMENT.match(line.text)) or (
                    n + 1 < len(paragraph) and marks[n + 1] and not _SENTENCE.match(line.text)
                )
        found += _runs(paragraph, marks)
    return found


def data(text: str) -> list[Span]:
    """Objects in JSON's notation within the text, also several lines of it."""
    found: list[Span] = []
    at = 0
    while match := _JSON.search(text, at):
        end = _closing(text, match.start())
        found.append(Span(match.start(), end))
        at = end
    return found


def tables(listed: Sequence[Line]) -> list[Span]:
    """Lines that are rows of the same number of cells, as programs write them."""
    found: list[Span] = []
    for paragraph in paragraphs(listed):
        for cut in (";", "\t", "|", ","):
            cells = [_cells(line.text, cut) for line in paragraph]
            marks = [
                n > 1
                and n in (cells[at - 1] if at else 0, cells[at + 1] if at + 1 < len(cells) else 0)
                for at, n in enumerate(cells)
            ]
            least = 3 if cut == "," else 2
            marks = [m and n >= least for m, n in zip(marks, cells, strict=True)]
            found += _runs(paragraph, marks)
    return found


def _cells(line: str, cut: str) -> int:
    """The number of a line's cells; 0 if it may be prose: a comma in prose has a space behind it."""
    if cut == "," and (", " in line or line.endswith((".", "!", "?"))):
        return 0
    return line.count(cut) + 1 if cut in line else 0


def _settings(paragraph: Sequence[Line]) -> list[bool]:
    """Which lines are settings (``key: value``). A list of what somebody tells has neither nested lines nor
    sections nor keys of several parts."""
    marks = [bool(_SETTING.match(line.text)) for line in paragraph]
    plain = not any(_NESTED.match(line.text) for line in paragraph)
    return [False] * len(marks) if plain or sum(marks) < 2 else marks


def _runs(paragraph: Sequence[Line], marks: Sequence[bool]) -> list[Span]:
    runs: list[Span] = []
    for line, marked in zip(paragraph, marks, strict=True):
        if not marked:
            continue
        if runs and runs[-1].end + 1 == line.start:
            runs[-1] = Span(runs[-1].start, line.end)
        else:
            runs.append(covering([line]))
    return runs


def _closing(text: str, start: int) -> int:
    """Where the bracket at ``start`` is closed, or the end of the text."""
    depth = 0
    quoted = False
    skip = False
    for at in range(start, len(text)):
        sign = text[at]
        if skip:
            skip = False
        elif sign == "\\":
            skip = True
        elif sign == '"':
            quoted = not quoted
        elif not quoted and sign in "{[":
            depth += 1
        elif not quoted and sign in "}]":
            depth -= 1
            if not depth:
                return at + 1
    return len(text)
