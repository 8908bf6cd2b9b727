"""What the page "Import YAML" sends: the text, files, and which button was pressed."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from cluster.objects.manifest import DEFAULT_LIMITS, ManifestError, Problem
from cluster.objects.manifest.stream import decode

REVIEW, APPLY, REPAIR, RESTORE = "review", "apply", "repair", "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportForm:
    """`digest` names the plan that was shown, `previous` is the text that a sample replaced.

    `problems` says which files could not be taken; the text is then as it was in the editor.
    """

    action: str
    text: str
    digest: str = ""
    sample: str = ""
    previous: str = ""
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> ImportForm:
        """Read a request."""
        text = _lines(request.POST.get("text", ""))
        texts, problems = _files(request.FILES.getlist("files"))
        return cls(
            action=request.POST.get("action", REVIEW),
            text=text if problems else _joined([text, *texts]),
            digest=request.POST.get("digest", ""),
            sample=request.POST.get("sample", ""),
            previous=_lines(request.POST.get("previous", "")),
            problems=tuple(problems),
        )


def _lines(text: str) -> str:
    """Forms send line ends as CR LF; the text is kept as the editor has it."""
    return text.replace("\r\n", "\n")


def _files(files: list[UploadedFile[bytes]]) -> tuple[list[str], list[Problem]]:
    texts: list[str] = []
    problems: list[Problem] = []
    for file in files:
        # One byte more than is read is enough to see that the file is too large.
        raw = file.read(DEFAULT_LIMITS.bytes + 1)
        try:
            texts.append(_lines(decode(raw, DEFAULT_LIMITS)))
        except ManifestError as error:
            problems += [
                Problem(0, each.line, each.column, f"{file.name}: {each.message}", each.hint)
                for each in error.problems
            ]
    return texts, problems


def _joined(texts: list[str]) -> str:
    """Several texts as one stream of documents."""
    held = [text for text in texts if text.strip()]
    if len(held) < 2:
        return held[0] if held else ""
    return "\n---\n".join(text.strip("\n") for text in held) + "\n"
