import type { Text } from "./text.ts";

/** The command line's words in English. */
export const en: Text = {
  short: `coze-jwt: a Coze service-app key becomes an access token

  coze-jwt init                   lay out keys/ and say what to fetch from Coze's console
  coze-jwt token                  print an access token
  coze-jwt emulator --keys demo   a Coze of your own on 127.0.0.1, to try it out

coze-jwt --help tells more.`,
  say: {
    "go-on": "Go on: coze-jwt {command}",
    "bot-created": "created: bot {bot} ({name}), a draft",
    "bot-published": "published to the API channel: bot {bot}, version {version}",
    "bot-waiting": "waiting until it is in the list of published bots …",
    "bot-ids": "bot id {bot}\nversion {version}\nconversation id {conversation}",
    "bot-ids-draft": "bot id {bot}\nconversation id {conversation}",
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
    "emulator-is": "Coze, emulated, on {url}: for trying and testing, not production",
    "emulator-next": "In a second terminal:",
    "emulator-no-keys": "No --keys DIR, so no app is registered and everybody is refused",
    "emulator-end": "^C ends it",
    "chat-head":
      "Talking to the bot {bot}: a line is a question. /exit or ^D leaves, ^C stops an answer",
    "chat-leave": "^C again or /exit leaves",
    "chat-cleared": "Line cleared; ^C again or /exit leaves",
    "chat-stopped": "Answer stopped; ^C again or /exit leaves",
    "chat-not-asked": "Lines that were entered ahead and not asked: {count}",
    "chat-not-told": "Coze could not be told to stop; the bot may go on: {code}",
    "chat-follow-ups": "A number asks:",
    "chat-action": "The bot waits for the result of a tool, which cannot be given here",
  },
};
