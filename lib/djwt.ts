// An import map does not reach people who import this library by URL, so the package is named here
// in full, and only here.
export { create } from "jsr:@zaubrik/djwt@3.0.2";
