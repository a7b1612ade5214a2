// One process of a fleet: creates a provider as the environment says, prints "ready", then does what
// each line on stdin says and writes a line of JSON for it.
//
//   get NAME MIN_LIFE     gets a token that lives so many milliseconds; NAME can be "-"
//   names COUNT           gets tokens of so many session names at once
//   clock MS              sets the clock so many milliseconds forward
//   loop EVERY FOR        calls getToken every so many milliseconds for so many

// deno-lint-ignore-file no-console -- its output is its answer.

import { CozeError, createTokenProvider } from "../../../mod.ts";
import type { TokenRequest } from "../../../mod.ts";
import { CLIENT_ID, KEY_ID } from "../../testing/keys.ts";
import type { TokenStore } from "../../../lib/token_store.ts";
import { kvStore, redisStore } from "../../../lib/stores/mod.ts";
import { lines } from "./lines.ts";
import { createRespClient } from "./resp_client.ts";
import type { Got, Looped, Setup } from "./fleet.ts";

const setup: Setup = JSON.parse(Deno.env.get("FLEET_SETUP")!);
const { baseUrl, store, secret, keyFile, worker } = setup;
let { offsetMs = 0 } = setup;

async function open(): Promise<TokenStore> {
  if ("kv" in store) return kvStore(await Deno.openKv(store.kv), { secret });
  if (store.client === undefined) {
    return redisStore(createRespClient(store.redis).command, { secret });
  }
  const url = `redis://127.0.0.1:${store.redis}`;
  // The clients are large: only a process that needs one loads it.
  if (store.client === "ioredis") {
    const { Redis } = await import("./ioredis.ts");
    const client = new Redis(url);
    return redisStore(([name, ...args]) => client.call(name!, ...args), { secret });
  }
  const { createClient } = await import("./redis_client.ts");
  const client = await createClient({ url }).connect();
  return redisStore((args) => client.sendCommand(args), { secret });
}

const events: string[] = [];
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
      events.push(kind);
    },
  },
);

async function get(request?: TokenRequest, minLifeMs = 0): Promise<Got> {
  const start = performance.now();
  const first = events.length;
  const rest = () => ({
    ms: Math.round(performance.now() - start),
    events: events.slice(first),
  });
  try {
    const { accessToken, lifeMs } = await provider.getAccessToken(request, { minLifeMs });
    return { token: accessToken, endsAt: Date.now() + lifeMs, ...rest() };
  } catch (error) {
    const code = error instanceof CozeError ? error.code : `${error}`;
    return { error: code, ...rest() };
  }
}

async function loop(everyMs: number, forMs: number): Promise<Looped> {
  const looped: Looped = { calls: 0, errors: {}, tokens: {}, longestMs: 0 };
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    // Before the call: a busy machine may stop this process between the result and a look at the clock.
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

function obey(verb: string, first: string, second: string): unknown {
  if (verb === "get") {
    return get(first === "-" ? undefined : { sessionName: first }, Number(second));
  }
  if (verb === "loop") return loop(Number(first), Number(second));
  if (verb === "clock") return void (offsetMs += Number(first));
  const names = Array.from({ length: Number(first) }, (_, at) => `user-${at}`);
  return Promise.all(names.map((sessionName) => get({ sessionName })));
}

console.log("ready");
for await (const line of lines(Deno.stdin.readable)) {
  const [verb, first = "", second = ""] = line.split(" ");
  console.log(JSON.stringify(await obey(verb!, first, second) ?? {}));
}
Deno.exit(0);
