// What stands between a user and Coze.

import type { Chance } from "../random.ts";
import type { Clock, Handler } from "./server.ts";

/** Changes requests on their way, or responses on their way back. */
export type Proxy = (handler: Handler) => Handler;

/** Drops the Authorization header, as some gateways do. */
export const stripsAuthorization: Proxy = (handler) => (request) => {
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  return handler(new Request(request, { headers }));
};

/** Drops all response headers but Content-Type. */
export const stripsResponseHeaders: Proxy = (handler) => async (request) => {
  const { status, headers, body } = await handler(request);
  const type = headers.get("content-type");
  return new Response(body, { status, headers: type === null ? {} : { "content-type": type } });
};

/** Responds without asking the server. */
export function responds(
  status: number,
  body: string | null,
  headers: Record<string, string> = {},
): Proxy {
  return () => () => Promise.resolve(new Response(body, { status, headers }));
}

/** The page of a gateway. */
export const HTML =
  "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";

/** Fails as Deno's fetch does: its message names the URL. */
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

/** Never responds; ends when the request is aborted. */
export const hangs: Proxy = () => ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/**
 * Lets time pass, half before the request arrives and half after.
 *
 * @param clock The true time.
 * @param chance Chooses the time of each round trip.
 * @param range Least and most milliseconds of a round trip.
 */
export function isSlow(clock: Clock, chance: Chance, range: readonly [number, number]): Proxy {
  return (handler) => async (request) => {
    const ms = chance.integer(...range);
    clock.now += Math.floor(ms / 2);
    const response = await handler(request);
    clock.now += Math.ceil(ms / 2);
    return response;
  };
}
