import { readEnvFile } from "../../lib/cli/config/env_file.ts";
import { readJsonFile } from "../../lib/cli/config/json_file.ts";
import type { CozeError } from "../../lib/error.ts";
import { CLIENT_ID, KEY_ID } from "../testing/keys.ts";
import { editedText, encoded, jsonText, objectText, textOf } from "./arbitraries.ts";
import * as fc from "../testing/fast_check.ts";
import { type Target, target } from "./fuzz.ts";
import { hold, mayRefuse } from "./holds.ts";
import { TOY_PKCS8_PEM } from "./toy_key.ts";

/** A correct .env. */
export const ENV = `COZE_CLIENT_ID=${CLIENT_ID}\nCOZE_KEY_ID=${KEY_ID}\n`;
/** Names of variables. */
export const NAMES: readonly string[] =
  "CLIENT_ID KEY_ID PRIVATE_KEY REGION BASE_URL PRIVATE_KEY_PATH PUBLIC_KEY".split(" ")
    .map((name) => `COZE_${name}`);
const ENV_PIECES = [..."$\"'`=#\\ A\n\t", "\r\n", "export ", ...NAMES.map((name) => `\n${name}=`)]
  .concat("A=$A ${A} A= B=' \\n __proto__=1 -----BEGIN cn".split(" "), CLIENT_ID);
/** The text of a .env, correct or not. */
export const envText: fc.Arbitrary<string> = fc.oneof(
  editedText(fc.constant(ENV), ...ENV_PIECES),
  textOf(...ENV_PIECES),
);

const MEMBERS = ["client_type", "client_id", "public_key_id", "private_key", "coze_api_base"];
/** A correct coze_oauth_config.json. */
export const JSON_FILE = JSON.stringify({
  "client_type": "jwt",
  "client_id": CLIENT_ID,
  "public_key_id": KEY_ID,
  "private_key": TOY_PKCS8_PEM,
  "coze_api_base": "https://api.coze.cn",
});
const JSON_PIECES = [...'{}[],:"\\ -1e', "null", "\\u0000", '"__proto__":', '"client_id":'];
/** The text of a coze_oauth_config.json, correct or not. */
export const jsonFile: fc.Arbitrary<string> = fc.oneof(
  editedText(
    fc.oneof(fc.constant(JSON_FILE), objectText([...MEMBERS, "coze_www_base"])),
    ...JSON_PIECES,
  ),
  jsonText,
  textOf(...JSON_PIECES),
);

/** Reads a file; the place in an error must exist. */
function reading<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { reason, line, column } = (error as Partial<CozeError>).details ?? {};
    if (reason !== "member") {
      hold(Number(line) >= 1 && Number(line) <= text.split("\n").length, "the line exists");
      hold(Number(column) >= 1 && Number(column) <= text.length + 1, "the column exists");
    }
    throw error;
  }
}

/** Reads configuration files. */
export const FILE_TARGETS: readonly Target[] = [
  target({
    name: "env",
    claim: "readEnvFile() reads any file or refuses it with a CozeError",
    arbitrary: fc.oneof(
      { weight: 6, arbitrary: encoded(envText) },
      { weight: 1, arbitrary: fc.uint8Array() },
    ),
    async check(bytes) {
      const text = new TextDecoder().decode(bytes);
      const values = await mayRefuse(
        /^config-file-malformed$/,
        () => reading(text.replace(/\r\n?/g, "\n"), () => readEnvFile(bytes, "keys/.env")),
      );
      for (const [name, value] of Object.entries(values ?? {})) {
        hold(/^[A-Za-z_]\w*$/.test(name) && typeof value === "string", "values are texts");
      }
    },
    runs: 1000,
  }),
  target({
    name: "json",
    claim: "readJsonFile() reads any file or refuses it with a CozeError",
    arbitrary: fc.oneof(
      { weight: 6, arbitrary: encoded(jsonFile) },
      { weight: 1, arbitrary: fc.uint8Array() },
    ),
    async check(bytes) {
      const text = new TextDecoder().decode(bytes);
      const values = await mayRefuse(
        /^config-file-malformed$/,
        () => reading(text, () => readJsonFile(bytes, "coze.json", ["client_id", "private_key"])),
      );
      for (const [name, value] of Object.entries(values ?? {})) {
        hold(
          MEMBERS.includes(name) && typeof value === "string" && value !== "",
          "values are texts",
        );
      }
    },
    runs: 500,
  }),
];
