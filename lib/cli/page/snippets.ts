// Code for a front end that gets its tokens from a broker, shown on the page of `serve` and in the
// documents. Sources: Coze's pages install_web_sdk and vibe_coding_websdk, the repositories
// coze-dev/coze-studio (chat-app-sdk) and coze-dev/coze-js.

export type SnippetName = keyof typeof SNIPPETS;

/** Asks the broker. It never throws: after an error the Chat SDK would never ask again. */
const GET_TOKEN = `let last;

async function getToken(refused) {
  try {
    const response = await fetch("{broker}", {
      method: "POST",
      credentials: "include",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ refused }),
    });
    if (response.ok) return last = (await response.json()).token;
  } catch (error) {
    console.warn("no token", error);
  }
  return "";
}`;

export const SNIPPETS = {
  "chat-sdk": `${GET_TOKEN}

new CozeWebSDK.WebChatClient({
  config: { type: "bot", bot_id: "{bot}", isIframe: false },
  auth: { type: "token", token: await getToken(), onRefreshToken: () => getToken(last) },
  userInfo: { id: "web", url: "", nickname: "" },
});`,

  "web-sdk": `${GET_TOKEN}

cozeWebSDK.init({ projectId: "YOUR_PROJECT", refreshToken: () => getToken(last) });`,

  "coze-js": `import { CozeAPI } from "@coze/api";

let current = { token: "", baseUrl: "", endsAt: 0 };

async function renew(refused) {
  const response = await fetch("{broker}", {
    method: "POST",
    credentials: "include",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refused }),
  });
  if (!response.ok) throw new Error(\`no token: \${response.status}\`);
  const { token, baseUrl, expiresIn } = await response.json();
  current = { token, baseUrl, endsAt: Date.now() + expiresIn * 1000 };
}

await renew();
const coze = new CozeAPI({
  baseURL: current.baseUrl,
  token: async () => {
    if (Date.now() > current.endsAt - 5000) await renew();
    return current.token;
  },
});
// After an error 401: await renew(current.token), and send the request once more.`,

  "mini-program":
    `// session: of your own login. In Taro it is Taro.request, in uni-app uni.request.
let last;
let endsAt = 0;

function getToken(refused) {
  return new Promise((resolve) => {
    wx.request({
      url: "{broker}",
      method: "POST",
      header: { "authorization": "Bearer " + session, "content-type": "application/json" },
      data: refused ? { refused } : {},
      success({ statusCode, data }) {
        if (statusCode !== 200) return resolve("");
        endsAt = Date.now() + data.expiresIn * 1000;
        resolve(last = data.token);
      },
      fail: () => resolve(""),
    });
  });
}

// @coze/chat-sdk
const auth = { token: await getToken(), onRefreshToken: () => getToken(last) };

// @coze/taro-api and @coze/uniapp-api ask before each call
const coze = new CozeAPI({
  baseURL: "{baseUrl}",
  token: "",
  onBeforeAPICall: async () => ({ token: Date.now() < endsAt - 5000 ? last : await getToken() }),
});`,
};

/** Fills in where the broker is, which bot is meant, and Coze's base URL. */
export function snippetOf(
  name: SnippetName,
  values: { broker: string; bot: string; baseUrl: string },
): string {
  return SNIPPETS[name].replace(
    /\{(broker|bot|baseUrl)\}/g,
    (_, key: keyof typeof values) => values[key],
  );
}
