import type { Files, Region, Setup } from "./setup.ts";

export function baseUrlOf(region: Region): string {
  return `https://api.coze.${region}`;
}

/** The files, arguments and environment of a setup, in its layout and with its edits. */
export function layOut(
  setup: Setup,
): { files: Files; args: string[]; env: Record<string, string> } {
  const { user, layout, editFiles } = setup;
  const { clientId, keyId, pair, region } = user;
  const { pem } = pair;
  const args: string[] = [];
  const env = { ...setup.env };
  const dotenv = [`COZE_CLIENT_ID=${clientId}`, `COZE_KEY_ID=${keyId}`];
  if (region === "com") dotenv.push("COZE_REGION=com");
  const files: Files = {
    "keys/.env": `${dotenv.join("\n")}\n`,
    "keys/private_key.pem": pem,
  };
  switch (layout) {
    case "sdk-names":
      files["keys/.env"] = `# from the SDK's example
COZE_API_BASE="${baseUrlOf(region)}"
COZE_JWT_OAUTH_CLIENT_ID="${clientId}"
COZE_JWT_OAUTH_PUBLIC_KEY_ID="${keyId}"
COZE_JWT_OAUTH_PRIVATE_KEY_FILE_PATH=keys/coze.pem
`;
      files["keys/coze.pem"] = pem;
      delete files["keys/private_key.pem"];
      break;
    case "json":
      delete files["keys/.env"];
      delete files["keys/private_key.pem"];
      files["keys/coze_oauth_config.json"] = jsonConfig(setup);
      break;
    case "flags":
      delete files["keys/.env"];
      args.push(`--client-id=${clientId}`, `--key-id=${keyId}`, `--base-url=${baseUrlOf(region)}`);
      break;
    case "profile":
      for (const name of Object.keys(files)) {
        files[name.replace("keys/", "keys/prod/")] = files[name]!;
        delete files[name];
      }
      args.push("--keys", "keys/prod");
      break;
    case "environment":
      delete files["keys/.env"];
      Object.assign(env, { "COZE_CLIENT_ID": clientId, "COZE_PUBLIC_KEY": keyId });
      if (region === "com") env["COZE_BASE_URL"] = baseUrlOf(region);
      break;
    case "escaped-key":
      files["keys/.env"] += `COZE_PRIVATE_KEY="${pem.replaceAll("\n", "\\n")}"\n`;
      delete files["keys/private_key.pem"];
      break;
    case "pkcs1":
      files["keys/private_key.pem"] = pair.privateKey.export({ type: "pkcs1", format: "pem" })
        .toString();
      break;
    case "crlf":
      files["keys/private_key.pem"] = pem.replaceAll("\n", "\r\n");
      files["keys/.env"] = String(files["keys/.env"]).replaceAll("\n", "\r\n");
      break;
  }
  for (const edit of editFiles) edit(files);
  return { files, args, env };
}

/** The JSON file that Coze's console hands out, with members added or changed. */
export function jsonConfig({ user }: Setup, more: Record<string, unknown> = {}): string {
  return JSON.stringify(
    {
      "client_type": "jwt",
      "client_id": user.clientId,
      "coze_www_base": `https://www.coze.${user.region}`,
      "coze_api_base": baseUrlOf(user.region),
      "private_key": user.pair.pem,
      "public_key_id": user.keyId,
      ...more,
    },
    null,
    2,
  );
}
