// Loaded before a program (`--preload`). Holds it at its very end until its stdin is closed, so that
// its process can be looked at. This needs no permission, so the program runs with its own alone.

addEventListener("unload", () => {
  Deno.stderr.writeSync(new TextEncoder().encode("\nheld at the end\n"));
  Deno.stdin.readSync(new Uint8Array(1));
});
