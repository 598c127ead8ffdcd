"""The model: loading it, reading prompts, writing answers. Only this package imports llama_cpp."""

import os

# Set before any module of this package loads llama.cpp and its OpenMP: a thread that waits at a barrier
# then soon sleeps instead of spinning. On two cores that another program kept busy, spinning made an
# answer ten to forty times slower; on idle cores it gains a few percent.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
