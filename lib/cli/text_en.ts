import type { Text } from "./text.ts";

/** The command line's words in English. */
export const en: Text = {
  short: `coze-jwt: a Coze service-app key becomes an access token

  coze-jwt token                  print an access token
  coze-jwt inspect                show what token would send, send nothing
  coze-jwt emulator --keys demo   a Coze of your own on 127.0.0.1, to try it out

coze-jwt --help tells more.`,
  general: `coze-jwt: a Coze (扣子) service-app key becomes an access token

Usage: coze-jwt <command> [flags]

  token            the access token, one line on stdout
  inspect          the request that token would send, each claim with a verdict; sends nothing
  explain [CODE]   one cause in depth; without CODE the list
  emulator         Coze's token endpoint on 127.0.0.1, to try and to test

coze-jwt <command> --help tells more of each.
Needs: nothing for help; each command says its own`,
  help: {
    token: `Usage: coze-jwt token [flags]

Signs a JWT with your private key, exchanges it at Coze, prints the access token.
App ID, key id and key come from keys/ (.env and private_key.pem, or coze_oauth_config.json).

  --header              print "Authorization: Bearer …" instead, for curl -H
  --json                print { accessToken, expiresAt (ms), logId }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    inspect: `Usage: coze-jwt inspect [flags]
       coze-jwt inspect - < JWT

Shows the request that token would send: where each value comes from, header and claims
with a verdict and local times, the body. Sends nothing. With - it reads a JWT from stdin
instead and judges that; pass --base-url or --region to say which host it is meant for.

  --json                the same as one JSON object

Needs: --allow-read=keys`,
    explain: `Usage: coze-jwt explain [CODE]

What a code means, how it happens, how to mend it. Without CODE all codes with their titles.

Needs: nothing`,
    emulator: `Usage: coze-jwt emulator [--port N] [--keys DIR]

Coze's token endpoint on 127.0.0.1, as strict as the documents say. With --keys DIR it writes
a key pair and a .env into DIR, so that \`coze-jwt token --keys DIR\` works at once; without,
it knows no app and refuses everybody. Not for production. ^C ends it.

  --port N              the port; 0 takes any free one (default 0)
  --keys DIR            where to write key and .env; refused when others' files are there
  --json                first line: { url, clientId, keyId, keyFile, workspaceId }

Needs: --allow-net=127.0.0.1, with --keys DIR also --allow-read=DIR --allow-write=DIR`,
  },
  credentialFlags: `
Who asks
  --client-id ID        App ID (应用 ID), digits
  --key-id ID           key id (公钥指纹), 43 characters; --key-id=-abc when it begins with -
  --key-file FILE       the private key (default DIR/private_key.pem)
  --region cn|com       api.coze.cn or api.coze.com (default cn)
  --base-url URL        another address of the API`,
  requestFlags: `
What is asked for
  --duration TIME       lifetime of the token: 90, 90s, 15m, 23h (default 15m, at most 86399s)
  --session-name NAME   your user's id: isolates conversations
  --scope-permission P  narrow the token; may be repeated (default Connector.botChat with a bot)
  --scope-bot ID        only this bot; may be repeated
  --account-id ID       organisation or account path
  --enterprise-id ID    enterprise path`,
  callFlags: `
Where and how
  --keys DIR            the directory of .env and key (default keys)
  --timeout TIME        deadline of a call, all repetitions included (default 15s)`,
  commonFlags: `
Always
  --json                output for programs
  --lang en|zh          language
  --trace               log requests, answers and stack traces to stderr, secrets masked
  --help, --version`,
  say: {
    "other-host": "Sending to {host}, which is not Coze's own host",
    "waiting": "waiting for {host} …",
    "see-inspect":
      "help: coze-jwt inspect{flags} shows what was sent and where each value comes from",
    "default": "default",
    "request": "Request",
    "configuration": "Configuration",
    "header": "Header",
    "claims": "Claims",
    "body": "Body",
    "app-id": "App ID",
    "key-id": "key id",
    "private-key": "private key",
    "base-url": "base URL",
    "not-set": "not set",
    "unusable": "cannot be used: {code}",
    "key-form": "RSA, {bits} bits",
    "paste": "Paste a JWT, then Enter and ^D",
    "nothing-sent": "Nothing was sent. Each run makes a new jti and new times.",
    "pair-proven": "the pair of the key id (its {form} fingerprint)",
    "not-verified": "The signature was not verified: that takes the public key.",
    "all-well": "Nothing wrong was found. What only Coze knows was not asked.",
    "causes": "coze-jwt explain CODE tells more of one",
    "how": "What it means",
    "mend": "How to mend it",
    "emulator-is":
      "Coze's token endpoint, emulated, on {url}: for trying and testing, not production",
    "emulator-next": "In a second terminal:",
    "emulator-no-keys": "No --keys DIR, so no app is registered and everybody is refused",
    "emulator-end": "^C ends it",
  },
};
