// An RSA key that is the same in every run, so that a seed repeats everything. It protects nothing:
// it is short, and its primes can be guessed.

import { checkPrimeSync } from "node:crypto";
import { inverse, pemOf, pkcs1Der, pkcs8Der, type RsaNumbers } from "../testing/keys.ts";

const E = 65537n;

function primeFrom(start: bigint): bigint {
  for (let prime = start | 1n;; prime += 2n) {
    if (checkPrimeSync(prime) && (prime - 1n) % E !== 0n) return prime;
  }
}

function numbersFrom(p: bigint, q: bigint): RsaNumbers {
  const d = inverse(E, (p - 1n) * (q - 1n));
  return { n: p * q, e: E, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
}

/** The numbers of the key, which has 1024 bits. */
export const TOY_NUMBERS = numbersFrom(primeFrom(13n << 508n), primeFrom(15n << 508n));
/** The key in DER. */
export const TOY_PKCS1: Uint8Array = Uint8Array.from(pkcs1Der(TOY_NUMBERS));
export const TOY_PKCS8: Uint8Array = Uint8Array.from(pkcs8Der(TOY_PKCS1));
/** The key in PEM. */
export const TOY_PKCS1_PEM = pemOf("RSA PRIVATE KEY", TOY_PKCS1);
export const TOY_PKCS8_PEM = pemOf("PRIVATE KEY", TOY_PKCS8);
