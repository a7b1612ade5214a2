// The framework, named here alone.

export { Hono } from "npm:hono@4.13.19";
