/** An OAuth app as the emulator knows it. Change it at any time: the next request sees it. */
export interface EmulatorApp {
  /** The App ID 应用 ID, which the JWT names as `iss`. */
  clientId: string;
  /**
   * The app's name, as refusals quote it.
   *
   * @default {clientId}
   */
  name?: string;
  /** The public keys by key id (公钥指纹, the JWT's `kid`): RSA, as SPKI PEM text. */
  keys: Record<string, string>;
  /**
   * The kind of app: normal (普通), connector (渠道) with or without a bound connector, or a client
   * type that cannot use JWT at all.
   *
   * @default {"normal"}
   */
  type?: "normal" | "connector" | "unbound-connector" | "web";
  /**
   * Whether the app may be used: `disabled` by its owner, or its owner has to log in again.
   *
   * @default {"enabled"}
   */
  state?: "enabled" | "disabled" | "login-required";
  /**
   * The ids accepted in the path `account/{account_id}/token`.
   *
   * @default {[]}
   */
  accounts?: string[];
  /**
   * The ids accepted in the path `enterprise_id/{enterprise_id}/token`.
   *
   * @default {[]}
   */
  enterprises?: string[];
  /**
   * The names accepted in `scope.account_permission.permission_list`.
   *
   * @default {["Connector.botChat"]}
   */
  scopes?: string[];
  /**
   * The permissions it was authorised for, by the names of Coze's pages, such as `listWorkspace`. In
   * a scope `Connector.botChat` stands for `chat`.
   *
   * @default {all}
   */
  permissions?: string[];
  /**
   * The ids of the workspaces it was authorised for.
   *
   * @default {all}
   */
  workspaces?: string[];
}
