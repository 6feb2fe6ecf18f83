import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { ProjectDeployToken } from "../../provider/index.js";
import { type ComparedArguments, mayHaveEqual } from "../../provider/resources/equal-tokens.js";
import { known } from "../support/pulumi.js";

const mocks = {
  newResource: ({ name, inputs }: pulumi.runtime.MockResourceArgs) => ({ id: `${name}-id`, state: inputs }),
  call: () => ({}),
};
beforeAll(() => pulumi.runtime.setMocks(mocks));

const token: ComparedArguments = {
  owner: "acme/app",
  name: "pull",
  scopes: ["read_registry"],
  expiresAt: undefined,
};
const later = <T>(value: T) => pulumi.output(Promise.resolve(value));

/** Returns the registered `mayHaveEqual` of tokens that a program declares one after another. */
async function told(...tokens: readonly ComparedArguments[]): Promise<unknown[]> {
  const program = {};
  const answers = tokens.map((args) => mayHaveEqual("project", args, program));
  return known(pulumi.all(answers as pulumi.Input<unknown>[]));
}

describe("the program declares a token that GitLab cannot distinguish from this one", () => {
  it.each<[string, Partial<ComparedArguments>]>([
    ["equal arguments", {}],
    ["the owner as an id", { owner: 1 }],
    ["the owner in capitals", { owner: "Acme/App" }],
    ["an owner that is known later", { owner: later("acme/app") }],
    ["scopes that are known later", { scopes: [later("read_registry")] }],
    ["a name that is known later", { name: Promise.resolve("pull") }],
    ["GitLab's own form of never", { expiresAt: "3000-01-01" }],
  ])("for %s", async (_what, more) => {
    expect(await told(token, { ...token, ...more })).toEqual([true, true]);
  });

  it("if both belong to a project that the program creates", async () => {
    class Project extends pulumi.CustomResource {}
    const made = new Project("gitlab:index:Project", "both", { path: "acme/both" });
    const owner = made.urn.apply(() => "acme/both");
    expect(await told({ ...token, owner }, { ...token, owner })).toEqual([true, true]);
  });

  it("if the second one depends on the first", async () => {
    const first = new ProjectDeployToken("first", { project: "acme/app", scopes: ["read_registry"] });
    expect(await told(token, { ...token, owner: first.project })).toEqual([true, true]);
  });
});

describe("the program declares no equal token", () => {
  it.each<[string, Partial<ComparedArguments>]>([
    ["another owner", { owner: "acme/tools" }],
    ["another name", { name: "push" }],
    ["other scopes", { scopes: ["read_repository"] }],
    ["another expiry", { expiresAt: "2999-01-01" }],
    ["another name, with an owner that is known later", { name: "push", owner: later("acme/app") }],
  ])("for %s", async (_what, more) => {
    expect(await told(token, { ...token, ...more })).toEqual([undefined, undefined]);
  });

  it("for tokens of projects that the program itself makes", async () => {
    class Project extends pulumi.CustomResource {
      declare readonly path: pulumi.Output<string>;
      constructor(name: string) {
        super("gitlab:index:Project", name, { path: `acme/${name}` });
      }
    }
    const of = (name: string) => ({ ...token, owner: new Project(name).path });
    expect(await told(of("one"), of("two"))).toEqual([undefined, undefined]);
  });

  it("for a group's token, and in each program that a process runs", async () => {
    const program = {};
    const numeric = { ...token, owner: "1" };
    expect(await mayHaveEqual("project", numeric, program)).toBeUndefined();
    expect(await mayHaveEqual("group", numeric, program)).toBeUndefined();
    expect(await mayHaveEqual("project", numeric, {})).toBeUndefined();
  });

  it("in a preview, under mocks, and without a stack", async () => {
    expect(mayHaveEqual("project", token)).toBeUndefined();
    await pulumi.runtime.setMocks(mocks, "project", "stack", true);
    expect(mayHaveEqual("project", token, {})).toBeUndefined();
  });
});
