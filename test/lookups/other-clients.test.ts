import { DeployTokens } from "@gitbeaker/rest";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  type GetDeployTokenResult,
  getGroupDeployTokens,
  getInstanceDeployTokens,
  getProjectDeployToken,
  getProjectDeployTokens,
} from "../../provider/index.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { runOrThrow } from "../engine/command.js";
import { pythonPackages } from "../engine/python-gitlab.js";
import { tokens } from "../support/run.js";

let gitlab: Emulator;
beforeAll(async () => {
  gitlab = await start();
  vi.stubEnv("GITLAB_BASE_URL", gitlab.url);
  vi.stubEnv("GITLAB_TOKEN", tokens.administrator);
  for (let index = 1; index <= 130; index++) {
    const expiresAt = index % 3 === 0 ? { expiresAt: `2031-01-${(index % 28) + 1}` } : {};
    const scopes = index % 2 === 0 ? ["read_registry"] : ["write_package_registry", "read_repository"];
    const owner = index % 5 === 0 ? { group: "acme" } : { project: "acme/app" };
    gitlab.createDeployToken({ ...owner, name: `t${index}`, scopes, ...expiresAt });
  }
  gitlab.revoke(7);
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await gitlab.close();
});

/** A token with GitLab's own names, as both clients return it. */
interface Wire {
  readonly id: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly revoked: boolean;
}

const seen = ({ id, name, username, scopes, expires_at, revoked }: Wire) => ({
  deployTokenId: id,
  name,
  username,
  scopes,
  expiresAt: expires_at ?? undefined,
  revoked,
});
const ours = ({ deployTokenId, name, username, scopes, expiresAt, revoked }: GetDeployTokenResult) => ({
  deployTokenId,
  name,
  username,
  scopes,
  expiresAt,
  revoked,
});

async function lookedUp() {
  const project = (await getProjectDeployTokens({ project: "acme/app" })).tokens.map(ours);
  const group = (await getGroupDeployTokens({ group: "acme" })).tokens.map(ours);
  const instance = (await getInstanceDeployTokens()).tokens.map(ours);
  const one = ours(await getProjectDeployToken({ project: "acme/app", deployTokenId: 7 }));
  expect([project.length, group.length, instance.length, one.revoked]).toEqual([104, 26, 130, true]);
  return { project, group, instance, one };
}

it("python-gitlab sees the tokens that the look-ups see", { timeout: 120_000 }, async () => {
  const program = `
import gitlab, json, os
gl = gitlab.Gitlab(os.environ["GITLAB_BASE_URL"], private_token=os.environ["GITLAB_TOKEN"])
project, group = gl.projects.get("acme/app"), gl.groups.get("acme")
rows = lambda tokens: [token.attributes for token in tokens]
print(json.dumps({
  "project": rows(project.deploytokens.list(get_all=True)),
  "group": rows(group.deploytokens.list(get_all=True)),
  "instance": rows(gl.deploytokens.list(get_all=True)),
  "one": project.deploytokens.get(7).attributes,
}))
`;
  const env = { ...process.env, PYTHONPATH: await pythonPackages(), PYTHONDONTWRITEBYTECODE: "1" };
  const { stdout } = await runOrThrow("python3", ["-c", program], { cwd: process.cwd(), env });
  const { project, group, instance, one } = JSON.parse(stdout) as Record<string, Wire[]> & { one: Wire };
  expect({
    project: project?.map(seen),
    group: group?.map(seen),
    instance: instance?.map(seen),
    one: seen(one),
  }).toEqual(await lookedUp());
});

it("@gitbeaker/rest sees the tokens that the look-ups see", async () => {
  const api = new DeployTokens({ host: gitlab.url, oauthToken: tokens.administrator });
  const all = async (owner: object) =>
    ((await api.all({ ...owner, perPage: 100 } as never)) as unknown as Wire[]).map(seen);
  expect({
    project: await all({ projectId: "acme/app" }),
    group: await all({ groupId: "acme" }),
    instance: await all({}),
    one: seen((await api.show(7, { projectId: "acme/app" })) as unknown as Wire),
  }).toEqual(await lookedUp());
});
