import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stackNames } from "../../provider/lifecycle/run/stack-names.js";
import { folderOfTest } from "../support/folder.js";
import { unwrapped } from "../support/run.js";
import {
  args,
  during,
  equal,
  failureOf,
  gitlab,
  html,
  ids,
  lose,
  minute,
  opened,
  program,
  recordOf,
  stackAfterLoss,
  stackOf,
  stackWithoutToken,
  token,
  useGitLab,
} from "./lost-responses.js";

useGitLab();
const stacks = { stackNames: () => ["staging", "prod"] };

describe("stacks of one program with equal arguments", () => {
  it("that start at the same time leave each other's token alone, and name it", async () => {
    const [staging, prod] = [stackOf(stacks), stackOf(stacks)];
    lose({ kind: "respond", status: 502, body: "<html>" });
    await during(Promise.all([staging.up(program), prod.up(program)]));
    const used = [...staging.rows, ...prod.rows].map(({ outputs }) => outputs["deployTokenId"]);
    expect(ids()).toEqual(used.sort());
    expect([...staging.messages, ...prod.messages].join()).toMatch(
      /has deploy token 1, equal to "pull" .*so it was not deleted/,
    );
  });

  it("never lose a token to an open request of another stack", async () => {
    const [staging, prod] = [stackOf(stacks), stackOf(stacks)];
    lose();
    await during(staging.up(program));
    await gitlab.time.pass(minute);
    await during(prod.up(program));
    await during(staging.up(program));
    await gitlab.time.pass(5 * minute);
    await during(staging.up(program));
    expect([ids(), recordOf(staging)]).toEqual([[1, 2], undefined]);
    await during(staging.destroy());
    expect(ids()).toEqual([2]);
  });

  it("do not stop a create: the token is created, and a possible orphan is named", async () => {
    const staging = stackOf(stacks);
    lose({ kind: "reset" }, { when: "after" });
    await during(staging.up(program));
    expect(ids()).toEqual([1, staging.rows[0]?.outputs["deployTokenId"]]);
    expect(recordOf(staging)).toMatchObject({ named: [1], shared: true });
    expect(staging.messages).toEqual([
      expect.stringContaining("was created, but the response"),
      expect.stringMatching(/has deploy token 1, equal to "pull" .*delete it in GitLab unless something/),
    ]);
  });

  it("do not count as different by a stack's name in the token's name: another stack may write it too", async () => {
    const staging = stackOf(stacks);
    lose({ kind: "reset" }, { when: "after" });
    await during(staging.up({ pull: { ...token, name: "pull-prod" } }));
    expect(ids()).toEqual([1, staging.rows[0]?.outputs["deployTokenId"]]);
    expect(staging.messages.join()).toMatch(/has deploy token 1, equal to "pull-prod"/);
  });

  it("let destroy wait, name the candidates and continue", async () => {
    const staging = stackOf(stacks);
    lose({ kind: "late", commit: 20_000, answer: html });
    await during(staging.up(program));
    await during(staging.destroy());
    expect([ids(), staging.rows]).toEqual([[2], []]);
    expect(staging.messages.at(-1)).toMatch(/has deploy token 2, equal to "pull"/);
  });

  it("are known by their configuration files next to Pulumi.yaml, also from a folder below", () => {
    const folder = folderOfTest();
    mkdirSync(join(folder, "src", "main"), { recursive: true });
    for (const name of ["Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.prod.yml", "package.json"])
      writeFileSync(join(folder, name), "");
    expect(stackNames(join(folder, "src", "main")).sort()).toEqual(["prod", "staging"]);
    expect(stackNames(join(folder, "src", "absent")).sort()).toEqual(["prod", "staging"]);
    expect(stackNames("/")).toEqual([]);
  });

  it.each([
    ["Pulumi.yaml", "name: x\nconfig:\n  gitlab:baseUrl: https://gitlab.test\n", "."],
    ["Pulumi.yaml", "name: x\nstackConfigDir: stacks/all # here\n", "stacks/all"],
    ["Pulumi.yml", "name: x\nconfig: 'stacks'\n", "stacks"],
    ["Pulumi.json", '{ "name": "x", "stackConfigDir": "stacks" }', "stacks"],
    ["Pulumi.json", '{\n  "config": { "a": 1 },\n  "name": "x"\n}', "."],
    ["Pulumi.json", '{ "config": { "a": 1 }, "stackConfigDir": "stacks" }', "stacks"],
    ["Pulumi.yaml", "name: x\r\nconfig:\r\n  a: 1\r\nstackConfigDir: stacks\r\n", "stacks"],
    ["Pulumi.yaml", "name: x\nconfig: # none\n'stackConfigDir': stacks\n", "stacks"],
    ["Pulumi.yaml", "name: x\ndescription: tokens, config: and all\nconfig:\n  config: prod\n", "."],
  ])("are known by their files where %s says so: %j", (project, text, where) => {
    const folder = folderOfTest();
    mkdirSync(join(folder, where), { recursive: true });
    writeFileSync(join(folder, project), text);
    for (const name of ["Pulumi.staging.yaml", "Pulumi.prod.json"])
      writeFileSync(join(folder, where, name), "");
    expect(stackNames(folder).sort()).toEqual(["prod", "staging"]);
  });
});

