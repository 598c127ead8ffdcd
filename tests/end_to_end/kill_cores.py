"""``kill -9`` at twenty random moments of a core: ``pytest tests/end_to_end/kill_cores.py``.

Not part of the usual tests: it takes a minute and a half.
"""

from __future__ import annotations

import pytest

from nowprint.settings import Profile

from .killing_cores import SECONDS, begin, kill_again_and_again


@pytest.mark.timeout(0)
@pytest.mark.usefixtures("starter_model", "embedder_folder")
def test_twenty_kills(profile: Profile) -> None:
    front = begin(profile)
    kill_again_and_again(front, kills=20)
    front.client.close(SECONDS)
