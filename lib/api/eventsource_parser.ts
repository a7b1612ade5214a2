// The framing of event streams, named here alone.
export { createParser } from "npm:eventsource-parser@4.1.3";
