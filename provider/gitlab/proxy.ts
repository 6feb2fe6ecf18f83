import { BlockList, isIP } from "node:net";
import { DeployTokenError } from "./errors.js";

/** The proxy between this process and GitLab. */
export interface ProxySettings {
  /** Holds the credentials, percent-encoded. */
  readonly url: URL;
  /** The environment variable that names the proxy. */
  readonly source: string;
}

const wanted = 'the address of a proxy, such as "http://proxy.example.com:3128"';
const kinds = new Set(["http:", "https:", "socks:", "socks4:", "socks4a:", "socks5:", "socks5h:"]);

/** The proxy that the environment names for `target`; undefined for a direct connection. */
export function findProxy(target: URL, env: NodeJS.ProcessEnv): ProxySettings | undefined {
  const scheme = target.protocol === "http:" ? "http_proxy" : "https_proxy";
  const names = [scheme, scheme.toUpperCase(), "all_proxy", "ALL_PROXY"];
  const source = names.find((name) => env[name] !== undefined && env[name]?.trim() !== "");
  if (source === undefined) return undefined;
  if (isExcluded(target, env["no_proxy"] || env["NO_PROXY"] || "")) return undefined;
  return { url: parseProxy(String(env[source]).trim(), source), source };
}

/** The proxy in messages: its address without credentials, and the variable that names it. */
export function describeProxy({ url, source }: ProxySettings): string {
  return `${url.protocol}//${url.host} (${source})`;
}

/** Never prints the value: it may hold a password. */
function parseProxy(text: string, source: string): URL {
  const refuse = (given: string) =>
    new DeployTokenError("invalid_argument", `${source} ${given}; wanted: ${wanted}`);
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address)) {
    throw refuse("is not a valid address (percent-encode special characters in its password)");
  }
  const url = new URL(address);
  if (!kinds.has(url.protocol)) throw refuse(`names a proxy of the unsupported kind "${url.protocol}//"`);
  if (url.hostname === "") throw refuse("names no host");
  if (!/^\/?$/.test(url.pathname) || url.search !== "" || url.hash !== "") {
    throw refuse("has a path (percent-encode special characters in its password)");
  }
  // A "%" that begins no escape is taken literally, as curl does.
  url.username = encodeURIComponent(decode(url.username));
  url.password = encodeURIComponent(decode(url.password));
  return url;
}

/** Percent-decoded, or as given where it is not percent-encoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The password as the proxy receives it. */
export function proxyPassword({ url }: ProxySettings): string {
  return decode(url.password);
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  return host === "localhost" || isIn(loopback, host);
}

function isIn(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 6 ? "ipv6" : "ipv4");
}

/**
 * Whether `NO_PROXY` names the target. A name also covers the names below it, as in curl and Go.
 *
 * @see https://curl.se/docs/manpage.html#--noproxy
 */
function isExcluded(target: URL, noProxy: string): boolean {
  const host = hostOf(target.hostname);
  const port = target.port || (target.protocol === "http:" ? "80" : "443");
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || covers(entry, host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  const [, network, bits] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (network !== undefined) return isInNetwork(host, hostOf(network), Number(bits));
  const [, named = entry, namedPort] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (namedPort !== undefined && Number(namedPort) !== Number(port)) return false;
  if (named.startsWith("*")) return host.endsWith(named.slice(1));
  if (named.startsWith(".")) return host.endsWith(named);
  const name = hostOf(named);
  return host === name || host.endsWith(`.${name}`) || (isLoopback(host) && isLoopback(name));
}

function isInNetwork(host: string, network: string, bits: number): boolean {
  const version = isIP(network);
  if (version === 0 || bits > (version === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, version === 6 ? "ipv6" : "ipv4");
  return isIn(list, host);
}

/** A host in one spelling: no brackets, no last dot, an IPv6 address in its short form. */
function hostOf(text: string): string {
  const bare = text.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare;
}

/** A failure between this process and the proxy, or the proxy's own refusal. GitLab received nothing. */
export class ProxyError extends Error {
  /** The proxy's answer to CONNECT, where it is a refusal. */
  readonly status: number | undefined;
  /** The code of Node.js, where the connection to the proxy failed. */
  readonly code: string | undefined;

  constructor(
    readonly proxy: ProxySettings,
    reason: string,
    details: { readonly status?: number; readonly code?: string } = {},
  ) {
    super(reason);
    this.status = details.status;
    this.code = details.code;
  }
}
