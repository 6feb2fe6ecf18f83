import { redact } from "../gitlab/redact.js";
import { PartialFailure } from "./partial-failure.js";

/**
 * What leaves a lifecycle method: a fresh error with a clean message and nothing else. The engine's process prints
 * the stack of some and the fields of others, and hangs on what is not an Error.
 */
export async function bounded<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const clean = new Error(
      redact(error instanceof Error && error.message !== "" ? error.message : "unknown error"),
    );
    // Printed after the message by check, diff, read and delete.
    clean.stack = "(pulumi-gitlab-deploy-tokens)";
    if (!(error instanceof PartialFailure)) throw clean;
    const { id, properties, reasons } = error;
    throw Object.assign(clean, { id, properties, reasons: reasons.map(redact) });
  }
}
