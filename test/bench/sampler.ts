import { readFileSync } from "node:fs";
import { descendants } from "../engine/processes.js";
import { type Role, roles, type Usage } from "./measurement.js";

/** Intervals of the search for new processes and of the reads of known ones, in milliseconds. */
const search = 200;
const pause = 25;
/** Linux counts in hundredths of a second on every machine (USER_HZ). */
const ticks = 100;

interface Seen extends Usage {
  readonly role: Role;
}

/** Reads from /proc the usage of a command and its descendants until it is stopped. */
export class Sampler {
  private readonly seen = new Map<number, Seen>();
  private timer: NodeJS.Timeout | undefined;
  private searchedAt = 0;

  constructor(private readonly root: number) {
    this.seen.set(root, { role: "engine", cpu: 0, memory: 0 });
    this.sample();
  }

  /** The last known usage of each process, at most one interval before its end. */
  stop(): Record<Role, Usage> {
    clearTimeout(this.timer);
    const sums: Record<Role, Usage> = {
      engine: { cpu: 0, memory: 0 },
      program: { cpu: 0, memory: 0 },
      provider: { cpu: 0, memory: 0 },
    };
    for (const { role, cpu, memory } of this.seen.values()) {
      sums[role] = { cpu: sums[role].cpu + cpu, memory: sums[role].memory + memory };
    }
    return sums;
  }

  private sample(): void {
    if (Date.now() - this.searchedAt >= search) {
      this.searchedAt = Date.now();
      for (const { pid, command } of descendants(this.root)) {
        // A process that has ended and is not waited for yet has no command.
        if (command === "") continue;
        const { cpu = 0, memory = 0 } = this.seen.get(pid) ?? {};
        // Reads the command each time, because a process that was just forked still has its parent's.
        this.seen.set(pid, { role: roleOf(command), cpu, memory });
      }
    }
    for (const [pid, { role, cpu, memory }] of this.seen) {
      const now = usageOf(pid);
      // A process that has ended keeps its time until it is waited for, but not its memory. The kernel's peak is
      // used: before a process runs its own program, it shows its parent's.
      if (now) this.seen.set(pid, { role, cpu: now.cpu, memory: now.memory || memory });
      else if (cpu === 0 && memory === 0 && pid !== this.root) this.seen.delete(pid);
    }
    this.timer = setTimeout(() => this.sample(), pause);
  }
}

/** Finds the role by the command. Other processes that the engine or the host starts count as the engine's. */
export function roleOf(command: string): Role {
  if (/pulumi-language-|cmd\/run/.test(command)) return roles[1];
  if (/dynamic-provider|pulumi-resource-/.test(command)) return roles[2];
  return roles[0];
}

/** Undefined if the process has ended. */
function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return {
      cpu: (Number(fields[11]) + Number(fields[12])) / ticks,
      memory: (Number(peak ?? 0) * 1024) / 1e6,
    };
  } catch {
    return undefined;
  }
}
