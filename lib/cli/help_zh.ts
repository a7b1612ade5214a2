import type { Help } from "./text.ts";

/** What --help says in Chinese. */
export const zh: Help = {
  general: `coze-jwt：用扣子（Coze）服务类应用的私钥换取访问令牌

用法：coze-jwt <命令> [选项]

  token            获取访问令牌，在 stdout 上输出一行
  inspect          显示 token 将要发送的请求，并逐项判断；不发送任何数据
  doctor           扣子为什么拒绝：先离线检查，再用最多 8 个请求找出原因
  explain [CODE]   详细解释一个错误码；不带 CODE 时列出全部
  init             建好密钥目录，并说明要从控制台取哪些值、放在哪里
  keygen           自行生成密钥对，供模拟器和需要上传公钥的控制台使用
  workspaces       列出应用获得授权的工作空间
  bot create NAME  新建智能体；加 --publish 和 --say 时随即发布并得到第一个回答
  bot publish ID   把智能体发布到 API 渠道
  bot list         列出一个工作空间的智能体
  chat ["TEXT"]    对智能体说话并流式输出回答；不带 TEXT 时逐行对话
  emulator         在 127.0.0.1 上模拟扣子，用于试用和测试

每个命令的说明：coze-jwt <命令> --help
Needs: 帮助不需要任何权限；各命令所需见其说明`,
  help: {
    token: `用法：coze-jwt token [选项]

用私钥签发 JWT，向扣子换取访问令牌并打印。
应用 ID、公钥指纹和私钥来自 keys/（.env 与 private_key.pem，或 coze_oauth_config.json）。

  --header              改为打印 "Authorization: Bearer …"，可用于 curl -H
  --json                打印 { accessToken, expiresAt, logId }，其中 expiresAt 为毫秒

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    inspect: `用法：coze-jwt inspect [选项]
      coze-jwt inspect - < 请求

显示 token 将要发送的请求：每个值的来源，对 Header 和声明的逐项判断及本地时间，以及请求体。
不发送任何数据。带 - 时改为判断从 stdin 读入的 JWT、curl 命令或 HTTP 请求；对于 JWT，用 --base-url
或 --region 指明它要发往的主机。

  --json                以一个 JSON 对象输出同样的内容

Needs: --allow-read=keys`,
    doctor: `用法：coze-jwt doctor [--offline] [--other-region] [选项]
      coze-jwt doctor - < 请求

指出被拒绝的原因、把握有多大、依据是什么、如何解决。先检查不发请求就能看到的内容；如果还不能
证实原因，就发送 token 会发送的请求，被拒绝后再发送最多 7 个、每个只改变一处的请求。发送之前
先说明。得到令牌后读取一次 /v1/workspaces，判断令牌是否可用。带 - 时从 stdin 读取一条 curl
命令、一个 HTTP 请求或一个 JWT，不发送任何数据。

  --offline             不发送任何数据
  --other-region        同时询问另一区域（使用无人签名的 JWT）；需要
                        --allow-net=api.coze.cn,api.coze.com
  --json                一个对象：{ schema, ok, exitCode, findings, facts, probes }

Needs: --allow-net=api.coze.cn --allow-read=keys；带 --offline 或 - 时只需 --allow-read=keys`,
    explain: `用法：coze-jwt explain [CODE]

详细解释一个错误码：含义、示例、成因、解决办法、预防办法，以及出处和可信程度。
不带 CODE 时列出全部错误码及其标题。

  --json                一个英文的 JSON 对象：{ code, exitCode, title, meaning, example, happens,
                        fix, prevent, source }；不带 CODE 时为 { code, title, exitCode } 的数组

Needs: 不需要任何权限`,
    init: `用法：coze-jwt init [选项]

建好密钥目录：写入 .gitignore 和 .env；.env 中填好命令行给出的值，并逐项附有说明。随后说明要从
扣子控制台取哪些值、放在哪里；全部就绪后，显示 token 将使用的值。已有的文件一律不改。目录中有
下载的 coze_oauth_config.json 就足够了：这时不写 .env，除非命令行给出了值。

  --keys DIR            目录（默认 keys）
  --json                一个对象：{ directory, written, ready, missing, findings }

Needs: --allow-read=keys --allow-write=keys`,
    keygen: `用法：coze-jwt keygen [--keys DIR]

通常应在扣子控制台点击“创建 Key”（Generate Key）：浏览器生成密钥对并下载 private_key.pem。
本命令自行生成密钥对（RSA，2048 位，PKCS#8），供模拟器和需要上传公钥的控制台使用。私钥写入
DIR/private_key.pem，权限 0600；公钥打印出来。绝不覆盖已有的密钥。

  --keys DIR            目录（默认 keys）
  --json                一个对象：{ keyFile, publicKey, fingerprints }

Needs: --allow-read=keys --allow-write=keys`,
    workspaces: `用法：coze-jwt workspaces [选项]

列出应用获得授权的工作空间：ID、名称、你的角色、类型。终端上是表格，管道里以制表符分隔。
需要权限 listWorkspace。

  --json                数组，每项为 { id, name, role, type }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    bot: `用法：coze-jwt bot create NAME | bot publish [ID] | bot list

  bot create NAME       新建智能体（草稿）；--publish 和 --say 接着完成后面的步骤
  bot publish [ID]      把智能体发布到 API 渠道
  bot list              列出一个工作空间的智能体

更多说明：coze-jwt bot create --help，另外两个相同。
Needs: 帮助不需要任何权限；各命令所需见其说明`,
    "bot create":
      `用法：coze-jwt bot create NAME --workspace ID [--prompt TEXT] [--publish] [--say TEXT]

新建一个智能体（草稿）。带 --publish 时发布到 API 渠道，并等到它出现在已发布列表中。带 --say 时把第一个
回答流式输出到 stdout；没有 --publish 时由草稿回答。各个 ID 输出到 stderr；没有 --say 时智能体 ID 输出到
stdout。中途停下时，会打印用来继续的命令。同名的第二个智能体需要 --new。
需要权限 listBot、createBot，带 --publish 时还有 publish，带 --say 时还有 chat。

  --workspace ID        工作空间（或 COZE_WORKSPACE_ID）；用 \`coze-jwt workspaces\` 列出
  --prompt TEXT         人设与回复逻辑，最多 20,000 个字符
  --publish             发布为 API 服务
  --say TEXT            对它说这句话
  --user ID             业务侧用户 ID：隔离会话，并换取该用户的令牌
                        （等同 --session-name；默认 coze-jwt，令牌不属于任何用户）
  --new                 即使已有同名智能体也新建
  --json                一个对象：{ botId, version, conversationId, chatId, answer }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    "bot publish": `用法：coze-jwt bot publish [ID] [--say TEXT] [选项]

把智能体发布到 API 渠道（connector 1024）。已知工作空间时，等到它出现在已发布列表中。
需要权限 publish、listBot，带 --say 时还有 chat。

  ID, --bot ID          智能体（或 COZE_BOT_ID）
  --workspace ID        它所在的工作空间（或 COZE_WORKSPACE_ID）
  --say TEXT            对它说这句话，并把回答流式输出到 stdout
  --user ID             业务侧用户 ID：隔离会话，并换取该用户的令牌
                        （等同 --session-name；默认 coze-jwt，令牌不属于任何用户）
  --json                一个对象：{ botId, version, conversationId, chatId, answer }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    "bot list": `用法：coze-jwt bot list [--workspace ID] [选项]

列出一个工作空间的智能体，包括草稿：ID、名称、已发布或草稿、最后修改时间。终端上是表格，管道里以制表符
分隔。需要权限 listBot。

  --workspace ID        工作空间（或 COZE_WORKSPACE_ID）；用 \`coze-jwt workspaces\` 列出
  --json                数组，每项为 { id, name, description, isPublished, updatedAt }，其中 updatedAt 为毫秒

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    chat: `用法：coze-jwt chat ["TEXT"] [--bot ID] [选项]
      coze-jwt chat < 问题

对智能体说 TEXT，把回答流式输出到 stdout，此外不输出任何内容。TEXT 也可以由管道传入。两者都没有、
且在终端上时，是逐行的对话：/exit 结束，^C 取消当前回答，再按一次 ^C 退出。
需要权限 chat、cancelChat。

  --bot ID              智能体（或 COZE_BOT_ID）；用 \`coze-jwt bot list\` 列出
  --conversation ID     继续这个会话
  --draft               与草稿对话，无论是否已发布
  --user ID             业务侧用户 ID：隔离会话，并换取该用户的令牌
                        （等同 --session-name；默认 coze-jwt，令牌不属于任何用户）
  --json                一个对象：{ answer, conversationId, chatId, followUps, status }

Needs: --allow-net=api.coze.cn --allow-read=keys`,
    emulator: `用法：coze-jwt emulator [--port N] [--keys DIR]

在 127.0.0.1 上模拟扣子，严格按文档检查：令牌、工作空间、智能体、对话。智能体回答普通文本，也能按要求
换个方式：/slow TEXT、/think TEXT、/suggest TEXT、/fail TEXT、/stop TEXT。带 --keys DIR 时在 DIR 中写入密钥对和
.env，随后 \`coze-jwt token --keys DIR\` 即可使用；不带时没有注册任何应用，所有请求都会被拒绝。
不要用于生产环境。按 ^C 结束。

  --port N              端口；0 表示任意空闲端口（默认 0）
  --keys DIR            写入密钥和 .env 的目录；其中有非模拟器写入的文件时拒绝
  --json                第一行：{ url, clientId, keyId, keyFile, workspaceId }

Needs: --allow-net=127.0.0.1，带 --keys DIR 时还需 --allow-read=DIR --allow-write=DIR`,
  },
  credentialFlags: `
身份和地址
  --client-id ID        应用 ID，纯数字
  --key-id ID           公钥指纹，43 个字符；以 - 开头时须写成 --key-id=-abc
  --key-file FILE       私钥文件（默认 DIR/private_key.pem）
  --region cn|com       api.coze.cn 或 api.coze.com（默认 cn）
  --base-url URL        API 的其他地址`,
  requestFlags: `
请求内容
  --duration TIME       令牌有效期：90、90s、15m、23h（默认 15m，最长 86399s）
  --session-name NAME   业务侧用户 ID，用于隔离会话（对话时默认取 --user）
  --scope-permission P  收窄令牌权限；可重复（指定了智能体时默认 Connector.botChat）
  --scope-bot ID        只限该智能体；可重复
  --account-id ID       组织或账号路径
  --enterprise-id ID    企业路径`,
  callFlags: `
目录和时限
  --keys DIR            .env 和私钥所在目录（默认 keys）
  --timeout TIME        一次调用的总时限，含重试（默认 15s，对话 10m）`,
  commonFlags: `
通用
  --json                输出供程序使用的 JSON
  --lang en|zh          提示信息的语言
  --trace               在 stderr 记录请求、响应和调用栈，敏感信息会遮盖
  --help, --version`,
};
