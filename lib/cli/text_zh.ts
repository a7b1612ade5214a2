import type { Text } from "./text.ts";

/** The command line's words in Chinese. */
export const zh: Text = {
  short: `coze-jwt：用扣子服务类应用的私钥换取访问令牌

  coze-jwt init                   建好 keys/，并说明要从扣子控制台取哪些值
  coze-jwt token                  打印访问令牌
  coze-jwt emulator --keys demo   在 127.0.0.1 上模拟扣子，用来试用

更多说明：coze-jwt --help`,
  general: `coze-jwt：用扣子（Coze）服务类应用的私钥换取访问令牌

用法：coze-jwt <命令> [选项]

  token            获取访问令牌，在 stdout 上输出一行
  inspect          显示 token 将要发送的请求，并逐项判断；不发送任何数据
  doctor           扣子为什么拒绝：先离线检查，再用最多 8 个请求找出原因
  explain [CODE]   详细解释一个错误码；不带 CODE 时列出全部
  init             建好密钥目录，并说明要从控制台取哪些值、放在哪里
  keygen           自行生成密钥对，供模拟器和需要上传公钥的控制台使用
  emulator         在 127.0.0.1 上模拟扣子的令牌接口，用于试用和测试

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
    emulator: `用法：coze-jwt emulator [--port N] [--keys DIR]

在 127.0.0.1 上模拟扣子的令牌接口，严格按文档检查。带 --keys DIR 时在 DIR 中写入密钥对和
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
  --session-name NAME   业务侧用户 ID，用于隔离会话
  --scope-permission P  收窄令牌权限；可重复（指定了智能体时默认 Connector.botChat）
  --scope-bot ID        只限该智能体；可重复
  --account-id ID       组织或账号路径
  --enterprise-id ID    企业路径`,
  callFlags: `
目录和时限
  --keys DIR            .env 和私钥所在目录（默认 keys）
  --timeout TIME        一次调用的总时限，含重试（默认 15s）`,
  commonFlags: `
通用
  --json                输出供程序使用的 JSON
  --lang en|zh          提示信息的语言
  --trace               在 stderr 记录请求、响应和调用栈，敏感信息会遮盖
  --help, --version`,
  say: {
    "other-host": "即将发送到 {host}，它不是扣子的官方主机",
    "waiting": "正在等待 {host} …",
    "see-doctor": "解决办法：coze-jwt doctor{flags} 用最多 8 个请求找出原因",
    "default": "默认",
    "request": "请求",
    "configuration": "配置",
    "header": "Header",
    "claims": "声明（Claims）",
    "body": "请求体",
    "app-id": "应用 ID",
    "key-id": "公钥指纹",
    "private-key": "私钥",
    "base-url": "API 地址",
    "not-set": "未设置",
    "unusable": "无法使用：{code}",
    "key-form": "RSA，{bits} 位",
    "paste": "粘贴 JWT、curl 命令或 HTTP 请求，然后按 Enter 和 ^D",
    "nothing-sent": "未发送任何数据。每次运行都会生成新的 jti 和时间。",
    "pair-proven": "与公钥指纹配对（{form} 指纹一致）",
    "not-verified": "未验证签名：验证需要公钥。",
    "all-well": "没有发现问题。只有扣子才知道的信息，没有向它查询。",
    "doctor-plan":
      "询问 {host}：先发送 token 会发送的请求；如被拒绝，再发送最多 7 个（--offline 不发送）",
    "doctor-probe": "  {number}. 发往 {host}：{what}",
    "doctor-key": "私钥",
    "doctor-assertion": "断言",
    "doctor-clock": "时钟",
    "doctor-endpoint": "接口",
    "doctor-refusal": "拒绝",
    "doctor-token": "令牌",
    "pair-unknown": "是否与公钥指纹配对无法看出：扣子如何计算公钥指纹没有公开",
    "pair-by-token": "与公钥指纹是一对，因为换到了令牌；已知的计算方式都得不出该指纹",
    "key-repairs": "读取时已修复：{repairs}",
    "clock-unknown": "未比较：没有回答给出时间",
    "clock-right": "与服务器一致，误差不超过 {seconds} 秒",
    "clock-ahead": "比服务器快 {seconds} 秒（误差不超过 {error} 秒）",
    "clock-behind": "比服务器慢 {seconds} 秒（误差不超过 {error} 秒）",
    "not-asked": "未询问",
    "no-answer": "没有得到扣子的回答：{code}",
    "answered": "{url} 有回答",
    "not-refused": "未被拒绝",
    "probe-same": "相同",
    "probe-token": "得到令牌",
    "token-none": "没有",
    "token-ends": "已获得；{time} 过期，还有 {minutes} 分钟",
    "token-works": "API 接受该令牌：GET /v1/workspaces 有回答",
    "token-unclear": "API 是否接受尚不清楚：GET /v1/workspaces 返回 {status}",
    "doctor-well": "一切正常。",
    "causes": "运行 coze-jwt explain CODE 可查看某个错误码的详细说明",
    "explain-meaning": "含义",
    "explain-example": "示例",
    "explain-happens": "成因",
    "explain-fix": "解决办法",
    "explain-prevent": "预防办法",
    "explain-source": "出处",
    "corrected": "改正后的请求",
    "unjudged-jwt": "JWT 在变量中或尚未填写，未作检查。",
    "unjudged-headers": "部分请求头在文件或变量中，未作检查。",
    "unjudged-body": "请求体在文件或变量中，其内容未作检查。",
    "init-ready": "token 将使用：",
    "init-next":
      "已全部就绪。接下来：运行 coze-jwt inspect{flags} 查看请求（不发送），运行 coze-jwt token{flags} 获取令牌",
    "init-mend": "先解决以上错误，然后运行：coze-jwt init{flags}",
    "init-walk": `在控制台 https://www.{site}/open/oauth/apps（API & SDK > 授权 > OAuth 应用）：
  1. 创建新应用（Create new app）：应用类型选“普通”（Normal），客户端类型选“服务类应用”（Service Application）
  2. 公钥和私钥（Public & Private Keys）> 创建 Key（Generate Key）；浏览器下载私钥，仅此一次：
       mv ~/Downloads/private_key.pem {directory}/ && chmod 600 {directory}/private_key.pem
  3. 旁边的公钥指纹（英文界面写作“Public key”） ->  {directory}/.env 中的 COZE_KEY_ID
  4. 权限（Permissions）：勾选应用需要的权限；确定，然后点击“授权”（Authorize），选择工作空间
  5. 应用列表中的应用 ID（App ID） ->  {directory}/.env 中的 COZE_CLIENT_ID
或在应用列表中点击“示例下载”（Demo Download）：将其中的 coze_oauth_config.json 放入 {directory}/ 即可`,
    "init-missing": "还缺少：{names}。补齐后运行：coze-jwt init{flags}",
    "keygen-normal":
      "通常应在扣子控制台点击“创建 Key”（Generate Key）：浏览器生成密钥对并下载 private_key.pem。这里生成的密钥对供模拟器和需要上传公钥的控制台使用。",
    "keygen-done": `私钥在 {path}，公钥已输出到 stdout。用 openssl 也可以：
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out another_key.pem
  openssl pkey -in another_key.pem -pubout`,
    "emulator-is": "模拟的扣子令牌接口：{url}，仅供试用和测试，不要用于生产环境",
    "emulator-next": "在另一个终端中：",
    "emulator-no-keys": "未给出 --keys DIR，因此没有注册任何应用，所有请求都会被拒绝",
    "emulator-end": "按 ^C 结束",
  },
};
