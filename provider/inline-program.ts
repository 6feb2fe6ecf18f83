import { createRequire } from "node:module";

/**
 * Whether the program is a function that a process of the Automation API runs by itself. Pulumi keeps the state of such
 * a run in a store of its own; a program that the CLI runs uses the global one.
 */
export function isInlineProgram(): boolean {
  try {
    const load = createRequire(__filename);
    const state = load("@pulumi/pulumi/runtime/state.js") as { readonly getLocalStore?: () => unknown };
    return state.getLocalStore?.() !== undefined;
  } catch {
    // An SDK without that file: nothing can be told.
    return false;
  }
}

/** What a message about a missing setting says to an inline program. */
export const inlineProgramHint =
  "An inline program of the Automation API does not see its workspace's envVars: set the stack's configuration, or the variables in process.env.";
