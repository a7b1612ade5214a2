/**
 * Node with the official SDK, as somebody has it who installs that instead.
 *
 * @module
 */

import { childEnvironment } from "../../child.ts";
import { child, type Desk, type Program } from "./desk.ts";

/** The package, in the version that the tests ask. */
export const SDK = "@coze/api@1.3.9";

/** Longest time for the installation. */
const LIMIT_MS = 60_000;

const FLAGS = [
  "--no-audit",
  "--no-fund",
  "--ignore-scripts",
  "--prefer-offline",
  "--fetch-retries=0",
];

/** What was installed, or why nothing was. */
export type Installed =
  & { node: string }
  & ({ programs: Record<"require" | "import", Program> } | { programs?: never; reason: string });

/**
 * Installs the SDK into a folder of the desk's.
 *
 * @param desk Where.
 * @returns Programs that do in Node what `inspect` proves: that the JWT can be signed.
 */
export async function installSdk(desk: Desk): Promise<Installed> {
  const folder = `${desk.cwd}/node`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/package.json`, "{}\n");
  for (const [name, text] of Object.entries(SCRIPTS)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  let node = "Node";
  try {
    const version = await outputOf(desk, ["node", "--version"]);
    // Deno stands in for a Node that is not there.
    if (!/^v\d+\.\d+\.\d+$/.test(version)) throw new Error("node is not there");
    node = `Node ${version}`;
    await outputOf({ ...desk, cwd: folder }, ["npm", "install", ...FLAGS, SDK]);
  } catch (error) {
    return { node, reason: (error as Error).message };
  }
  return {
    node,
    programs: {
      require: ["node", `${folder}/require.cjs`],
      import: ["node", `${folder}/import.mjs`],
    },
  };
}

async function outputOf({ cwd, signal }: Desk, program: Program): Promise<string> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const { success, code, stdout, stderr } = await run();
  if (limit.aborted) throw new Error(`${program[0]} was not ready within ${LIMIT_MS / 1000} s`);
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout).trim();
  // A registry's address may hold a password, so no more than the code is shown.
  const [words] = /npm (?:error|ERR!) code \w+/.exec(decoder.decode(stderr)) ?? [];
  throw new Error(words ?? `${program[0]} ended with ${code}`);

  async function run() {
    try {
      return await child({ cwd, signal: AbortSignal.any([limit, signal]) }, program, {
        env: childEnvironment({ proxies: true }),
        stdout: "piped",
        stderr: "piped",
      }).output();
    } catch {
      throw new Error(`${program[0]} is not there`);
    }
  }
}

/**
 * The SDK's `getJWTToken` signs and exchanges in one. Here only what comes before the exchange is
 * done: the SDK is loaded and its own signer, loaded with it, is called with what the SDK would pass.
 * With the exchange Node would need longer, and its HTTP client would be measured too; `inspect`
 * sends nothing. In Node's favour the ids stand in the script, while `inspect` reads them from
 * `.env`, checks the key and shows its verdicts.
 */
const SIGN = `
const pem = readFileSync("keys/private_key.pem", "utf8");
const iat = Math.floor(Date.now() / 1000);
const jti = randomBytes(32).toString("hex");
const claims = { iss: "1127900106117", aud: "api.coze.cn", iat, exp: iat + 3600, jti };
const keyid = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";
console.log(jsonwebtoken.sign(claims, pem, { algorithm: "RS256", keyid }));
`;

const SCRIPTS: Readonly<Record<string, string>> = {
  "require.cjs": `
require("@coze/api");
const jsonwebtoken = require("jsonwebtoken");
const { randomBytes } = require("node:crypto");
const { readFileSync } = require("node:fs");
${SIGN}`,
  "import.mjs": `
import "@coze/api";
import jsonwebtoken from "jsonwebtoken";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
${SIGN}`,
};
