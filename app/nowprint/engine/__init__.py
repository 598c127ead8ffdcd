"""The engine room: the only one that imports llama_cpp."""

import os

# Set before anything here loads llama.cpp and its OpenMP: threads that wait at a barrier soon sleep
# instead of spinning. On two cores that are busy with something else, spinning made an answer ten to
# forty times slower; on idle ones it gains some percent.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
