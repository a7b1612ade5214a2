// deno-lint-ignore-file no-console -- the JWT is what it makes
// The floor under `inspect`: what signing the same JWT takes at least, by a script that somebody
// writes for it in ten lines.
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const base64url = { alphabet: "base64url", omitPadding: true } as const;
const utf8 = new TextEncoder();
const pem = await Deno.readTextFile("keys/private_key.pem");
const der = Uint8Array.fromBase64(pem.replace(/-----[^-]+-----/g, ""));
const key = await crypto.subtle.importKey("pkcs8", der, RS256, false, ["sign"]);
const iat = Math.floor(Date.now() / 1000);
const jti = crypto.getRandomValues(new Uint8Array(32)).toHex();
const header = { alg: "RS256", typ: "JWT", kid: "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4" };
const claims = { iss: "1127900106117", aud: "api.coze.cn", iat, exp: iat + 600, jti };
const input = [header, claims]
  .map((part) => utf8.encode(JSON.stringify(part)).toBase64(base64url)).join(".");
const signature = new Uint8Array(await crypto.subtle.sign(RS256, key, utf8.encode(input)));
console.log(`${input}.${signature.toBase64(base64url)}`);
