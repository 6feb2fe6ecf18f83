import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, vi } from "vitest";

interface Internals<T> {
  promise(): Promise<T>;
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
}

const internals = <T>(output: pulumi.Output<T>) => output as unknown as Internals<T>;

export const known = <T>(output: pulumi.Output<T>) => internals(output).promise();
export const isKnown = <T>(output: pulumi.Output<T>) => internals(output).isKnown;
export const isSecret = <T>(output: pulumi.Output<T>) => internals(output).isSecret;

/** Sets Pulumi's mocks with GitLab's outputs, or without them for a preview of a new stack. */
export function useMocks() {
  const set = (preview: boolean) =>
    pulumi.runtime.setMocks(
      {
        newResource: ({ inputs }) => {
          const made = {
            ...inputs,
            username: inputs["username"] ?? "gitlab+deploy-token-4",
            token: "gldt-value",
            ownerId: "42",
            baseUrl: "https://gitlab.com",
          };
          return { id: "acme/app:4", state: preview ? inputs : made };
        },
        call: ({ inputs }) => inputs,
      },
      "project",
      "stack",
      preview,
    );
  beforeEach(async () => {
    vi.stubEnv("GITLAB_BASE_URL", "");
    vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    await set(false);
  });
  afterEach(async () => {
    await pulumi.runtime.disconnect();
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    pulumi.runtime.setAllConfig({});
  });
  return { preview: () => set(true) };
}
