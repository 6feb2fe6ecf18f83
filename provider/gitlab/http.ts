import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import axios, { AxiosError, type AxiosInstance, type InternalAxiosRequestConfig } from "axios";
import axiosRetry from "axios-retry";
import type { Connection } from "./connection.js";
import type { Gate } from "./gate.js";
import { backOff, mayRetry, rateLimitWait } from "./retry-policy.js";

/** Limits on one request, in milliseconds. */
export interface Timeouts {
  /** One try, from the first byte sent to the last one received. */
  readonly attempt: number;
}

export const defaultTimeouts: Timeouts = { attempt: 60_000 };

export interface HttpOptions {
  readonly gate: Gate;
  readonly timeouts: Timeouts;
  /** Asked before each POST is sent, however long it waited. @default yes */
  readonly mayPost?: (() => boolean) | undefined;
  /** Told before each wait for GitLab. */
  readonly onWait?: (milliseconds: number, reason: string) => void;
}

/** An axios that keeps connections alive, retries by the policy and follows no redirect. */
export function httpClient(connection: Connection, options: HttpOptions): AxiosInstance {
  const agent = { keepAlive: true, maxSockets: 32, maxFreeSockets: 32 };
  const instance = axios.create({
    baseURL: `${connection.baseUrl}/api/v4`,
    adapter: attempt(options),
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent({
      ...agent,
      rejectUnauthorized: !connection.insecure,
      ...(connection.ca === undefined ? {} : { ca: connection.ca }),
      ...(connection.clientCert === undefined ? {} : { cert: connection.clientCert }),
      ...(connection.clientKey === undefined ? {} : { key: connection.clientKey }),
    }),
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
        const wait = rateLimitWait((name) => headerOf(error.response?.headers, name), count, Date.now());
        options.gate.closeFor(wait);
        options.onWait?.(wait, "GitLab answered 429 (rate limit)");
        return 0; // the gate waits, for all requests together
      }
      const wait = backOff(count);
      options.onWait?.(
        wait,
        error.response ? `GitLab answered ${error.response.status}` : (error.code ?? "no answer"),
      );
      return wait;
    },
  });
  return instance;
}

const inFlight = new WeakSet<AbortSignal>();

/** Whether a request was on its way when its signal ended it: axios says "canceled" either way. */
export function wasInFlight(signal: AbortSignal): boolean {
  return inFlight.has(signal);
}

/** One try: behind the gate, and with a limit of its own on top of the operation's. */
function attempt({ gate, timeouts, mayPost = () => true }: HttpOptions) {
  const send = axios.getAdapter("http");
  return async (config: InternalAxiosRequestConfig) => {
    const operation = config.signal as AbortSignal;
    await gate.passed(operation).catch(() => undefined);
    const isRefused = config.method?.toLowerCase() === "post" && !mayPost();
    if (operation.aborted || isRefused) throw new AxiosError("not sent", "ERR_CANCELED", config);
    inFlight.add(operation);
    const limit = AbortSignal.timeout(timeouts.attempt);
    try {
      const response = await send({ ...config, signal: AbortSignal.any([operation, limit]) });
      inFlight.delete(operation);
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
      if (limit.aborted && !operation.aborted && !error.response) error.code = "ETIMEDOUT";
      throw error;
    }
  };
}

/** A header's value whatever axios made of it. */
export function headerOf(headers: unknown, name: string): string | undefined {
  const value = (headers as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}
