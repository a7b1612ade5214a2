import { assert } from "@std/assert";
import { generatePrivateKey } from "../../../lib/cli/key_pair.ts";
import { ANSWER, CHAT, events } from "../../testing/scripted.ts";
import {
  CLIENT_ID,
  healthyFiles,
  KEY_ID,
  privateKeyPem,
  runIn,
  type World,
} from "../../testing/fake_io.ts";

const PEM = await privateKeyPem();
/** A key that is not the one in use, so that no redactor knows it by value. */
const OTHER = (await generatePrivateKey()).split("\n").slice(1, -2);
const TOKEN = "czs_CanaryCanaryCanary0123456789";
/** A token of a form nobody knows: only redaction by value can find it. */
const ODD_TOKEN = "canary.of/another+form=0123456789";

/** Servers and networks that give back what they got. `seen` collects the assertions. */
function worlds(seen: string[]): [name: string, fetch: (request: Request) => Promise<Response>][] {
  const answer = (make: (jwt: string) => Response) => (request: Request) => {
    // A probe without JWT, and a read with the token, are answered too.
    const jwt = request.headers.get("authorization")?.slice("Bearer ".length) ?? "(none)";
    if (jwt.split(".").length === 3) seen.push(jwt);
    return Promise.try(() => make(jwt));
  };
  const refusal = (message: string) => ({ error: "invalid_client", "error_message": message });
  const later = { "retry-after": "3600" };
  return [
    ["grants", answer(() => Response.json({ "access_token": TOKEN, "expires_in": 900 }))],
    ["grants oddly", answer(() => Response.json({ "access_token": ODD_TOKEN, "expires_in": 900 }))],
    ["echoes a refusal", answer((jwt) => Response.json(refusal(`bad ${jwt}`), { status: 401 }))],
    [
      "echoes in parts",
      answer((jwt) => Response.json(refusal(jwt.split(".").at(-1)!), { status: 401 })),
    ],
    [
      "echoes as log id",
      answer((jwt) => Response.json({}, { status: 401, headers: { "x-tt-logid": jwt } })),
    ],
    ["echoes as HTML", answer((jwt) => new Response(`<pre>Bearer ${jwt} ${TOKEN}</pre>`))],
    ["echoes a fault", answer((jwt) => new Response(jwt, { status: 500, headers: later }))],
    [
      "echoes by redirect",
      answer((jwt) =>
        new Response("", { status: 302, headers: { location: `https://x/?${jwt}` } })
      ),
    ],
    ["is half", answer(() => new Response(`{"access_token":"${TOKEN}","expi`))],
    [
      "echoes behind the token",
      (request) => {
        const { pathname } = new URL(request.url);
        const token = { "access_token": ODD_TOKEN, "expires_in": 900 };
        if (pathname.endsWith("/token")) return Promise.resolve(Response.json(token));
        const bearer = request.headers.get("authorization")!;
        const msg = `no: ${bearer}`;
        return Promise.resolve(Response.json({ code: 4000, msg, detail: { logid: bearer } }));
      },
    ],
    [
      "says it back",
      (request) => {
        const { pathname } = new URL(request.url);
        const token = { "access_token": ODD_TOKEN, "expires_in": 900 };
        if (pathname.endsWith("/token")) return Promise.resolve(Response.json(token));
        const bearer = request.headers.get("authorization")!;
        const item = { id: "1", name: bearer, description: bearer };
        const list = {
          workspaces: [item],
          items: [item],
          total: 1,
          "bot_id": "2",
          version: bearer,
        };
        if (pathname !== "/v3/chat") return Promise.resolve(Response.json({ code: 0, data: list }));
        const at = bearer.length - 9;
        return Promise.resolve(events(
          ["conversation.chat.created", CHAT],
          ["conversation.message.delta", { ...ANSWER, content: bearer.slice(0, at) }],
          ["conversation.message.delta", { ...ANSWER, content: bearer.slice(at) }],
          ["error", { code: 5000, msg: bearer }],
        ));
      },
    ],
    ["has no expiry", answer(() => Response.json({ "access_token": TOKEN }))],
    [
      "throws the header",
      answer((jwt) => {
        throw new TypeError(`Invalid header value: "Bearer ${jwt}"`, { cause: new Error(jwt) });
      }),
    ],
    [
      "breaks",
      answer((jwt) => {
        throw new RangeError(`Bearer ${jwt}`);
      }),
    ],
  ];
}

