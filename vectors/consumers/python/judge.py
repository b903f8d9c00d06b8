"""Judges the vectors with PyJWT. Exit status 1: something disagrees that known.json does not list, or no longer."""

import json
import sys
import warnings
from collections import Counter
from pathlib import Path

import jwt
import time_machine

warnings.simplefilter("ignore")  # PyJWT warns about short keys, and takes them
HERE = Path(__file__).parent
KNOWN = json.loads((HERE / "known.json").read_text())
CANNOT = {"typ", "key-text"}  # PyJWT has no option for a type; a key as text is left to the application
PROFILES = {"jwt", "at-jwt"}  # it has no rules for ID tokens


def verify(token, trust):
    provider = trust["providers"][0]
    if len(trust["providers"]) > 1:  # not verified yet: `iss` only chooses who verifies
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        provider = next((it for it in trust["providers"] if it["issuer"] == issuer), None)
        if provider is None:
            raise jwt.InvalidIssuerError("no provider has the issuer of the token")
    # As PyJWKClient chooses, which would fetch the set; a key without `kid` needs no choice.
    keys = [key for key in jwt.PyJWKSet.from_dict(provider["keys"]["jwks"]).keys if key.public_key_use in (None, "sig")]
    kid = jwt.get_unverified_header(token).get("kid")
    key = keys[0] if kid is None and len(keys) == 1 else jwt.PyJWKClient.match_kid(keys, kid)
    if key is None:
        raise jwt.PyJWKSetError("no key has the `kid` of the token")
    options = {"require": provider["required_claims"], "verify_aud": bool(provider["audiences"])}
    jwt.decode(token, key, provider["algorithms"], options, audience=provider["audiences"] or None,
               issuer=provider["issuer"], leeway=trust["leeway_seconds"])


def verdict(token, trust):
    try:
        verify(token, trust)
    except jwt.PyJWTError:
        return "reject"
    except Exception:  # none of the library's own
        return "fault"
    return "accept"


counts, found = Counter(), set()
for file in sorted((HERE / "../..").glob("*.json")):
    for group in json.loads(file.read_text())["groups"]:
        lacking = CANNOT & set(group["needs"]) or set(group["algorithms"]) - set(jwt.PyJWS().get_algorithms())
        if lacking or group["trust"]["profile"] not in PROFILES:
            counts["skipped"] += len(group["vectors"])
            continue
        with time_machine.travel(group["clock"], tick=False):
            control = "control" in group and verdict(group["control"], group["trust"])
            verdicts = [(verdict(vector["token"], group["trust"]), vector) for vector in group["vectors"]]
        for said, vector in verdicts:
            id, expected, finding = vector["id"], vector["expectation"], None
            if said == "fault":
                finding = "fault"
            elif said != expected:
                finding = vector.get("finding")
            elif said == "reject" and control != "accept":  # a refusal that proves nothing
                finding = "control-refused"
            if finding is None:
                counts[f"choices: {said}" if expected == "either" else "agree"] += 1
                continue
            found.add(id)
            state = "known" if KNOWN.get(id, {}).get("finding") == finding else "NEW"
            counts[state] += 1
            print(f"{state:5} {finding:18} {vector['level']:6} {id}  {vector['requirements'][0]}")
stale = KNOWN.keys() - found
for id in sorted(stale):
    print(f"STALE {id}: no longer disagrees")
print(f"PyJWT {jwt.__version__}: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
sys.exit(1 if stale or counts["NEW"] or not counts["agree"] else 0)
