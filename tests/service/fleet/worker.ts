// One process of a fleet: makes a provider as the environment says, prints "ready", then does what the
// lines on stdin say and answers each with a line of JSON.
//
//   get [NAME]            gets one token
//   names COUNT           gets tokens of so many session names at once
//   loop EVERY FOR        calls getToken every so many milliseconds for so many

// deno-lint-ignore-file no-console -- its output is its answer.

import { CozeError, createTokenProvider } from "../../../mod.ts";
import type { TokenRequest } from "../../../mod.ts";
import { CLIENT_ID, KEY_ID } from "../../testing/keys.ts";
import type { TokenStore } from "../../../lib/provider/token_store.ts";
import { kvStore, redisStore } from "../../../lib/stores/mod.ts";
import { lines } from "./lines.ts";
import { createRespClient } from "./resp_client.ts";
import type { Got, Looped, Setup } from "./fleet.ts";

const { baseUrl, store, secret, offsetMs = 0, keyFile, worker }: Setup = JSON.parse(
  Deno.env.get("FLEET_SETUP")!,
);

async function open(): Promise<TokenStore> {
  if ("kv" in store) return kvStore(await Deno.openKv(store.kv), { secret });
  if (store.client === undefined) {
    return redisStore(createRespClient(store.redis).command, { secret });
  }
  // Large, so that only who needs it loads it.
  const { createClient } = await import("./redis_client.ts");
  const client = await createClient({ url: `redis://127.0.0.1:${store.redis}` }).connect();
  return redisStore((args) => client.sendCommand(args), { secret });
}

const events: Record<string, number> = {};
const provider = createTokenProvider(
  { clientId: CLIENT_ID, keyId: KEY_ID, privateKey: await Deno.readFile(keyFile), baseUrl },
  {},
  {
    store: await open(),
    now: () => Date.now() + offsetMs,
    fetch: (request) => {
      request.headers.set("x-worker", worker);
      return fetch(request);
    },
    onEvent: ({ type, ...event }) => {
      const kind = [type, ...Object.values(event).filter((each) => typeof each === "string")]
        .join(" ");
      events[kind] = (events[kind] ?? 0) + 1;
    },
  },
);

async function get(request?: TokenRequest): Promise<Got> {
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  try {
    const token = await provider.getToken(request);
    return { token, ms: ms() };
  } catch (error) {
    const code = error instanceof CozeError ? error.code : `${error}`;
    return { error: code, ms: ms() };
  }
}

async function loop(everyMs: number, forMs: number): Promise<Looped> {
  const looped: Looped = { calls: 0, errors: {}, tokens: {}, longestMs: 0, events };
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    // Before the call: a busy machine may stop this process between the answer and a look at the clock.
    const at = Date.now();
    const { token, error, ms } = await get();
    looped.calls++;
    looped.longestMs = Math.max(looped.longestMs, ms);
    if (error !== undefined) looped.errors[error] = (looped.errors[error] ?? 0) + 1;
    if (token !== undefined) looped.tokens[token] = at;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return looped;
}

console.log("ready");
for await (const line of lines(Deno.stdin.readable)) {
  const [verb, first = "", second = ""] = line.split(" ");
  const answer = verb === "get"
    ? await get(first === "" ? undefined : { sessionName: first })
    : verb === "names"
    ? await Promise.all(
      Array.from({ length: Number(first) }, (_, at) => get({ sessionName: `user-${at}` })),
    )
    : await loop(Number(first), Number(second));
  console.log(JSON.stringify(answer));
}
Deno.exit(0);
