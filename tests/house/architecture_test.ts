// The shape of the program, read from the module graph that Deno itself makes of it.

import { assert, assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { read, ROOT, walk } from "../testing/files.ts";
import { PACKAGE_FLAGS } from "../testing/process.ts";

/** What people start and import. */
const ENTRIES = [
  "cli.ts",
  "mod.ts",
  "lib/api/mod.ts",
  "lib/broker/mod.ts",
  "lib/doctor/mod.ts",
  "lib/emulator/mod.ts",
  "lib/stores/mod.ts",
];

/** Floors of lib/, lowest first; imports go within a floor or down. */
const FLOORS = ["lib", "lib/api", "lib/words", "lib/doctor", "lib/cli"];
/** Rooms beside the floors, and what they stand on. */
const ANNEXES: Readonly<Record<string, readonly string[]>> = {
  "lib/broker": ["lib"],
  "lib/stores": ["lib"],
  "lib/emulator": [],
};
/** Rooms on a floor. */
const ROOMS: Readonly<Record<string, string>> = {
  "lib/doctor/pasted": "lib/doctor",
  "lib/doctor/inquiry": "lib/doctor",
  "lib/doctor/rules": "lib/doctor",
  "lib/cli/commands": "lib/cli",
  "lib/cli/config": "lib/cli",
  "lib/cli/page": "lib/cli",
};

/** Rooms whose files may import each other's types in a circle. */
const TYPE_CIRCLES: readonly string[] = [];

/** One import of a file. */
interface Import {
  /** The text between the quotes. */
  specifier: string;
  /** The file it leads to, from the project's folder; nothing for a package. */
  file?: string;
  isType: boolean;
}

/** The modules that one file leads to, with what each imports. */
async function graphOf(entry: string): Promise<Map<string, Import[]>> {
  const args = ["info", "--json", ...PACKAGE_FLAGS, entry];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  assert(success, `deno info ${entry}`);
  const root = pathToFileURL(ROOT).href;
  const pathOf = (url?: string) => url?.startsWith(root) ? url.slice(root.length) : undefined;
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: {
      specifier: string;
      dependencies?: {
        specifier: string;
        code?: { specifier: string };
        type?: { specifier: string };
      }[];
    }[];
  };
  return new Map(modules.flatMap(({ specifier, dependencies = [] }) => {
    const file = pathOf(specifier);
    if (file === undefined || file.startsWith("npm/")) return [];
    const imports = dependencies.map(({ specifier, code, type }) => {
      const path = pathOf((code ?? type)?.specifier);
      const isOurs = path !== undefined && !path.startsWith("npm/");
      return { specifier, isType: code === undefined, ...(isOurs && { file: path }) };
    });
    return [[file, imports] as const];
  }));
}

const graphs = await Promise.all(ENTRIES.map(graphOf));
const graph = new Map(graphs.flatMap((graph) => [...graph]));

function floorOf(file: string): string {
  const folder = file.slice(0, file.lastIndexOf("/"));
  return ROOMS[folder] ?? folder;
}

Deno.test("lib: imports go within a folder or to a lower floor", () => {
  for (const [file, imports] of graph) {
    if (!file.startsWith("lib/")) continue;
    const from = floorOf(file);
    assert(from in ANNEXES || FLOORS.includes(from), `${from} is on no floor: add it to FLOORS`);
    for (const { file: target, specifier } of imports) {
      if (target === undefined) continue;
      const to = floorOf(target);
      if (from === to || from === "lib/cli" && to in ANNEXES) continue;
      const down = ANNEXES[from] ?? FLOORS.slice(0, FLOORS.indexOf(from));
      assert(down.includes(to), `${file} imports ${specifier}`);
    }
  }
});

Deno.test("lib: no file imports itself through others", () => {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    assert(!path.includes(file), [...path, file].join(" -> "));
    if (done.has(file)) return;
    for (const { file: target, isType } of graph.get(file) ?? []) {
      const floor = floorOf(file);
      const isAllowed = isType && TYPE_CIRCLES.includes(floor) && floor === floorOf(target ?? "");
      if (target === undefined || isAllowed) continue;
      visit(target, [...path, file]);
    }
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
});

Deno.test("lib: every file can be reached from what people start and import", () => {
  assertEquals(walk("lib").filter((file) => !graph.has(file)), []);
});

Deno.test("each third-party package is named in one file, with its exact version", () => {
  const files = new Map<string, string>();
  const versions = new Map<string, string>();
  for (const [file, imports] of graph) {
    for (const { specifier } of imports) {
      if (!/^(?:jsr|npm):/.test(specifier)) continue;
      const match = /^(\w+:@?[\w/-]+)@(\d+\.\d+\.\d+)(\/[\w-]+)?$/.exec(specifier);
      assert(match, `${specifier} has no exact version`);
      const [, name = "", version = "", path = ""] = match;
      assertEquals(versions.get(name) ?? version, version, name);
      assertEquals(files.get(name + path) ?? file, file, name + path);
      versions.set(name, version);
      files.set(name + path, file);
    }
  }
});

Deno.test("mod.ts leads to djwt and to no other package", () => {
  const specifiers = [...graphs[ENTRIES.indexOf("mod.ts")]!.values()].flat()
    .map(({ specifier }) => specifier).filter((specifier) => !specifier.startsWith("."));
  assertEquals(specifiers.map((specifier) => specifier.replace(/@[\d.]+$/, "")), [
    "jsr:@zaubrik/djwt",
  ]);
});

Deno.test("node: modules are cli.ts's and the emulator's alone", () => {
  for (const [file, imports] of graph) {
    const isFree = file === "cli.ts" || file.startsWith("lib/emulator/");
    const node = imports.find(({ specifier }) => specifier.startsWith("node:"));
    assert(isFree || node === undefined, `${file} imports ${node?.specifier}`);
  }
});

/** A file without its comments. */
async function code(file: string): Promise<string> {
  return (await read(file)).replace(/\/\*[\s\S]*?\*\/|(?<=^|[\s;,{(])\/\/.*$/gm, "");
}

Deno.test("cli.ts alone names Deno, but for one permission query in lib/http.ts", async () => {
  for (const file of [...walk("lib"), "mod.ts"]) {
    const query = file === "lib/http.ts" ? "globalThis.Deno?.permissions.querySync(" : "";
    const rest = (await code(file)).replace(query, "");
    assert(!/\bDeno\s*(?:[.[;,]|\?\.)/.test(rest), file);
  }
});

Deno.test("imports are literal, so that a binary and an import by URL hold them", async () => {
  for (const file of [...walk("lib"), "mod.ts", "cli.ts"]) {
    assert(!/import\(\s*[^"\s]/.test(await code(file)), `${file} computes an import`);
  }
});
