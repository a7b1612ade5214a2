// In a module of its own, a bundle need not copy each of the words when it loads them.
export { default } from "./zh.json" with { type: "json" };
