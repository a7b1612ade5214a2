// A client of the emulator that shares no code with lib/: it signs with node:crypto, and each of
// its requests can differ in one place.

import { createSign } from "node:crypto";
import { createEmulator, type EmulatorApp, type EmulatorOptions } from "../../lib/emulator/mod.ts";
import { pkcs8Pem, publicPem } from "./keys.ts";

/** What a request has that differs from a correct one; undefined members are left out. */
export interface Overrides {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  /** Members of the JSON body, or the body as it stands; null for none. */
  body?: Record<string, unknown> | string | Uint8Array<ArrayBuffer> | null;
  /** The Authorization header as it stands, or made of the JWT; null for none. */
  authorization?: string | ((jwt: string) => string) | null;
  contentType?: string;
  method?: string;
  url?: string;
  privateKey?: string;
}

export const TOKEN_URL = "https://api.coze.cn/api/permission/oauth2/token";
export const APP_ID = "1127900106117";
/** 2025-10-09T08:53:20Z */
export const NOW = 1_760_000_000;
export const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";

export function encode(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
}

let count = 0;

export function createClaims(claims: Record<string, unknown> = {}): Record<string, unknown> {
  const time = { iat: NOW, exp: NOW + 600 };
  return { iss: APP_ID, aud: "api.coze.cn", ...time, jti: `j${++count}`, ...claims };
}

export function sign(header: unknown, claims: unknown, privateKey = pkcs8Pem()): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}

/** A request with these permission names in its scope. */
export function scoped(list: unknown, more: Record<string, unknown> = {}): Overrides {
  return { body: { scope: { account_permission: { permission_list: list }, ...more } } };
}

export function bots(list: unknown): Record<string, unknown> {
  return { attribute_constraint: { connector_bot_chat_attribute: { bot_id_list: list } } };
}

export function toEndpoint(path: string): Overrides {
  return { url: `https://api.coze.cn/api/permission/oauth2/${path}/token` };
}

/** An emulator with one app and a virtual clock, and the function that sends it requests. */
export function setUp(app: Partial<EmulatorApp> = {}, options: EmulatorOptions = {}) {
  const clock = { seconds: NOW };
  const emulator = createEmulator({
    apps: [{ clientId: APP_ID, keys: { k1: publicPem() }, ...app }],
    now: () => clock.seconds * 1000,
    ...options,
  });

  function createRequest(overrides: Overrides = {}): Request {
    const header = { alg: "RS256", typ: "JWT", kid: "k1", ...overrides.header };
    const jwt = sign(header, createClaims(overrides.claims), overrides.privateKey);
    const headers = new Headers({ "content-type": overrides.contentType ?? "application/json" });
    const { authorization = `Bearer ${jwt}` } = overrides;
    if (authorization !== null) {
      const text = typeof authorization === "string" ? authorization : authorization(jwt);
      headers.set("authorization", text);
    }
    const { body = {}, method = "POST" } = overrides;
    const whole = typeof body === "string" || body instanceof Uint8Array || body === null
      ? body
      : JSON.stringify({ grant_type: GRANT_TYPE, ...body });
    return new Request(overrides.url ?? TOKEN_URL, {
      method,
      headers,
      body: method === "GET" ? null : whole,
    });
  }

  async function send(overrides: Overrides = {}) {
    const response = await emulator(createRequest(overrides));
    const text = await response.text();
    const json = text === "" ? undefined : JSON.parse(text);
    return {
      status: response.status,
      headers: response.headers,
      json,
      entry: emulator.journal.at(-1),
    };
  }

  return { emulator, clock, send, createRequest };
}
