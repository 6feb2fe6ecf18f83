import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Emulator, type Seed, start } from "../../provider/testing/index.js";
import { paths, run, unwrapped } from "../support/run.js";
import { SkippedTime } from "../support/time.js";

/** GitLab's changes to a group or project in 2026, as field-reports.md 19 to 22 report. */
let gitlab: Emulator;
const groupArgs = { group: "acme", name: "pull", scopes: ["read_registry"], __provider: "x" };
const projectArgs = { project: "acme/app", name: "pull", scopes: ["read_registry"], __provider: "x" };

afterEach(() => gitlab.close());

async function seeded(seed: Seed): Promise<void> {
  gitlab = await start({ seed });
}

const token = "glpat-olga-0000000001";
const owner = [{ username: "olga", tokens: [{ value: token }] }];
const members = { olga: "owner" as const };

describe("an archived group (field-reports.md 21)", () => {
  beforeEach(() =>
    seeded({
      users: owner,
      groups: [
        { path: "acme", members, archived: true },
        { path: "acme/team", members },
        { path: "acme/team/deep", members },
        { path: "open", members: { olga: "maintainer" } },
      ],
    }),
  );

  it.each(["acme", "acme/team", "acme/team/deep"])("is named if %s refuses a create", async (group) => {
    const { group: provider } = await run(gitlab, { token });
    await expect(provider.create({ ...groupArgs, group })).rejects.toThrow(
      /failed: 403 Forbidden\. The group acme is archived: .* for any role\. Unarchive it first\.$/,
    );
  });

  it("is not named if the role is too low", async () => {
    const { group: provider } = await run(gitlab, { token });
    await expect(provider.create({ ...groupArgs, group: "open" })).rejects.toThrow(
      "The access token's user needs the role Owner in the group.",
    );
  });
});

describe("a mark for deletion (field-reports.md 20)", () => {
  const doomed = { members, markedForDeletionOn: "2027-01-31" };
  beforeEach(() =>
    seeded({
      users: owner,
      groups: [{ path: "acme", ...doomed }],
      projects: [{ path: "acme/app", ...doomed }],
    }),
  );

  it.each([
    ["project", projectArgs, "acme/app"],
    ["group", groupArgs, "acme"],
  ] as const)("causes a warning at create and at refresh: %s", async (kind, args, path) => {
    const warning = `The ${kind} ${path} is marked for deletion on 2027-01-31. GitLab will then delete its deploy tokens too.`;
    const created = await run(gitlab, { token });
    const [{ id, outs }] = await Promise.all([
      created[kind].create(args),
      created[kind].create({ ...args, name: "other" }),
    ]);
    expect(created.messages.filter((message) => message.includes(warning))).toHaveLength(1);
    const refreshed = await run(gitlab, { token });
    gitlab.clearRequests();
    await refreshed[kind].read(id, unwrapped(outs));
    expect(refreshed.messages).toEqual([expect.stringContaining(warning)]);
    expect(paths(gitlab).filter((each) => !each.includes("deploy_tokens"))).toHaveLength(1);
  });
});

it("a project that GitLab renamed with its mark causes a warning at create and at refresh, under its old path", async () => {
  await seeded({
    users: owner,
    groups: [{ path: "acme", members }],
    projects: [{ path: "acme/app", members }],
  });
  gitlab.scheduleDeletion("project", "acme/app");
  const warning = /The project acme\/app-deletion_scheduled-1 is marked for deletion on \d{4}-\d\d-\d\d/;
  const created = await run(gitlab, { token });
  const { id, outs } = await created.project.create(projectArgs);
  expect(created.messages).toEqual([expect.stringMatching(warning)]);
  expect(id).toBe("acme/app:1");
  const refreshed = await run(gitlab, { token });
  await refreshed.project.read(id, unwrapped(outs));
  expect(refreshed.messages).toEqual([expect.stringMatching(warning)]);
});