describe("an equal token in the same stack", () => {
  const siblings = { first: token, second: token };

  it("with another Provider keeps its live token", async () => {
    const stack = stackOf({ hasProviders: true });
    lose();
    await during(stack.up(siblings));
    const used = stack.rows.map(({ outputs }) => outputs["deployTokenId"]);
    expect(ids()).toEqual(used.sort());
    await gitlab.time.pass(6 * minute);
    await during(stack.up(siblings));
    expect(ids()).toEqual(used);
  });

  it("survives a destroy of the resource with the open request alone (--target)", async () => {
    const { project } = await opened();
    await project.check({}, { ...args, mayHaveEqual: true });
    lose(html, { times: 4 });
    const { id, properties } = (await during(failureOf(project.create(args)))) ?? {};
    expect(properties?.["unsettled"]).toMatchObject({ shared: true });
    const sibling = await during(project.create(args));
    const { project: next, messages } = await opened();
    await during(next.delete(String(id), properties ?? {}));
    expect(ids()).toEqual([unwrapped(sibling.outs)["deployTokenId"]]);
    expect(messages.join()).toMatch(/has deploy token 1, equal to "pull"/);
  });

  it("of a later up survives a destroy with --target, which does not read the program", async () => {
    const stack = await stackWithoutToken();
    await gitlab.time.pass(20 * minute);
    gitlab.createDeployToken(equal);
    await during(stack.destroy());
    expect([ids(), stack.rows]).toEqual([[1], []]);
    expect(stack.messages.at(-1)).toMatch(/has deploy token 1, equal to "pull" .*not deleted/);
  });

  it("that depends on a resource with an open request survives the next up", async () => {
    const { project } = await opened();
    await project.check({}, { ...args, mayHaveEqual: true });
    lose();
    const { id, outs } = await during(project.create(args));
    const sibling = await during(project.create(args));
    // The engine updates the resource before it asks for the sibling.
    const { project: next } = await opened();
    await next.check(args, { ...args, mayHaveEqual: true });
    await during(next.update(id, unwrapped(outs), args));
    expect(ids()).toContain(unwrapped(sibling.outs)["deployTokenId"]);
  });

  it("of this run is known, even if the program does not declare it as equal", async () => {
    const { project } = await opened();
    lose({ kind: "reset" }, { when: "after" });
    const made = await during(Promise.all([project.create(args), project.create(args)]));
    expect(ids()).toEqual(made.map(({ outs }) => unwrapped(outs)["deployTokenId"]));
  });

  it("is announced by an input that no state keeps", async () => {
    const { project } = await opened();
    const { inputs, failures } = await project.check({}, { ...args, mayHaveEqual: true });
    expect([Object.keys(inputs as object), failures]).toEqual([["project", "name", "scopes"], []]);
  });
});

it("an equal token that its owner deletes first leaves the request open", async () => {
  const stack = stackOf({
    adapter: async (config) => {
      if (config.method === "delete" && ids()[0] === 1) gitlab.deleteDeployToken(1);
      const response = gitlab.adapter(config);
      if (config.method === "post") response.catch(() => gitlab.createDeployToken(equal));
      return response;
    },
  });
  lose({ kind: "late", commit: minute, answer: html });
  await during(stack.up(program));
  expect([ids(), recordOf(stack)]).toEqual([[2], expect.objectContaining({ above: 0 })]);
  expect(stack.messages.join()).not.toContain("was deleted");
  await gitlab.time.pass(6 * minute);
  await during(stack.up(program));
  expect([ids(), recordOf(stack)]).toEqual([[2], undefined]);
  expect(stack.messages.join()).toContain("Deploy token 3 of the project 1 was deleted");
});

it("a request that left after a long wait at the rate limit deletes nothing, because its bound is old", async () => {
  // The bound is too old again each time that the POST is held back.
  const owner = await (await opened()).session.owner("project", "1", new AbortController().signal);
  owner.known.isBoundFresh = () => false;
  owner.known.isBoundTight = () => false;
  const { createSafely } = await import("../../provider/lifecycle/safe-create.js");
  const { session } = await opened();
  lose({ kind: "reset" }, { when: "after" });
  const desired = {
    owner: "1",
    name: "pull",
    scopes: ["read_registry"],
    username: undefined,
    expiresAt: undefined,
  };
  const { openRequest, doubtful } = await during(createSafely(owner, desired, session, undefined));
  expect([ids(), doubtful, openRequest]).toEqual([[1, 2], [1], expect.objectContaining({ shared: true })]);
});

