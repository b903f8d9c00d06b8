"""The graveyard's driver of Python libraries: driver.py LIBRARY VERSION KEY-FORM ALLOW-LIST"""

import base64
import collections
import json
import sys
import warnings

from libraries import LIBRARIES, TEXTS, Refused
from serve import serve

Mode = collections.namedtuple("Mode", "key algorithms")


def issuer_of(token, verifiers):
    """The issuer that the token names; not verified yet, it only chooses who verifies."""
    try:
        segment = token.split(".")[1]
        issuer = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))["iss"]
    except (IndexError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise Refused("the token names no issuer") from error
    if not isinstance(issuer, str) or issuer not in verifiers:
        raise Refused("no provider has the issuer of the token")
    return issuer


def main():
    library, version, key, algorithms = sys.argv[1:]
    warnings.simplefilter("ignore")  # old versions on a new Python warn at every token
    create, foreseen, differing = LIBRARIES[library](Mode(key, algorithms))
    key_forms = [key] if key in TEXTS else []
    capabilities = {"keys": ["inline"], "key_forms": key_forms, "providers": "many", **differing}

    def create_verifier(trust):
        settings = trust.get("leeway_seconds") or 0, trust.get("cache") or {}
        verifiers = {one["issuer"]: create(one, *settings) for one in trust["providers"]}
        if len(verifiers) == 1:
            return next(iter(verifiers.values()))
        return lambda token: verifiers[issuer_of(token, verifiers)](token)

    description = {"contract": 1, "name": library, "version": version, "capabilities": capabilities}
    serve(description, create_verifier, foreseen)


main()
