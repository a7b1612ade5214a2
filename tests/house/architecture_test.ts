import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const LIMIT = 250;

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) yield* walk(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

const files = [...await Array.fromAsync(walk("lib/")), "mod.ts", "cli.ts"].sort();
const sources = new Map<string, string>();
for (const file of files) sources.set(file, await Deno.readTextFile(new URL(file, ROOT)));

/** A file without comments and texts, so that only code is looked at. */
function code(file: string): string {
  return sources.get(file)!.replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;,{(])\/\/.*$/gm, "");
}

/** What a file imports, types aside, which are gone when it runs. */
function imports(file: string): string[] {
  const statement = /^(?:import|export) (?!type\b)[^;]*?from "([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  return [...code(file).matchAll(statement)].map(([, fixed, lazy]) => fixed ?? lazy!);
}

/** The same with types, which a reader has to follow too. */
function allImports(file: string): string[] {
  return [
    ...code(file).matchAll(/^(?:import|export) [^;]*?from "([^"]+)"|\bimport\(\s*"([^"]+)"/gm),
  ]
    .map(([, fixed, lazy]) => fixed ?? lazy!);
}

function resolve(file: string, specifier: string): string {
  return new URL(specifier, new URL(file, "file:///")).pathname.slice(1);
}

/** Floors of lib/, lowest first; imports go within a floor or down. */
const FLOORS = ["lib", "lib/provider", "lib/api", "lib/doctor", "lib/cli"];
/** Optional floors that nobody in lib/ enters; they stand on these two alone. */
const ANNEXES = ["lib/stores"];
/** Rooms on a floor: what a private key is made of, and what people paste. */
const folderOf = (file: string) =>
  file.replace(/\/[^/]*$/, "").replace(/^lib\/key$/, "lib").replace(
    /^(lib\/doctor)\/pasted$/,
    "$1",
  );

Deno.test("lib: imports go within a folder or to a lower floor", () => {
  for (const file of files.filter((file) => file.startsWith("lib/"))) {
    const from = folderOf(file);
    for (const specifier of allImports(file).filter((each) => each.startsWith("."))) {
      const to = folderOf(resolve(file, specifier));
      if (from === to) continue;
      const emulatorForCli = from === "lib/cli" && to === "lib/emulator";
      const down = FLOORS.indexOf(to) >= 0 && FLOORS.indexOf(to) < FLOORS.indexOf(from);
      const annexOnLib = ANNEXES.includes(from) && /^lib(?:\/provider)?$/.test(to);
      assert(down || emulatorForCli || annexOnLib, `${file} imports ${specifier}`);
    }
  }
});

Deno.test("lib: no file imports itself through others", () => {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    assert(!path.includes(file), [...path, file].join(" -> "));
    if (done.has(file)) return;
    for (const specifier of imports(file).filter((each) => /^\..*\.ts$/.test(each))) {
      visit(resolve(file, specifier), [...path, file]);
    }
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

Deno.test("only cli.ts names Deno", () => {
  for (const file of files) {
    const code_ = sources.get(file)!.replace(/^\s*\*.*$/gm, "").replace(/\/\/.*$/gm, "");
    if (file !== "cli.ts") assert(!/\bDeno\s*[.[]/.test(code_), file);
  }
});

Deno.test("node:crypto is used by the emulator alone, which imports nothing of the library", () => {
  for (const file of files) {
    const specifiers = imports(file);
    const inEmulator = file.startsWith("lib/emulator/");
    // What a conversation reads from the terminal; loaded when there is one.
    const terminal = /^node:(?:readline|process|stream)$/;
    const allowed = (each: string) => file === "cli.ts" && terminal.test(each);
    const others = specifiers.filter((each) => each.startsWith("node:") && !allowed(each));
    if (!inEmulator) assertEquals(others, []);
    else assertEquals(specifiers.filter((each) => !/^\.\/[\w.]+$|^node:/.test(each)), []);
  }
});

Deno.test("each third-party package is named in one file, in full and exactly", () => {
  const named = new Map<string, string[]>();
  for (const file of files) {
    for (const specifier of imports(file).filter((each) => !/^\.|^node:/.test(each))) {
      named.set(specifier, [...named.get(specifier) ?? [], file]);
    }
  }
  assertEquals(Object.fromEntries([...named].sort()), {
    "jsr:@std/cli@1.0.32/parse-args": ["lib/cli/parse_args.ts"],
    "jsr:@std/cli@1.0.32/unicode-width": ["lib/cli/unicode_width.ts"],
    "jsr:@std/dotenv@0.225.7/parse": ["lib/cli/dotenv.ts"],
    "jsr:@zaubrik/djwt@3.0.2": ["lib/djwt.ts"],
    "npm:eventsource-parser@4.1.3": ["lib/api/eventsource_parser.ts"],
  });
});

Deno.test("mod.ts has no code, and its graph holds djwt and nothing else third-party", () => {
  const rest = code("mod.ts").replace(/export (?:type )?\{[^}]*\} from "[^"]+";/g, "").trim();
  assertEquals(rest, "");
  const seen = new Set<string>();
  const visit = (file: string): void => {
    for (const specifier of imports(file)) {
      const target = specifier.startsWith(".") ? resolve(file, specifier) : specifier;
      if (seen.has(target)) continue;
      seen.add(target);
      if (specifier.startsWith(".")) visit(target);
    }
  };
  visit("mod.ts");
  assertEquals([...seen].filter((each) => !/^lib\/(?:(?:key|provider)\/)?\w+\.ts$/.test(each)), [
    "jsr:@zaubrik/djwt@3.0.2",
  ]);
});

Deno.test("imports are literal, so that a binary and an import by URL hold them", () => {
  for (const file of files) {
    assert(!/import\(\s*[^"\s]/.test(code(file)), `${file} computes an import`);
  }
});

Deno.test("files are snake_case, and short enough to be read in one go", () => {
  for (const file of files) {
    assert(/^(?:[a-z0-9]+\/)*[a-z0-9]+(?:_[a-z0-9]+)*\.ts$/.test(file), file);
    const lines = sources.get(file)!.split("\n").length - 1;
    assert(lines <= LIMIT, `${file} has ${lines} lines`);
    assert(!/(?:^|\/)(?:utils?|types|helpers?|misc)\.ts$/.test(file), file);
  }
});

Deno.test("there is one class, CozeError", () => {
  const classes = files.flatMap((file) => code(file).match(/\bclass \w+/g) ?? []);
  assertEquals(classes, ["class CozeError"]);
});

Deno.test("inspect without - and token load nothing of what they seldom need", () => {
  const source = code("lib/cli/inspect.ts");
  assert(!/^import (?!type)[^;]*pasted/m.test(source) && source.includes("await import("));
  assert(!/^import (?!type)[^;]*doctor\/(?!catalogue|facts)/m.test(code("lib/cli/token.ts")));
  // Nothing of bots and chats either, however far down.
  const evaluated = new Set<string>();
  const visit = (file: string): void => {
    if (evaluated.has(file)) return;
    evaluated.add(file);
    const statement = /^(?:import|export) (?!type\b)[^;]*?from "(\.[^"]+\.ts)"/gm;
    for (const [, specifier] of code(file).matchAll(statement)) visit(resolve(file, specifier!));
  };
  for (const file of ["cli.ts", "lib/cli/token.ts", "lib/cli/inspect.ts"]) visit(file);
  assert(evaluated.has("lib/exchange.ts") && evaluated.has("lib/doctor/rules.ts"));
  assertEquals(
    [...evaluated].filter((file) => /^lib\/(?:api|provider)\/|redact_stream|session/.test(file)),
    [],
  );
});
