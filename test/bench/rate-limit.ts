import { startGitLab } from "./gitlab.js";
import type { RateLimited } from "./measurement.js";
import { createStack, type Tools } from "./programs.js";
import { timed } from "./pulumi-subject.js";
import { programEnvironment, type Scenario } from "./subject.js";

/**
 * GitLab's 2,000 requests a minute, scaled down so that a first `up` reaches the limit. The engine makes few more
 * requests a second than that. For 200 tokens, the limit is a fortieth of the requests in a twelfth of the time.
 */
export function scaledLimit(tokens: number): { limit: number; period: number } {
  return { limit: Math.ceil(tokens / 4), period: 5 };
}

/** Measures a first `up` under the limit. A failure of the command fails the benchmark. */
export async function measureRateLimited(
  tools: Tools,
  scenario: Scenario,
  round: number,
): Promise<RateLimited> {
  const rateLimit = scaledLimit(scenario.tokens);
  const { limit, period } = rateLimit;
  const gitlab = await startGitLab(["ours"], scenario, rateLimit);
  try {
    const stack = await createStack("ours", tools, scenario, gitlab.url);
    try {
      const started = Date.now();
      const { seconds } = await timed(stack, "up", {
        args: ["--parallel", String(scenario.parallel)],
        env: programEnvironment("ours", scenario, 1),
      });
      const { counts, refused, first = started } = await gitlab.traffic();
      const accepted = Object.values(counts).reduce((a, b) => a + b, 0) - refused;
      const allowed = (lastPeriod(first, accepted, limit, period) - started) / 1000;
      return {
        kind: "rate limit",
        round,
        tokens: scenario.tokens,
        limit,
        period,
        seconds,
        allowed,
        accepted,
        refused,
      };
    } finally {
      stack.dispose();
    }
  } finally {
    await gitlab.close();
  }
}

/** The start of the period in which the last of `requests` may be sent, in milliseconds. */
export function lastPeriod(first: number, requests: number, limit: number, period: number): number {
  const slot = Math.floor(first / 1000 / period);
  const last = slot + Math.ceil(requests / limit) - 1;
  return Math.max(first, last * period * 1000);
}
