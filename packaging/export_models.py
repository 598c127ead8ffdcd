"""The embedder and the encoder as onnxruntime reads them.

    .venv/bin/python packaging/export_models.py [OUT]

Writes the folders of both under OUT/models, and OUT/models.toml, the manifest that ``nowprint doctor`` holds
a frozen app to. Without OUT it adds what is missing to the folders of this checkout.
"""

from __future__ import annotations

import re
import sys
from hashlib import sha256
from pathlib import Path

import export_embedder
import export_multilingual
from export_embedder import EMBEDDER, RESOURCES
from export_multilingual import ENCODER, PACKED


def main(argv: list[str]) -> int:
    if len(argv) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    if not argv:
        export_embedder.write_model(RESOURCES / EMBEDDER, RESOURCES / EMBEDDER)
        export_multilingual.write(RESOURCES / ENCODER / PACKED, RESOURCES / ENCODER)
        return 0
    out = Path(argv[0])
    export_embedder.export(RESOURCES / EMBEDDER, out / EMBEDDER)
    export_multilingual.write(RESOURCES / ENCODER / PACKED, out / ENCODER)
    manifest = (RESOURCES / "models.toml").read_text(encoding="utf-8")
    (out / "models.toml").write_text(frozen_manifest(manifest, out), encoding="utf-8")
    for folder in (EMBEDDER, ENCODER):
        print(f"{folder}: {(out / folder / 'model.onnx').stat().st_size / 1e6:.1f} MB")
    return 0


def frozen_manifest(manifest: str, out: Path) -> str:
    """``manifest`` with the files of each exported model as they are under ``out``."""
    models = re.split(r"(?=^\[\[model\]\])", manifest, flags=re.MULTILINE)
    return "".join(_frozen(model, out) for model in models)


def _frozen(model: str, out: Path) -> str:
    folder = next(
        (one for one in (EMBEDDER, ENCODER) if f'path = "{one.as_posix()}/' in model), None
    )
    if folder is None:
        return model
    described = model.partition("[[model.file]]")[0]
    files = sorted(path for path in (out / folder).rglob("*") if path.is_file())
    return described + "\n".join(_entry(path, out) for path in files) + "\n"


def _entry(file: Path, out: Path) -> str:
    digest = sha256(file.read_bytes()).hexdigest()
    return f'[[model.file]]\npath = "{file.relative_to(out).as_posix()}"\nsha256 = "{digest}"\n'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
