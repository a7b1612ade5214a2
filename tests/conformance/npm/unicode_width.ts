export { unicodeWidth } from "jsr:@std/cli@1.0.32/unicode-width";
