import { printableMessage } from "../../gitlab/redact.js";
import { messagesSent } from "./log.js";

/**
 * Runs a lifecycle method and waits, at most three seconds, until the engine has its messages. An error leaves as a fresh `Error` with a
 * redacted message and no other field: Pulumi's process prints stacks and some fields, and hangs if the thrown value is
 * not an `Error`.
 *
 * @see rule 12 in docs/architecture.md
 */
export async function withCleanErrors<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error && error.message !== "" ? error.message : "unknown error";
    const clean = new Error(printableMessage(message));
    // Printed after the message by check, diff, read and delete.
    clean.stack = "(pulumi-gitlab-deploy-tokens)";
    if (!(error instanceof PartialFailure)) throw clean;
    const { id, properties, reasons } = error;
    throw Object.assign(clean, { id, properties, reasons: reasons.map(printableMessage) });
  } finally {
    await messagesSent();
  }
}

/** Pulumi's form of a partial failure: the state records the id and the properties. */
export class PartialFailure extends Error {
  constructor(
    readonly id: string,
    readonly properties: Record<string, unknown>,
    readonly reasons: string[],
  ) {
    super(reasons.join(" "));
  }
}
