"""The graveyard's driver of Python libraries: driver.py LIBRARY VERSION KEY-FORM ALLOW-LIST"""

import collections
import sys
import warnings

from libraries import LIBRARIES
from serve import Unsupported, serve

Mode = collections.namedtuple("Mode", "key algorithms")


def main():
    library, version, key, algorithms = sys.argv[1:]
    warnings.simplefilter("ignore")  # old versions on a new Python warn at every token
    create, foreseen, differing = LIBRARIES[library](Mode(key, algorithms))
    capabilities = {"keys": ["inline"], "providers": "one", **differing}

    def create_verifier(trust):
        if len(trust["providers"]) != 1:
            raise Unsupported("one provider")
        return create(trust["providers"][0], trust.get("leeway_seconds") or 0, trust.get("cache") or {})

    description = {"contract": 1, "name": library, "version": version, "capabilities": capabilities}
    serve(description, create_verifier, foreseen)


main()
