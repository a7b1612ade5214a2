// An import map does not reach people who run cli.ts by URL, so the package is named here in full,
// and only here.
export { parse } from "jsr:@std/dotenv@0.225.7/parse";
