import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./servers.js";

/** A PostgreSQL server on a loopback port, empty at its start. */
export interface Postgres {
  /** The address for Pulumi's backend, with the password. */
  readonly url: string;
  /** Returns a single value. */
  query(sql: string): string;
  close(): Promise<void>;
}

const installed = "/usr/lib/postgresql";

/** The newest server of Debian's packages. */
function binaries(): string {
  const versions = existsSync(installed) ? readdirSync(installed).sort((a, b) => Number(b) - Number(a)) : [];
  const folder = versions.map((version) => join(installed, version, "bin")).find((bin) => existsSync(bin));
  if (folder === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  return folder;
}

export async function startPostgres(): Promise<Postgres> {
  const bin = binaries();
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const data = join(folder, "data");
  const password = randomUUID();
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(join(folder, "password"), password, { mode: 0o600 });
  const account = unprivileged();
  if (account !== undefined) {
    for (const file of [folder, data, join(folder, "password")]) chownSync(file, account.uid, account.gid);
  }
  const options = { cwd: folder, env: { PATH: process.env["PATH"], LANG: "C.UTF-8" }, ...account };
  const init = ["-D", data, "-U", "pulumi", "--auth=scram-sha-256", "--pwfile=password", "--no-sync"];
  execFileSync(join(bin, "initdb"), init, { ...options, stdio: "ignore" });
  const port = await freePort();
  const args = ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", folder, "-c", "fsync=off"];
  const server = spawn(join(bin, "postgres"), args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(server, "exit");
  const close = async () => {
    server.kill("SIGINT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(server.stderr, ended);
  } catch (error) {
    await close();
    throw error;
  }
  const url = `postgres://pulumi:${password}@127.0.0.1:${port}/postgres?sslmode=disable`;
  const query = (sql: string) =>
    execFileSync(
      join(bin, "psql"),
      ["-U", "pulumi", "-h", "127.0.0.1", "-p", String(port), "-At", "-c", sql],
      {
        env: { PGPASSWORD: password, PGDATABASE: "postgres" },
        encoding: "utf8",
      },
    ).trim();
  return { url, query, close };
}

/** PostgreSQL refuses to run as root, so root runs it as the account of its package. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function ready(log: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<void> {
  let text = "";
  const accepts = new Promise<void>((resolve) => {
    log.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("ready to accept connections")) resolve();
    });
  });
  await Promise.race([
    accepts,
    ended.then(() => Promise.reject(new Error(`PostgreSQL did not start:\n${text}`))),
  ]);
}
