import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listDeployTokens } from "../../provider/gitlab/deploy-tokens.js";
import { DeployTokenError, deployTokenErrorCodes } from "../../provider/gitlab/errors.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { run, tokens, unwrapped } from "../support/run.js";
import { faults } from "./faults.js";

const args = { project: "1", name: "pull", scopes: ["read_registry"], __provider: "reference" };
const value = "gldt-by-hand-0000000000";

/** A run against one emulator, with one token there already where the operation needs one. */
interface Bench {
  readonly gitlab: Emulator;
  readonly provider: Awaited<ReturnType<typeof run>>["project"];
  readonly session: Awaited<ReturnType<typeof run>>["session"];
  readonly row: Record<string, unknown>;
}

/** What is done, on which request the fault falls, and what must hold whatever comes out. */
interface Operation {
  /** What the token itself is asked for, as where its owner's list does not hold it. */
  readonly withoutList?: true;
  readonly method: string;
  readonly path: RegExp;
  perform(bench: Bench): Promise<string>;
  holds(bench: Bench, outcome: string): void;
}

const live = ({ gitlab }: Bench) => gitlab.deployTokens().map(({ token }) => token);

const readRow = async ({ provider, row }: Bench) =>
  (await provider.read("1:1", row)).id === "" ? "gone" : "read";

const operations: Record<string, Operation> = {
  create: {
    method: "POST",
    path: /deploy_tokens$/,
    perform: async (bench) => {
      const { outs } = await bench.provider.create({ ...args, name: "new" });
      expect(live(bench)).toContain(unwrapped(outs)["token"]);
      return "made once";
    },
    holds: (bench, outcome) => {
      // Never a token that nobody knows of, and the one that was there is not touched.
      const others = bench.gitlab.deployTokens().filter(({ name }) => name === "new");
      expect(others).toHaveLength(outcome === "made once" ? 1 : 0);
      expect(live(bench)).toContain(bench.row["token"]);
    },
  },
  read: {
    method: "GET",
    path: /deploy_tokens/,
    perform: readRow,
    holds: () => undefined,
  },
  "read of the token itself": {
    withoutList: true,
    method: "GET",
    path: /deploy_tokens\/1$/,
    perform: readRow,
    holds: () => undefined,
  },
  delete: {
    method: "DELETE",
    path: /deploy_tokens\/1$/,
    perform: async ({ provider, row }) => {
      await provider.delete("1:1", row);
      return "deleted";
    },
    holds: () => undefined,
  },
  list: {
    method: "GET",
    path: /per_page/,
    perform: async ({ session }) => {
      const signal = session.deadline();
      const all = await listDeployTokens(await session.gitlab(), { kind: "project", id: "1" }, signal);
      expect(all).toHaveLength(1);
      return "listed";
    },
    holds: () => undefined,
  },
  "look-up": {
    withoutList: true,
    method: "GET",
    path: /deploy_tokens\/1$/,
    perform: async ({ provider }) => {
      const { props } = await provider.read("1:1", { __provider: "reference" });
      expect(props).not.toHaveProperty("token");
      return "read";
    },
    holds: () => undefined,
  },
};

const printed: Record<string, Record<string, string>> = {};
let cases = 0;

