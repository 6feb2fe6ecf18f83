import type { AxiosError } from "axios";
import { isTransientFault } from "./connection-faults.js";
import { ProxyError } from "./proxy.js";

/** Delays between attempts of one request, in milliseconds. */
const retryPolicy = {
  firstDelay: 200,
  longestDelay: 3_000,
  /** The minimum wait after a 429, regardless of its headers. It doubles with each 429 in a row. */
  rateLimitDelay: 1_000,
  longestRateLimitDelay: 60_000,
  /** The maximum wait after a 429, regardless of its headers. */
  longestWait: 5 * 60_000,
} as const;

/** The error code for a response of `101 Switching Protocols`. */
export const unexpectedUpgrade = "ERR_UNEXPECTED_UPGRADE";

const unsent = new WeakSet<AxiosError>();

/** Marks an error of a request that GitLab did not receive. */
export function markUnsent(error: AxiosError): void {
  unsent.add(error);
}

export function wasNeverSent(error: AxiosError): boolean {
  return unsent.has(error);
}

/** axios passes a field of a request's configuration on to its next attempt. */
interface Attempted {
  hasOpenAttempt?: boolean;
}

/** Records that GitLab may have carried the request out in an attempt that failed. */
export function rememberOpenAttempt(config: object): void {
  (config as Attempted).hasOpenAttempt = true;
}

/** Whether GitLab may have carried the request out in an earlier attempt: a DELETE that is sent again gets a 404. */
export function hasOpenAttempt(config: object | undefined): boolean {
  return (config as Attempted | undefined)?.hasOpenAttempt === true;
}

/**
 * Retries a 429 and a failed connection for every method, because GitLab did not act. Retries a 5xx and a broken
 * connection only if a second request does no harm. A POST that may have created a token is never retried.
 */
export function mayRetry(error: AxiosError): boolean {
  const status = error.response?.status;
  if (status === 429) return true;
  if (error.code === "ERR_CANCELED" || error.code === unexpectedUpgrade) return false;
  const proxyError = proxyErrorOf(error);
  if (proxyError !== undefined) return isTransient(proxyError);
  if (wasNeverSent(error)) return isTransientFault(error.code);
  if (error.config?.method?.toLowerCase() === "post") return false;
  return status === undefined || status >= 500 || isResourceLock(error);
}

/** The proxy's failure where GitLab received nothing. */
export function proxyErrorOf({ cause }: AxiosError): ProxyError | undefined {
  return cause instanceof ProxyError ? cause : undefined;
}

/** A proxy that fails may recover. One that refuses goes on refusing. */
function isTransient({ status, code }: ProxyError): boolean {
  if (status !== undefined) return status >= 500;
  return code === undefined || isTransientFault(code);
}

/** For a message: why a request is sent again. */
export function reasonToWait(error: AxiosError): string {
  if (error.response !== undefined) return `GitLab answered ${error.response.status}`;
  return proxyErrorOf(error)?.message ?? error.code ?? "no response";
}

/** GitLab's own "try again": https://docs.gitlab.com/api/rest/troubleshooting/ */
function isResourceLock(error: AxiosError): boolean {
  return error.response?.status === 409 && String(error.response.data).includes("Resource lock");
}

export function backOff(attempt: number): number {
  const delay = Math.min(retryPolicy.firstDelay * 2 ** (attempt - 1), retryPolicy.longestDelay);
  return delay / 2 + (delay / 2) * Math.random();
}

/** A wait before requests go on after a 429. */
interface RateLimitWait {
  readonly milliseconds: number;
  /** What GitLab asks for, where that is longer than this package waits. */
  readonly asked?: number;
}

/**
 * How long to wait after a 429: what GitLab asks for in `Retry-After` (seconds or a date) or `RateLimit-Reset` (Unix
 * seconds or a date), but at least a delay that doubles with each 429 in a row, and at most five minutes.
 *
 * @see https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 */
export function rateLimitWait(
  header: (name: string) => string | undefined,
  inARow: number,
  now: number,
): RateLimitWait {
  const { rateLimitDelay, longestRateLimitDelay, longestWait } = retryPolicy;
  const least = Math.min(rateLimitDelay * 2 ** (inARow - 1), longestRateLimitDelay);
  const asked = Math.max(
    0,
    secondsOf(header("retry-after"), now) ?? until(header("ratelimit-reset"), now) ?? 0,
  );
  const wait = Math.min(Math.max(asked, least), longestWait);
  // Jitter, so that the stacks of one user do not come back in one instant.
  const milliseconds = wait + Math.random() * Math.min(1000, wait * 0.1);
  return asked > longestWait ? { milliseconds, asked } : { milliseconds };
}

/** `Retry-After`: a number of seconds or a date. */
function secondsOf(value: string | undefined, now: number): number | undefined {
  return value !== undefined && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : until(value, now);
}

/** `RateLimit-Reset`: Unix seconds or a date. */
function until(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value === "") return undefined;
  const instant = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  return Number.isNaN(instant) ? undefined : instant - now;
}
