import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { listDeployTokens } from "../../provider/gitlab/deploy-tokens.js";
import { DeployTokenError, deployTokenErrorCodes } from "../../provider/gitlab/errors.js";
import { type Emulator, type LostAnswer, start } from "../../provider/testing/index.js";
import {
  type AdverseProxy,
  type ProxyFault,
  proxyFaults,
  startAdverseProxy,
} from "../engine/adverse-proxy.js";
import { type Certificates, isInstalled, makeCertificates, startTlsTunnel } from "../engine/servers.js";
import { run, tokens, unwrapped } from "../support/run.js";
import { EngineModel } from "./engine-model.js";
import { faults } from "./faults.js";
import { inProcessGitLab } from "./in-process.js";
import { loadLifecycle } from "./load.js";

const args = { project: "1", name: "pull", scopes: ["read_registry"], __provider: "reference" };
const value = "gldt-by-hand-0000000000";

/** A run on one emulator, which has a token already. */
interface Bench {
  readonly gitlab: Emulator;
  readonly provider: Awaited<ReturnType<typeof run>>["project"];
  readonly session: Awaited<ReturnType<typeof run>>["session"];
  readonly row: Record<string, unknown>;
}

/** An operation, the request on which the fault falls, and the promises for any outcome. */
interface Operation {
  /** Refuses the owner's list, so that the provider asks for the token itself. */
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
      // No token is left that no state knows, and the existing one is unchanged.
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
const throughProxy: Record<string, Record<string, string>> = {};
let cases = 0;

/** The way of the operation to GitLab. @default directly */
type Way = (gitlab: Emulator) => Promise<{ readonly baseUrl: string; close(): Promise<void> }>;

const directly: Way = async ({ url }) => ({ baseUrl: url, close: async () => undefined });

async function outcomeOf(
  operation: Operation,
  faultName: string,
  times: number,
  way: Way = directly,
): Promise<string> {
  const gitlab = await start();
  const { baseUrl, close } = await way(gitlab);
  try {
    const token = gitlab.createDeployToken({ project: "acme/app", name: "pull", scopes: ["read_registry"] });
    const config = { "gitlab:retries": "1", "gitlab:insecure": "true", "gitlab:baseUrl": baseUrl };
    // The limit is short only if it ends the request.
    const attempt = way !== directly ? 10_000 : /time-out|trickle/.test(faultName) ? 5_000 : 30_000;
    const options = { config, timeouts: { attempt, proxy: 2_000 } };
    const { project: provider, session } = await run(gitlab, options);
    const ownerAndUrl = {
      ownerId: "1",
      baseUrl,
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
    // The provider drops a token only if GitLab said so of the token itself.
    if (outcome === "gone") expect(faultName).toBe("404 of the token");
    if (outcome === "deleted")
      expect(gitlab.deployTokens().length === 0 || faultName === "404 of the token").toBe(true);
    cases++;
    return outcome;
  } finally {
    await close();
    await gitlab.close();
  }
}

/** The error boundary leaves a plain message, so the code comes from its words. */
function kindOf(error: unknown): string {
  if (DeployTokenError.isInstance(error)) return error.code;
  const message = error instanceof Error ? error.message : "";
  if (message.includes("does not prove")) return "out_of_sight";
  const proxys = /no connection: the proxy \S+ \(HTTPS_PROXY\) ([\w ]+(?:: \d{3})?)/.exec(message)?.[1];
  if (proxys !== undefined) return `the proxy ${proxys}`;
  const words =
    / failed: (\d{3}|no response in time|the connection broke|no connection)(?!: the proxy)/.exec(
      message,
    )?.[1] ?? message;
  return words;
}

describe.each(Object.keys(operations))("%s", (name) => {
  it.each([
    ["once", 1],
    ["while it lasts", 99],
  ] as const)("under every fault, %s", { timeout: 240_000 }, async (howLong, times) => {
    const operation = operations[name] as Operation;
    const outcomes = await Promise.all(
      Object.keys(faults).map(async (fault) => [fault, await outcomeOf(operation, fault, times)] as const),
    );
    for (const [fault, outcome] of outcomes) {
      printed[fault] = { ...printed[fault], [`${name}, ${howLong}`]: outcome };
    }
  });
});

it("create, committed after the response: one token is left, and the late one is deleted with a warning", {
  timeout: 240_000,
}, async () => {
  await loadLifecycle();
  for (const [name, { fault, when }] of Object.entries(faults)) {
    const column = "create, committed after the answer";
    const answer =
      fault.kind === "respond" || fault.kind === "reset" || fault.kind === "hang" ? fault : undefined;
    // A refusal by GitLab excludes a commit, and a response after GitLab acted comes after the commit.
    if (answer === undefined || answer.kind === "hang" || when === "after" || isRefusal(answer)) {
      printed[name] = { ...printed[name], [column]: "-" };
      continue;
    }
    for (const commit of [50, 3_000, 30_000, 240_000]) {
      const gitlab = inProcessGitLab();
      const stack = new EngineModel(gitlab, { time: gitlab.time, adapter: gitlab.adapter });
      const program = { pull: { project: "1", name: "pull", scopes: ["read_registry"] } };
      gitlab.faults.add({ method: "POST", fault: { kind: "late", commit, answer } });
      await gitlab.time.run(stack.up(program));
      await gitlab.time.pass(5 * 60_000);
      await gitlab.time.run(stack.up(program));
      expect(stack.messages.join(), `${name} ${commit}`).toMatch(/was deleted: it equals "pull"/);
      expect(gitlab.deployTokens().map(({ token }) => token)).toEqual([stack.rows[0]?.outputs["token"]]);
      expect(stack.isOpen()).toBe(false);
      cases++;
    }
    printed[name] = { ...printed[name], [column]: "made once" };
  }
});

/** A response of GitLab itself, which did not act. */
function isRefusal(answer: LostAnswer): boolean {
  if (answer.kind !== "respond") return false;
  const { status, body = "" } = answer;
  return status >= 400 && status < 500 && status !== 408 && (status === 429 || body.startsWith("{"));
}

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

describe.runIf(isInstalled("/usr/bin/openssl"))("through a proxy", () => {
  let proxy: AdverseProxy;
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = makeCertificates();
    proxy = await startAdverseProxy();
    vi.stubEnv("HTTPS_PROXY", proxy.url);
    vi.stubEnv("https_proxy", "");
    vi.stubEnv("NO_PROXY", "");
    vi.stubEnv("no_proxy", "");
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await proxy.close();
    rmSync(certificates.folder, { recursive: true });
  });

  let hosts = 0;
  it.each(Object.keys(operations))(
    "%s, whatever the proxy does, once and while it lasts",
    { timeout: 60_000 },
    async (name) => {
      const operation = operations[name] as Operation;
      const outcome = async (fault: ProxyFault, times: number) => {
        const host = `case-${++hosts}.test`;
        proxy.fail(fault, times, host);
        return outcomeOf(operation, fault, 0, async (gitlab) => {
          const tls = await startTlsTunnel(Number(new URL(gitlab.url).port), certificates);
          return { baseUrl: `https://${host}:${tls.port}`, close: tls.close };
        });
      };
      const outcomes = await Promise.all(
        proxyFaults.map(
          async (fault) => [fault, `${await outcome(fault, 1)}; ${await outcome(fault, 99)}`] as const,
        ),
      );
      for (const [fault, each] of outcomes) {
        expect(each).not.toMatch(/; (?!error)/);
        expect(each).not.toContain("gone");
        throughProxy[name] = { ...throughProxy[name], [fault]: each };
      }
    },
  );
});

