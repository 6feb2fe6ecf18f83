import { hostname, userInfo } from "node:os";
import { identityOf } from "./claims.js";

/** Who holds the lock of a stack in a backend of one's own. */
export interface Lock {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since 1970, to the second. */
  readonly since: number;
}

/** The locks that Pulumi's error names; undefined for any other error. */
export function locksIn(message: string): readonly Lock[] | undefined {
  if (!message.includes("the stack is currently locked")) return undefined;
  const found = message.matchAll(/created by (.+)@(\S+) \(pid (\d+)\) at (\S+)/g);
  // The Automation API gives the same text twice.
  const locks = new Map([...found].map((match) => [match[0], match]));
  return [...locks.values()].map(([, user = "", host = "", pid, since = ""]) => ({
    user,
    host,
    pid: Number(pid),
    since: Date.parse(since),
  }));
}

/**
 * Whether every lock is proven to be that of an engine of a killed run of this user on this machine: a record of the
 * run is here, it was taken while the run lasted, and its process is gone. The name of a host alone proves nothing.
 */
export function areOurDead(locks: readonly Lock[], killedSince: number | undefined): boolean {
  return (
    killedSince !== undefined &&
    locks.length > 0 &&
    locks.every(
      ({ user, host, pid, since }) =>
        user === userInfo().username &&
        host === hostname() &&
        since >= Math.floor(killedSince / 1000) * 1000 &&
        identityOf(pid) === undefined,
    )
  );
}

export function describe(locks: readonly Lock[]): string {
  return locks
    .map(
      ({ user, host, pid, since }) => `${user}@${host} (pid ${pid}) since ${new Date(since).toISOString()}`,
    )
    .join(", ");
}
