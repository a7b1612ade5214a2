import { invalidArgument } from "../error.ts";
import { BASE64URL, type Bytes } from "../pem.ts";
import { checkStore, type TokenStore } from "../token_store.ts";

/** Part of every derived key: another version makes what older ones stored unreadable. */
const LABEL = "coze-jwt store 2";
const MIN_SECRET_BYTES = 32;
/** 96 random bits. Source: NIST SP 800-38D, 8.2.2. */
const NONCE_BYTES = 12;
/** No token is that long; longer values are not decrypted. */
const MAX_SEALED_LENGTH = 100_000;

/**
 * Encrypts what a store gets: keys become HMACs, values are encrypted and bound to their key. A
 * reader of the store learns when tokens are exchanged, but no token and no name. An attacker with
 * write access can only replay an earlier value of the same key. A value that does not decrypt
 * counts as missing.
 *
 * @param store Any store.
 * @param secret At least 32 random bytes, or a text of as many bytes in UTF-8, that the processes
 *   share and keep secret. The caller may clear the bytes at once.
 * @returns The same store, encrypted.
 * @throws {CozeError} `usage` for a secret that is too short, or another wrong argument.
 *
 * @example
 * ```ts ignore
 * const store = sealed(myStore, Deno.env.get("STORE_SECRET")!); // openssl rand -hex 32
 * const provider = createTokenProvider(app, {}, { store });
 * ```
 */
export function sealed(store: TokenStore, secret: string | Uint8Array): TokenStore {
  checkStore(store);
  const keys = deriveKeys(secretBytes(secret));
  // Every operation reports the error.
  keys.catch(() => {});

  async function hideKey(key: string): Promise<string> {
    const { hmac } = await keys;
    const mac = await crypto.subtle.sign("HMAC", hmac, new TextEncoder().encode(key));
    return new Uint8Array(mac).toBase64(BASE64URL);
  }

  async function encrypt(hiddenKey: string, value: string): Promise<string> {
    const { aes } = await keys;
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const plain = new TextEncoder().encode(value);
    const ciphertext = await crypto.subtle.encrypt(aesGcm(nonce, hiddenKey), aes, plain);
    return new Uint8Array([...nonce, ...new Uint8Array(ciphertext)]).toBase64(BASE64URL);
  }

  async function decrypt(hiddenKey: string, value: string): Promise<string | undefined> {
    const { aes } = await keys;
    if (value.length > MAX_SEALED_LENGTH) return undefined;
    try {
      const bytes = Uint8Array.fromBase64(value, { alphabet: "base64url" });
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const ciphertext = bytes.subarray(NONCE_BYTES);
      const plain = await crypto.subtle.decrypt(aesGcm(nonce, hiddenKey), aes, ciphertext);
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
    } catch {
      return undefined;
    }
  }

  return {
    async get(key) {
      const hiddenKey = await hideKey(key);
      const entry = await store.get(hiddenKey);
      if (typeof entry?.value !== "string") return undefined;
      const value = await decrypt(hiddenKey, entry.value);
      return value === undefined ? undefined : { value, ttlMs: entry.ttlMs };
    },
    async set(key, value, ttlMs) {
      const hiddenKey = await hideKey(key);
      return await store.set(hiddenKey, await encrypt(hiddenKey, value), ttlMs);
    },
    async add(key, value, ttlMs) {
      const hiddenKey = await hideKey(key);
      return await store.add(hiddenKey, await encrypt(hiddenKey, value), ttlMs);
    },
    delete: async (key) => await store.delete(await hideKey(key)),
  };
}

/** A copy of the secret. */
function secretBytes(secret: unknown): Bytes {
  if (typeof secret !== "string" && !(secret instanceof Uint8Array)) {
    throw invalidArgument("secret", "a text or bytes");
  }
  const isText = typeof secret === "string";
  const bytes = isText ? new TextEncoder().encode(secret) : new Uint8Array(secret);
  if (bytes.length >= MIN_SECRET_BYTES) return bytes;
  throw invalidArgument("secret", `at least ${MIN_SECRET_BYTES} bytes`);
}

/** Derives a key for each use. Source: RFC 5869. */
async function deriveKeys(secret: Bytes) {
  const { subtle } = crypto;
  const base = await subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const hkdf = (use: string) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: new TextEncoder().encode(`${LABEL} ${use}`),
  });
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const aes = { name: "AES-GCM", length: 256 };
  return {
    hmac: await subtle.deriveKey(hkdf("keys"), base, hmac, false, ["sign"]),
    aes: await subtle.deriveKey(hkdf("values"), base, aes, false, ["encrypt", "decrypt"]),
  };
}

function aesGcm(iv: Bytes, hiddenKey: string) {
  const additionalData = new TextEncoder().encode(`${LABEL} ${hiddenKey}`);
  return { name: "AES-GCM", iv, additionalData };
}
