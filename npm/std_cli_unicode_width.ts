/**
 * Stand-in for `jsr:@std/cli/unicode-width`: string-width counts the same, the cells of a terminal
 * that a text takes. For texts without escape sequences only: the real package counts their letters,
 * string-width takes them out first.
 *
 * @module
 */

export { default as unicodeWidth } from "npm:string-width@9.0.0";
