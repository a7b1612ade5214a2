Deno.test("leaks a timer", () => {
  setTimeout(() => {}, 60_000);
});

Deno.test("leaks a file", async () => {
  await Deno.open(new URL(import.meta.url));
});
