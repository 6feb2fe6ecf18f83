import { DeployTokenError } from "./errors.js";
import type { ProxySettings } from "./proxy.js";

/** The address and credentials of one GitLab. */
export interface Connection {
  /** As `normalizeBaseUrl` writes it: without `/api/v4` and without a trailing slash. */
  readonly baseUrl: string;
  readonly token: string;
  /** The configuration key or environment variable of the token, for messages. */
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
  /** The command has flags and variables, and no configuration of a stack. */
  readonly isCommand?: boolean;
  /** The proxy that the client connects through; set by the client. */
  readonly proxy?: ProxySettings;
}

export const defaultBaseUrl = "https://gitlab.com";

/** GitLab's address without `/api/v4` and without a trailing slash. */
export function normalizeBaseUrl(text: string, source: string): string {
  const wanted = 'a URL such as "https://gitlab.example.com"';
  const refuse = (problem: string) => new DeployTokenError("invalid_argument", `${source} ${problem}`);
  const given = text.trim();
  if (holdsUserInfo(given)) {
    throw refuse(
      `contains a user name or password; wanted: ${wanted}, with the access token in its own setting`,
    );
  }
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw refuse(`is ${isHarmless(given) ? JSON.stringify(text) : "not a URL"}; wanted: ${wanted}`);
  }
  if (url.search !== "" || url.hash !== "") {
    throw refuse(`contains a query or a fragment; wanted: ${wanted}`);
  }
  const path = url.pathname
    .replace(/\/+$/, "")
    .replace(/\/api\/v4$/, "")
    .replace(/\/+$/, "");
  return `${url.origin}${path}`;
}

/** Also for a text that is not a valid URL, such as `root:pass@host` or a password with a slash. */
function holdsUserInfo(text: string): boolean {
  return /@|%40/i.test(text) || /^[a-z][a-z\d+.-]*:\/\/[^/]*:(?!\d*(?:\/|$))(?!.*\])/i.test(text);
}

/** Whether an error may show it: a host, a port and a path hold no credential. */
function isHarmless(text: string): boolean {
  return /^(?:[a-z]{1,5}:(?:\/\/)?)?[\w.:[\]-]*(?:\/[\w./-]*)?$/i.test(text) && !/:[^/\d:]/.test(text);
}

/** Whether credentials would be sent over a network without encryption. */
export function isPlainHttp(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
