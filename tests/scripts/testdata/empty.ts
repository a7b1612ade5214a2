// Holds no test.
export {};
