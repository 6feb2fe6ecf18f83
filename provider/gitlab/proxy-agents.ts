import type { ClientRequest, Agent as HttpAgent } from "node:http";
import type { AgentOptions } from "node:https";
import type { Socket } from "node:net";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";
import { describeProxy, ProxyError, type ProxySettings } from "./proxy.js";

type Connect = HttpsProxyAgent<string>["connect"];
type Options = Parameters<Connect>[1];

/** An agent that reaches `target` through the proxy and keeps its connections. */
export function proxyAgent(
  proxy: ProxySettings,
  target: URL,
  options: AgentOptions,
  connectLimit: number,
): HttpAgent {
  if (proxy.url.protocol.startsWith("socks")) return new SocksAgent(proxy, options, connectLimit);
  return target.protocol === "https:"
    ? new ConnectAgent(proxy, options, connectLimit)
    : new ForwardAgent(proxy, options, connectLimit);
}

/** The TLS options towards the proxy: the client certificate and the name to check are for GitLab only. */
function towardsProxy<T extends AgentOptions>(options: T) {
  const { cert: _cert, key: _key, checkServerIdentity: _check, ...rest } = options;
  return rest;
}

/** The agent as it is for one connection: `signal` ends the socket that it opens with its `connectOpts`. */
function withSignal<T extends { readonly connectOpts: object }>(agent: T, signal: AbortSignal): T {
  const copy = Object.create(agent) as T;
  return Object.assign(copy, { connectOpts: { ...agent.connectOpts, signal } });
}

/** https through an http or https proxy. */
class ConnectAgent extends HttpsProxyAgent<string> {
  constructor(
    private readonly settings: ProxySettings,
    options: AgentOptions,
    private readonly connectLimit: number,
  ) {
    super(settings.url, options);
    this.connectOpts = towardsProxy(this.connectOpts);
  }

  override async connect(request: ClientRequest, options: Options): Promise<Socket> {
    let refusal: ProxyError | undefined;
    request.once("proxyConnect", ({ statusCode, statusText }: { statusCode: number; statusText: string }) => {
      if (statusCode === 200) return;
      const answer = Number.isInteger(statusCode)
        ? `${statusCode} ${statusText}`.trim()
        : "the response is not HTTP";
      refusal = new ProxyError(
        this.settings,
        `the proxy ${describeProxy(this.settings)} refused the connection: ${answer}`,
        Number.isInteger(statusCode) ? { status: statusCode } : {},
      );
    });
    const socket = await connectWithin(this.connectLimit, this.settings, (signal) =>
      super.connect.call(withSignal(this, signal), request, options),
    );
    if (refusal === undefined) return socket;
    socket.destroy();
    throw refusal;
  }
}

/** Plain http through an http or https proxy, which sees every request. */
class ForwardAgent extends HttpProxyAgent<string> {
  constructor(
    private readonly settings: ProxySettings,
    options: AgentOptions,
    private readonly connectLimit: number,
  ) {
    // tinyproxy closes connections that it does not announce to close: the next POST would have an open fate.
    super(settings.url, { ...options, keepAlive: false });
    this.connectOpts = towardsProxy(this.connectOpts);
  }

  override connect(
    request: Parameters<HttpProxyAgent<string>["connect"]>[0],
    options: Options,
  ): Promise<Socket> {
    return connectWithin(this.connectLimit, this.settings, (signal) =>
      super.connect.call(withSignal(this, signal), request, options),
    );
  }
}

/** Any target through a SOCKS proxy. */
class SocksAgent extends SocksProxyAgent {
  constructor(
    private readonly settings: ProxySettings,
    options: AgentOptions,
    private readonly connectLimit: number,
  ) {
    super(settings.url, options);
    // The agent would end a connection that waits longer than this for GitLab's response.
    this.timeout = null;
    this.proxy.host = settings.url.hostname.replace(/^\[|\]$/g, "");
  }

  override connect(request: ClientRequest, options: Options): Promise<Socket> {
    return connectWithin(this.connectLimit, this.settings, () => super.connect(request, options));
  }
}

async function connectWithin(
  milliseconds: number,
  proxy: ProxySettings,
  connect: (signal: AbortSignal) => Promise<Socket>,
): Promise<Socket> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const seconds = Math.ceil(milliseconds / 1000);
      const reason = `the proxy ${describeProxy(proxy)} did not answer within ${seconds} s`;
      reject(new ProxyError(proxy, reason));
      abort.abort();
    }, milliseconds);
  });
  try {
    return await Promise.race([connect(abort.signal), limit]);
  } catch (error) {
    throw error instanceof ProxyError ? error : connectionFailure(proxy, error);
  } finally {
    clearTimeout(timer);
  }
}

function connectionFailure(proxy: ProxySettings, error: unknown): ProxyError {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const name = describeProxy(proxy);
  if (code === "ECONNRESET" || code === "EPIPE" || /ended before|Socket closed/i.test(message)) {
    return new ProxyError(proxy, `the proxy ${name} closed the connection`);
  }
  return code === undefined
    ? new ProxyError(proxy, `the proxy ${name} did not connect: ${message}`)
    : new ProxyError(proxy, `the proxy ${name} cannot be reached (${code})`, { code });
}
