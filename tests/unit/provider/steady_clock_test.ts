import { assert, assertEquals } from "@std/assert";
import { createSteadyClock } from "../../../lib/provider/steady_clock.ts";
import { createMachine } from "../../testing/machine.ts";

function start(skewMs?: number) {
  const machine = createMachine(skewMs);
  const clock = createSteadyClock(machine.now, machine.monotonic);
  const origin = clock();
  return { machine, passed: () => Math.round(clock() - origin) };
}

Deno.test("createSteadyClock() begins at the wall clock's time", () => {
  const machine = createMachine(-1_000);
  assertEquals(Math.round(createSteadyClock(machine.now, machine.monotonic)()), machine.now());
});

Deno.test("createSteadyClock() counts sleep, and keeps it when the wall clock is set back", () => {
  const { machine, passed } = start();
  machine.sleep(60_000);
  assertEquals(passed(), 60_000);
  machine.set(-90_000);
  assertEquals(passed(), 60_000);
  machine.pass(1_000);
  assertEquals(passed(), 61_000);
  machine.sleep(5_000);
  assertEquals(passed(), 66_000);
});

Deno.test("createSteadyClock() goes on at its pace when the wall clock is set back", () => {
  const { machine, passed } = start();
  machine.pass(1_000);
  machine.set(-3_600_000);
  assertEquals(passed(), 1_000);
  machine.pass(2_000);
  assertEquals(passed(), 3_000);
});

Deno.test("createSteadyClock() takes a wall clock that is set forward for sleep, once", () => {
  const { machine, passed } = start();
  machine.set(3_600_000);
  assertEquals(passed(), 3_600_000);
  machine.set(-3_600_000);
  assertEquals(passed(), 3_600_000);
  machine.pass(1_000);
  assertEquals(passed(), 3_601_000);
});

Deno.test("createSteadyClock() is not driven by a wall clock that trembles", () => {
  const { machine, passed } = start();
  for (let i = 0; i < 10_000; i++) {
    machine.set(i % 2 === 0 ? 20 : -20);
    machine.pass(0.01);
    passed();
  }
  assert(passed() <= 100 + 20, `${passed()} ms`);
});
