import type { TokenStore } from "../provider/token_store.ts";
import { invalid } from "../token_request.ts";

const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;
/** Whoever changes the form of what is stored changes this: what is stored then is a miss. */
const LABEL = "coze-jwt store 1";
const MIN_SECRET_BYTES = 32;
/** NIST SP 800-38D, section 8.2.2: 96 random bits. */
const NONCE_BYTES = 12;
/** No token is that long; more is not even looked at. */
const MAX_SEALED_LENGTH = 100_000;

/** What hides keys, and what hides values. */
interface Keys {
  hiding: CryptoKey;
  sealing: CryptoKey;
}

/**
 * Hides what a store is given: its keys become HMACs, its values are encrypted, each for its key.
 * Whoever reads the store learns when somebody exchanges, but no token and no name; whoever writes
 * to it can make nothing but a value that this key held before. What does not open is no value.
 *
 * @param store Any store.
 * @param secret What all processes that share the store know, and nobody else: 32 bytes or more,
 *   random. The caller may clear the bytes at once.
 * @returns The same store, sealed.
 * @throws {CozeError} `usage-value` when the secret is too short.
 *
 * @example
 * ```ts ignore
 * const store = sealed(myStore, Deno.env.get("STORE_SECRET")!); // openssl rand -hex 32
 * const provider = createTokenProvider(app, {}, { store });
 * ```
 */
export function sealed(store: TokenStore, secret: string | Uint8Array): TokenStore {
  const keys = deriveKeys(bytesOf(secret));
  // Whoever asks for something hears of it.
  keys.catch(() => {});

  async function hide(key: string): Promise<string> {
    const { hiding } = await keys;
    const mac = await crypto.subtle.sign("HMAC", hiding, new TextEncoder().encode(key));
    return new Uint8Array(mac).toBase64(BASE64URL);
  }

  async function seal(hidden: string, value: string): Promise<string> {
    const { sealing } = await keys;
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const plain = new TextEncoder().encode(value);
    const box = await crypto.subtle.encrypt(cipher(nonce, hidden), sealing, plain);
    const bytes = new Uint8Array(NONCE_BYTES + box.byteLength);
    bytes.set(nonce);
    bytes.set(new Uint8Array(box), NONCE_BYTES);
    return bytes.toBase64(BASE64URL);
  }

  /** Opens what `seal` made for that key; anything else is `undefined`. */
  async function open(hidden: string, value: unknown): Promise<string | undefined> {
    const { sealing } = await keys;
    if (typeof value !== "string" || value.length > MAX_SEALED_LENGTH) return undefined;
    try {
      const bytes = Uint8Array.fromBase64(value, { alphabet: "base64url" });
      // The same bytes can be written in other ways.
      if (bytes.toBase64(BASE64URL) !== value) return undefined;
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const box = bytes.subarray(NONCE_BYTES);
      const plain = await crypto.subtle.decrypt(cipher(nonce, hidden), sealing, box);
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
    } catch {
      return undefined;
    }
  }

  return {
    async read(key) {
      const hidden = await hide(key);
      const entry = await store.read(hidden);
      if (!entry) return undefined;
      const { value: box, ...rest } = entry;
      const value = await open(hidden, box);
      return value === undefined ? rest : { ...rest, value };
    },
    async write(key, value, lifeMs, lease) {
      const hidden = await hide(key);
      return await store.write(hidden, await seal(hidden, value), lifeMs, lease);
    },
    async take(key, owner, seen) {
      return await store.take(await hide(key), owner, seen);
    },
    async giveBack(key, lease) {
      await store.giveBack(await hide(key), lease);
    },
  };
}

/** A copy of the secret. */
function bytesOf(secret: unknown): Uint8Array<ArrayBuffer> {
  const isText = typeof secret === "string";
  if (!isText && !(secret instanceof Uint8Array)) throw invalid("secret", "string, Uint8Array");
  const bytes = isText ? new TextEncoder().encode(secret) : new Uint8Array(secret);
  if (bytes.length < MIN_SECRET_BYTES) throw invalid("secret", `>= ${MIN_SECRET_BYTES} bytes`);
  return bytes;
}

/** Derives the keys. Source: RFC 5869. */
async function deriveKeys(secret: Uint8Array<ArrayBuffer>): Promise<Keys> {
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
    hiding: await subtle.deriveKey(hkdf("keys"), base, hmac, false, ["sign"]),
    sealing: await subtle.deriveKey(hkdf("values"), base, aes, false, ["encrypt", "decrypt"]),
  };
}

function cipher(iv: Uint8Array<ArrayBuffer>, hidden: string) {
  const additionalData = new TextEncoder().encode(`${LABEL} ${hidden}`);
  return { name: "AES-GCM", iv, additionalData };
}
