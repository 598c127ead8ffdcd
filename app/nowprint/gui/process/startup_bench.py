"""Times the real window: its first paint, then the stalls of its event loop in a typical first minute.

``nowprint bench startup`` runs this as a process of its own, which prints one JSON object. With ``--chats``
and a profile of many chats the first minute is another: their list is scrolled, filtered and sorted. Before
the window it does no more than ``__main__`` does before an ordinary one.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path


def main() -> int:
    gc.disable()
    given = sys.argv[1:]
    home = Path(given[given.index("--home") + 1])
    model = given[given.index("--model") + 1] if "--model" in given else None
    if "--chats" in given:
        from nowprint.gui.process.chats_scenario import play_chats

        return play_chats(home, model)
    from nowprint.gui.process.startup_scenario import play

    return play(home, model, only_paint="--only-paint" in given)


if __name__ == "__main__":
    sys.exit(main())
