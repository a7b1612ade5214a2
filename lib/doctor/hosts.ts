import type { Facts } from "./facts.ts";
import { nearest } from "./nearest.ts";

/** Coze's two API hosts; they are separate installations. */
export const API_HOSTS: readonly string[] = ["api.coze.cn", "api.coze.com"];
const REGIONS = ["cn", "com"] as const;

/** The region of the base URL; `undefined` when the host is not Coze's. */
export function regionOf({ baseUrl }: Pick<Facts, "baseUrl">): "cn" | "com" | undefined {
  return REGIONS[API_HOSTS.indexOf(URL.parse(baseUrl.text)?.host ?? "")];
}

/** Name and host of the other region; of both regions when the base URL is not Coze's. */
export function otherRegion(facts: Pick<Facts, "baseUrl">): { region: string; host: string } {
  const own = regionOf(facts);
  if (!own) return { region: "cn, com", host: API_HOSTS.join(", ") };
  const at = own === "cn" ? 1 : 0;
  return { region: REGIONS[at]!, host: API_HOSTS[at]! };
}

/** The words in the names of Coze's hosts. */
const HOST_WORDS = /coze|api|www|com|cn|-/g;

/** Whether a host is not Coze's but looks like it. It may have a port. */
export function isLookalike(host: string): boolean {
  const name = host.replace(/:\d+$/, "").replace(/\.$/, "").toLowerCase();
  if (/^(?:.*\.)?coze\.(?:cn|com|site)$/.test(name)) return false;
  const labels = name.replaceAll("0", "o").replaceAll("3", "e").split(".");
  const isCoze = (label: string, at: number) =>
    (label.includes("coze") && label.replace(HOST_WORDS, "") === "") ||
    // coze-gateway.example.com is a company's proxy, but the domain coze-gateway.com is suspicious.
    (label.split("-").includes("coze") && at === labels.length - 2);
  const foreign = name.includes("xn--") ? foreignSpellings() : [];
  if (labels.some(isCoze) || name.split(".").some((label) => foreign.includes(label))) return true;
  // A letter added, missing or swapped. A replaced letter makes honest names: core, code, cozy.
  const read = labels.join(".");
  const sorted = (text: string) => [...text].sort().join("");
  const meant = nearest(read, API_HOSTS, 1);
  return meant !== undefined && (meant.length !== read.length || sorted(meant) === sorted(read));
}

/** Lists `xn--…` labels that look like "coze" but have letters of other scripts. */
function foreignSpellings(): string[] {
  // Cyrillic and Greek letters look like ASCII in an editor, so they are escaped.
  const letters = ["c\u0441çć", "o0\u043e\u03bföó", "zżž", "e3\u0435é"];
  return letters.reduce(
    (heads, letters) => heads.flatMap((head) => [...letters].map((letter) => head + letter)),
    ["https://"],
  ).map((url) => new URL(url).host);
}

/** Names of this machine. Deno's permissions treat each spelling as another host. */
const LOOPBACK = /^(?:127(?:\.\d+){3}|localhost|\[::1\])(?::\d+)?$/;

/** Whether a hint may advise to allow a host: Coze's, this machine's, or one that the user typed. */
export function mayOpen(host: string, isTyped: boolean): boolean {
  return API_HOSTS.includes(host) || LOOPBACK.test(host) || (isTyped && !isLookalike(host));
}