const ESCAPED = PEM.replaceAll("\n", "\\n");
const CONFIGURATIONS: [name: string, files: Record<string, string>][] = [
  ["file", await healthyFiles()],
  ["variable", {
    "keys/.env":
      `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\nCOZE_PRIVATE_KEY='${ESCAPED}'\n`,
  }],
  ["JSON", {
    "keys/coze_oauth_config.json": JSON.stringify({
      "client_id": CLIENT_ID,
      "public_key_id": KEY_ID,
      "private_key": PEM,
    }),
  }],
  ["key as key id", {
    ...await healthyFiles(),
    "keys/.env": `COZE_CLIENT_ID=1\nCOZE_KEY_ID='${PEM}'\n`,
  }],
  ["key as App ID", {
    ...await healthyFiles(),
    "keys/.env": `COZE_CLIENT_ID='${PEM.split("\n")[1]}'\nCOZE_KEY_ID=x\n`,
  }],
  ["another key as key id", {
    ...await healthyFiles(),
    "keys/.env": `COZE_CLIENT_ID=1\nCOZE_KEY_ID='${OTHER.join("\n")}'\n`,
  }],
  ["another key as App ID", {
    ...await healthyFiles(),
    "keys/.env": `COZE_CLIENT_ID='${OTHER.join(" ")}'\nCOZE_KEY_ID=x\n`,
  }],
  ["raw key in .env", { "keys/.env": `COZE_PRIVATE_KEY=${PEM}` }],
  ["key instead of .env", { "keys/.env": PEM }],
  ["broken JSON", { "keys/coze_oauth_config.json": `{"private_key": "${ESCAPED}",}` }],
  ["damaged key", { ...await healthyFiles(), "keys/private_key.pem": PEM.replace("\n", "\n!") }],
];
const COMMANDS = [
  ["token"],
  ["token", "--header"],
  ["inspect"],
  ["inspect", "-"],
  ["doctor"],
  ["doctor", "--offline"],
  ["doctor", "--other-region"],
  ["doctor", "-"],
  ["explain"],
  ["init"],
  ["init", "--key-id", OTHER[1]!],
  ["keygen"],
  ["workspaces"],
  ["bot", "create", "node-chat2", "--workspace", "7348293334293334012", "--publish", "--say", "x"],
  ["bot", "publish", "7379462189365198898", "--say", "x"],
  ["bot", "list", "--workspace", "7348293334293334012"],
  ["chat", "x", "--bot", "7379462189365198898"],
  ["chat", "--bot", "7379462189365198898"],
  ["emulator"],
];
/** What goes to a server; the others are run against one alone. */
const SENDING = ["token", "doctor", "workspaces", "bot", "chat"];
const VERBOSITY = [[], ["--json"], ["--trace"], ["--trace", "--json"], ["--trace", "--lang", "zh"]];

/** Pieces by which a secret would be recognised; `rest` is the part of a key that nobody may see. */
function pieces(jwts: string[]): string[] {
  const lines = [...PEM.split("\n"), ...OTHER].filter((line) =>
    line.length > 20 && !line.startsWith("---")
  );
  return [
    ...lines.map((line) => line.slice(4, 40)),
    ...jwts.flatMap((
      jwt,
    ) => [jwt.split(".").slice(0, 2).join("."), jwt.split(".")[2]!.slice(0, 40)]),
    TOKEN,
    ODD_TOKEN,
  ];
}

for (const [name, files] of CONFIGURATIONS) {
  Deno.test(`no command shows a canary key, JWT or token: ${name} (security 12)`, async () => {
    let runs = 0;
    let now = 1_795_528_800_000;
    for (const command of COMMANDS) {
      for (const verbosity of VERBOSITY) {
        if (command.includes("--header") && verbosity.includes("--json")) continue;
        // They share all of their ways out; one language is enough.
        const isApi = ["workspaces", "bot", "chat"].includes(command[0]!);
        if (isApi && verbosity.length === 1) continue;
        const seen: string[] = [];
        for (const [server, fetch] of worlds(seen)) {
          if (!SENDING.includes(command[0]!) && server !== "grants") continue;
          const world: World = {
            args: [...command, ...verbosity],
            files,
            fetch,
            stdin: `${PEM}\n${TOKEN}`,
            // Nobody waits for real, and what is waited for takes its time.
            now: () => now += 60_000,
          };
          const { exitCode, stdout, stderr } = await runIn(world);
          const asked = command[0] === "token" && exitCode === 0;
          const shown = asked ? stderr : stdout + stderr;
          for (const piece of pieces(seen)) {
            assert(!shown.includes(piece), `${command} ${verbosity} ${server}:\n${shown}`);
          }
          // What programs read stays readable.
          if (verbosity.includes("--json") && !verbosity.includes("--trace")) {
            for (const text of [stdout, stderr]) {
              if (text !== "" && command[0] !== "emulator") JSON.parse(text);
            }
          }
          runs++;
        }
      }
    }
    assert(runs > 100);
  });
}
