import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  getGroupDeployTokens,
  getProjectDeployToken,
  gitCredentialsUrl,
  npmrc,
} from "../../provider/index.js";
import { isInlineProgram } from "../../provider/inline-program.js";
import { known } from "../support/pulumi.js";

const { withLocalStorage } = createRequire(__filename)("@pulumi/pulumi/runtime/state.js") as {
  withLocalStorage<R>(run: () => R): R;
};
const source = { username: "u", token: "gldt-value", project: "acme/app", ownerId: "42" };
let warnings: string[];

beforeEach(() => {
  for (const name of ["GITLAB_BASE_URL", "GITLAB_TOKEN", "CI_SERVER_URL"]) vi.stubEnv(name, "");
  warnings = [];
  vi.spyOn(pulumi.log, "warn").mockImplementation(async (message) => void warnings.push(message));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Each test sets its own stack, as the Automation API does: a warning appears once for each stack. */
let stacks = 0;
const inStack = <T>(run: () => Promise<T>, config: Record<string, string> = {}): Promise<T> => {
  pulumi.runtime.resetOptions("project", `stack${++stacks}`, 1, "", "", false, "organization");
  pulumi.runtime.setAllConfig(config);
  return run();
};
const inline: typeof inStack = (run, config) => withLocalStorage(() => inStack(run, config));
const guessed =
  "No GitLab is configured for the program, which takes https://gitlab.com. An inline program of the Automation API does not see " +
  "its workspace's envVars: set the stack's configuration, or the variables in process.env.";

it.each([
  ["gitCredentialsUrl", () => gitCredentialsUrl(source, { project: "acme/app" })],
  ["npmrc", () => npmrc(source, { scope: "@acme" })],
])(
  "an inline program whose environment lacks the workspace's envVars: %s warns once",
  async (_name, format) => {
    const write = async () => [await known(pulumi.output(format())), await known(pulumi.output(format()))];
    expect((await inline(write)).join()).toContain("gitlab.com");
    expect(warnings).toEqual([guessed]);
  },
);

it.each<[string, () => Promise<unknown>]>([
  ["one token", () => getProjectDeployToken({ project: "acme/app", name: "pull" })],
  ["all tokens", () => getGroupDeployTokens({ group: "acme" })],
])("an inline program without an access token: the look-up of %s names envVars", async (_name, find) => {
  await expect(inline(find)).rejects.toMatchObject({
    code: "no_access_token",
    message: expect.stringMatching(/No access token for GitLab: .* does not see its workspace's envVars/),
  });
  expect(warnings).toEqual([guessed]);
  await expect(inStack(find)).rejects.toMatchObject({ message: expect.not.stringContaining("envVars") });
});

it("does not mention envVars if the program knows its GitLab, or if the CLI runs it", async () => {
  const format = () => known(pulumi.output(gitCredentialsUrl(source, { project: "acme/app" })));
  expect(await inStack(async () => isInlineProgram())).toBe(false);
  await inStack(format);
  expect(await inline(async () => isInlineProgram())).toBe(true);
  expect(await inline(format, { "gitlab:baseUrl": "https://gitlab.acme.test" })).toContain(
    "gitlab.acme.test",
  );
  vi.stubEnv("GITLAB_BASE_URL", "https://gitlab.acme.test");
  expect(await inline(format)).toContain("gitlab.acme.test");
  expect(warnings).toEqual([]);
});
