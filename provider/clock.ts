import { invalid } from "./invalid-argument.js";

/** The variable that sets the clock of program and provider in tests. */
export const testingTime = "GITLAB_TESTING_TIME";

/** The current time, or `GITLAB_TESTING_TIME` in tests. */
export function now(env: NodeJS.ProcessEnv = process.env): Date {
  const text = env[testingTime];
  if (text === undefined || text === "") return new Date();
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) {
    throw invalid(`${testingTime} is ${JSON.stringify(text)}; wanted: a date-time`);
  }
  return instant;
}