it("the table in README.md has the results", () => {
  const columns = Object.keys(operations).flatMap((name) => [
    `${name}, once`,
    `${name}, while it lasts`,
    ...(name === "create" ? ["create, committed after the answer"] : []),
  ]);
  const rows = Object.entries(printed).map(([fault, outcomes]) => [
    fault,
    ...columns.map((column) => outcomes[column]),
  ]);
  const tableOf = (head: readonly string[], rows: readonly (readonly (string | undefined)[])[]) =>
    [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const text = tableOf(["fault", ...columns], rows);
  const proxys = tableOf(
    ["operation", ...proxyFaults.map((fault) => `the proxy ${fault}`)],
    Object.entries(throughProxy).map(([name, each]) => [name, ...proxyFaults.map((fault) => each[fault])]),
  );
  const file = join(__dirname, "README.md");
  const document = readFileSync(file, "utf8");
  const updated = document
    .replace(/(<!-- table -->\n)[\s\S]*?(\n<!-- \/table -->)/, `$1\n${text}\n$2`)
    .replace(/(<!-- proxy -->\n)[\s\S]*?(\n<!-- \/proxy -->)/, `$1\n${proxys}\n$2`);
  // Formatting pads the cells.
  const plain = (markdown: string) => markdown.replace(/ +/g, " ").replace(/-+/g, "-");
  if (process.env["UPDATE"]) writeFileSync(file, updated);
  else expect(plain(document)).toBe(plain(updated));
});

afterAll(() => {
  process.stdout.write(`fault matrix: ${cases} cases, ${deployTokenErrorCodes.length} error codes\n`);
});
