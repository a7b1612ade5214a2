// Reads an event stream of that many megabytes, and keeps nothing of it: a program to be measured.
import { chatEvents } from "../../../tests/testing/streams.ts";
import { deltas } from "./deltas.ts";

let characters = 0;
for await (const event of chatEvents(deltas(Number(Deno.args[0]), 16 * 1024))) {
  if ("message" in event) characters += event.message.content.length;
}
if (characters === 0) throw new Error("nothing came");
