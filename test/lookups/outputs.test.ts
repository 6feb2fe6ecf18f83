import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  getGroupDeployTokenOutput,
  getGroupDeployTokensOutput,
  getInstanceDeployTokensOutput,
  getProjectDeployToken,
  getProjectDeployTokenOutput,
  getProjectDeployTokensOutput,
} from "../../provider/index.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { another } from "../support/emulator.js";
import { known } from "../support/pulumi.js";
import { tokens } from "../support/run.js";

let gitlab: Emulator;
beforeAll(async () => {
  gitlab = await start();
  vi.stubEnv("GITLAB_BASE_URL", gitlab.url);
  vi.stubEnv("GITLAB_TOKEN", tokens.administrator);
  vi.stubEnv("GITLAB_RETRIES", "0");
  gitlab.createDeployToken({ project: "acme/app", name: "pull", scopes: ["read_registry"] });
  gitlab.createDeployToken({ group: "acme", name: "ci", scopes: ["read_repository"] });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gitlab.close();
});

const later = <T>(given: T) => pulumi.output(Promise.resolve(given));
const names = ({ tokens: found }: { tokens: { name: string }[] }) => found.map(({ name }) => name);

/** A provider as a look-up sees it. */
const provider = (settings: Record<string, pulumi.Output<string>>, pkg = "pulumi-nodejs") =>
  ({ __pulumiType: `pulumi:providers:${pkg}`, ...settings }) as unknown as pulumi.ProviderResource;

it("each look-up accepts outputs and returns one", async () => {
  const group = later("acme");
  const project = later("acme/app");
  expect(await known(getProjectDeployTokenOutput({ project, name: "pull" }))).toMatchObject({
    deployTokenId: 1,
  });
  expect(await known(getGroupDeployTokenOutput({ group, deployTokenId: later(2) }))).toMatchObject({
    name: "ci",
  });
  expect(names(await known(getProjectDeployTokensOutput({ project })))).toEqual(["pull"]);
  expect(names(await known(getGroupDeployTokensOutput({ group, active: later(true) })))).toEqual(["ci"]);
  expect(names(await known(getInstanceDeployTokensOutput()))).toEqual(["pull", "ci"]);
});

it("uses the option provider's GitLab and access token", async () => {
  const there = await another();
  there.createDeployToken({ project: "acme/app", name: "there", scopes: ["read_registry"] });
  const options = {
    provider: provider({ "gitlab:baseUrl": later(there.url), "gitlab:token": pulumi.secret(tokens.owner) }),
  };
  const found = getProjectDeployTokensOutput({ project: "acme/app" }, options);
  expect(names(await known(found))).toEqual(["there"]);
  expect(await pulumi.isSecret(found)).toBe(false);
  expect(await getProjectDeployToken({ project: 1, name: "there" }, options)).toMatchObject({
    deployTokenId: 1,
  });
});

it("refuses another package's provider", async () => {
  const options = { provider: provider({}, "gitlab") };
  await expect(getProjectDeployToken({ project: 1, name: "pull" }, options)).rejects.toThrow(
    'getProjectDeployToken: the option "provider" is an instance of the package "gitlab"',
  );
});

it("a promise cannot wait for a provider that is unknown in a preview: the error names the form that can", async () => {
  const unknown = new (pulumi.Output as unknown as new (...parts: unknown[]) => pulumi.Output<string>)(
    new Set(),
    Promise.resolve(undefined),
    Promise.resolve(false),
    Promise.resolve(false),
    Promise.resolve(new Set()),
  );
  const options = { provider: provider({ "gitlab:token": unknown }) };
  await expect(getProjectDeployToken({ project: 1, name: "pull" }, options)).rejects.toThrow(
    "getProjectDeployTokenOutput waits for it",
  );
});
