import { assertEquals, assertRejects } from "@std/assert";
import { CozeError } from "../../lib/error.ts";
import { send, startCall } from "../../lib/transport.ts";

for (const url of ["https://api.coze.cn", "https://127.0.0.2", "http://[::1]:8000"]) {
  Deno.test(`send() names the flag that the sandbox wants for ${url}`, async () => {
    const call = () => send(new Request(url), startCall({}), 1000);
    const { code, message } = await assertRejects(call, CozeError);
    const { host } = new URL(url);
    const words = `Cannot reach ${host} without --allow-net=${host}`;
    assertEquals([code, message], ["sandbox-net", words]);
  });
}
