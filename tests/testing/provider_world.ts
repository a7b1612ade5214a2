// A provider on a virtual machine, with an endpoint that counts.

import { createAssertion } from "../../lib/assertion.ts";
import {
  createTokenProvider,
  type TokenProviderOptions,
} from "../../lib/provider/token_provider.ts";
import type { TokenEvent } from "../../lib/provider/token_event.ts";
import type { TokenRequest } from "../../lib/token_request.ts";
import { shortPkcs8Pem } from "./keys.ts";
import { createEndpoint, createMachine, type EndpointOptions } from "./machine.ts";

/** The app of these tests, with a key that signs fast. */
export const app = () => ({ clientId: "1127900106117", keyId: "k", privateKey: shortPkcs8Pem() });

/** What a world is made of. */
interface WorldOptions extends EndpointOptions {
  skewMs?: number;
  request?: TokenRequest;
  options?: TokenProviderOptions;
}

/** Makes all of it. */
export function createProviderWorld(
  { skewMs = 0, request, options, ...endpoint }: WorldOptions = {},
) {
  const machine = createMachine(skewMs);
  const coze = createEndpoint(machine, endpoint);
  const events: TokenEvent[] = [];
  let ended = 0;
  let waiting: { count: number; resolve: () => void }[] = [];
  const provider = createTokenProvider(app(), request, {
    now: machine.now,
    monotonic: machine.monotonic,
    fetch: coze.fetch,
    sleep: (ms) => {
      machine.pass(ms);
      return Promise.resolve();
    },
    onEvent(event) {
      events.push(event);
      if (event.type === "exchange" || event.type === "failure") ended++;
      waiting.filter(({ count }) => count <= ended).forEach(({ resolve }) => resolve());
      waiting = waiting.filter(({ count }) => count > ended);
    },
    ...options,
  });
  return {
    machine,
    coze,
    provider,
    events,
    /** How many events of a type there were. */
    count: (type: TokenEvent["type"]) => events.filter((event) => event.type === type).length,
    /** Waits until an exchange that a call has begun has surely been sent. */
    async sent(): Promise<void> {
      // It signs, and nothing else that takes time.
      for (let i = 0; i < 3; i++) await createAssertion(app());
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
    /** Waits until so many exchanges have ended, well or not, since the start. */
    async ended(least: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count: least, resolve });
      if (ended < least) await promise;
      // The event comes before the token is put in its place.
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}
