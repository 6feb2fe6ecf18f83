import { describe, expect, it } from "vitest";
import { findings } from "../../provider/cli/audit-report.js";
import { auditCall, findingsByUrgency, nextStep, urgencyOf } from "../../provider/cli/next-steps.js";
import { sampleCall, sampleReport } from "./sample-report.js";

const [token] = sampleReport(1).tokens;
if (token === undefined) throw new Error("the sample has no token");
const inStacks = (...stacks: string[]) => ({
  ...token,
  managedBy: stacks.map((stack) => ({ stack, urn: `urn:pulumi:${stack}` })),
});
const commands = (finding: keyof typeof findings, tokens = [token], call = sampleCall) =>
  nextStep(finding, tokens, call).commands;

describe("the next step to a finding", () => {
  it("exists for every finding, and each has a place in the order", () => {
    expect([...findingsByUrgency].sort()).toEqual(Object.keys(findings).sort());
    for (const finding of findingsByUrgency) {
      expect(commands(finding), finding).toHaveLength(1);
      expect(nextStep(finding, [token], sampleCall).advice, finding).toMatch(/:$/);
    }
  });

  it("runs the stack that has the token, by the name that Pulumi accepts", () => {
    expect(commands("expiring")).toEqual(["pulumi up --stack production"]);
    expect(commands("gone-in-stack")).toEqual(["pulumi up --refresh --stack production"]);
    expect(commands("expiring", [inStacks("acme/b", "acme/a")])).toEqual([
      "pulumi up --stack acme/a",
      "pulumi up --stack acme/b",
    ]);
  });

  it("lists the commands of three stacks and counts the others", () => {
    const { advice, commands: listed } = nextStep(
      "expiring",
      [inStacks("a", "b", "c", "d", "e")],
      sampleCall,
    );
    expect(listed).toHaveLength(3);
    expect(advice).toMatch(/and for 2 more stacks:$/);
  });

  it("has no command for tokens in no stack if only their program can change them", () => {
    expect(nextStep("never-expires", [inStacks()], sampleCall)).toMatchObject({
      advice: expect.stringContaining("where they are managed"),
      commands: [],
    });
  });

  it("has the targets of the audit, and asks for a stack if none was given", () => {
    const flags = "--insecure --group acme --recursive --stack";
    const connected = { ...sampleCall, connection: ["--insecure"] };
    expect(commands("expired", [token], connected)).toEqual([
      `npx pulumi-gitlab-deploy-tokens prune ${flags} production --dry-run`,
    ]);
    expect(nextStep("revoked", [token], { ...connected, stacks: [] })).toEqual({
      title: "revoked",
      advice: expect.stringContaining("with each stack that has deploy tokens in place of NAME"),
      commands: [`npx pulumi-gitlab-deploy-tokens prune ${flags} NAME --dry-run`],
    });
    expect(commands("left-by-killed-run", [token], connected)).toEqual([
      `npx pulumi-gitlab-deploy-tokens prune ${flags} production --left-by-killed-run`,
    ]);
  });

  it.each([
    ["expired", "revoked"],
    ["revoked", "active"],
  ] as const)("adopts no token that is %s, left by a killed run or of an unknown owner", (status, other) => {
    const none = [
      { ...token, status },
      { ...token, status: other, owner: undefined },
      { ...token, findings: ["unknown", "left-by-killed-run"] as const },
    ];
    expect(commands("unknown", none)).toEqual([]);
    expect(commands("unknown", [...none, token])).toHaveLength(1);
    expect(commands("expired", [{ ...token, owner: undefined }])).toEqual([]);
  });

  it("counts the tokens that no stack has, and reports that no stack was given", () => {
    const { advice, commands: listed } = nextStep("may-write", [inStacks("a"), inStacks()], sampleCall);
    expect(advice).toMatch(/^No given stack has 1 of them: .* Remove the write scopes/);
    expect(listed).toEqual(["pulumi up --stack a"]);
    const call = { ...sampleCall, stacks: [] };
    expect(nextStep("may-write", [inStacks()], call).advice).toMatch(/^No stack was given: change them/);
  });

  it("names the folders where two commands would be the same", () => {
    const call = { ...sampleCall, selectors: { "shop/dev": "dev", "web/dev": "dev", "web/prod": "prod" } };
    const { advice, commands: listed } = nextStep(
      "expiring",
      [inStacks(...Object.keys(call.selectors))],
      call,
    );
    expect(listed).toEqual(["pulumi up --stack dev", "pulumi up --stack prod"]);
    expect(advice).toMatch(/in the folder of each program: shop\/dev, web\/dev\):$/);
  });

  it("replaces what an official provider manages and GitLab revoked, which a refresh alone does not", () => {
    const type = "gitlab:index/projectDeployToken:ProjectDeployToken";
    const managedBy = [{ stack: "shop/production", urn: `urn:pulumi:production::shop::${type}::x` }];
    const own = `urn:pulumi:production::shop::pulumi-nodejs:dynamic/gitlab:ProjectDeployToken::x`;
    const ours = { ...token, managedBy: [{ stack: "shop/production", urn: own }] };
    expect(commands("revoked-in-stack", [ours])).toEqual(["pulumi up --refresh --stack production"]);
    expect(commands("revoked-in-stack", [ours, { ...token, managedBy }])).toEqual([
      `pulumi up --refresh --stack production --replace urn:pulumi:production::shop::${type}::x`,
    ]);
  });

  it("quotes a text that a shell would read as more than one word", () => {
    const call = { ...sampleCall, stacks: ["--state", "it's $(here).json"], selectors: { s: "a;b" } };
    expect(commands("unknown", [token], call)[0]).toContain(` --state 'it'\\''s $(here).json' `);
    expect(commands("expiring", [inStacks("s")], call)).toEqual(["pulumi up --stack 'a;b'"]);
  });
});

