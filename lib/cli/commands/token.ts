import { exchangeJwt } from "../../exchange.ts";
import { CozeError } from "../../error.ts";
import { announce, fetchOf, readAccess } from "../access.ts";
import type { CliError, Context } from "../context.ts";

/** The variable that the examples of the official SDKs read. */
const VARIABLE = "COZE_API_TOKEN";

export async function token(context: Context): Promise<number> {
  const { args, io, output, timeoutMs } = context;
  const access = await readAccess(context);
  const { app, request } = access;
  if (!app) return await (await import("../problems.ts")).refuseToSend(context, access);
  try {
    await announce(context, app, request);
    const fetch = await fetchOf(context);
    const { now, sleep } = io;
    const { signal } = context;
    const result = await exchangeJwt(app, request, { fetch, now, sleep, signal, timeoutMs });
    const { accessToken } = result;
    output.secret(
      output.json
        ? JSON.stringify(result)
        : args.has("header")
        ? `Authorization: Bearer ${accessToken}`
        : !args.has("env")
        ? accessToken
        : io.shell === "powershell"
        ? `$env:${VARIABLE} = '${accessToken.replaceAll("'", "''")}'`
        : `export ${VARIABLE}='${accessToken.replaceAll("'", "'\\''")}'`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    const { explainFailure } = await import("../problems.ts");
    return await explainFailure(context, access, error as CliError);
  }
}
