/// <reference lib="deno.worker" />
// A worker that grants a token to whoever asks: it costs the same for all, and as little as may be.
// It tells its port once it listens.

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => self.postMessage(port),
}, () => Response.json({ "access_token": "czs_of_a_benchmark", "expires_in": 2_000_000_000 }));
