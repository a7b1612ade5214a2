import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { verify } from "node:crypto";
import {
  child,
  INSPECT,
  layOutKeys,
  PACKAGE_FLAGS,
  type Program,
  tokenPrograms,
} from "../../scripts/measure/bench/desk.ts";
import { SDK } from "../../scripts/measure/bench/node_sdk.ts";
import { median, medians, roundsOf } from "../../scripts/measure/bench/rounds.ts";
import {
  graphBytes,
  MOST_BYTES,
  MOST_MODULES,
  tokenModules,
} from "../../scripts/measure/bench/size.ts";
import {
  type Bar,
  countRow,
  isMissed,
  missingRow,
  ratioRow,
  render,
} from "../../scripts/measure/bench/table.ts";
import { ROOT } from "../../scripts/child.ts";
import { publicKeyOf } from "../../lib/cli/key_pair.ts";

Deno.test("median() takes the one in the middle, or half way between two", () => {
  const values = [9, 1, 100];
  assertEquals(median(values), 9);
  assertEquals(values, [9, 1, 100]);
  assertEquals(median([4, 1, 2, 90]), 3);
  assertEquals(median([5]), 5);
});

Deno.test("medians() takes turns back and forth, and does not count the warm-up", async () => {
  let turns = "";
  const contestant = (name: string, figures: number[]) => () => {
    turns += name;
    return Promise.resolve(figures.shift()!);
  };
  const contestants = { a: contestant("a", [99, 1, 7, 3]), b: contestant("b", [99, 5, 5, 8]) };
  assertEquals(await medians(3, contestants, 1), { a: 3, b: 5 });
  assertEquals(turns, "baabbaab");
});

Deno.test("roundsOf() understands --rounds and nothing else", () => {
  assertEquals(roundsOf(["--rounds", "7"]), 7);
  assertEquals(roundsOf(["--rounds=1000"]), 1000);
  assert(roundsOf([])! > 0);
  for (
    const args of [["--rounds"], ["--rounds", "0"], ["--rounds=1001"], ["--round", "7"], ["7"]]
  ) {
    assertEquals(roundsOf(args), undefined, args.join(" "));
  }
  for (const value of ["", "-1", "1.5", "1e2", "x"]) {
    assertEquals(roundsOf([`--rounds=${value}`]), undefined, value);
  }
});

Deno.test("ratioRow() divides the first by the second and judges what it shows", () => {
  const row = ratioRow("a / b", [98.76, 60], "ms", ["≤", 1.65]);
  assertEquals(render(row), "| a / b | 98.8 / 60 ms | 1.65 | ≤ 1.65 | ok |");
  assertEquals(ratioRow("a / b", [1.66, 1], "ms", ["≤", 1.65]).verdict, "over");
  assertEquals(ratioRow("a / b", [1.99, 1], "ms", ["≥", 2]).verdict, "under");
  assertEquals(ratioRow("a / b", [2, 1], "ms", ["≥", 2]).verdict, "ok");
  assertEquals(render(ratioRow("a / b", [1, 2], "s")), "| a / b | 1 / 2 s | 0.50 | – | – |");
});

Deno.test("countRow() holds a count against its bar", () => {
  assertEquals(
    render(countRow("bytes", 58.605, "kB", ["≤", 120])),
    "| bytes | 58.6 kB | – | ≤ 120 kB | ok |",
  );
  const verdicts = (sign: Bar[0]) =>
    [44, 45, 46].map((count) => countRow("modules", count, "modules", [sign, 45]).verdict);
  assertEquals(verdicts("≤"), ["ok", "ok", "over"]);
  assertEquals(verdicts("≥"), ["under", "ok", "ok"]);
  assertEquals(verdicts("="), ["under", "ok", "over"]);
});

Deno.test("isMissed() is for bars, not for what could not be measured", () => {
  const missing = missingRow("Node", "node | npm\nis not there");
  assertEquals(
    render(missing),
    "| Node | – | – | – | not measured: node \\| npm is not there |",
  );
  const rows = [missing, ratioRow("a", [1, 1], "ms"), ratioRow("a", [1, 1], "ms", ["≤", 1])];
  assertEquals(rows.map(isMissed), [false, false, false]);
  assert(isMissed(ratioRow("a", [2, 1], "ms", ["≤", 1])));
  assert(isMissed(ratioRow("a", [1, 2], "ms", ["≥", 1])));
});

Deno.test("bench.ts refuses arguments it does not know, before it measures", async () => {
  const program: Program = [
    Deno.execPath(),
    "run",
    "-A",
    `${ROOT}scripts/measure/bench.ts`,
    "--rounds=0",
  ];
  const { code, stdout, stderr } = await run(ROOT, withPackages(program));
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "Usage: deno task bench [--rounds N]");
});

