import type { RateLimitOptions, Seed } from "../../provider/testing/index.js";
import { type EmulatorProcess, startEmulator } from "./emulator.js";
import type { Side } from "./measurement.js";
import type { Scenario } from "./subject.js";

export const accessToken = "glpat-benchmark-000001";

/** Starts a GitLab with a group for each side and the projects that the programs name. */
export function startGitLab(
  sides: readonly Side[],
  { owners, latency }: Scenario,
  rateLimit?: RateLimitOptions,
): Promise<EmulatorProcess> {
  const seed: Seed = {
    users: [{ username: "root", admin: true, tokens: [{ value: accessToken, scopes: ["api"] }] }],
    groups: sides.map((path) => ({ path })),
    projects: sides.flatMap((side) =>
      Array.from({ length: owners }, (_, index) => ({ path: `${side}/project-${index}` })),
    ),
  };
  return startEmulator(seed, { latency, ...(rateLimit === undefined ? {} : { rateLimit }) });
}
