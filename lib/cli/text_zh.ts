import type { Text } from "./text.ts";

/** The command line's words in Chinese. */
export const zh: Text = {
  short: `coze-jwt：用扣子服务类应用的私钥换取访问令牌

  coze-jwt init                   建好 keys/，并说明要从扣子控制台取哪些值
  coze-jwt token                  打印访问令牌
  coze-jwt emulator --keys demo   在 127.0.0.1 上模拟扣子，用来试用

更多说明：coze-jwt --help`,
  say: {
    "go-on": "继续：coze-jwt {command}",
    "bot-created": "已创建：智能体 {bot}（{name}），草稿",
    "bot-published": "已发布到 API 渠道：智能体 {bot}，版本 {version}",
    "bot-waiting": "等待它出现在已发布列表中 …",
    "bot-ids": "智能体 ID {bot}\n版本 {version}\n会话 ID {conversation}",
    "bot-ids-draft": "智能体 ID {bot}\n会话 ID {conversation}",
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
    "emulator-is": "模拟的扣子：{url}，仅供试用和测试，不要用于生产环境",
    "emulator-next": "在另一个终端中：",
    "emulator-no-keys": "未给出 --keys DIR，因此没有注册任何应用，所有请求都会被拒绝",
    "emulator-end": "按 ^C 结束",
    "chat-head":
      "正在与智能体 {bot} 对话：每行一个问题，按回车发送；输入 /exit 或按 ^D 退出，按 ^C 停止回答",
    "chat-leave": "再按一次 ^C 或输入 /exit 退出",
    "chat-cleared": "已清空输入；再按一次 ^C 或输入 /exit 退出",
    "chat-stopped": "已停止回答；再按一次 ^C 或输入 /exit 退出",
    "chat-not-asked": "提前输入但未发送的行数：{count}",
    "chat-not-told": "未能通知扣子停止回答，智能体可能仍在回答：{code}",
    "chat-follow-ups": "输入编号即可提问：",
    "chat-action": "智能体在等待工具的执行结果，这里无法提供",
  },
};
