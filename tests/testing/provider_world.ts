// Providers on a machine with clocks set by hand, and a token endpoint that counts.

import { createTokenProvider, type TokenProviderOptions } from "../../lib/token_provider.ts";
import type { TokenEvent } from "../../lib/token_event.ts";
import type { CozeApp, TokenRequest } from "../../lib/token_request.ts";
import { shortPkcs8Pem } from "./keys.ts";
import { createEndpoint, createMachine, type EndpointOptions } from "./machine.ts";
import { createMemoryStore } from "./memory_store.ts";

/** The app of these tests, with a key that signs fast. */
export const app = () => ({ clientId: "1127900106117", keyId: "k", privateKey: shortPkcs8Pem() });

interface WorldOptions extends EndpointOptions {
  /** How far the machine's clock is ahead. */
  skewMs?: number;
  request?: TokenRequest;
  options?: TokenProviderOptions;
}

/** Creates a machine, an endpoint, a store and one provider that does not use the store. */
export function createProviderWorld(
  { skewMs = 0, request, options, ...endpoint }: WorldOptions = {},
) {
  const machine = createMachine(skewMs);
  const coze = createEndpoint(machine, endpoint);
  const store = createMemoryStore(machine.truth);
  const events: TokenEvent[] = [];

  /** Creates a provider as another process would. */
  function providerOf(
    options: TokenProviderOptions = {},
    request?: TokenRequest,
    more?: Partial<CozeApp>,
  ) {
    return createTokenProvider({ ...app(), ...more }, request, {
      now: machine.now,
      monotonic: machine.monotonic,
      fetch: coze.fetch,
      sleep: (ms) => Promise.resolve(machine.pass(ms)),
      onEvent: (event) => events.push(event),
      ...options,
    });
  }

  const provider = providerOf(options, request);
  return {
    machine,
    coze,
    store,
    events,
    provider,
    providerOf,
    /** Creates a provider that uses the store. */
    sharing: (options?: TokenProviderOptions, request?: TokenRequest, more?: Partial<CozeApp>) =>
      providerOf({ store, ...options }, request, more),
    count: (type: TokenEvent["type"]) => events.filter((event) => event.type === type).length,
    /** Waits for the exchange that runs; starts one if none does. */
    async joined(of = provider): Promise<string> {
      return (await of.getAccessToken({}, { minLifeMs: Infinity })).accessToken;
    },
  };
}

/** The code of the error that a call rejects with; `undefined` when it succeeds. */
export function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(() => undefined, (error) => error.code ?? `${error}`);
}

/** Calls so many times at once. */
export function callers<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}
