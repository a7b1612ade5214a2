import { CozeError } from "../error.ts";
import type { AccessToken } from "../token_response.ts";
import { announce, exchange, explainFailure, readAccess, refuseToSend } from "./access.ts";
import type { Run } from "./run.ts";

/**
 * The main job: prints an access token.
 *
 * @param run The command line and the outside world.
 * @returns The exit code.
 */
export async function token(run: Run): Promise<number> {
  const { args, output } = run;
  const access = await readAccess(run);
  if (!access.app) return await refuseToSend(run, access);
  let result: AccessToken;
  try {
    await announce(run, access.app, access.request);
    result = await exchange(run, access.app, access.request, run.signal);
  } catch (error) {
    if (!(error instanceof CozeError) || error.code === "interrupted") throw error;
    return await explainFailure(run, access, error);
  }
  const { accessToken } = result;
  output.secret(
    output.json
      ? JSON.stringify(result)
      : args.has("header")
      ? `Authorization: Bearer ${accessToken}`
      : accessToken,
  );
  return 0;
}
