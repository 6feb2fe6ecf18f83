import http, { Agent as HttpAgent } from "node:http";
import https, { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import axios, {
  type AxiosAdapter,
  AxiosError,
  type AxiosInstance,
  type InternalAxiosRequestConfig,
} from "axios";
import axiosRetry from "axios-retry";
import { limitAttempt } from "./attempt-limit.js";
import type { Connection } from "./connection.js";
import { meansUnsent } from "./connection-faults.js";
import type { RateLimitPause } from "./rate-limit-pause.js";
import {
  backOff,
  markUnsent,
  mayRetry,
  rateLimitWait,
  reasonToWait,
  rememberOpenAttempt,
  unexpectedUpgrade,
} from "./retry-policy.js";

/** Limits on one request, in milliseconds. */
interface Timeouts {
  /** One attempt, from the first byte sent to the last byte received. */
  readonly attempt: number;
  /** The connection through a proxy, until it reaches GitLab. */
  readonly proxy?: number;
  /**
   * A connection without a request is closed after this time, before a server or a firewall on the way does so: a POST on
   * a connection that the other side has closed would have an open fate.
   */
  readonly idle?: number;
}

// A server of Node.js closes an idle connection after 5 s, and most others later.
const defaultTimeouts = { attempt: 60_000, proxy: 20_000, idle: 4_000 } as const satisfies Timeouts;

type TlsOptions = Pick<
  ConnectionOptions,
  "ca" | "cert" | "key" | "rejectUnauthorized" | "checkServerIdentity"
>;

export interface HttpOptions {
  readonly rateLimitPause: RateLimitPause;
  readonly timeouts?: Timeouts | undefined;
  /** Sends the requests. @default Node.js's own HTTP client */
  readonly adapter?: AxiosAdapter | undefined;
  /** Called before each POST is sent, also after a wait: an interrupted run sends none. @default always true */
  readonly mayPost?: (() => boolean) | undefined;
  /** Called before each wait for GitLab. */
  readonly onWait?: (milliseconds: number, reason: string) => void;
}

/** An axios instance that keeps connections alive, retries by the policy, and follows no redirect. */
export function httpClient(connection: Connection, options: HttpOptions): AxiosInstance {
  const tls = tlsOptions(connection);
  const { rateLimitPause, onWait } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const instance = axios.create({
    baseURL: `${connection.baseUrl}/api/v4`,
    adapter: attempt(options, timeouts, tls, agents(connection, tls, timeouts)),
    // axios's own proxy agent leaves a request pending forever when the proxy drops its connection.
    proxy: false,
    maxRedirects: 0,
    // Text, so that one parser sees what GitLab or something before it really answered.
    responseType: "text",
    transformResponse: (text: unknown) => text,
    maxContentLength: 50 * 1024 * 1024,
  });
  axiosRetry(instance, {
    retries: connection.retries,
    retryCondition: mayRetry,
    retryDelay: (count, error) => {
      if (error.response?.status === 429) {
        const header = (name: string) => headerOf(error.response?.headers, name);
        const { milliseconds, asked } = rateLimitWait(header, rateLimitPause.refused(), Date.now());
        rateLimitPause.pauseFor(milliseconds);
        const longer =
          asked === undefined ? "" : ` and asks for ${Math.ceil(asked / 1000)} s, which is too long`;
        onWait?.(milliseconds, `GitLab answered 429 (rate limit)${longer}`);
        return 0; // rateLimitPause waits, for all requests together
      }
      const wait = backOff(count);
      onWait?.(wait, reasonToWait(error));
      return wait;
    },
  });
  return instance;
}

function tlsOptions(connection: Connection): TlsOptions {
  const host = new URL(connection.baseUrl).hostname.replace(/^\[|\]$/g, "");
  return {
    rejectUnauthorized: !connection.insecure,
    // An agent of a proxy does not pass on the host where it is an IP address.
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
    ...(connection.ca === undefined ? {} : { ca: connection.ca }),
    ...(connection.clientCert === undefined ? {} : { cert: connection.clientCert }),
    ...(connection.clientKey === undefined ? {} : { key: connection.clientKey }),
  };
}

type Agents = Pick<InternalAxiosRequestConfig, "httpAgent" | "httpsAgent">;

/** The agents of one client. The agents for proxies are loaded only if there is a proxy. */
function agents(
  { baseUrl, proxy }: Connection,
  tls: TlsOptions,
  { proxy: proxyLimit, idle: timeout }: Required<Timeouts>,
): () => Promise<Agents> {
  const options = { keepAlive: true, maxSockets: 32, maxFreeSockets: 32, timeout };
  let made: Promise<Agents> | undefined;
  return () => {
    made ??= make();
    return made;
  };
  async function make(): Promise<Agents> {
    if (proxy === undefined)
      return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
    const { proxyAgent } = await import("./proxy-agents.js");
    const agent = proxyAgent(proxy, new URL(baseUrl), { ...options, ...tls }, proxyLimit);
    return { httpAgent: agent, httpsAgent: agent };
  }
}

const inFlight = new WeakSet<AbortSignal>();
const conditions = new WeakMap<AbortSignal, () => boolean>();

/** Sends a request with this signal only while the condition is true. The check comes after any wait for GitLab. */
export function sendOnlyWhile(signal: AbortSignal, condition: () => boolean): void {
  conditions.set(signal, condition);
}

/** Whether a request was in flight when its signal ended it. axios reports "canceled" in both cases. */
export function wasInFlight(signal: AbortSignal): boolean {
  return inFlight.has(signal);
}

/** One attempt: after the rate limit's pause, and with a time limit of its own in addition to the operation's. */
function attempt(
  { rateLimitPause, adapter, mayPost = () => true }: HttpOptions,
  timeouts: Timeouts,
  tls: TlsOptions,
  agents: () => Promise<Agents>,
) {
  const send = adapter ?? axios.getAdapter("http");
  const watchesSockets = adapter === undefined && process.versions["bun"] === undefined;
  return async (config: InternalAxiosRequestConfig) => {
    const operation = config.signal as AbortSignal;
    await rateLimitPause.wait(operation).catch(() => undefined);
    const chosen = await agents();
    const isRefused = config.method?.toLowerCase() === "post" && !mayPost();
    const isCurrent = conditions.get(operation)?.() ?? true;
    if (operation.aborted || isRefused || !isCurrent)
      throw new AxiosError("not sent", "ERR_CANCELED", config);
    inFlight.add(operation);
    const limit = limitAttempt(operation, timeouts.attempt);
    const sender = transport(tls);
    // With another adapter or runtime, the state of the socket is unknown.
    const mayHaveArrived = () => !watchesSockets || sender.isConnected();
    try {
      const sending = send({ ...config, ...chosen, transport: sender, signal: limit.signal });
      const response = await Promise.race([sending, limit.reached]);
      inFlight.delete(operation);
      rateLimitPause.passed();
      return response;
    } catch (error) {
      if (!operation.aborted) inFlight.delete(operation);
      if (!(error instanceof AxiosError)) throw error;
      // axios-retry sends `error.config` again: it must not hold this try's signal.
      error.config = config;
      // A body that breaks off: axios shows the good status all the same.
      if (error.response !== undefined && error.response.status < 300) {
        delete error.response;
        error.code = "ECONNRESET";
      }
      if (limit.isOver() && !operation.aborted && !error.response) error.code = "ETIMEDOUT";
      if (!mayHaveArrived() || meansUnsent(error.code)) markUnsent(error);
      else if (error.response === undefined || error.response.status >= 500) rememberOpenAttempt(config);
      throw error;
    } finally {
      limit.end();
    }
  };
}

/** One of Node.js's own requests, which also reports an unrequested `101 Switching Protocols`. */
function transport(tls: TlsOptions) {
  let isConnected = false;
  const connected = () => {
    isConnected = true;
  };
  return {
    /** Whether the connection, with its TLS handshake, was complete. Before that, GitLab received nothing. */
    isConnected: () => isConnected,
    request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void) {
      const isSecure = options.protocol === "https:";
      // The TLS options belong to the request: a proxy's agent has others towards the proxy.
      const request = isSecure
        ? https.request({ ...options, ...tls }, onResponse)
        : http.request(options, onResponse);
      request.once("socket", (socket: Socket & { readonly secureConnecting?: boolean }) => {
        if (!socket.connecting && socket.secureConnecting !== true) connected();
        else socket.once(isSecure ? "secureConnect" : "connect", connected);
      });
      // Without a listener, Node.js closes the connection and reports nothing.
      request.once("upgrade", (_response, socket) => {
        socket.destroy();
        request.emit("error", Object.assign(new Error("unexpected upgrade"), { code: unexpectedUpgrade }));
      });
      return request;
    },
  };
}

/** The value of a header in axios's headers object. */
export function headerOf(headers: unknown, name: string): string | undefined {
  const value = (headers as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}
