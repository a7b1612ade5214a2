// Property-based testing, named here alone.
export * from "npm:fast-check@4.10.2";
