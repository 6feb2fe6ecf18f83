import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, vi } from "vitest";
import { setMocks } from "../support/pulumi.js";

/** Sets Pulumi's mocks with GitLab's outputs, or without them for a preview of a new stack. */
export function useMocks() {
  const set = (preview: boolean) =>
    setMocks(
      ({ inputs }) => {
        const made = {
          ...inputs,
          username: inputs["username"] ?? "gitlab+deploy-token-4",
          token: "gldt-value",
          ownerId: "42",
          baseUrl: "https://gitlab.com",
        };
        return { id: "acme/app:4", state: preview ? inputs : made };
      },
      { preview },
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
