"""The real window, timed: its first paint, then its event loop through what a first minute brings.

Run as a process of its own by ``nowprint bench startup``; prints one JSON object. What comes before the
window is what ``__main__`` does, and as little.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path


def main() -> int:
    gc.disable()
    from nowprint.gui.process.startup_scenario import play

    given = sys.argv[1:]
    home = Path(given[given.index("--home") + 1])
    model = given[given.index("--model") + 1] if "--model" in given else None
    return play(home, model, only_paint="--only-paint" in given)


if __name__ == "__main__":
    sys.exit(main())