it("the most urgent finding of a token decides its urgency", () => {
  expect(urgencyOf({ ...token, findings: ["may-write", "expiring", "open-request"] })).toBe("now");
  expect(urgencyOf({ ...token, findings: ["may-write", "expiring"] })).toBe("soon");
  expect(urgencyOf({ ...token, findings: [] })).toBeUndefined();
});

it("the flags of an audit repeat its arguments, with GitLab's address", () => {
  const all = {
    instance: true,
    group: ["acme", "7"],
    recursive: true,
    project: ["acme/app"],
    user: ["olivia"],
    concurrency: 8,
  };
  const stack = {
    stack: "shop/production",
    selector: "acme/shop/production",
    tool: "pulumi" as const,
    tokens: [],
    pendingCreates: [],
    savedAt: undefined,
    showsSecrets: false,
  };
  const stacks = { state: ["old.json"], stack: ["acme/shop/production"] };
  const connection = { cacertFile: "ca.pem", insecure: true, retries: "3", allowIncomplete: true };
  expect(auditCall({ ...all, ...stacks, ...connection }, [stack], "https://gitlab.acme.test")).toEqual({
    connection: "--base-url https://gitlab.acme.test --cacert-file ca.pem --insecure --retries 3".split(" "),
    targets:
      "--instance --group acme --group 7 --recursive --project acme/app --user olivia --allow-incomplete".split(
        " ",
      ),
    stacks: ["--state", "old.json", "--stack", "acme/shop/production"],
    terraform: [],
    selectors: { "shop/production": "acme/shop/production" },
  });
  const few = { group: [], project: ["acme/app"], user: [], concurrency: 8, state: [], stack: [] };
  expect(auditCall(few, [], "https://gitlab.com")).toEqual({
    connection: ["--base-url", "https://gitlab.com"],
    targets: ["--project", "acme/app"],
    stacks: [],
    terraform: [],
    selectors: {},
  });
});

describe("the next step for a token of a Terraform state", () => {
  const call = { ...sampleCall, terraform: ["a.tfstate", "b.tfstate"] };
  const at = (stack: string, ...urns: string[]) => ({
    ...token,
    managedBy: urns.map((urn) => ({ stack, urn })),
  });

  it("is terraform apply, once for all states, with their names", () => {
    const step = nextStep("gone-in-stack", [inStacks("a.tfstate", "b.tfstate")], call);
    expect(step.commands).toEqual(["terraform apply"]);
    expect(step.advice).toMatch(/in the folder of each program: a\.tfstate, b\.tfstate\):$/);
    expect(nextStep("expiring", [inStacks("a.tfstate")], call).advice).toContain("a later expires_at");
    expect(commands("expiring", [inStacks("a.tfstate", "shop/production")], call)).toEqual([
      "terraform apply",
      "pulumi up --stack production",
    ]);
  });

  it("names a revoked one, which the provider keeps, but not a deposed one", () => {
    const addresses = ['gitlab_deploy_token.x["a"]', "gitlab_deploy_token.y (deposed ab12)"];
    expect(commands("revoked-in-stack", [at("a.tfstate", ...addresses)], call)).toEqual([
      `terraform apply '-replace=gitlab_deploy_token.x["a"]'`,
    ]);
  });

  it("is left out for an open request, which only states of Pulumi have", () => {
    expect(commands("open-request", [inStacks("a.tfstate", "shop/production")], call)).toEqual([
      "pulumi up --stack production",
    ]);
  });
});
