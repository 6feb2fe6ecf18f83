import { describeValue } from "./describe-value.js";
import { DeployTokenError } from "./gitlab/errors.js";

/** The error for invalid arguments or input. */
export function invalid(message: string): DeployTokenError {
  return new DeployTokenError("invalid_argument", message);
}

/** The error for one argument: its name, the given value, and what is wanted. */
export function invalidArgument(name: string, given: unknown, wanted: string): DeployTokenError {
  return invalid(`${name} is ${given === undefined ? "missing" : describeValue(given)}; wanted: ${wanted}`);
}
