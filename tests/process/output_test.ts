// What only a process shows: full pipes and disks, signals, the locale.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { BOT_ID, servedBot } from "../testing/chat_server.ts";
import { ROOT } from "../testing/files.ts";
import { testWith } from "../testing/needs.ts";
import { folder, run, start, whileRunning } from "../testing/process.ts";

Deno.test("LANG says the language where LC_ALL is empty, with its permission", async () => {
  const options = {
    cwd: ".",
    args: ["--version", "--oops"],
    env: { LC_ALL: "", LANG: "zh_CN.UTF-8" },
  };
  assertMatch((await run({ ...options, flags: ["--allow-env=LANG"] })).stderr, /\p{Script=Han}/u);
  assertMatch((await run(options)).stderr, /^error\[usage\]: [ -~\n]+$/);
});

/** Runs a program on a non-blocking pipe, and passes on what comes out or closes the pipe first. */
const PIPE = `
import fcntl, os, subprocess, sys
reading, writing = os.pipe()
os.set_blocking(writing, False)
fcntl.fcntl(writing, 1031, 4096)
if sys.argv[1] == "close": os.close(reading)
child = subprocess.Popen(sys.argv[2:], stdout=writing)
os.close(writing)
written = 0
while sys.argv[1] == "read" and written < 2_000_000 and (data := os.read(reading, 4096)):
    written += sys.stdout.buffer.write(data)
if sys.argv[1] == "read": os.close(reading)
sys.stdout.buffer.flush()
sys.exit(child.wait())
`;
const pipe = (mode: "read" | "close") => ["python3", "-c", PIPE, mode];

/** Words, and lines of each length from none to one that fills a page. */
const TEXTS = {
  "one line": Array.from({ length: 60_000 }, (_, i) => `${i} `).join(""),
  "lines": Array.from({ length: 1000 }, (_, i) => `${"你".repeat(i)}${i}\n`).join(""),
};
for (const [form, answer] of Object.entries(TEXTS)) {
  testWith(
    ["python3"],
    `chat TEXT writes ${form} once to a full pipe that does not block`,
    async () => {
      await using place = await folder();
      await using bot = servedBot();
      const child = start({
        ...place,
        flags: [`--allow-net=${bot.host}`, "--allow-read=keys"],
        args: ["chat", "question", "--bot", BOT_ID, "--base-url", `http://${bot.host}`],
        wrapper: pipe("read"),
      });
      const answering = await whileRunning(child, bot.asked());
      answering.say(answer);
      answering.done();
      const { code, stdout } = await child.output();
      const expected = answer.endsWith("\n") ? answer : `${answer}\n`;
      assertEquals([code, new TextDecoder().decode(stdout) === expected], [0, true]);
    },
  );
}

for (const args of [["explain"], ["--help"], ["explain", "--json"]]) {
  testWith(["python3"], `${args.join(" ")} ends as interrupted when nobody reads it`, async () => {
    const { code, stderr } = await run({ cwd: ".", args, wrapper: pipe("close") });
    assertEquals([code, stderr], [130, ""]);
  });
}

testWith(["/dev/full"], "explain says that a disk is full", async () => {
  const wrapper = ["sh", "-c", 'exec "$@" > /dev/full', "sh"];
  const { code, stderr } = await run({ cwd: ".", args: ["explain"], wrapper });
  assertStringIncludes(stderr, "error[file-unwritable]: ");
  assertStringIncludes(stderr, "No space left on device");
  assertStringIncludes(stderr, "help: Free space");
  assertEquals(code, 2);
  const json = await run({ cwd: ".", args: ["explain", "--json"], wrapper });
  assertEquals([json.code, JSON.parse(json.stderr).error.code], [2, "file-unwritable"]);
});

const NO_TEXT = { "a directory": '"$@" < .', "GBK": `printf '\\304\\343' | "$@"` };
for (const [form, stdin] of Object.entries(NO_TEXT)) {
  Deno.test(`inspect - says that ${form} is no text in UTF-8`, async () => {
    await using place = await folder();
    const flags = ["--allow-read=keys"];
    const wrapper = ["sh", "-c", stdin, "sh"];
    const { code, stderr } = await run({ ...place, flags, args: ["inspect", "-"], wrapper });
    assertStringIncludes(stderr, "error[usage]: stdin cannot be read as UTF-8 text");
    assertEquals(code, 2);
  });
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 } as const;
for (const [signal, expected] of Object.entries(SIGNALS)) {
  Deno.test(`keygen leaves no copy of a key on ${signal} between writing and naming it (security 19)`, async () => {
    await using place = await folder({
      "stop.ts": `
        const { link } = Deno;
        Deno.link = (from, to) => {
          if (!to.endsWith(".pem")) return link(from, to);
          console.log("written");
          return new Promise(() => setInterval(() => {}, 1000));
        };
        await import("file://${ROOT}cli.ts");`,
    });
    const child = start({
      ...place,
      script: "stop.ts",
      flags: ["--allow-read=new", "--allow-write=new"],
      args: ["keygen", "--keys", "new"],
    });
    const reader = child.stdout.getReader();
    await reader.read();
    const files = async () =>
      (await Array.fromAsync(Deno.readDir(`${place.cwd}/new`), ({ name }) => name)).sort();
    const [gitignore, written] = await files();
    const text = await Deno.readTextFile(`${place.cwd}/new/${written}`);
    assertStringIncludes(text, "-----BEGIN PRIVATE KEY-----");
    child.kill(signal as Deno.Signal);
    await reader.cancel();
    await child.stderr.cancel();
    assertEquals([(await child.status).code, await files()], [expected, [gitignore]]);
  });
}
