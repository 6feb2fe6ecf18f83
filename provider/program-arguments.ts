import { log, Output, type Resource, runtime } from "@pulumi/pulumi";
import { checkKeys, type KnownKeys } from "./argument-keys.js";
import { describeValue } from "./describe-value.js";

/**
 * Refuses an arguments object of a program that is none, or that has a misspelt key; warns about a key that means
 * nothing. `what` begins the messages, as in `npmrc` or `ProjectDeployToken "pull"`.
 */
export function checkProgramArguments(
  what: string,
  given: unknown,
  known: KnownKeys,
  refuse: (message: string) => Error,
  resource?: Resource,
): void {
  if (typeof given !== "object" || given === null || Array.isArray(given) || Output.isInstance(given)) {
    const example = known.names.slice(0, 3).join(", ");
    throw refuse(`${what}: its arguments are ${describeValue(given)}; wanted: an object with ${example}, …`);
  }
  const { refusal, warning } = checkKeys(given, known);
  if (refusal !== undefined) throw refuse(`${what}: ${refusal}`);
  if (warning !== undefined) void log.warn(`${what}: ${warning}`, resource);
}

/** Whether Pulumi's mocks replace the engine. A real engine does not know the functions of this package. */
export function isMocked(): boolean {
  const monitor: unknown = runtime.getMonitor();
  return typeof monitor === "object" && monitor !== null && "mocks" in monitor;
}