describe("an equal token of another stack that appears while GitLab answers slowly", () => {
  /** The response takes half a minute, in which another stack creates an equal token. */
  const slow = async () => {
    await gitlab.time.pass(20_000);
    gitlab.createDeployToken(equal);
    await gitlab.time.pass(10_000);
  };
  // biome-ignore lint/suspicious/noThenProperty: it begins when the request waits for it.
  const begun = { then: (end: () => void) => slow().then(end) };
  const slowly = { kind: "wait", until: begun as Promise<void> } as const;

  it("is named if the look before the request was slow", async () => {
    const { project } = await opened();
    gitlab.faults.add({ method: "GET", path: /deploy_tokens/, when: "after", fault: slowly });
    lose();
    const { outs } = await during(project.create(args));
    expect(ids()).toEqual([1, 2]);
    expect(unwrapped(outs)["unsettled"]).toMatchObject({ shared: true, named: [1] });
  });

  it("is named if the bound comes from a slow create", async () => {
    const { project } = await opened();
    lose(slowly, { when: "after" });
    await during(project.create({ ...args, name: "other" }));
    lose();
    const { outs } = await during(project.create(args));
    expect(ids()).toEqual([1, 2, 3]);
    expect(unwrapped(outs)["unsettled"]).toMatchObject({ shared: true, named: [2] });
  });
});

it("a record by a clock that is hours ahead lets destroy wait at most five minutes", async () => {
  const { project } = await opened();
  lose();
  const { id, outs } = await during(project.create(args));
  const sentAt = new Date(gitlab.time.now().getTime() + 120 * minute).toISOString();
  const { project: next } = await opened();
  const before = gitlab.time.elapsed();
  await during(next.delete(id, { ...unwrapped(outs), unsettled: { above: 0, sentAt } }));
  expect(gitlab.time.elapsed() - before).toBeLessThan(6 * minute);
  expect(ids()).toEqual([]);
});

describe("several tokens that may be an open request's", () => {
  const ambiguous = async () => {
    const stack = await stackAfterLoss();
    gitlab.createDeployToken(equal);
    gitlab.createDeployToken(equal);
    return stack;
  };

  it("stop destroy with the error undecided, and the resource stays in the state", async () => {
    const stack = await ambiguous();
    const error = await during(failureOf(stack.destroy()));
    expect(error?.message).toMatch(
      /several new deploy tokens \(ids 2, 3\).*None was deleted.*stays in the state\. First run pulumi refresh.*at most one of them is left\.$/,
    );
    expect([ids(), stack.rows.length]).toEqual([[1, 2, 3], 1]);
  });

  it("are recorded by refresh, so that destroy leaves alone the one that a person keeps", async () => {
    const stack = await ambiguous();
    await during(stack.refresh());
    expect(recordOf(stack)).toMatchObject({ named: [2, 3] });
    const error = await during(failureOf(stack.destroy()));
    expect(error?.message).toMatch(/stays in the state\. Repeat the deletion once at most one/);
    gitlab.deleteDeployToken(3);
    await during(stack.destroy());
    expect([ids(), stack.rows]).toEqual([[2], []]);
  });

  it("do not stop a destroy of all the resources that have them", async () => {
    const { project } = await opened();
    const made = [];
    for (let count = 0; count < 3; count++) made.push(await during(project.create(args)));
    const sentAt = new Date(gitlab.time.now().getTime() - 6 * minute).toISOString();
    const rows = made.map(({ id, outs }) => ({ id: String(id), row: unwrapped(outs) }));
    Object.assign(rows[0]?.row ?? {}, { unsettled: { above: 0, sentAt, named: [2, 3] } });
    const { project: next } = await opened();
    await during(Promise.all(rows.map(({ id, row }) => next.delete(id, row))));
    expect(ids()).toEqual([]);
  });

  it("are not those that have their ids after a restore", async () => {
    const stack = await ambiguous();
    await during(stack.refresh());
    for (const id of [2, 3]) Object.assign(gitlab.store.deployTokens.get(id) ?? {}, { name: "another" });
    await gitlab.time.pass(6 * minute);
    await during(stack.destroy());
    expect([ids(), stack.rows]).toEqual([[2, 3], []]);
  });

  it("are also recorded for a resource without a token, and a failed search changes nothing", async () => {
    const stack = await stackWithoutToken();
    gitlab.createDeployToken(equal);
    gitlab.createDeployToken(equal);
    const before = recordOf(stack);
    gitlab.faults.add({ method: "GET", times: 9, fault: { kind: "respond", status: 403, body: "{}" } });
    await during(stack.refresh());
    expect(recordOf(stack)).toEqual(before);
    gitlab.faults.clear();
    await during(stack.refresh());
    expect(recordOf(stack)).toMatchObject({ named: [1, 2] });
  });
});