Deno.test("node_sdk.ts names the SDK that the tests ask", async () => {
  assertStringIncludes(await Deno.readTextFile(`${ROOT}tests/testing/coze_api.ts`), `"npm:${SDK}"`);
});

Deno.test("floor_inspect.ts signs what inspect would sign", async () => {
  await using desk = await layOut();
  const floor = await run(desk.cwd, INSPECT.floor);
  const jwt = floor.stdout.trim();
  const signature = jwt.slice(jwt.lastIndexOf(".") + 1);
  const key = publicKeyOf(await Deno.readTextFile(`${desk.cwd}/keys/private_key.pem`));
  const signed = new TextEncoder().encode(jwt.slice(0, -signature.length - 1));
  const bytes = Uint8Array.fromBase64(signature, { alphabet: "base64url" });
  assert(verify("RSA-SHA256", signed, key, bytes), "the signature is the key's");

  const inspect = await run(desk.cwd, [...INSPECT.inspect, "--json"]);
  assertEquals([floor.code, inspect.code], [0, 0]);
  assertSame(partsOf(jwt), JSON.parse(inspect.stdout));
});

Deno.test("floor_token.ts asks what token asks", async () => {
  await using desk = await layOut();
  const { token, floor } = tokenPrograms(desk);
  for (const program of [token, floor]) {
    assertEquals((await run(desk.cwd, program)).stdout, "czs_granted\n");
  }
  const [ours, bare] = desk.received as [Received, Received];
  assertEquals({ ...ours, jwt: "" }, { ...bare, jwt: "" });
  assertSame(partsOf(bare.jwt), partsOf(ours.jwt));
});

Deno.test("mod.ts: an importer downloads no more than 120 kB of this library", async () => {
  const bytes = await graphBytes();
  assert(bytes > 10_000 && bytes <= MOST_BYTES, `${bytes} bytes`);
});

Deno.test("token evaluates no more than 45 modules, and no other command's", async () => {
  await using desk = await layOut();
  const modules = await tokenModules(desk);
  assert(modules.length <= MOST_MODULES, `${modules.length} modules:\n${modules.join("\n")}`);
  const names = modules.join("\n");
  // The count sees JSON, what is imported when it is needed, and what only others import.
  for (const name of ["cli.ts", "deno.json", "lib/cli/token.ts", "lib/exchange.ts"]) {
    assertMatch(names, new RegExp(`/${RegExp.escape(name)}$`, "m"));
  }
  for (const name of ["inspect.ts", "emulator.ts", "rules.ts", "catalogue_en.json"]) {
    assert(!names.includes(`/${name}`), name);
  }
});

/** A request of a token, as far as it is the same for all who ask. */
interface Received {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  jwt: string;
}

/** A folder with a key, and a server that grants. */
async function layOut() {
  const cwd = await Deno.makeTempDir();
  await layOutKeys(cwd);
  const received: Received[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { authorization = "", ...headers } = Object.fromEntries(request.headers);
      received.push({
        method: request.method,
        path: new URL(request.url).pathname,
        headers,
        body: await request.text(),
        jwt: authorization.replace(/^Bearer /, ""),
      });
      return Response.json({ "access_token": "czs_granted", "expires_in": 2_000_000_000 });
    },
  );
  return {
    cwd,
    baseUrl: `http://127.0.0.1:${server.addr.port}`,
    received,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(cwd, { recursive: true });
    },
  };
}

async function run(cwd: string, program: Program) {
  const { code, stdout, stderr } = await child({ cwd }, program, {
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function withPackages([path, command, ...args]: Program): Program {
  return [path, command!, ...PACKAGE_FLAGS, ...args];
}

/** What is signed in a JWT. */
interface Parts {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

function partsOf(jwt: string): Parts {
  const [header, claims] = jwt.split(".", 2).map((segment) => {
    const bytes = Uint8Array.fromBase64(segment, { alphabet: "base64url" });
    return JSON.parse(new TextDecoder().decode(bytes));
  });
  return { header, claims };
}

/** Compares two JWTs, leaving out what no two have in common. */
function assertSame(bare: Parts, ours: Parts): void {
  assertEquals(bare.header, ours.header);
  assertEquals(Object.keys(bare.claims), Object.keys(ours.claims));
  const own = { iat: 0, exp: 0, jti: "" };
  assertEquals({ ...bare.claims, ...own }, { ...ours.claims, ...own });
  const shape = ({ claims: { iat, exp, jti } }: Parts) => [
    Number(exp) - Number(iat),
    String(jti).length,
  ];
  assertEquals(shape(bare), shape(ours));
}
