// A broker whose tokens come from a provider on a machine with clocks set by hand.

import {
  type BrokerEvent,
  createTokenBroker,
  type TokenBrokerOptions,
} from "../../lib/broker/mod.ts";
import { createProviderWorld } from "./provider_world.ts";

export const ORIGIN = "https://www.example.com";
export const URL_OF_BROKER = "https://broker.example.com/token";

/** What a request to the broker has that differs from a correct one; `null` removes a header. */
export interface Asked {
  method?: string;
  headers?: Record<string, string | null>;
  body?: BodyInit | null;
  /** The user whose cookie the request has. */
  as?: string;
}

export function createBrokerRequest({ method = "POST", headers, body = "{}", as }: Asked = {}) {
  const all = new Headers({ "content-type": "application/json", "origin": ORIGIN });
  if (as !== undefined) all.set("cookie", `user=${encodeURIComponent(as)}`);
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === null) all.delete(name);
    else all.set(name, value);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(URL_OF_BROKER, { method, headers: all, body: hasBody ? body : null });
}

/** The user of the cookie. */
export function userOf(request: Request): string | undefined {
  const [, user] = /user=([^;]*)/.exec(request.headers.get("cookie") ?? "") ?? [];
  return user === undefined ? undefined : decodeURIComponent(user);
}

/** What a broker answered. */
export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  // deno-lint-ignore no-explicit-any
  json: any;
}

export async function read(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  const { status, headers } = response;
  return { status, headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** Creates the world of a provider, a broker with it, and what asks the broker. */
export function createBrokerWorld(
  options: Partial<TokenBrokerOptions> = {},
  world: ReturnType<typeof createProviderWorld> = createProviderWorld(),
) {
  const answered: BrokerEvent[] = [];
  let users = 0;
  const broker = createTokenBroker(world.provider, {
    origins: [ORIGIN],
    user(request) {
      users++;
      return userOf(request);
    },
    onEvent: (event) => answered.push(event),
    ...options,
  });
  const ask = async (asked?: Asked) => await read(await broker(createBrokerRequest(asked)));
  return {
    ...world,
    broker,
    ask,
    answered,
    /** How often the broker asked for the user. */
    get users() {
      return users;
    },
    /** The token that a user gets. */
    async tokenOf(as: string, refused?: string): Promise<string> {
      const { json } = await ask({ as, body: JSON.stringify({ refused }) });
      return json.token;
    },
  };
}
