import { startGitLab } from "./gitlab.js";
import type { RateLimited } from "./measurement.js";
import { createStack, type Tools } from "./programs.js";
import { timed } from "./pulumi-subject.js";
import { programEnvironment, type Scenario } from "./subject.js";

/**
 * GitLab's 2,000 requests a minute, scaled down to what a first `up` feels: the engine makes few more requests in a
 * second than those, so for 200 tokens a fortieth of the requests in a twelfth of the time.
 */
export function scaledLimit(tokens: number): { limit: number; period: number } {
  return { limit: Math.ceil(tokens / 4), period: 5 };
}

/** A first `up` under the limit; a failure of the command is one of the benchmark's. */
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

/** Start of the period in which the last of `requests` may be sent, after the first one; in milliseconds. */
export function lastPeriod(first: number, requests: number, limit: number, period: number): number {
  const slot = Math.floor(first / 1000 / period);
  const last = slot + Math.ceil(requests / limit) - 1;
  return Math.max(first, last * period * 1000);
}