it("each project that is marked for deletion is named in one of ten daily refreshes, and the first one in each refresh", async () => {
  const all = Array.from({ length: 12 }, (_, index) => `acme/app${index + 1}`);
  await seeded({
    users: owner,
    groups: [{ path: "acme", members }],
    projects: all.map((path) => ({ path, members, markedForDeletionOn: "2027-01-31" })),
  });
  const { project } = await run(gitlab, { token });
  const states = await Promise.all(all.map((path) => project.create({ ...projectArgs, project: path })));
  const named = new Map<string, number>();
  const looks: number[] = [];
  for (let days = 0; days < 10; days++) {
    const time = new SkippedTime();
    time.pass(days * 86_400_000);
    const refresh = await run(gitlab, { token, time });
    gitlab.clearRequests();
    await Promise.all(states.map(({ id, outs }) => refresh.project.read(id, unwrapped(outs))));
    looks.push(paths(gitlab).filter((each) => !each.includes("deploy_tokens")).length);
    for (const message of refresh.messages) {
      const path = /The project (\S+) is marked for deletion/.exec(message)?.[1] ?? message;
      named.set(path, (named.get(path) ?? 0) + 1);
    }
  }
  expect([...named.keys()].sort()).toEqual([...all].sort());
  expect(named.get("acme/app1")).toBe(10);
  // The first project, and at most two of twelve projects with neighboring ids.
  expect(Math.max(...looks)).toBeLessThanOrEqual(3);
});

it("an error names the permission that a fine-grained access token lacks (field-reports.md 19)", async () => {
  const grants = [{ permissions: ["read_project", "read_deploy_token"], at: "acme/app" }];
  await seeded({
    users: [{ username: "olga", tokens: [{ value: token, grants } as never] }],
    groups: [{ path: "acme", members }],
    projects: [{ path: "acme/app", members }],
  });
  const { project } = await run(gitlab, { token });
  await expect(project.create(projectArgs)).rejects.toThrow(
    "A fine-grained access token needs the permission create_deploy_token on the project.",
  );
});

describe("a preview (trust.md 7)", () => {
  it.each([
    [{ "gitlab:baseUrl": "gitlab.acme" }, "gitlab:baseUrl is"],
    [{ "gitlab:retries": "many" }, "gitlab:retries cannot be used"],
    [{ "gitlab:headers": '{"Authorization":"x"}' }, 'the header "Authorization"'],
    [{ "gitlab:cacertFile": "/does/not/exist" }, "gitlab:cacertFile names a file that cannot be read"],
  ])("refuses the settings %j without a request", async (config, reason) => {
    await seeded({});
    const { project, session } = await run(gitlab);
    session.configure((key) => (config as Record<string, string>)[key]);
    const { failures } = await project.check({}, projectArgs);
    expect(failures).toEqual([{ property: "", reason: expect.stringContaining(reason) }]);
    expect(gitlab.requests).toEqual([]);
  });

  it("needs no access token", async () => {
    await seeded({});
    const { project, session } = await run(gitlab);
    session.configure(() => undefined);
    expect((await project.check({}, projectArgs)).failures).toEqual([]);
  });
});

it("the token of a resource that is replaced without a diff is not called untracked (pulumi-today.md 12)", async () => {
  await seeded({ users: owner, groups: [{ path: "acme", members }] });
  const first = await run(gitlab, { token });
  await first.group.create(groupArgs);
  const replaced = await run(gitlab, { token });
  await replaced.group.check(groupArgs, groupArgs);
  await replaced.group.check({}, groupArgs);
  await replaced.group.create(groupArgs);
  expect(replaced.messages).toEqual([]);
  // GitLab has two tokens, and one resource is replaced: a killed run left the other.
  const killed = await run(gitlab, { token });
  await killed.group.check(groupArgs, groupArgs);
  await killed.group.create(groupArgs);
  expect(killed.messages).toEqual([
    expect.stringContaining("already had deploy tokens equal to the one created now"),
  ]);
});
