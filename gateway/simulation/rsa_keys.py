"""RSA keys that follow from a secret: same secret, same key (`cryptography` makes random ones only)."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from math import gcd, prod

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)

BITS = 2048
_EXPONENT = 65537
_SMALL = prod(n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19)


def derive_rsa(secret: bytes) -> RSAPrivateKey:
    """The RSA key of a secret; about a third of a second of work."""
    primes = _primes(secret)
    p, q = next(primes), next(primes)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    return RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa_crt_dmp1(d, p),
        dmq1=rsa_crt_dmq1(d, q),
        iqmp=rsa_crt_iqmp(p, q),
        public_numbers=RSAPublicNumbers(_EXPONENT, p * q),
    ).private_key()


def _primes(secret: bytes) -> Iterator[int]:
    """Primes of half the bits, the two highest set so that their product has all of them."""
    half = BITS // 2
    for number in count():
        candidate = _number(secret, number, half) | 3 << (half - 2) | 1
        if candidate % _EXPONENT != 1 and gcd(candidate, _SMALL) == 1 and _is_prime(candidate):
            yield candidate


def _number(secret: bytes, number: int, bits: int) -> int:
    blocks = (
        sha256(secret + number.to_bytes(8, "big") + part.to_bytes(4, "big")).digest()
        for part in range(bits // 256)
    )
    return int.from_bytes(b"".join(blocks), "big")


def _is_prime(candidate: int) -> bool:
    """Miller and Rabin with the first primes as witnesses: candidates are hashes, nobody chose them."""
    twos = ((candidate - 1) & -(candidate - 1)).bit_length() - 1
    odd = (candidate - 1) >> twos
    return all(_passes(candidate, base, odd, twos) for base in _WITNESSES)


def _passes(candidate: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, candidate)
    if power in (1, candidate - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % candidate
        if power == candidate - 1:
            return True
    return False
