// The client of Redis that Redis itself makes, named here alone.
export { createClient } from "npm:redis@6.3.1";
