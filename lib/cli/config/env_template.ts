/** A `.env` with each value explained; `keys/.env.example` is the same. */
const TEMPLATE = `# Settings of your app. An empty value counts as not set.
# 应用的配置。空值视为未设置。
#
# A value with $, #, quotes, blanks or several lines belongs in single quotes. Each name once.
# 含有 $、#、引号、空格或多行的值要用单引号括起来。每个名称只写一次。

# App ID (应用 ID), digits, from the list of OAuth apps.
# 应用 ID，纯数字，见 OAuth 应用列表。例如 / for example: 1127900106117
COZE_CLIENT_ID=

# Key id (公钥指纹; labelled "Public key" in the English console), 43 characters.
# 公钥指纹，43 个字符。例如 / for example: _v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4
COZE_KEY_ID=

# Region of the console: cn (default), or com, which also needs --allow-net=api.coze.com.
# 控制台所在区域：cn（默认）或 com；com 还需要 --allow-net=api.coze.com。
# COZE_REGION=com

# Another address of the API; wins over COZE_REGION.
# API 的其他地址，优先于 COZE_REGION。
# COZE_BASE_URL=https://api.coze.cn

# The private key, when it is not private_key.pem beside this file. A relative path
# starts in the current directory.
# 私钥文件，不是本目录的 private_key.pem 时填写。相对路径以当前目录为准。
# COZE_PRIVATE_KEY_PATH=keys/other.pem

# Or the text of the private key, on one line with \\n, in single quotes.
# 或私钥内容，写成一行，换行写作 \\n，用单引号括起来。
# COZE_PRIVATE_KEY='-----BEGIN PRIVATE KEY-----\\n…\\n-----END PRIVATE KEY-----\\n'

# Workspace and bot for \`bot\` and \`chat\`, when they are not given as --workspace, --bot.
# \`bot\` 和 \`chat\` 使用的工作空间和智能体，没有用 --workspace、--bot 给出时生效。
# COZE_WORKSPACE_ID=7348293334293334012
# COZE_BOT_ID=7379462189365198898
`;

/**
 * Fills quoted values into a `.env`: each into its empty line, into the template's comment, or else
 * into a new line.
 */
export function fillEnv(values: Readonly<Record<string, string>>, text = TEMPLATE): string {
  for (const [name, value] of Object.entries(values)) {
    const [blank] = new RegExp(`^(?:# )?${name}=.*$`, "m").exec(TEMPLATE)!;
    const empty =
      `(\\ufeff?[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=)(?:[ \\t]*(?:""|''))?[^\\S\\r\\n]*(?=$|[ \\t]#)`;
    // A comment and a value in quotes, which may have several lines, stay as they are.
    const parts = new RegExp(
      `^(?:${empty}|(${blank})$)|(?<!\\S)#.*|=[ \\t]*(?:"[^"]*"|'[^']*')`,
      "gm",
    );
    const lines = [...text.matchAll(parts)];
    const line = lines.find(([, head]) => head) ?? lines.find(([, , comment]) => comment);
    text = line
      ? text.slice(0, line.index) + (line[1] ?? `${name}=`) + value +
        text.slice(line.index + line[0].length)
      : text.replace(/(?<=[^\n])$/, "\n") + `${name}=${value}\n`;
  }
  return text;
}

/** Quotes a value so that all `.env` parsers agree; `undefined` when that is impossible. */
export function envQuote(value: string): string | undefined {
  if (/^[\w.:/@%+=,~-]+$/.test(value)) return value;
  return /^[^'\p{Cc}\u2028\u2029]+$/u.test(value) ? `'${value}'` : undefined;
}
