"""Turns a JWK of the trust into the form in which an application hands a key to a library."""

import base64
import json

from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FORMS = {
    "spki-pem": (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "pkcs1-pem": (Encoding.PEM, PublicFormat.PKCS1),
    "openssh": (Encoding.OpenSSH, PublicFormat.OpenSSH),
    "spki-der": (Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
}

CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1, "secp256k1": ec.SECP256K1}


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key(jwk):
    number = lambda name: int.from_bytes(from_base64url(jwk[name]), "big")
    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(number("e"), number("n")).public_key(default_backend())
    if jwk["kty"] == "EC":
        curve = CURVES[jwk["crv"]]()
        return ec.EllipticCurvePublicNumbers(number("x"), number("y"), curve).public_key(default_backend())
    if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(from_base64url(jwk["x"]))
    raise ValueError(f"no text form of a key of type {jwk['kty']}")


def in_form(jwk, form):
    """The key as text, or octets for DER and shared secrets."""
    if form == "jwk-json":
        return json.dumps(jwk, separators=(",", ":"))
    if form == "jwks-json":
        return json.dumps({"keys": [jwk]}, separators=(",", ":"))
    if jwk["kty"] == "oct":
        return from_base64url(jwk["k"])
    key = public_key(jwk).public_bytes(*FORMS[form])
    return key if form == "spki-der" else key.decode()
