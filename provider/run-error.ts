/** Where nobody catches the error, Pulumi prints its message without a stack, as it does for a `RunError`. */
export async function clearly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asRunError(error);
  }
}

export function asRunError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  // Pulumi inspects the error all the same, for which Node 20 may take half a minute where the stack has frames.
  error.stack = `${error.name}: ${error.message}`;
  return Object.assign(error, { __pulumiRunError: true });
}
