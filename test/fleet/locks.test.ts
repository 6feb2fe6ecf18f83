import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { backendOf } from "../../examples/fleet/backend.js";
import { type Claim, claim, identityOf } from "../../examples/fleet/claims.js";
import { errorsIn } from "../../examples/fleet/engine-output.js";
import { areOurDead, type Lock, locksIn } from "../../examples/fleet/locks.js";
import { run } from "../engine/command.js";

const folder = mkdtempSync(join(tmpdir(), "claims-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The id of a process that has ended. */
async function deadProcess(): Promise<number> {
  let pid = 0;
  const onStart = (id: number) => {
    pid = id;
  };
  await run(process.execPath, ["--version"], { cwd: folder, onStart });
  return pid;
}

describe("a claim on a stack", () => {
  it("is held by one run at a time, and its release lets the next one in", () => {
    const stack = join(folder, "one");
    const first = claim(stack) as Claim;
    expect(first.killedSince).toBeUndefined();
    expect(claim(stack)).toEqual({ heldBy: process.pid });
    first.release();
    expect(readdirSync(stack)).toEqual([]);
    (claim(stack) as Claim).release();
  });

  it("of a process that is gone proves a killed run, one of an id that was given anew too", () => {
    const stack = join(folder, "two");
    const first = claim(stack) as Claim;
    const [file = ""] = readdirSync(stack).map((name) => join(stack, name));
    const record = JSON.parse(readFileSync(file, "utf8")) as { since: number; identity: string };
    writeFileSync(file, JSON.stringify({ ...record, identity: `${record.identity}0` }));
    const second = claim(stack) as Claim;
    expect(second.killedSince).toBe(record.since);
    // One that did not get as far as Pulumi's lock leaves the proof to the next.
    second.release();
    const third = claim(stack) as Claim;
    expect(third.killedSince).toBe(record.since);
    third.settle();
    third.release();
    expect(readdirSync(stack)).toEqual([]);
    first.release();
  });

  it("of another container on the machine proves nothing, and is left alone", () => {
    const stack = join(folder, "three");
    const first = claim(stack) as Claim;
    const [file = ""] = readdirSync(stack).map((name) => join(stack, name));
    const record = JSON.parse(readFileSync(file, "utf8")) as { identity: string; namespace: string };
    writeFileSync(file, JSON.stringify({ ...record, identity: "another", namespace: "pid:[1]" }));
    const second = claim(stack) as Claim;
    expect(second.killedSince).toBeUndefined();
    second.settle();
    second.release();
    expect(readdirSync(stack)).toHaveLength(1);
    first.release();
  });
});

describe("a lock of Pulumi's", () => {
  const since = Math.floor(Date.now() / 1000) * 1000;
  const ours = async (): Promise<Lock> => ({
    user: userInfo().username,
    host: hostname(),
    pid: await deadProcess(),
    since,
  });

  it("is read from the error, in which it stands twice", () => {
    const line = "  file:///x.json: created by root@host-1 (pid 12) at 2026-11-25T22:07:49+01:00";
    const message = `error: the stack is currently locked by 1 lock(s).\n${line}\n${line}`;
    const time = Date.parse("2026-11-25T21:07:49Z");
    expect(locksIn(message)).toEqual([{ user: "root", host: "host-1", pid: 12, since: time }]);
    expect(locksIn("error: something else")).toBeUndefined();
  });

  it("is ours and dead with the record of a killed run, the same host and user, and no such process", async () => {
    expect(areOurDead([await ours()], since)).toBe(true);
  });

  it.each([
    ["without a record", {}, undefined],
    ["from before the killed run", {}, since + 1000],
    ["of another host", { host: "elsewhere" }, since],
    ["of another user", { user: "somebody" }, since],
    ["of a living process", { pid: process.pid }, since],
  ])("%s is not", async (_what, difference, killedSince) => {
    expect(areOurDead([{ ...(await ours()), ...difference }], killedSince)).toBe(false);
  });

  it("a process that is gone has no identity", async () => {
    expect(identityOf(await deadProcess())).toBeUndefined();
    expect(identityOf(process.pid)).toBe(identityOf(process.pid));
  });
});

it("a file:// backend is used without its sidecars, and any other as it is", () => {
  const url = (given: string) => backendOf(given).env["PULUMI_BACKEND_URL"];
  expect(url("file:///srv")).toBe("file:///srv?metadata=skip");
  expect(url("file:///srv?no_tmp_dir=true")).toBe("file:///srv?no_tmp_dir=true&metadata=skip");
  expect(url("postgres://u:secret@h/db")).toBe("postgres://u:secret@h/db");
  expect(backendOf("postgres://u:secret@h/db").name).not.toContain("secret");
  expect(backendOf("").env).toEqual({});
});

it("an engine's failure is told by its errors", () => {
  expect(errorsIn("stdout: many lines\n  error: no\nstderr:\nerror: no")).toBe("error: no");
  expect(errorsIn("no such file")).toBe("no such file");
});
