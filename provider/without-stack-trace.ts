/** If no one catches the error, Pulumi prints its message without a stack, as for a `RunError`. */
export async function withoutStackTrace<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asRunError(error);
  }
}

export function asRunError<T>(error: T): T {
  if (!(error instanceof Error)) return error;
  // Pulumi still inspects the error. With frames in the stack, that takes Node 20 up to half a minute.
  error.stack = `${error.name}: ${error.message}`;
  return Object.assign(error, { __pulumiRunError: true });
}