async function outcomeOf(operation: Operation, faultName: string, times: number): Promise<string> {
  const gitlab = await start();
  try {
    const token = gitlab.createDeployToken({ project: "acme/app", name: "pull", scopes: ["read_registry"] });
    const options = { config: { "gitlab:retries": "1" }, timeouts: { attempt: 1_000 } };
    const { project: provider, session } = await run(gitlab, options);
    const ownerAndUrl = {
      ownerId: "1",
      baseUrl: gitlab.url,
      username: "gitlab+deploy-token-1",
      revoked: false,
    };
    const row = { ...args, ...ownerAndUrl, deployTokenId: token.id, token: token.token };
    const bench: Bench = { gitlab, provider, session, row };
    const injected = faults[faultName];
    if (operation.withoutList)
      gitlab.faults.add({ fault: { kind: "respond", status: 403 }, path: /per_page/, times: 99 });
    if (injected !== undefined)
      gitlab.faults.add({ ...injected, method: operation.method, path: operation.path, times });
    const outcome = await operation.perform(bench).catch((error: unknown) => {
      const text = error instanceof Error ? `${error.message} ${error.stack}` : String(error);
      expect(text).not.toMatch(new RegExp(`${tokens.owner}|${value}|${token.token}|<html`));
      expect(text).toMatch(/ failed: |does not prove|has no deploy token|several equal/);
      return `error: ${kindOf(error)}`;
    });
    gitlab.faults.clear();
    operation.holds(bench, outcome);
    // Gone only where GitLab said so of the token itself.
    if (outcome === "gone") expect(faultName).toBe("404 of the token");
    if (outcome === "deleted")
      expect(gitlab.deployTokens().length === 0 || faultName === "404 of the token").toBe(true);
    cases++;
    return outcome;
  } finally {
    await gitlab.close();
  }
}

/** The boundary leaves a plain message: the code is read off its words. */
function kindOf(error: unknown): string {
  if (DeployTokenError.isInstance(error)) return error.code;
  const message = error instanceof Error ? error.message : "";
  if (message.includes("does not prove")) return "out_of_sight";
  const words =
    / failed: (\d{3}|no answer in time|the connection broke|no connection)/.exec(message)?.[1] ?? message;
  return words;
}

describe.each(Object.keys(operations))("%s", (name) => {
  it.each([
    ["once", 1],
    ["while it lasts", 99],
  ] as const)("under every fault, %s", { timeout: 60_000 }, async (howLong, times) => {
    const operation = operations[name] as Operation;
    const outcomes = await Promise.all(
      Object.keys(faults).map(async (fault) => [fault, await outcomeOf(operation, fault, times)] as const),
    );
    for (const [fault, outcome] of outcomes) {
      printed[fault] = { ...printed[fault], [`${name}, ${howLong}`]: outcome };
    }
  });
});

it("a refused connection is an error in every operation, and nothing changes", async () => {
  const gitlab = await start();
  const { project, session } = await run(gitlab, { config: { "gitlab:retries": "1" } });
  await gitlab.close();
  const row = { ...args, ownerId: "1", baseUrl: session.baseUrl(), deployTokenId: 1, token: value };
  const calls = [
    project.create(args),
    project.read("1:1", row),
    project.delete("1:1", row),
    project.read("1:1", { __provider: "x" }),
  ];
  await Promise.all(
    calls.map((call) => expect(call).rejects.toThrow(/ failed: no connection \(ECONNREFUSED\)/)),
  );
});

it("the table in README.md is what came out", () => {
  const columns = Object.keys(operations).flatMap((name) => [`${name}, once`, `${name}, while it lasts`]);
  const rows = Object.entries(printed).map(([fault, outcomes]) => [
    fault,
    ...columns.map((column) => outcomes[column]),
  ]);
  const table = [["fault", ...columns], columns.concat("").map(() => "---"), ...rows];
  const text = table.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const file = join(__dirname, "README.md");
  const document = readFileSync(file, "utf8");
  const updated = document.replace(/(<!-- table -->\n)[\s\S]*?(\n<!-- \/table -->)/, `$1\n${text}\n$2`);
  // Formatting pads the cells.
  const plain = (markdown: string) => markdown.replace(/ +/g, " ").replace(/-+/g, "-");
  if (process.env["UPDATE"]) writeFileSync(file, updated);
  else expect(plain(document)).toBe(plain(updated));
});

afterAll(() => {
  process.stdout.write(`fault matrix: ${cases} cases, ${deployTokenErrorCodes.length} error codes\n`);
});
