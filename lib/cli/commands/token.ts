import { exchangeJwt } from "../../exchange.ts";
import { withAccess } from "../access.ts";
import type { Context } from "../context.ts";

/** The variable that the examples of the official SDKs read. */
const VARIABLE = "COZE_API_TOKEN";

export function token(context: Context): Promise<number> {
  const { args, io, output } = context;
  return withAccess(context, async ({ app, request, options }) => {
    const { signal } = context;
    const result = await exchangeJwt(app, request, { ...options, signal });
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
  });
}
