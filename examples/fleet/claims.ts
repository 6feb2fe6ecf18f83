import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A run of the fleet on this machine that works, or worked, on a stack. */
interface ClaimRecord {
  readonly pid: number;
  /** What tells a process from a later one of the same id. */
  readonly identity: string;
  /** Of process ids: a container on this machine has its own, and cannot see whether another's process lives. */
  readonly namespace: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** This run's claim on a stack. */
export interface Claim {
  /** When the first of the runs began that were killed while they worked on the stack; undefined: none was. */
  readonly killedSince: number | undefined;
  /** Forgets the killed runs: their lock is no more. */
  settle(): void;
  release(): void;
}

/** Where Pulumi keeps what belongs to one machine. */
export function machineFolder(): string {
  return join(process.env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "fleet");
}

/**
 * Claims a stack on this machine, or tells who has it. Each run writes a file of its own and then looks at the
 * others', so of two at once at most one goes on. A file whose process is gone is the proof of a killed run.
 */
export function claim(folder: string): Claim | { readonly heldBy: number } {
  mkdirSync(folder, { recursive: true });
  const own = join(folder, `${process.pid}-${randomUUID()}.json`);
  const record: ClaimRecord = {
    pid: process.pid,
    identity: identityOf(process.pid) ?? "",
    namespace: namespaceOfProcesses(),
    since: Date.now(),
  };
  writeFileSync(own, JSON.stringify(record));
  const others = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((file) => file !== own)
    .flatMap((file) => readRecord(file).map((other) => ({ file, ...other })))
    // Of those of another one nothing is known here: Pulumi's own lock guards the stack.
    .filter(({ namespace }) => namespace === record.namespace);
  const living = others.find(({ pid, identity }) => identityOf(pid) === identity);
  if (living !== undefined) {
    rmSync(own, { force: true });
    return { heldBy: living.pid };
  }
  return {
    killedSince: others.length === 0 ? undefined : Math.min(...others.map(({ since }) => since)),
    settle: () => {
      for (const { file } of others) rmSync(file, { force: true });
    },
    release: () => rmSync(own, { force: true }),
  };
}

/** The same text everywhere on a system that has no such thing. */
function namespaceOfProcesses(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** Undefined: no such process. Where the system does not tell when it started, its id has to do. */
export function identityOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, somebody else's.
    if (error instanceof Error && "code" in error && error.code !== "EPERM") return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie does nothing any more.
    if (state === "Z") return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${rest[18]}`;
  } catch {
    return `pid ${pid}`;
  }
}

function readRecord(file: string): ClaimRecord[] {
  try {
    return [JSON.parse(readFileSync(file, "utf8")) as ClaimRecord];
  } catch {
    return []; // released meanwhile, or being written: its owner looks at ours next
  }
}
