"""Python imports a module of this name at start, so that what the tests start stays here as well."""

import stay_here  # noqa: F401 - importing it is all
