import { shellQuote } from "../../lib/doctor/report.ts";
import { ROOT } from "./files.ts";
import { environment, PACKAGE_FLAGS, type Start } from "./process.ts";

/** How a program left its terminal. */
interface Left {
  code: number;
  /** Whether lines are edited and echoed by the system again, and ^C is a signal. */
  isSane: boolean;
}

/** Starts cli.ts on a terminal of its own. */
export function openTerminal({ cwd, flags = [], args = [], env, columns = 80 }: Start & {
  columns?: number;
}) {
  const deno = [Deno.execPath(), "run", "--no-prompt", ...PACKAGE_FLAGS, ...flags];
  const command = [...deno, `${ROOT}cli.ts`, ...args].map((word) => shellQuote(word)).join(" ");
  // The inner shell becomes the program, so that its process id is known.
  const inner = shellQuote(`echo "pid:$$"; exec ${command}`);
  const outer = `stty rows 24 cols ${columns}; sh -c ${inner}; echo "code:$?"; stty -a; echo end:`;
  const child = new Deno.Command("script", {
    args: ["-qec", outer, "/dev/null"],
    cwd,
    clearEnv: true,
    env: environment({ TERM: "xterm", SHELL: "/bin/sh", ...env }),
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  let isOver = false;
  const over = child.status.then(() => isOver = true);

  let screen = "";
  let seen = 0;
  let changed = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      // Of what edits a line only the way up is of interest: an answer could be under it.
      // deno-lint-ignore no-control-regex
      screen = (screen + text).replace(/\x1b\[\d*A/g, "↑").replace(/\x1b\[[\d;?]*[A-Z]|\r/g, "");
      changed.resolve();
      changed = Promise.withResolvers();
    }
  })();

  /** Waits for a text behind the one that was waited for before; returns what stands between. */
  async function until(text: string): Promise<string> {
    for (;;) {
      const at = screen.indexOf(text, seen);
      if (at >= 0) {
        const between = screen.slice(seen, at);
        seen = at + text.length;
        return between;
      }
      if (isOver) throw new Error(`no ${JSON.stringify(text)} on this screen:\n${screen}`);
      await Promise.race([changed.promise, reading.then(() => over)]);
    }
  }

  return {
    until,
    /** Waits for something that the program does; fails where the terminal closes before. */
    whileOpen<T>(event: Promise<T>): Promise<T> {
      const closed = over.then(() => {
        throw new Error(`the terminal has closed:\n${screen}`);
      });
      return Promise.race([event, closed]);
    },
    type: (keys: string) => keyboard.write(new TextEncoder().encode(keys)),
    kill: (signal: Deno.Signal) => Deno.kill(Number(/pid:(\d+)/.exec(screen)![1]), signal),
    /** Waits for the end of the program. */
    async left(): Promise<Left> {
      await until("code:");
      const [code, ...settings] = (await until("end:")).split(/[\s;]+/);
      await keyboard.close();
      await reading;
      await over;
      const isSane = ["echo", "icanon", "isig", "icrnl", "opost"]
        .every((setting) => settings.includes(setting));
      return { code: Number(code), isSane };
    },
    /** Hangs up, when a test could not wait for the end. */
    async [Symbol.asyncDispose]() {
      if (!isOver) child.kill("SIGKILL");
      await Promise.all([over, reading, keyboard.close().catch(() => {})]);
    },
  };
}
