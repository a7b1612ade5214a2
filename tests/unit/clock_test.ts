import { assertEquals } from "@std/assert";
import { startStopwatch } from "../../lib/clock.ts";
import { createMachine, type Machine } from "../testing/machine.ts";

const STEPS: readonly [string, (machine: Machine) => void, number][] = [
  ["time passes", (machine) => machine.pass(1_000), 1_000],
  ["the machine sleeps", (machine) => machine.sleep(60_000), 60_000],
  ["the wall clock is set back", (machine) => machine.set(-3_600_000), 0],
  ["the wall clock is set forward", (machine) => machine.set(3_600_000), 3_600_000],
  ["the wall clock is set back while time passes", (machine) => {
    machine.set(-500);
    machine.pass(1_000);
  }, 1_000],
];

Deno.test("startStopwatch() shows the larger of what two clocks say", () => {
  for (const [step, change, expected] of STEPS) {
    const machine = createMachine(-12_345);
    const elapsedMs = startStopwatch(machine.now, machine.monotonic);
    change(machine);
    assertEquals(elapsedMs(), expected, step);
  }
});
