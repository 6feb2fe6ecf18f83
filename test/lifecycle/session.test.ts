import { once } from "node:events";
import type * as Grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { PartialFailure, withCleanErrors } from "../../provider/lifecycle/engine/error-boundary.js";
import { engineLog, requireOfPulumi } from "../../provider/lifecycle/engine/log.js";
import { deployTokenProvider, group, project } from "../../provider/lifecycle/index.js";
import { Interruption } from "../../provider/lifecycle/run/interruption.js";
import { Session } from "../../provider/lifecycle/run/session.js";
import { inProcessGitLab } from "../faults/in-process.js";
import { another, hold } from "../support/emulator.js";
import { run, tokens } from "../support/run.js";

const grpc = requireOfPulumi()("@grpc/grpc-js") as typeof Grpc;

const args = { project: "1", name: "x", scopes: ["read_registry"] };

/** The log of an engine, which runs `onMessage` for each message before it answers. */
async function logOfEngine(onMessage: (message: string) => void) {
  const engine = new grpc.Server();
  engine.addService(EngineService as unknown as Grpc.ServiceDefinition, {
    log: (call: { request: LogRequest }, callback: Grpc.sendUnaryData<unknown>) => {
      onMessage(call.request.getMessage());
      callback(null, new empty.Empty());
    },
  });
  onTestFinished(() => engine.forceShutdown());
  const port = await new Promise((resolve) =>
    engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_error, bound) =>
      resolve(bound),
    ),
  );
  return engineLog([`127.0.0.1:${port}`]);
}

describe("an error that leaves a method", () => {
  const caught = (thrown: unknown) =>
    withCleanErrors(() => {
      throw thrown;
    }).catch((error: unknown) => error as Error);

  it("is a fresh error with a clean message and a stack of one short line", async () => {
    const original = Object.assign(new Error("failed with glpat-abcdefgh12345678"), {
      code: 7,
      metadata: {},
      details: "x",
    });
    const error = await caught(original);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBe(original);
    expect(error.message).toBe("failed with [secret]");
    expect(error.stack).toBe("(pulumi-gitlab-deploy-tokens)");
    expect(Object.keys(error)).not.toContain("metadata");
  });

  it("shows the invisible characters of a name, as every message does", async () => {
    expect((await caught(new Error("equal to \u202e\u009b"))).message).toBe("equal to \\u202e\\u009b");
    const partial = new PartialFailure("1:unsettled", {}, ["equal to \u202e"]);
    expect(await caught(partial)).toMatchObject({ reasons: ["equal to \\u202e"] });
  });

  it.each([undefined, null, "text", 5, new Error("")])(
    "is an error even for %j, which would hang the engine",
    async (thrown) => {
      expect(await caught(thrown)).toMatchObject({ message: "unknown error" });
    },
  );
});

describe("Pulumi's diagnostics", () => {
  it("fall back to the console without an engine, without a credential", async () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const log = engineLog(["node", "provider", "127.0.0.1:1"]);
    log.warn("a warning with gldt-abcdefgh12345678");
    engineLog([]).info("a note");
    await vi.waitFor(() => expect(printed).toHaveBeenCalledTimes(2), 20_000);
    expect(printed.mock.calls.flat().sort()).toEqual(["a note", "a warning with [secret]"]);
    printed.mockRestore();
  });

  it("have reached the engine when the method that wrote them returns: the engine ends the process after the last", async () => {
    const logged: string[] = [];
    const log = await logOfEngine((message) => void logged.push(message));
    await withCleanErrors(() => log.warn("a warning"));
    expect(logged).toEqual(["a warning"]);
    const failing = withCleanErrors(() => {
      log.warn("another");
      throw new Error("failed");
    });
    await expect(failing).rejects.toThrow("failed");
    expect(logged).toEqual(["a warning", "another"]);
  });
});

it("the module that states refer to has both owners", () => {
  expect([typeof project.create, typeof group.create]).toEqual(["function", "function"]);
});

it("an invalid configuration fails each call by name, and the next call with a valid one works", async () => {
  const gitlab = await another();
  const { project: broken, session } = await run(gitlab, { config: { "gitlab:retries": "many" } });
  await expect(broken.create(args)).rejects.toThrow("gitlab:retries cannot be used");
  session.configure((key) => ({ "gitlab:baseUrl": gitlab.url, "gitlab:token": tokens.owner })[key as string]);
  expect((await broken.create(args)).id).toBe("1:1");
});

it("another configuration is another GitLab", () => {
  const session = new Session({ log: engineLog([]), env: {} });
  for (const name of ["one", "other"]) {
    session.configure((key) => (key === "gitlab:baseUrl" ? `https://${name}.test/api/v4/` : undefined));
    expect(session.baseUrl()).toBe(`https://${name}.test`);
  }
});

describe("the limit of an operation", () => {
  const at = (milliseconds: number) => vi.spyOn(performance, "now").mockReturnValue(milliseconds);
  afterEach(() => vi.restoreAllMocks());

  it("is shared with one that began just before, and a later one has its own", () => {
    const session = new Session({ log: engineLog([]), env: {} });
    at(0);
    const first = session.deadline();
    at(50);
    expect(session.deadline()).toBe(first);
    at(51);
    expect(session.deadline()).not.toBe(first);
  });

  it("is never one that is over", async () => {
    const session = new Session({ log: engineLog([]), env: {}, deadline: 1 });
    at(0);
    const first = session.deadline();
    await once(first, "abort");
    expect(session.deadline().aborted).toBe(false);
  });
});

