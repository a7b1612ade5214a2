// What people see, as files. After an intended change, write them anew with RENEW.

import { assertEquals } from "@std/assert";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../testing/files.ts";
import { SCENES } from "./scenes.ts";
import { LANGUAGES, screenOf } from "./screen.ts";

const RENEW = "deno test --config=npm/deno.json -A tests/golden -- --update";
const SCREENS = "tests/golden/screens";
/** The flags that the snapshots of @std/testing have. */
const isUpdate = Deno.args.some((arg) => arg === "--update" || arg === "-u");

for (const language of Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]) {
  const folder = join(ROOT, SCREENS, language);

  for (const scene of SCENES) {
    Deno.test(`screen ${language}/${scene.name}`, async () => {
      const path = join(folder, `${scene.name}.txt`);
      const now = await screenOf(scene, language);
      if (isUpdate) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(path, now);
      }
      assertSame(now, readScreen(path), path);
    });
  }

  Deno.test(`screens/${language} holds no file without a scene`, () => {
    const names = SCENES.map(({ name }) => `${name}.txt`);
    const stale = readdirSync(folder).filter((name) => !names.includes(name));
    if (isUpdate) return stale.forEach((name) => rmSync(join(folder, name)));
    assertEquals(stale, [], `No scene has the name ${stale.join(", ")}. Delete it with: ${RENEW}`);
  });
}

function readScreen(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return "";
    throw error;
  }
}

/** Fails with the lines that differ, and a hint: `assertEquals` of npm/ shows one of the two. */
function assertSame(now: string, before: string, path: string): void {
  if (now === before) return;
  const [is, was] = [now.split("\n"), before.split("\n")];
  const most = Math.min(is.length, was.length);
  let head = 0;
  while (head < most && is[head] === was[head]) head++;
  let tail = 0;
  while (tail < most - head && is.at(-1 - tail) === was.at(-1 - tail)) tail++;
  const changed = (mark: string, lines: string[]) =>
    lines.slice(head, lines.length - tail).map((line) => `${mark} ${line}`);
  const diff = [...changed("-", was), ...changed("+", is)].join("\n");
  throw new Error(`${path}, from line ${head + 1}:\n${diff}\nWhen that is right: ${RENEW}`);
}
