import { assert } from "@std/assert";
import { doctorRun, RUNS, steady } from "./doctor_runs.ts";

const ROOT = new URL("../../", import.meta.url);

for (const [file, language] of [["README.md", "en"], ["README.zh-CN.md", "zh"]] as const) {
  for (const run of RUNS) {
    Deno.test(`${file}: the doctor's run "${run.name}" is what it prints`, async () => {
      const text = await Deno.readTextFile(new URL(file, ROOT));
      const [, shown] = text.split(`<!-- run: ${run.name} -->\n\n\`\`\`text\n`);
      assert(shown, "the run is shown");
      const printed = steady(await doctorRun(run, language));
      // "…" stands for lines that are left out.
      let at = 0;
      for (const part of steady(shown.slice(0, shown.indexOf("```"))).split("…\n")) {
        const found = printed.indexOf(part, at);
        assert(found >= 0, `${part}\nis not in\n${printed}`);
        at = found + part.length;
      }
    });
  }
}
