// The other client of Redis that many use, named here alone.
export { Redis } from "npm:ioredis@6.0.0";
