export { parse } from "jsr:@std/dotenv@0.225.7/parse";