it("logs a long wait, and a second access token that worked", async () => {
  const gitlab = await another();
  const { project: refused, messages } = await run(gitlab, {
    token: tokens.expired,
    deadline: 2_000,
    env: { GITLAB_TOKEN: tokens.owner, GITLAB_BASE_URL: gitlab.url },
  });
  gitlab.faults.add({
    method: "POST",
    fault: { kind: "respond", status: 429, headers: { "Retry-After": "60" } },
  });
  await expect(refused.create(args)).rejects.toThrow();
  expect(messages).toEqual([
    expect.stringContaining("GITLAB_TOKEN worked and is used instead"),
    expect.stringMatching(/^info: GitLab answered 429 \(rate limit\): waiting 6\d s$/),
  ]);
  expect(gitlab.deployTokens()).toEqual([]);
});

/** A run that the test interrupts. */
function interruptible() {
  let handler = () => {};
  const ended = vi.fn();
  const interruption = new Interruption((given) => {
    handler = given;
  }, ended);
  return { interruption, ended, interrupt: () => handler() };
}

it("an interrupted create deletes the token that it still creates, and the process waits for that", async () => {
  const gitlab = await another();
  const { interruption, interrupt, ended } = interruptible();
  const { project } = await run(gitlab, { interruption });
  const held = hold(gitlab, { method: "POST", when: "after" });
  const creating = project.create(args);
  await gitlab.waitFor(({ method }) => method === "POST");
  interrupt();
  expect(ended).not.toHaveBeenCalled();
  held.release();
  await expect(creating).rejects.toThrow("Interrupted: deploy token 1 was deleted again.");
  expect(gitlab.deployTokens()).toEqual([]);
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
});

it("a create that is interrupted while its warning is on its way deletes its token, too", async () => {
  const gitlab = await another();
  gitlab.createDeployToken({ ...args, project: "acme/app" });
  const { interruption, interrupt, ended } = interruptible();
  const messages: string[] = [];
  const log = await logOfEngine((message) => {
    messages.push(message);
    interrupt();
  });
  const session = new Session({ log, interruption, env: {} });
  session.configure((key) => ({ "gitlab:baseUrl": gitlab.url, "gitlab:token": tokens.owner })[key as string]);
  const creating = deployTokenProvider("project", session).create(args);
  await expect(creating).rejects.toThrow("Interrupted: deploy token 2 was deleted again.");
  expect(messages).toEqual([expect.stringContaining("already had a deploy token equal")]);
  expect(gitlab.deployTokens().map(({ id }) => id)).toEqual([1]);
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
});

it("an interrupted create whose token cannot be deleted again names it", async () => {
  const gitlab = await another();
  const { interruption, interrupt } = interruptible();
  const { project } = await run(gitlab, { interruption });
  const until = gitlab.waitFor(({ method }) => method === "POST").then(interrupt);
  gitlab.faults.add({ method: "POST", when: "after", fault: { kind: "wait", until } });
  gitlab.faults.add({ method: "DELETE", fault: { kind: "respond", status: 403, body: "{}" } });
  await expect(project.create(args)).rejects.toThrow(
    /^Interrupted: deploy token 1 of the project 1 was created and not deleted again \(DELETE .*: delete it in GitLab\.$/,
  );
  expect(gitlab.deployTokens()).toHaveLength(1);
});

it("an interrupted create reports an earlier request that is open", async () => {
  const gitlab = inProcessGitLab();
  const { interruption, interrupt } = interruptible();
  const { project } = await run(gitlab, { interruption, time: gitlab.time, adapter: gitlab.adapter });
  gitlab.faults.add({ method: "POST", fault: { kind: "respond", status: 504, body: "<html>" } });
  let posts = 0;
  const until = gitlab.waitFor(({ method }) => method === "POST" && ++posts === 2).then(interrupt);
  gitlab.faults.add({ method: "POST", when: "after", fault: { kind: "wait", until } });
  const creating = project.create(args);
  await expect(gitlab.time.run(creating)).rejects.toMatchObject({
    message: expect.stringMatching(
      /^Interrupted: deploy token 1 was deleted again\. The response to an earlier/,
    ),
    properties: { unsettled: { above: 0 } },
  });
  expect(gitlab.deployTokens()).toEqual([]);
});

it("a create that has not sent its request when the run is interrupted sends none, and no other after a lost response", async () => {
  const gitlab = await another();
  const { interruption, interrupt, ended } = interruptible();
  const { project } = await run(gitlab, { interruption });
  await project.create({ ...args, name: "first" });
  gitlab.clearRequests();
  const owner = hold(gitlab, { path: /tools/ });
  gitlab.faults.add({ method: "POST", when: "after", fault: { kind: "reset" } });
  const search = hold(gitlab, { path: /projects\/1\/deploy_tokens\?/ });
  const sent = project.create(args);
  const unsent = project.create({ ...args, project: "acme/tools" });
  await gitlab.waitFor(({ method, path }) => method === "GET" && path.includes("/1/deploy_tokens"));
  interrupt();
  owner.release();
  await expect(unsent).rejects.toThrow("Interrupted before the deploy token was created.");
  expect(ended).not.toHaveBeenCalled();
  search.release();
  await expect(sent).rejects.toThrow("the connection broke");
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
  expect(gitlab.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  expect(gitlab.deployTokens().map(({ name }) => name)).toEqual(["first"]);
});

it("a request that waits for GitLab's limit when the run is interrupted is not sent", async () => {
  const gitlab = await another();
  const { interruption, interrupt } = interruptible();
  const { project } = await run(gitlab, { interruption });
  const refusal = { status: 429, headers: { "Retry-After": "1" } };
  gitlab.faults.add({ method: "POST", fault: { kind: "respond", ...refusal } });
  const creating = project.create(args);
  await gitlab.waitFor(({ method }) => method === "POST");
  interrupt();
  await expect(creating).rejects.toThrow("it was not sent");
  expect(gitlab.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  expect(gitlab.deployTokens()).toEqual([]);
});
