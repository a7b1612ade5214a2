// What a new language, client or way to write a body takes: a row.

/** Clients, the telling ones first. A row without a client only tells the language. */
export const CLIENTS: readonly (readonly [language: string, sends: boolean, pattern: RegExp])[] = [
  ["har", true, /"(?:startedDateTime|httpVersion|postData)"\s*:/],
  ["postman", true, /schema\.getpostman\.com|"_postman_id"|\bpm\.(?:sendRequest|environment)/],
  ["apifox", true, /"apifox\w*"\s*:|"apiCollection"\s*:/],
  ["n8n", true, /n8n-nodes-base/],
  [
    "curl",
    true,
    /(?:^|[\s;&|(`$>])curl(?:\.exe)?[ \t\\^`]+(?=[-–—'"“‘h$\\^\r\n]|api\.|www\.|localhost|127)|^> (?:POST|GET|PUT) \S+ HTTP/im,
  ],
  ["wget", true, /(?:^|[\s;&|(`$>])wget\s+[-'"h]/m],
  ["httpie", true, /^(?:\$ )?https?[ \t]+[^\n]{0,200}?(?:POST|GET|PUT|https?:|api\.)/m],
  ["powershell", true, /\b(?:Invoke-(?:RestMethod|WebRequest)|irm|iwr)\b/i],
  [
    "php",
    true,
    /curl_setopt|curl_init|GuzzleHttp|Http::(?:with|post|asForm|asJson|accept)|file_get_contents\(|->withToken\(/,
  ],
  [
    "csharp",
    true,
    /\bHttpClient\b[^\n]{0,200}\b(?:await|var|new)\b|HttpRequestMessage|AuthenticationHeaderValue|new HttpClient\(|\b(?:Get|Post)Async\(|RestRequest|PostAsJsonAsync|FormUrlEncodedContent|StringContent/,
  ],
  [
    "kotlin",
    true,
    /\b(?:val|fun) \w+[\s\S]{0,4000}?(?:OkHttpClient|HttpClient\(|\.toRequestBody|RequestBody)/,
  ],
  [
    "java",
    true,
    /OkHttpClient|FormBody\.Builder|HttpUtil\.|HttpRequest\.(?:post|newBuilder|get)|RestTemplate|HttpPost\(|HttpURLConnection|WebClient\.|HttpEntity|RequestBody\.create|new Request\.Builder/,
  ],
  [
    "go",
    true,
    /http\.NewRequest|http\.Post(?:Form)?\(|http\.Client\{|resty\.New|req\.Header\.Set\(/,
  ],
  ["ruby", true, /Net::HTTP|Faraday|HTTParty|RestClient|require ['"]net\/http/],
  ["rust", true, /reqwest|ureq|\bjson!\(|\.await\?|\.bearer_auth\(|serde_json::json!/],
  ["swift", true, /URLRequest\(|URLSession|forHTTPHeaderField|Alamofire|\bAF\.request/],
  ["dart", true, /\bhttp\.post\(\s*Uri\.parse|\bDio\(|package:http|Uri\.https\(/],
  [
    "python",
    true,
    /\brequests\.(?:post|get|request|Session)|\bhttpx\b|aiohttp|urllib|http\.client/,
  ],
  [
    "javascript",
    true,
    /\bfetch\s*\(|\baxios\b|XMLHttpRequest|\$\.(?:ajax|post)\(|wx\.request|uni\.request|node-fetch|\bgot(?:\.post)?\(|superagent|undici|https?\.request\(|\$fetch\(/,
  ],
  ["lua", true, /resty\.http|http\.request\s*\{|httpc:request/],
  [
    "http",
    true,
    /^(?:> ?)?(?:GET|POST|PUT|PATCH|DELETE|HEAD)[ \t]+(?:https?:|\/)\S*(?:[ \t]+HTTP\/[\d.]+)?[ \t]*\r?$/im,
  ],
  [
    "python",
    false,
    /cozepy|Traceback \(most recent call|^[ \t]*(?:def \w+\(|from [\w.]+ import|import (?:jwt|time|json|requests)\b)/m,
  ],
  ["go", false, /HttpCode: \d+, Code:|coze-go|^package \w+$|^func |jwt\.NewWithClaims/m],
  [
    "java",
    false,
    /com\.coze\.openapi|Jwts\.builder|@\w+Mapping\(|^[ \t]*at [\w.$]+\([\w]+\.java:\d+\)|\bpublic (?:static |class )/m,
  ],
  [
    "javascript",
    false,
    /@coze\/api|\bat (?:async )?[\w.]+ \(.*\.[cm]?[jt]s:\d+:\d+\)|AxiosError|\b(?:const|let) [\w{} ,]+ = |=> \{|require\(/,
  ],
  ["php", false, /<\?php|JWT::encode|\$this->|\$\w+->\w+\(|^[ \t]*\$\w+\s*=\s*\[/m],
  ["csharp", false, /JwtSecurityToken|\busing System|\bnamespace \w+/],
  ["ruby", false, /JWT\.encode|^require '/m],
  ["powershell", false, /^\$\w+ = @\{/m],
];

/** The official SDKs, which write the request themselves. */
export const SDK = /JWTOAuth\w*|JWTAuth\b|getJWTToken|NewJWTOAuthClient|load_oauth_app_from_config/;

/** Ways to send a body, by kind. */
export const BODIES: Readonly<Record<"form" | "multipart" | "json", RegExp>> = {
  form:
    /URLSearchParams|\b(?:qs|querystring)\.stringify|FormBody\.Builder|UrlEncodedFormEntity|FormUrlEncodedContent|\burl\.Values\b|http\.PostForm|\burlencode\(|http_build_query|asForm\(|form_params|FORM_PARAMS|["']form["']\s*=>|\.form\((?=[&"\w])|MultiValueMap|set_form_data|encode_www_form|"mode"\s*:\s*"urlencoded"|BodyInserters\.fromForm|--form\b(?=[^\n]{0,300}\bgrant_type)|--post-data=|\bhttp\b[^\n]{0,300}\s-f\b|SetFormData|ContentType\.URLENC|x-www-form-urlencoded|"bodyContentType"\s*:\s*"form/,
  multipart:
    /\bnew FormData\b|multipart\/form-data|MultipartFormDataContent|"mode"\s*:\s*"formdata"|MultipartBody/,
  json:
    /JSON\.stringify|json\.dumps|\bjson\s*=|json_encode|json\.Marshal|JsonSerializer|JsonConvert|AsJson|JsonContent|\.json\(\s*[&{\w]|to_json|ConvertTo-Json|jsonEncode|json\.encode|JSONSerialization|ObjectMapper|toJSONString|toJsonStr|JSONObject|JSONEncoder|["']json["']\s*=>|RequestOptions::JSON|"mode"\s*:\s*"raw"|specifyBody|"jsonBody"/,
};

/** The verb of a request, by how it is written. The first group is the verb. */
export const METHODS: readonly RegExp[] = [
  /(?:-X[ =]?|--request[ =])["']?([A-Za-z]+)/g,
  /--method[ =]["']?([A-Za-z]+)/g,
  /-Method\s+["']?(\w+)/gi,
  /\b(?:method|type)["']?\s*[:=]\s*["'`](GET|POST|PUT|PATCH|DELETE|HEAD)["'`]/gi,
  /\bNewRequest(?:WithContext)?\((?:\w+,\s*)?(?:["']|http\.Method)(\w+)/g,
  /\bHttpMethod\.(Get|Post|Put|Delete)\b/gi,
  /\bNet::HTTP::(Get|Post|Put)\b/g,
  /\bnew Http(Get|Post|Put)\(/g,
  /\bsetRequestMethod\("(\w+)"/g,
  /\bhttpMethod\s*=\s*"(\w+)"/g,
  /\bcreate(Get|Post)\(/g,
  /\b(?:requests|axios|httpx|client|c|session|http|ky|got|Http|HttpUtil|HttpRequest|HTTParty|RestClient|conn|Dio\(\)|dio)(?:\.|::)(get|post|put|Get|Post)(?:ForObject|ForEntity|Async|Form)?\(/g,
  /\.(post|get)\(\s*["'`][^"'`\n]*oauth2/g,
  /^(?:> ?)?(GET|POST|PUT|PATCH|DELETE|HEAD)[ \t]+\S/gm,
  /^(?:\$ )?https?[ \t]+[^\n]{0,200}?\b(GET|POST|PUT)\b/gm,
  /CURLOPT_(POST|HTTPGET)\b/g,
];

/** Calls at which another request begins. */
export const CALL =
  /(?:^|[\s;&|(`$>])curl(?:\.exe)?[ \t]|^(?:> ?)?(?:GET|POST|PUT) \S+ HTTP|\bfetch\s*\(|\baxios(?:\.(?!create|defaults)\w+)?\(|\b(?:requests|httpx|client|http)\.(?:post|get|request)\(|Invoke-(?:RestMethod|WebRequest)|http\.NewRequest\(|new Request\.Builder|wx\.request\(/gim;

/** Ways to hand over the JWT that write Bearer themselves; the value follows. */
export const BEARERS =
  /AuthenticationHeaderValue\(\s*"Bearer"\s*,\s*|(?:setBearerAuth|bearer_auth|bearerAuth|bearerToken|withToken|BearerAuth|SetAuthToken|auth\(:bearer,)\(?\s*|--oauth2-bearer[ =]|(?:-A |--auth-type[ =])bearer (?:-a |--auth[ =])|"(?:key|name)"\s*:\s*"token"\s*,\s*"value"\s*:\s*|\bbearer["']?\s*:\s*(?=["'\w$])|-Token\s+(?=[$("'\w])/g;

/** How languages and tools write their own names, where that is not as their codes here. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  http: "HTTP",
  har: "HAR",
  csharp: "C#",
  php: "PHP",
  javascript: "JavaScript",
  powershell: "PowerShell",
  postman: "Postman",
  apifox: "Apifox",
  httpie: "HTTPie",
};

/** The name of a language or tool. */
export function nameOf(language: string): string {
  const own = OWN_NAMES[language];
  if (own) return own;
  return /^(?:curl|wget|n8n)$/.test(language)
    ? language
    : language.charAt(0).toUpperCase() + language.slice(1);
}
