// What a new language, client or way to write a body takes: a word in a table.

import { anyOf } from "./text.ts";

/** A language or a tool: how it sends a request, and what else tells it. */
type Client = readonly [code: string, name: string, sends: RegExp, isWrittenIn?: RegExp];

/** The first that fits counts: tools, then languages whose words occur in no other. */
// deno-fmt-ignore
export const CLIENTS: readonly Client[] = [
  ["har", "HAR", anyOf(`"startedDateTime" "httpVersion" "postData"`)],
  ["postman", "Postman", anyOf(`schema.getpostman.com "_postman_id" pm.sendRequest pm.environment`)],
  ["apifox", "Apifox", /"apifox\w*"\s*:|"apiCollection"\s*:/],
  ["n8n", "n8n", anyOf(`n8n-nodes-base`)],
  ["curl", "curl", /(?:^|[\s;&|(`$>@])curl(?:\.exe)?[ \t\\^`]+(?=[-–—'"“‘h$\\^\r\n]|api\.|www\.|localhost|127)|^> (?:POST|GET|PUT) \S+ HTTP/im],
  ["wget", "wget", /(?:^|[\s;&|(`$>])wget\s+[-'"h]/m],
  ["httpie", "HTTPie", /^(?:\$ )?https?[ \t]+[^\n]{0,200}?(?:POST|GET|PUT|https?:|api\.)/m],
  ["powershell", "PowerShell", /\b(?:Invoke-(?:RestMethod|WebRequest)|irm|iwr)\b/i, /^\$\w+ = @\{/m],
  ["php", "PHP", anyOf(`curl_setopt curl_init GuzzleHttp Http::with Http::post Http::asForm
    Http::asJson Http::accept file_get_contents( ->withToken(`),
    /<\?php|JWT::encode|\$this->|\$\w+->\w+\(|^[ \t]*\$\w+\s*=\s*\[/m],
  ["csharp", "C#", anyOf(`HttpRequestMessage AuthenticationHeaderValue HttpClient() GetAsync(
    PostAsync( RestRequest PostAsJsonAsync FormUrlEncodedContent StringContent`),
    /JwtSecurityToken|\busing System|\bnamespace \w+/],
  ["kotlin", "Kotlin", /\b(?:val|fun) \w+[^]{0,4000}?(?:OkHttpClient|HttpClient\(|RequestBody)/],
  ["java", "Java", anyOf(`OkHttpClient FormBody.Builder HttpUtil. HttpRequest.post
    HttpRequest.newBuilder HttpRequest.get RestTemplate HttpPost( HttpURLConnection WebClient.
    HttpEntity RequestBody.create Request.Builder`),
    /com\.coze\.openapi|Jwts\.builder|@\w+Mapping\(|^[ \t]*at [\w.$]+\(\w+\.java:\d+\)|\bpublic (?:static|class) /m],
  ["go", "Go", anyOf(`http.NewRequest http.Post( http.PostForm( http.Client{ resty.New
    req.Header.Set(`), /HttpCode: \d+, Code:|coze-go|^package \w+$|^func |jwt\.NewWithClaims/m],
  ["ruby", "Ruby", anyOf(`Net::HTTP Faraday HTTParty RestClient`), /JWT\.encode|^require '/m],
  ["rust", "Rust", anyOf(`reqwest ureq json!( .await? .bearer_auth(`)],
  ["swift", "Swift", anyOf(`URLRequest( URLSession forHTTPHeaderField Alamofire AF.request`)],
  ["dart", "Dart", anyOf(`Uri.parse( Dio( package:http Uri.https(`)],
  ["python", "Python", anyOf(`requests.post requests.get requests.request requests.Session httpx
    aiohttp urllib http.client`),
    /cozepy|jwt\.encode\(|os\.(?:getenv|environ)|Traceback \(most recent call|^[ \t]*(?:(?:async )?def \w+\(|async with |from [\w.]+ import|import (?:jwt|time|json|requests)\b)/m],
  ["javascript", "JavaScript", anyOf(`fetch( axios XMLHttpRequest $.ajax( $.post( wx.request
    uni.request node-fetch got( got.post( superagent undici http.request( https.request( $fetch(`),
    /@coze\/api|\bat (?:async )?[\w.]+ \(.*\.[cm]?[jt]s:\d+:\d+\)|AxiosError|\b(?:const|let) [\w{} ,]+ = |=> \{|require\(/],
  ["lua", "Lua", anyOf(`resty.http httpc:request`)],
  ["http", "HTTP", /^(?:> ?)?(?:GET|POST|PUT|PATCH|DELETE|HEAD)[ \t]+(?:https?:|\/)\S*(?:[ \t]+HTTP\/[\d.]+)?[ \t]*\r?$/im],
];

/** The name of a language or tool. */
export function nameOf(language: string): string {
  return CLIENTS.find(([code]) => code === language)![1];
}

/** The official SDKs, which write the request themselves. */
export const SDK = /JWTOAuth|JWTAuth\b|getJWTToken|load_oauth_app_from_config/;

/** Ways to send a body, by kind. */
export const BODIES = {
  form: anyOf(`URLSearchParams qs.stringify querystring.stringify FormBody.Builder
    UrlEncodedFormEntity FormUrlEncodedContent url.Values http.PostForm urlencode( http_build_query
    asForm( form_params FORM_PARAMS .form( MultiValueMap set_form_data
    encode_www_form "urlencoded" BodyInserters.fromForm SetFormData "form-urlencoded"
    ContentType.URLENC x-www-form-urlencoded submitForm HTTPArgument.always_encode`),
  multipart: anyOf(
    `FormData( FormData.fromMap multipart/form-data MultipartFormDataContent "formdata"
    MultipartBody`,
  ),
  json: anyOf(`JSON.stringify json.dumps json= json: json_encode json.Marshal JsonSerializer
    JsonConvert AsJson JsonContent .json(& .json({ to_json ConvertTo-Json jsonEncode json.encode cjson.encode
    JSONSerialization ObjectMapper toJSONString toJsonStr JSONObject JSONEncoder JSONEncoding RequestOptions::JSON "raw" specifyBody "jsonBody" AddJsonBody
    AddStringBody`),
};

/** The verb of a request, by how it is written. The first group is the verb. */
export const METHODS: readonly RegExp[] = [
  /(?:-X[ =]?|--request[ =]|--method[ =]|-Method\s+)["']?([A-Za-z]\w*)/g,
  /\b(?:method|type|httpMethod)["']?\s*[:=]\s*["'`](GET|POST|PUT|PATCH|DELETE|HEAD)["'`]/gi,
  /\bNewRequest(?:WithContext)?\((?:\w+,\s*)?(?:["']|http\.Method)(\w+)/g,
  /\b(?:HttpMethod\.|Net::HTTP::|new Http|create|setRequestMethod\(")(Get|Post|Put|Delete)\b/gi,
  /\b(?:requests|axios|httpx|client|c|session|http|ky|got|Http|HttpUtil|HttpRequest|HTTParty|RestClient|conn|Dio\(\)|dio)(?:\.|::)(get|post|put|Get|Post)(?:ForObject|ForEntity|Async|Form)?\(/g,
  /\.(post|get)\(\s*["'`][^"'`\n]*oauth2/g,
  /^(?:> ?)?(GET|POST|PUT|PATCH|DELETE|HEAD)[ \t]+\S/gm,
  /^(?:\$ )?https?[ \t]+[^\n]{0,200}?\b(GET|POST|PUT)\b/gm,
  /CURLOPT_(POST)\b/g,
];

/** Calls at which another request begins. */
export const CALL =
  /(?:^|[\s;&|(`$>@])curl(?:\.exe)?[ \t]|^(?:> ?)?(?:GET|POST|PUT) \S+ HTTP|\bfetch\s*\(|\baxios(?:\.(?!create|defaults)\w+)?\(|\b(?:requests|httpx|client|http)\.(?:post|get|request)\(|Invoke-(?:RestMethod|WebRequest)|http\.NewRequest\(|new Request\.Builder|wx\.request\(/gim;

/** Ways to hand over the JWT that write Bearer themselves; the value follows. */
export const BEARERS =
  /AuthenticationHeaderValue\(\s*"Bearer"\s*,\s*|(?:setBearerAuth|bearer_auth|bearerAuth|bearerToken|withToken|BearerAuth|SetAuthToken|auth\(:bearer,)\(?\s*|--oauth2-bearer[ =]|(?:-A |--auth-type[ =])bearer (?:-a |--auth[ =])|"(?:key|name)"\s*:\s*"token"\s*,\s*"value"\s*:\s*|"bearer"\s*,\s*"token"\s*:\s*|\bbearer["']?\s*:\s*(?=["'\w$])|-Token\s+(?=[$("'\w])/g;
