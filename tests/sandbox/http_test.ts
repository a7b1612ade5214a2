import { assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { type HttpRequest, send, startCall } from "../../lib/http.ts";

for (const text of ["https://api.coze.cn", "https://127.0.0.2", "http://[::1]:8000"]) {
  Deno.test(`send() names the flag that the sandbox wants for ${text}`, async () => {
    const url = new URL(text);
    const requests: HttpRequest[] = [
      { method: "GET", url },
      { method: "POST", url, bearer: "czs_0123456789ab", body: { a: 1 } },
    ];
    for (const request of requests) {
      const call = () => send(request, startCall(), 1000);
      const { code, message, details } = await assertRejects(call, CozeError);
      const words = `Cannot reach ${url.host} without --allow-net=${url.host}`;
      assertEquals([code, message, details], ["sandbox-net", words, { host: url.host }]);
    }
  });
}
