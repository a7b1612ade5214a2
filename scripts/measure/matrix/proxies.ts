// What stands between a user and Coze.

import type { Clock } from "./clock.ts";
import type { Chance } from "./random.ts";
import type { Handler } from "./server.ts";

/** Changes how requests arrive or answers come back. */
export type Proxy = (handler: Handler) => Handler;

/** Keeps the Authorization header to itself, as a gateway does that has a use of its own for it. */
export const stripsAuthorization: Proxy = (handler) => (request) => {
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  return handler(new Request(request, { headers }));
};

/** Hands on the body and its type only. */
export const stripsAnswerHeaders: Proxy = (handler) => async (request) => {
  const { status, headers, body } = await handler(request);
  const type = headers.get("content-type");
  return new Response(body, { status, headers: type === null ? {} : { "content-type": type } });
};

/** Answers by itself. */
export function answers(
  status: number,
  body: string | null,
  headers: Record<string, string> = {},
): Proxy {
  return () => () => Promise.resolve(new Response(body, { status, headers }));
}

/** The pages that gateways answer with. */
export const HTML =
  "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";

/** Fails as the fetch of Deno does, whose message names the address. */
export function fails(message: string): Proxy {
  return () => (request) => {
    const cause = new Error(`error sending request for url (${request.url}): ${message}`);
    return Promise.reject(new TypeError("fetch failed", { cause }));
  };
}

/** Fails as the sandbox does. */
export const isForbidden: Proxy = () => (request) => {
  const error = new Error(`Requires net access to "${new URL(request.url).host}"`);
  error.name = "NotCapable";
  return Promise.reject(error);
};

/** Never answers, and gives up when it is told to. */
export const hangs: Proxy = () => ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/**
 * Takes its time: half of it on the way there, half on the way back.
 *
 * @param clock Whose time passes.
 * @param chance Chooses how long.
 * @param range Least and most milliseconds of a round trip.
 */
export function isSlow(clock: Clock, chance: Chance, range: readonly [number, number]): Proxy {
  return (handler) => async (request) => {
    const ms = chance.integer(...range);
    clock.pass(Math.floor(ms / 2));
    const response = await handler(request);
    clock.pass(Math.ceil(ms / 2));
    return response;
  };
}
