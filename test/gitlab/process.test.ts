import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { run } from "../engine/command.js";

const root = resolve(__dirname, "..", "..");
const source = (file: string) => JSON.stringify(join(root, "provider", file));

// Node.js ends a program with pending promises with code 0 if nothing else keeps it alive.
it("a request without a response ends, and keeps the process alive until then", async () => {
  const program = `
    const http = require("node:http");
    const { EventEmitter } = require("node:events");
    // The request has no socket, timer or event, as if a proxy's agent forgot it.
    http.request = () => Object.assign(new EventEmitter(), { end() {}, write() {}, destroy() {}, setTimeout() {} });
    const { GitLabClient } = require(${source("gitlab/client.ts")});
    const { RateLimitPause } = require(${source("gitlab/rate-limit-pause.ts")});
    const client = new GitLabClient(
      { baseUrl: "http://127.0.0.1:1", token: "x", tokenSource: "x", headers: {}, retries: 1, insecure: false },
      { rateLimitPause: new RateLimitPause(), timeouts: { attempt: 200 } },
    );
    client.request({ method: "GET", path: "/version" }, AbortSignal.timeout(60_000)).catch((error) => {
      console.log(error.message);
    });
  `;
  const { stdout, stderr, code } = await run(process.execPath, ["--require", "tsx/cjs", "-e", program], {
    cwd: root,
    env: { PATH: process.env["PATH"] },
  });
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("GET /version failed: no connection (ETIMEDOUT)");
});
