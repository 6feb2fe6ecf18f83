import { readdirSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { reference } from "../../provider/resources/reference.js";
import { runOrThrow } from "../engine/command.js";
import { installPackage, newestSdk, oldestSdk } from "../engine/package-install.js";
import { type Failure, ProviderProcess } from "../engine/provider-process.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { secretMark } from "../support/pulumi.js";
import { paths, tokens } from "../support/run.js";

const { packed } = inject("engine");
const news = { project: "acme/app", name: "pull", scopes: ["read_registry"] };
const [changesUnknown, changesNone, changesSome] = [0, 1, 2];

useEmulator();

/** Checks the engine's rules of docs/architecture.md, by their numbers, in the SDK's own process. */
describe.each([newestSdk, oldestSdk])("in the dynamic-provider process of @pulumi/pulumi %s", (sdk) => {
  let folder: string;
  let provider: ProviderProcess;
  const open: ProviderProcess[] = [];

  const startProcess = async (kind: "project" | "group" = "project", config: object = {}) => {
    provider = await ProviderProcess.start(folder, reference(kind));
    open.push(provider);
    const basics = { "gitlab:baseUrl": gitlab.url, "gitlab:token": tokens.owner, "gitlab:retries": "1" };
    await provider.configure({ ...basics, ...config });
    return provider;
  };

  beforeAll(async () => {
    folder = await installPackage(packed, sdk, (line) => void process.stderr.write(`${line}\n`));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });

  it("rule 1: the reference has at most 200 bytes and finds the lifecycle by name", async () => {
    for (const kind of ["project", "group"] as const) expect(reference(kind).length).toBeLessThanOrEqual(200);
    await startProcess("group");
    const { id } = await provider.create({ group: "acme", name: "x", scopes: ["read_registry"] });
    expect(id).toBe("acme:1");
  });

  it("rule 2: calls that race with the first one are configured too", async () => {
    await startProcess();
    const names = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(names.map((name) => provider.create({ ...news, name })));
    expect(gitlab.deployTokens()).toHaveLength(6);
  });

  it("rule 5: check leaves unknown values alone, takes its defaults from the old inputs, and names no property", async () => {
    await startProcess();
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const { inputs } = await provider.check({}, { ...news, project: unknown, scopes: unknown });
    expect(inputs).toMatchObject({ project: unknown, scopes: unknown });
    const { failures } = await provider.check({}, { ...news, username: "no spaces" });
    expect(failures).toEqual([
      { property: "", reason: expect.stringMatching(/^username is "no spaces"; wanted: /) },
    ]);
    const renamed = { project: "acme/app", scopes: ["read_registry"], defaultName: "after" };
    const olds = { ...renamed, name: "before", defaultName: "before", __provider: "x" };
    expect((await provider.check(olds, renamed)).inputs).toMatchObject({ name: "before" });
    expect((await provider.check({}, renamed)).inputs).toMatchObject({ name: "after" });
  });

  it("rule 6: diff reports no change explicitly, replaces without `changes`, and reports `changes` for equal inputs", async () => {
    await startProcess();
    const { id, properties } = await provider.create(news);
    expect(await provider.diff(id, properties, news)).toEqual({ changes: changesNone, replaces: [] });
    expect(await provider.diff(id, { ...properties, __provider: "older text" }, news)).toMatchObject({
      changes: changesNone,
    });
    expect(await provider.diff(id, properties, { ...news, name: "other" })).toEqual({
      changes: changesUnknown,
      replaces: ["name"],
    });
    expect(await provider.diff(id, { ...properties, revoked: true }, news)).toEqual({
      changes: changesSome,
      replaces: ["revoked"],
    });
    const { __provider: _, ...foreign } = properties;
    expect(await provider.diff(id, foreign, news)).toEqual({ changes: changesSome, replaces: [] });
  });

  it("rules 7 and 9: update keeps the outputs, with the token as a secret on the wire", async () => {
    await startProcess();
    const { id, properties } = await provider.create(news);
    const value = gitlab.deployTokens()[0]?.token;
    expect(properties["token"]).toEqual({ ...secretMark, value });
    const updated = await provider.update(id, { ...properties, token: value }, news);
    expect(updated).toEqual(properties);
  });

  it("rule 8: the response of create has nothing that fails the call after GitLab acted", async () => {
    await startProcess();
    const { id, properties } = await provider.create(news);
    expect(id).toBe("acme/app:1");
    expect(Object.values(properties)).not.toContain(undefined);
    expect(properties["deployTokenId"]).toBe(1);
  });

  it("rule 8: a partial failure has the row's id, plain properties with the reference, and reasons", async () => {
    await startProcess();
    gitlab.faults.add({ method: "POST", when: "after", fault: { kind: "reset" } });
    await provider.create({ ...news, name: "warm-up" });
    gitlab.faults.add({ method: "POST", when: "after", fault: { kind: "reset" } });
    gitlab.faults.add({ method: "GET", times: 9, fault: { kind: "respond", status: 503 } });
    const failure = (await provider.create(news).catch((error: unknown) => error)) as Failure;
    expect(failure.id).toBe("acme/app:unsettled");
    expect(failure.reasons).toEqual([
      expect.stringMatching(/^POST .* failed: the connection broke .*Run pulumi up again/),
    ]);
    expect(failure.properties).toMatchObject({
      ...news,
      __provider: reference("project"),
      unsettled: { above: 2 },
    });
  });

  it("rule 10: read returns id, properties and inputs, and an empty id only for a managed row", async () => {
    await startProcess();
    const { id, properties } = await provider.create(news);
    const row = { ...properties, token: "gldt-kept" };
    const result = await provider.read(id, row);
    expect(result).toMatchObject({ id, properties: { token: { ...secretMark, value: "gldt-kept" } } });
    // Older SDKs do not pass them on, so the engine keeps its own.
    if (sdk === newestSdk) expect(result.inputs).toMatchObject(news);
    gitlab.store.deployTokens.clear();
    expect(await provider.read(id, row)).toMatchObject({ id: "" });
    await expect(provider.read(id, {})).rejects.toThrow("The project acme/app has no deploy token 1.");
  });

  it("rule 11: delete of a token that is already deleted succeeds", async () => {
    await startProcess();
    const { id, properties } = await provider.create(news);
    await provider.delete(id, properties);
    await provider.delete(id, properties);
  });

  it("rule 12: an error has one message without a credential, and one short line as its stack", async () => {
    await startProcess("project", { "gitlab:token": tokens.developer });
    await expect(provider.create(news)).rejects.toThrow(/^POST|^GET .* failed: 403 Forbidden\./);
    const { properties } = await (await startProcess()).create(news);
    const refused = await startProcess("project", { "gitlab:token": tokens.developer });
    await expect(refused.delete("acme/app:1", properties)).rejects.toThrow("403 Forbidden");
    expect(refused.output).not.toContain(tokens.developer);
    expect(refused.output.split("\n").filter((line) => /^\s+at /.test(line))).toEqual([]);
  });

  it("rule 15: the provider's own messages are Pulumi's diagnostics, before the method returns", async () => {
    gitlab.createDeployToken({ project: "acme/app", name: "pull", scopes: ["read_registry"] });
    await startProcess();
    await provider.create(news);
    // Without a wait: the engine ends the process after its last call.
    expect(provider.messages).toEqual([
      expect.stringMatching(
        /^The project 1 already had a deploy token equal to the one created now \("pull"\): id 1\./,
      ),
    ]);
    expect(provider.output).not.toContain("already had");
  });

  it("sends no request in check and diff", async () => {
    await startProcess();
    await provider.check({}, news);
    await provider.diff(
      "acme/app:1",
      { ...news, deployTokenId: 1, ownerId: "1", baseUrl: gitlab.url, __provider: "x" },
      news,
    );
    expect(paths(gitlab)).toEqual([]);
  });
});

it("the emulator of GitLab is published with the package, in CommonJS", async () => {
  const { installed } = inject("engine");
  const script = `require("pulumi-gitlab-deploy-tokens/testing").start().then(async (gitlab) => {
    const { status } = await fetch(gitlab.url + "/api/v4/version", { headers: { "private-token": "glpat-owner-0000000001" } });
    console.log(status, gitlab.requests.length);
    await gitlab.close();
  });`;
  const { stdout } = await runOrThrow(process.execPath, ["-e", script], { cwd: installed });
  expect(stdout.trim()).toBe("200 1");
});

it("the tarball contains the files that a program needs and no others", () => {
  const { installed } = inject("engine");
  const folders = readdirSync(`${installed}/node_modules/pulumi-gitlab-deploy-tokens`).sort();
  expect(folders).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
});
