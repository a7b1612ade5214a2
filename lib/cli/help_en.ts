import type { Help } from "./text.ts";

/** What --help says in English. */
export const en: Help = {
  general: `coze-jwt: a Coze (扣子) service-app key becomes an access token

Usage: coze-jwt <command> [flags]

  token            the access token, one line on stdout
  inspect          the request that token would send, each claim with a verdict; sends nothing
  doctor           why Coze refuses: what can be seen offline, then at most 8 requests that tell
  explain [CODE]   one cause in depth; without CODE the list
  init             lay out a keys directory; what to fetch from the console, and where it goes
  keygen           a key pair of your own, for the emulator and for consoles that take an upload
  workspaces       the workspaces that the app was authorised for
  bot create NAME  a new bot; with --publish and --say published, and its first answer
  bot publish ID   publish a bot to the API channel
  bot list         the bots of a workspace
  chat ["TEXT"]    say something to a bot and stream its answer; without TEXT a conversation
  emulator         Coze on 127.0.0.1, to try and to test

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
    workspaces: `Usage: coze-jwt workspaces [flags]

Lists the workspaces (工作空间) that the app was authorised for: id, name, your role, type. A table on a
terminal, tab-separated lines in a pipe. Needs the permission listWorkspace.

  --json                an array of { id, name, role, type }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    bot: `Usage: coze-jwt bot create NAME | bot publish [ID] | bot list

  bot create NAME       a new bot, as a draft; --publish and --say go on from there
  bot publish [ID]      publish a bot to the API channel
  bot list              the bots of a workspace

coze-jwt bot create --help tells more; so does each of the others.
Needs: nothing for help; each says its own`,
    "bot create":
      `Usage: coze-jwt bot create NAME --workspace ID [--prompt TEXT] [--publish] [--say TEXT]

Creates a bot (智能体) as a draft. With --publish it is published to the API channel, and waited for
until it is in the list of published bots. With --say its first answer is streamed to stdout; without
--publish that is the draft's. The ids go to stderr; without --say the bot's id goes to stdout.
Stopped half-way it prints the command that goes on. A second bot of one name needs --new.
Needs the permissions listBot, createBot, with --publish publish, with --say chat.

  --workspace ID        the workspace (or COZE_WORKSPACE_ID); \`coze-jwt workspaces\` lists them
  --prompt TEXT         what the bot is and how it answers (人设与回复逻辑), at most 20,000 characters
  --publish             publish it as API service
  --say TEXT            say this to it
  --user ID             your user's id: keeps conversations apart, and asks for a token of that user
                        (as --session-name does; default: coze-jwt, no user's token)
  --new                 create it although there is one of this name
  --json                one object: { botId, version, conversationId, chatId, answer }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    "bot publish": `Usage: coze-jwt bot publish [ID] [--say TEXT] [flags]

Publishes a bot to the API channel (connector 1024). When the workspace is known, it waits until the
bot is in the list of published bots. Needs the permissions publish, listBot, with --say chat.

  ID, --bot ID          the bot (or COZE_BOT_ID)
  --workspace ID        its workspace (or COZE_WORKSPACE_ID)
  --say TEXT            say this to it, and stream the answer to stdout
  --user ID             your user's id: keeps conversations apart, and asks for a token of that user
                        (as --session-name does; default: coze-jwt, no user's token)
  --json                one object: { botId, version, conversationId, chatId, answer }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    "bot list": `Usage: coze-jwt bot list [--workspace ID] [flags]

Lists the bots of a workspace, drafts too: id, name, published or draft, time of the last change.
A table on a terminal, tab-separated lines in a pipe. Needs the permission listBot.

  --workspace ID        the workspace (or COZE_WORKSPACE_ID); \`coze-jwt workspaces\` lists them
  --json                an array of { id, name, description, isPublished, updatedAt (ms) }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    chat: `Usage: coze-jwt chat ["TEXT"] [--bot ID] [flags]
       coze-jwt chat < QUESTION

Says TEXT to a bot and streams its answer to stdout, nothing else goes there. TEXT may also come
through a pipe. Without both, on a terminal, it is a conversation: line by line, /exit ends it,
^C cancels the answer, another ^C leaves. Needs the permissions chat, cancelChat.

  --bot ID              the bot (or COZE_BOT_ID); \`coze-jwt bot list\` lists them
  --conversation ID     go on with this conversation
  --draft               talk to the draft, whether published or not
  --user ID             your user's id: keeps conversations apart, and asks for a token of that user
                        (as --session-name does; default: coze-jwt, no user's token)
  --json                one object: { answer, conversationId, chatId, followUps, status }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    emulator: `Usage: coze-jwt emulator [--port N] [--keys DIR]

Coze on 127.0.0.1, as strict as the documents say: tokens, workspaces, bots, chats. A bot answers
plain text, and on demand in other ways: /slow TEXT, /think TEXT, /suggest TEXT, /fail TEXT,
/stop TEXT. With --keys DIR it writes a key pair and a .env into DIR, so that \`coze-jwt token --keys DIR\` works at once; without,
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
  --session-name NAME   your user's id: isolates conversations (of a chat, default --user)
  --scope-permission P  narrow the token; may be repeated (default Connector.botChat with a bot)
  --scope-bot ID        only this bot; may be repeated
  --account-id ID       organisation or account path
  --enterprise-id ID    enterprise path`,
  callFlags: `
Where and how
  --keys DIR            the directory of .env and key (default keys)
  --timeout TIME        deadline of a call, all repetitions included (default 15s; of a chat 10m)`,
  commonFlags: `
Always
  --json                output for programs
  --lang en|zh          language
  --trace               log requests, answers and stack traces to stderr, secrets masked
  --help, --version`,
};
