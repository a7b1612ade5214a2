// An import map does not reach people who run cli.ts by URL, so the package is named here in full,
// and only here.
export { unicodeWidth } from "jsr:@std/cli@1.0.32/unicode-width";
