// An independent implementation, named here alone.
export * from "npm:jose@6.2.18";
