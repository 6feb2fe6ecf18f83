import type { AxiosError } from "axios";

/** Delays between tries of one request, in milliseconds. */
const retryPolicy = {
  firstDelay: 200,
  longestDelay: 3_000,
  /** What a 429 without a usable header costs at least. */
  rateLimitDelay: 1_000,
  longestRateLimitDelay: 60_000,
} as const;

/** Faults in which the request cannot have reached GitLab. */
const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ERR_INVALID_URL",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

const transientNeverSent = new Set(["ECONNREFUSED", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

export function wasNeverSent(code: string | undefined): boolean {
  return code !== undefined && neverSent.has(code);
}

/**
 * 429 and a refused connection for every method, because GitLab did not act; 5xx and broken connections
 * only where a second request does no harm. A POST that may have made a token is never among them.
 */
export function mayRetry(error: AxiosError): boolean {
  const status = error.response?.status;
  if (status === 429) return true;
  if (error.code === "ERR_CANCELED") return false;
  if (status === undefined && transientNeverSent.has(error.code ?? "")) return true;
  if (error.config?.method?.toLowerCase() === "post") return false;
  if (status === undefined) return !wasNeverSent(error.code);
  return status >= 500 || isResourceLock(error);
}

/** GitLab's own "try again": https://docs.gitlab.com/api/rest/troubleshooting/ */
function isResourceLock(error: AxiosError): boolean {
  return error.response?.status === 409 && String(error.response.data).includes("Resource lock");
}

export function backOff(attempt: number): number {
  const delay = Math.min(retryPolicy.firstDelay * 2 ** (attempt - 1), retryPolicy.longestDelay);
  return delay / 2 + (delay / 2) * Math.random();
}

/**
 * How long GitLab asks to wait: `Retry-After` (seconds or a date), else `RateLimit-Reset` (Unix seconds or a
 * date), else a growing delay.
 *
 * @see https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 */
export function rateLimitWait(
  header: (name: string) => string | undefined,
  attempt: number,
  now: number,
): number {
  const retryAfter = header("retry-after");
  const wait =
    (retryAfter !== undefined && /^\d+$/.test(retryAfter)
      ? Number(retryAfter) * 1000
      : until(retryAfter, now)) ??
    until(header("ratelimit-reset"), now) ??
    Math.min(retryPolicy.rateLimitDelay * 2 ** (attempt - 1), retryPolicy.longestRateLimitDelay);
  // Jitter, so that the stacks of one user do not come back in one instant.
  return wait + Math.random() * Math.min(1000, wait * 0.1);
}

function until(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value === "") return undefined;
  const instant = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  return Number.isNaN(instant) ? undefined : Math.max(0, instant - now);
}
