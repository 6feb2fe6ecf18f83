import * as pulumi from "@pulumi/pulumi";

interface Internals<T> {
  promise(): Promise<T>;
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
}

const internals = <T>(output: pulumi.Output<T>) => output as unknown as Internals<T>;

export const known = <T>(output: pulumi.Output<T>) => internals(output).promise();
export const isKnown = <T>(output: pulumi.Output<T>) => internals(output).isKnown;
export const isSecret = <T>(output: pulumi.Output<T>) => internals(output).isSecret;

/** The mark of a secret in a state and on the wire to the engine. */
export const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** Sets Pulumi's mocks. By default, the state of a new resource is its inputs. */
export const setMocks = (
  newResource: pulumi.runtime.Mocks["newResource"] = ({ inputs }) => ({ id: "x", state: inputs }),
  { stack = "stack", preview = false } = {},
) => pulumi.runtime.setMocks({ newResource, call: ({ inputs }) => inputs }, "project", stack, preview);
