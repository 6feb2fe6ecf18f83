import { describe, expect, it } from "vitest";
import { start } from "../../provider/testing/index.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { ask, valid } from "./bench.js";

useEmulator();
const post = () => ask("/projects/1/deploy_tokens", { method: "POST", json: valid });

describe("a fault", () => {
  it.each(["before", "after"] as const)("delays an answer, %s GitLab acts", async (when) => {
    const handle = gitlab.faults.add({ when, fault: { kind: "delay", ms: 1 } });
    expect((await post()).status).toBe(201);
    expect(handle.hits).toBe(1);
  });

  it("is in the log with the status that the client got", async () => {
    gitlab.faults.add({ fault: { kind: "respond", status: 502 } });
    gitlab.faults.add({ when: "after", fault: { kind: "respond", status: 504 } });
    gitlab.faults.add({ when: "after", fault: { kind: "reset" } });
    gitlab.faults.add({ fault: { kind: "reset" } });
    expect([(await post()).status, (await post()).status]).toEqual([502, 504]);
    await expect(post()).rejects.toThrow();
    await expect(post()).rejects.toThrow();
    expect(gitlab.requests.map(({ status }) => status)).toEqual([502, 504, undefined, undefined]);
    expect(gitlab.deployTokens()).toHaveLength(2);
  });

  it("truncates the test's own body, and an empty body", async () => {
    gitlab.faults.add({ fault: { kind: "truncate", body: '{"id":1,"name"' } });
    await expect(post()).rejects.toThrow();
    gitlab.faults.add({ method: "DELETE", fault: { kind: "truncate" } });
    await ask("/projects/1/deploy_tokens/1", { method: "DELETE" }).catch(() => undefined);
    expect(gitlab.deployTokens()).toEqual([]);
  });

  it("affects every matching request with Infinity, also with a global pattern", async () => {
    const fault = { kind: "respond", status: 503 } as const;
    const handle = gitlab.faults.add({ path: /version/g, times: Number.POSITIVE_INFINITY, fault });
    for (const _ of [1, 2, 3]) expect((await ask("/version")).status).toBe(503);
    expect(handle.hits).toBe(3);
  });

  it("stops trickling when the client disconnects", async () => {
    gitlab.faults.add({ fault: { kind: "trickle", pause: 1 } });
    const abort = new AbortController();
    const response = await fetch(`${gitlab.url}/api/v4/version`, { signal: abort.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    abort.abort();
    await expect(reader?.read()).rejects.toThrow();
    expect((await ask("/version")).status).toBe(200);
  });
});

it.each([
  ["hanging", { kind: "hang" }],
  ["delayed", { kind: "delay", ms: 3_600_000 }],
  ["trickling", { kind: "trickle", pause: 3_600_000 }],
  ["waiting", { kind: "wait", until: new Promise(() => {}) }],
] as const)("close ends every connection that is %s, also when called twice", async (_what, fault) => {
  const emulator = await start();
  emulator.faults.add({ fault });
  const lost = expect(ask("/version", {}, emulator)).rejects.toThrow();
  await emulator.waitFor(() => true);
  await emulator.close();
  await emulator.close();
  await lost;
});

it("close ends connections that are kept alive, and a latency", async () => {
  const emulator = await start({ latency: 3_600_000 });
  const lost = expect(ask("/version", {}, emulator)).rejects.toThrow();
  await emulator.waitFor(() => true);
  await emulator.close();
  await lost;
  await expect(fetch(emulator.url)).rejects.toThrow();
});
