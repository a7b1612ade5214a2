import type { Text } from "./text.ts";

/** The command line's words in English. */
export const en: Text = {
  short: `coze-jwt: a Coze service-app key becomes an access token

  coze-jwt init                   lay out keys/ and say what to fetch from Coze's console
  coze-jwt token                  print an access token
  coze-jwt emulator --keys demo   a Coze of your own on 127.0.0.1, to try it out

coze-jwt --help tells more.`,
  general: `coze-jwt: a Coze (扣子) service-app key becomes an access token

Usage: coze-jwt <command> [flags]

  token            the access token, one line on stdout
  inspect          the request that token would send, each claim with a verdict; sends nothing
  doctor           why Coze refuses: what can be seen offline, then at most 8 requests that tell
  explain [CODE]   one cause in depth; without CODE the list
  init             lay out a keys directory; what to fetch from the console, and where it goes
  keygen           a key pair of your own, for the emulator and for consoles that take an upload
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
       coze-jwt inspect - < REQUEST

Shows the request that token would send: where each value comes from, header and claims
with a verdict and local times, the body. Sends nothing. With - it reads a JWT, a curl line or an
HTTP request from stdin instead, and judges that; for a JWT pass --base-url or --region to say
which host it is meant for.

  --json                the same as one JSON object

Needs: --allow-read=keys`,
    doctor: `Usage: coze-jwt doctor [--offline] [--other-region] [flags]
       coze-jwt doctor - < REQUEST

Names the cause of a refusal, how sure that is, how it is known, and what mends it. First what
can be seen without a request; when that proves nothing, the request that token would send, and
after a refusal at most 7 more that each change one thing. It says what it sends before it
does. After a token it reads /v1/workspaces once, to tell whether the token is good. With - it
reads a curl line, an HTTP request or a JWT from stdin instead, and sends nothing.

  --offline             send nothing
  --other-region        ask the other region too, with a signature by nobody; needs
                        --allow-net=api.coze.cn,api.coze.com
  --json                one object: { schema, ok, exitCode, findings, facts, probes }

Needs: --allow-net=api.coze.cn --allow-read=keys; with --offline or - only --allow-read=keys`,
    explain: `Usage: coze-jwt explain [CODE]

One cause in depth: what the code means, an example, how it happens, how to mend and to prevent it,
and where that is known from. Without CODE all codes with their titles.

  --json                one object, in English: { code, exitCode, title, meaning, example, happens,
                        fix, prevent, source }; without CODE an array of { code, title, exitCode }

Needs: nothing`,
    init: `Usage: coze-jwt init [flags]

Lays out a keys directory: a .gitignore, and a .env with the values you give or with each value
explained. Then it says what to fetch from Coze's console and where it goes; when all is there,
what token will use. It changes nothing that is there. A downloaded coze_oauth_config.json is
enough: then no .env is written, unless you give values.

  --keys DIR            the directory (default keys)
  --json                one object: { directory, written, ready, missing, findings }

Needs: --allow-read=keys --allow-write=keys`,
    keygen: `Usage: coze-jwt keygen [--keys DIR]

The normal way is Generate Key (创建 Key) in Coze's console: the browser makes the pair and downloads
private_key.pem. This makes a pair of your own (RSA, 2048 bits, PKCS#8), for the emulator and for
consoles that take an upload. The private key goes into DIR/private_key.pem, mode 0600; the public
key is printed. It never overwrites a key.

  --keys DIR            the directory (default keys)
  --json                one object: { keyFile, publicKey, fingerprints }

Needs: --allow-read=keys --allow-write=keys`,
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
  --key-id ID           key id ("Public key", 公钥指纹), 43 characters; a leading - needs --key-id=-abc
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
    "see-doctor": "help: coze-jwt doctor{flags} looks for the cause, with at most 8 requests",
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
    "paste": "Paste a JWT, a curl command or an HTTP request, then Enter and ^D",
    "nothing-sent": "Nothing was sent. Each run makes a new jti and new times.",
    "pair-proven": "the pair of the key id (its {form} fingerprint)",
    "not-verified": "The signature was not verified: that takes the public key.",
    "all-well": "Nothing wrong was found. What only Coze knows was not asked.",
    "doctor-plan":
      "Asking {host}: the request that token sends; if it is refused, at most 7 more (--offline sends nothing)",
    "doctor-probe": "  {number}. to {host}: {what}",
    "doctor-key": "Key",
    "doctor-assertion": "Assertion",
    "doctor-clock": "Clock",
    "doctor-endpoint": "Endpoint",
    "doctor-refusal": "Refusal",
    "doctor-token": "Token",
    "pair-unknown":
      "whether it is the pair of the key id cannot be seen: how Coze computes a key id is not known",
    "pair-by-token":
      "the pair of the key id, as a token was given; none of the known ways to compute a key id yields it",
    "key-repairs": "put right on reading: {repairs}",
    "clock-unknown": "not compared: no answer told the time",
    "clock-right": "as the server's, {seconds} s off at most",
    "clock-ahead": "{seconds} s ahead of the server's (at most {error} s wrong)",
    "clock-behind": "{seconds} s behind the server's (at most {error} s wrong)",
    "not-asked": "not asked",
    "no-answer": "no answer of Coze: {code}",
    "answered": "{url} answers",
    "not-refused": "not refused",
    "probe-same": "the same",
    "probe-token": "a token",
    "token-none": "none",
    "token-ends": "given; ends {time}, in {minutes} min",
    "token-works": "the API takes it: GET /v1/workspaces was answered",
    "token-unclear":
      "whether the API takes it is not known: GET /v1/workspaces was answered {status}",
    "doctor-well": "All is well.",
    "corrected": "Corrected request",
    "unjudged-jwt": "The JWT is in a variable or left open: it was not judged.",
    "unjudged-headers": "Some headers are in a file or a variable: they were not judged.",
    "unjudged-body": "The body is in a file or a variable: what is in it was not judged.",
    "causes": "coze-jwt explain CODE tells more of one",
    "explain-meaning": "What it means",
    "explain-example": "For example",
    "explain-happens": "How it happens",
    "explain-fix": "How to mend it",
    "explain-prevent": "How to prevent it",
    "explain-source": "Source",
    "init-ready": "token will use:",
    "init-next":
      "All is there. Next: coze-jwt inspect{flags} shows the request and sends nothing, coze-jwt token{flags} gets a token",
    "init-mend": "Mend the errors above, then: coze-jwt init{flags}",
    "init-walk":
      `In the console, https://www.{site}/open/oauth/apps (API & SDK > Authorization > OAuth apps, 授权 > OAuth 应用):
  1. Create new app (创建新应用): App type Normal (普通), Client type Service Application (服务类应用)
  2. Public & Private Keys (公钥和私钥) > Generate Key (创建 Key); the browser downloads the key, once:
       mv ~/Downloads/private_key.pem {directory}/ && chmod 600 {directory}/private_key.pem
  3. The fingerprint beside it (labelled "Public key", 公钥指纹)  ->  COZE_KEY_ID in {directory}/.env
  4. Permissions (权限): tick what the app may do; confirm, then Authorize (授权), choose workspaces
  5. App ID (应用 ID), in the list of apps  ->  COZE_CLIENT_ID in {directory}/.env
Or Demo Download (示例下载) in that list: coze_oauth_config.json from it, put into {directory}/, is enough`,
    "init-missing": "Still missing: {names}. Once that is in place: coze-jwt init{flags}",
    "keygen-normal":
      "The normal way is Generate Key (创建 Key) in Coze's console: the browser makes the pair and downloads private_key.pem. This pair is for the emulator and for consoles that take an upload.",
    "keygen-done":
      `The private key is in {path}, the public one went to stdout. The same with openssl:
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out another_key.pem
  openssl pkey -in another_key.pem -pubout`,
    "emulator-is":
      "Coze's token endpoint, emulated, on {url}: for trying and testing, not production",
    "emulator-next": "In a second terminal:",
    "emulator-no-keys": "No --keys DIR, so no app is registered and everybody is refused",
    "emulator-end": "^C ends it",
  },
};
