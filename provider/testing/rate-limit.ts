/** https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/ */
export interface RateLimitOptions {
  /** Requests per period and user. */
  readonly limit: number;
  /** In seconds. */
  readonly period: number;
  /** Which of GitLab's headers a refusal carries, as proxies strip some. @default "all" */
  readonly headers?: "all" | "retry-after" | "reset" | "none";
}

export interface Refusal {
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts by user in fixed periods of real time, as Rack::Attack does. */
export class RateLimit {
  private readonly counts = new Map<string, number>();

  constructor(private readonly options: RateLimitOptions) {}

  /** The refusal of a request over the limit. */
  refuse(user: string | undefined, now: number): Refusal | undefined {
    const { limit, period, headers = "all" } = this.options;
    const slot = Math.floor(now / 1000 / period);
    const key = `${slot} ${user ?? ""}`;
    const observed = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, observed);
    if (observed <= limit) return undefined;
    const reset = (slot + 1) * period;
    const retryAfter = { "Retry-After": String(Math.max(1, Math.ceil(reset - now / 1000))) };
    const rateLimit = {
      "RateLimit-Name": user === undefined ? "throttle_unauthenticated_api" : "throttle_authenticated_api",
      "RateLimit-Limit": String(Math.ceil((limit * 60) / period)),
      "RateLimit-Observed": String(observed),
      "RateLimit-Remaining": "0",
      "RateLimit-Reset": String(Math.ceil(reset)),
      "RateLimit-ResetTime": new Date(reset * 1000).toUTCString(),
    };
    const all = {
      all: { ...rateLimit, ...retryAfter },
      "retry-after": retryAfter,
      reset: rateLimit,
      none: {},
    };
    return { headers: all[headers] };
  }
}
