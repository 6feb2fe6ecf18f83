/** Where nobody catches the error, Pulumi prints its message without a stack, as it does for a `RunError`. */
export async function clearly<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Pulumi inspects the error all the same, for which Node 20 may take half a minute where the stack has frames.
    error.stack = `${error.name}: ${error.message}`;
    throw Object.assign(error, { __pulumiRunError: true });
  }
}
