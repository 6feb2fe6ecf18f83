import { type Resource, ResourceError } from "@pulumi/pulumi";

/** An error that Pulumi prints without a stack, at the resource if there is one. */
export function argumentError(message: string, resource?: Resource): ResourceError {
  const error = new ResourceError(message, resource, true);
  error.stack = `ResourceError: ${message}`;
  // Pulumi still inspects the error, and would traverse the whole program from here.
  Object.defineProperty(error, "resource", { enumerable: false });
  return error;
}
