// The official SDK, named here alone.
export * from "npm:@coze/api@1.3.9";
