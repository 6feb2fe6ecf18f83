import { DeployTokenError } from "./gitlab/errors.js";

/** The variable that sets the clock of program and provider in tests. */
export const testingTime = "GITLAB_TESTING_TIME";

/** Now; in tests, what `GITLAB_TESTING_TIME` says. */
export function now(env: NodeJS.ProcessEnv = process.env): Date {
  const text = env[testingTime];
  if (text === undefined || text === "") return new Date();
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) {
    throw new DeployTokenError(
      "invalid_argument",
      `${testingTime} is ${JSON.stringify(text)}; wanted: a date-time`,
    );
  }
  return instant;
}
