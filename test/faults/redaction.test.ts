import { expect, it } from "vitest";
import { DeployTokenError } from "../../provider/gitlab/errors.js";
import { registerSecret } from "../../provider/gitlab/redact.js";

it("credentials are taken out when the error is made", () => {
  registerSecret("registered-secret");
  const error = new DeployTokenError("rejected", "registered-secret and gldt-abcdefghijklmnop", {
    path: "/x?private_token=registered-secret",
  });
  const all = `${error.message} ${error.path} ${error.stack} ${JSON.stringify(error)}`;
  expect(all).not.toMatch(/registered-secret|gldt-abc/);
  expect(error.cause).toBeUndefined();
});
