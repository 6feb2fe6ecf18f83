import { DeployTokenError } from "./errors.js";

/** How to reach one GitLab. */
export interface Connection {
  /** As `normalizeBaseUrl` writes it: no `/api/v4`, no last slash. */
  readonly baseUrl: string;
  readonly token: string;
  /** Where the token comes from, for messages: a configuration key or an environment variable. */
  readonly tokenSource: string;
  /** Tried once after a 401. */
  readonly secondToken?: { readonly token: string; readonly source: string };
  readonly headers: Readonly<Record<string, string>>;
  readonly retries: number;
  /** PEM texts. */
  readonly ca?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly insecure: boolean;
}

export const defaultBaseUrl = "https://gitlab.com";

/** GitLab's address in one spelling, with or without `/api/v4` and the last slash as given. */
export function normalizeBaseUrl(text: string, source: string): string {
  const wanted = 'a URL such as "https://gitlab.example.com"';
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new DeployTokenError("invalid_argument", `${source} is ${JSON.stringify(text)}; wanted: ${wanted}`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new DeployTokenError("invalid_argument", `${source} is ${JSON.stringify(text)}; wanted: ${wanted}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new DeployTokenError(
      "invalid_argument",
      `${source} holds a user name or password; give ${wanted} and the access token by itself`,
    );
  }
  const path = url.pathname
    .replace(/\/+$/, "")
    .replace(/\/api\/v4$/, "")
    .replace(/\/+$/, "");
  return `${url.origin}${path}`;
}

/** Whether credentials would cross a network in the clear. */
export function isPlainHttp(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
