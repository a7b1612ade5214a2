import { API_HOSTS, mayOpen } from "../doctor/hosts.ts";
import { commandOf } from "./commands.ts";
import { type Arguments, isInside, type Known } from "./context.ts";

/** The flags of `deno run` for the permissions that a command line needs. */
export function permissionsFor(
  { command = "", operands, value, has }: Arguments,
  { baseUrl = API_HOSTS[0]!, file }: Known = {},
  alsoNet?: string,
): string[] {
  const { net = [], keys: access, operand } = commandOf(command) ?? {};
  const isPasted = operands[0] === "-" && operand?.form === "-";
  const callsApi = net.includes("api") && !has("emulator");
  const flags: string[] = [];
  const hosts: string[] = [];
  const region = value("region");
  if (callsApi && !has("offline") && !isPasted) {
    const url = value("base-url") ?? (region ? `https://api.coze.${region}` : baseUrl);
    const host = URL.parse(url)?.host;
    const own = host && mayOpen(host, has("base-url")) ? host : API_HOSTS[0]!;
    hosts.push(...has("other-region") ? API_HOSTS : [own], ...alsoNet ? [alsoNet] : []);
  }
  if (net.includes("loopback")) hosts.push("127.0.0.1");
  if (hosts.length > 0) flags.push(`--allow-net=${hosts}`);
  const isLocal = net.length > 0 && !callsApi;
  const needsNoKeys = isLocal || (isPasted && (region ?? value("base-url")));
  const keys = value("keys") ?? (needsNoKeys ? undefined : "keys");
  if (access && keys !== undefined) {
    const keyFile = value("key-file") ?? file;
    const isNeedless = !keyFile || isInside(keyFile, keys);
    flags.push(`--allow-read=${isNeedless ? keys : `${keys},${keyFile}`}`);
    if (access === "write") flags.push(`--allow-write=${keys}`);
  }
  return flags;
}
