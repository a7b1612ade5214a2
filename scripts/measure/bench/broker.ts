/**
 * What a broker adds to a server that does nothing, when it has a token at hand.
 *
 * @module
 */

import type { Desk } from "./desk.ts";
import { medians } from "./rounds.ts";
import { ratioRow, type Row } from "./table.ts";

/** Requests that are measured at once, and how many of them are on their way at a time. */
const BATCH = 400;
const AT_A_TIME = 8;
/** Batches for each round of the desk, and until V8 has compiled what it will. */
const FINER = 3;
const WARM_UP = 20;

const HEADERS = {
  "content-type": "application/json",
  "origin": "https://www.example.com",
  "cookie": "alice",
};

/**
 * Measures the answers of a broker against those of an empty handler, over loopback.
 *
 * @param desk Where.
 * @returns One row.
 */
export async function measureBroker({ cwd, baseUrl, rounds }: Desk): Promise<Row[]> {
  const worker = new Worker(import.meta.resolve("./broker_server.ts"), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<[empty: number, broker: number]>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  const privateKey = await Deno.readTextFile(`${cwd}/keys/private_key.pem`);
  worker.postMessage({ clientId: "1127900106117", keyId: "k", privateKey, baseUrl });
  const [empty, broker] = await promise;
  const us = await medians(FINER * rounds, { broker: batch(broker), empty: batch(empty) }, WARM_UP);
  worker.terminate();
  const what = "an answer of a broker that has the token / of an empty `Deno.serve` handler";
  return [ratioRow(what, [us.broker, us.empty], "µs", ["≤", 1.5])];
}

/** Microseconds for each request. */
function batch(port: number): () => Promise<number> {
  const init = { method: "POST", headers: HEADERS, body: "{}" };
  const send = async () => {
    for (let i = 0; i < BATCH / AT_A_TIME; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/`, init);
      await response.text();
      if (!response.ok) throw new Error(`${response.status}`);
    }
  };
  return async () => {
    const begin = performance.now();
    await Promise.all(Array.from({ length: AT_A_TIME }, send));
    return (performance.now() - begin) * 1000 / BATCH;
  };
}
