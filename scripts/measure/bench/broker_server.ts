/// <reference lib="deno.worker" />
// A worker with two servers: one whose handler does nothing, one with a broker that has a token at
// hand. It is told the app, and tells their ports.

import { createTokenBroker } from "../../../lib/broker/mod.ts";
import { createTokenProvider } from "../../../mod.ts";

self.onmessage = ({ data }) => {
  const broker = createTokenBroker(createTokenProvider(data), {
    origins: ["https://www.example.com"],
    user: ({ headers }) => headers.get("cookie"),
    perMinute: Number.MAX_SAFE_INTEGER,
  });
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const servers = [Deno.serve(options, () => new Response()), Deno.serve(options, broker)];
  self.postMessage(servers.map(({ addr }) => addr.port));
};
