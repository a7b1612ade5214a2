/**
 * The library as one file for Node and Bun: `deno task bundle` makes dist/mod.js of it.
 *
 * @module
 */

// What Node 20 to 24 lack. core-js leaves alone what is there; `modules/` has no more than its name
// says, a third of the size of `actual/`.
// deno-lint-ignore-file no-import-prefix -- the versions stand in the code, as in lib/
import "npm:core-js@3.51.0/modules/es.uint8-array.from-base64.js";
import "npm:core-js@3.51.0/modules/es.uint8-array.from-hex.js";
import "npm:core-js@3.51.0/modules/es.uint8-array.to-base64.js";
import "npm:core-js@3.51.0/modules/es.uint8-array.to-hex.js";
import "npm:core-js@3.51.0/modules/es.promise.try.js";
import "npm:core-js@3.51.0/modules/es.promise.with-resolvers.js";
import "npm:core-js@3.51.0/modules/web.url.parse.js";

export * from "../mod.ts";
export * from "../lib/api/mod.ts";
export * from "../lib/broker/mod.ts";
export * from "../lib/emulator/mod.ts";
export * from "../lib/stores/mod.ts";
