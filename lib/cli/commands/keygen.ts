import { fingerprints } from "../../fingerprint.ts";
import { generatePrivateKey, publicKeyOf } from "../config/keys_directory.ts";
import { inDirectory, writeGitignore } from "../config/keys_directory.ts";
import { CliError, type Context, directoryOf } from "../context.ts";

/** Makes a key pair: the private key goes into the keys directory, the public one to stdout. */
export async function keygen({ args, io, output, redactor, text }: Context): Promise<number> {
  const directory = directoryOf(args) ?? "keys";
  const path = `${directory}/private_key.pem`;
  if (!output.json) output.say(await text("keygen-normal"));
  const pem = await inDirectory(directory, async () => {
    if ((await io.listDirectory(directory)).includes("private_key.pem")) {
      const show = { program: "openssl", words: ["pkey", "-in", path, "-pubout"] };
      throw new CliError("file-exists", { source: path, reason: "key" }, show);
    }
    const pem = await generatePrivateKey();
    redactor.add(pem);
    await writeGitignore(directory, io);
    await io.writeFile(path, pem, { exclusive: true });
    return pem;
  });
  const publicKey = await publicKeyOf(pem);
  if (output.json) {
    output.answerJson({ keyFile: path, publicKey, fingerprints: await fingerprints(pem) });
    return 0;
  }
  output.answer(publicKey.trimEnd());
  output.say(await text("keygen-done", { path }));
  return 0;
}
