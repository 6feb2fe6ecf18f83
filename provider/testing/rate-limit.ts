/** https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/ */
export interface RateLimitOptions {
  /** Requests per period and user. */
  readonly limit: number;
  /** In seconds. */
  readonly period: number;
  /** The headers of a refusal. Some proxies remove them. @default "all" */
  readonly headers?: "all" | "retry-after" | "reset" | "none";
  /** 18.6's feature flag: every response has the RateLimit headers. @default false */
  readonly always?: boolean;
}

interface Count {
  readonly refused: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts by user in fixed periods of real time, as Rack::Attack does. */
export class RateLimit {
  private readonly counts = new Map<string, number>();

  constructor(private readonly options: RateLimitOptions) {}

  /** Counts a request. All anonymous callers share the user `undefined`. */
  count(user: string | undefined, now: number): Count {
    const { limit, period, headers = "all", always = false } = this.options;
    const slot = Math.floor(now / 1000 / period);
    const key = `${slot} ${user ?? ""}`;
    const observed = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, observed);
    const reset = (slot + 1) * period;
    const rateLimit = {
      "RateLimit-Name": user === undefined ? "throttle_unauthenticated_api" : "throttle_authenticated_api",
      "RateLimit-Limit": String(Math.ceil((limit * 60) / period)),
      "RateLimit-Observed": String(observed),
      "RateLimit-Remaining": String(Math.max(0, limit - observed)),
      "RateLimit-Reset": String(Math.ceil(reset)),
    };
    if (observed <= limit) return { refused: false, headers: always ? rateLimit : {} };
    const retryAfter = { "Retry-After": String(Math.max(1, Math.ceil(reset - now / 1000))) };
    const resetTime = { "RateLimit-ResetTime": new Date(reset * 1000).toUTCString() };
    const choice = {
      all: { ...rateLimit, ...resetTime, ...retryAfter },
      "retry-after": retryAfter,
      reset: { ...rateLimit, ...resetTime },
      none: {},
    };
    return { refused: true, headers: choice[headers] };
  }

  clear(): void {
    this.counts.clear();
  }
}
