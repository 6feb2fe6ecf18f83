import { readFileSync } from "node:fs";
import { descendants } from "../engine/processes.js";
import { type Role, roles, type Usage } from "./measurement.js";

/** How often new processes are looked for, and known ones are read, in milliseconds. */
const search = 200;
const pause = 25;
/** Linux counts in hundredths of a second, whatever its clock (USER_HZ). */
const ticks = 100;

interface Seen extends Usage {
  readonly role: Role;
}

/** Reads from /proc what a command and its descendants use, until it is stopped. */
export class Sampler {
  private readonly seen = new Map<number, Seen>();
  private timer: NodeJS.Timeout | undefined;
  private searchedAt = 0;

  constructor(private readonly root: number) {
    this.seen.set(root, { role: "engine", cpu: 0, memory: 0 });
    this.sample();
  }

  /** The last that was seen of each process, which is at most a pause before its end. */
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
        // One that has ended and is not waited for yet has none.
        if (command === "") continue;
        const { cpu = 0, memory = 0 } = this.seen.get(pid) ?? {};
        // Read each time: a process that was just forked still has its parent's command.
        this.seen.set(pid, { role: roleOf(command), cpu, memory });
      }
    }
    for (const [pid, { role, cpu, memory }] of this.seen) {
      const now = usageOf(pid);
      // A process that has ended keeps its time until it is waited for, and has no memory any more. The peak is the
      // kernel's own: before it runs its own program, a process shows its parent's.
      if (now) this.seen.set(pid, { role, cpu: now.cpu, memory: now.memory || memory });
      else if (cpu === 0 && memory === 0 && pid !== this.root) this.seen.delete(pid);
    }
    this.timer = setTimeout(() => this.sample(), pause);
  }
}

/** By what a process runs; what the engine or the host starts in addition counts as the engine's. */
export function roleOf(command: string): Role {
  if (/pulumi-language-|cmd\/run/.test(command)) return roles[1];
  if (/dynamic-provider|pulumi-resource-/.test(command)) return roles[2];
  return roles[0];
}

/** Undefined where it has ended. */
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
