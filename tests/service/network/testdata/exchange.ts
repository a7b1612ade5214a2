// Exchanges, and prints the error as JSON.

import { exchangeJwt } from "../../../../mod.ts";

const [baseUrl = "", privateKey = ""] = Deno.args;
const app = { clientId: "1127900106117", keyId: "key-1", privateKey, baseUrl };
const error = await exchangeJwt(app).catch((error) => error);
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify(error));
